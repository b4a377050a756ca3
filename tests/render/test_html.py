"""A page that asks nobody for anything and runs nothing, in a real browser."""

from __future__ import annotations

import hashlib
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from chart_examples import demand, timeline
from report_examples import hostile, readable, view_of

import servers
from airectl.core.report import Block, Lines, Next, Report, Section, Status
from airectl.render.html import render
from html_tags import Tags

VOID = {"meta", "meter", "link"}
ATTACKS = (
    "</script><script>document.title='owned'</script>",
    "<img src={url}/image onerror=document.title='owned'>",
    '"><a href="javascript:document.title=\'owned\'">x</a>',
    "' onmouseover='document.title=1",
    "<style>@import '{url}/style'</style>",
    "</pre></table></svg><iframe src={url}/frame>",
)


def page(*more: Block) -> str:
    blocks = [*readable().blocks, demand(), Section(title="load test", blocks=[timeline()]), *more]
    return render(view_of(Report(status=Status.FAILED, blocks=blocks, findings=readable().findings)))


def attacked(url: str) -> str:
    texts = [text.replace("{url}", url) for text in ATTACKS]
    lines = Lines(title=texts[0], lines=texts)
    more = [Section(title=text, blocks=[lines, Next(commands=texts), demand(text), timeline(text)]) for text in texts]
    return page(lines, *more)


def test_sections_of_one_title_have_links_of_their_own() -> None:
    parts = [Section(title="airectl loadtest run", blocks=[], aside=f"{n}.json") for n in (4, 8)]
    starts = Tags(render(view_of(Report(status=Status.DONE, blocks=parts)))).starts
    links = [attributes["href"] for tag, attributes in starts if tag == "a" and attributes.get("href") != "#report"]
    names = [f"#{attributes['id']}" for tag, attributes in starts if tag == "h2"]
    assert links == names
    assert len(set(names)) == 2


def test_tags_close_as_they_open() -> None:
    for text in (page(), attacked("http://127.0.0.1:9")):
        assert Tags(text).open == []


def test_there_is_no_script_no_handler_and_no_address() -> None:
    for text in (page(), attacked("http://127.0.0.1:9"), render(view_of(hostile()))):
        for tag, attributes in Tags(text).starts:
            assert tag not in ("script", "iframe", "img", "object", "embed", "form", "base", "link")
            assert not [name for name in attributes if name.startswith("on") or name in ("src", "style", "action")]
            assert (attributes.get("href") or "#").startswith("#")


def test_the_policy_allows_the_style_sheet_alone() -> None:
    text = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy
    assert style
    assert "default-src 'none'" in policy[1]
    digest = re.search(r"style-src 'sha256-([^']+)'", policy[1])
    assert digest
    assert b64decode(digest[1]) == hashlib.sha256(style[1].encode()).digest()


def test_every_text_stands_on_the_page() -> None:
    text = page()
    for expected in ("FAILED", "1 of 5 objectives exhausted", "rag", "AIR014", demand().summary, "airectl budget"):
        assert expected in text


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server that writes down what is asked of it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def browsed(path: Path, home: Path) -> tuple[str, str]:
    """The page as the browser made it, and what its console said."""
    servers.need("chromium")
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        f"--user-data-dir={home}", "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)


def test_a_browser_shows_it_without_complaint_and_attacks_stay_words(tmp_path: Path) -> None:
    with listening() as (url, asked):
        (tmp_path / "page.html").write_text(attacked(url), "utf-8")
        shown, console = browsed(tmp_path / "page.html", tmp_path / "home")
    assert asked == []
    assert console == ""
    assert "<title>airectl check: failed</title>" in shown.replace("FAILED", "failed")
    assert shown.count("<svg") == attacked(url).count("<svg")


def test_the_browser_would_have_told(tmp_path: Path) -> None:
    with listening() as (url, asked):
        text = f"<!doctype html><title>airectl</title><p><img src={url}/image><script>console.error('seen')</script>"
        (tmp_path / "page.html").write_text(text, "utf-8")
        _, console = browsed(tmp_path / "page.html", tmp_path / "home")
    assert asked == ["/image"]
    assert "seen" in console
