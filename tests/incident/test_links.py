"""Links of documents: which there are, and what their servers say; each question ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Final

import pytest

from airectl.env import Stop
from airectl.incident.links import Bounds, dead, links
from airectl.incident.markdown import read
from runner import Runner

ANSWERS: Final = {"/here": 200, "/moved": 301, "/gone": 410, "/absent": 404, "/secret": 403, "/broken": 503}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.leave.wait(20)  # type: ignore[attr-defined]  # the test sets it
            return
        self.send_response(ANSWERS.get(self.path.partition("?")[0], 200))
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"answer")

    def log_message(self, *_args: object) -> None:
        pass


@contextmanager
def server() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    running.daemon_threads = True
    running.leave = threading.Event()  # type: ignore[attr-defined]  # read by the handler
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.leave.set()  # type: ignore[attr-defined]  # as above
        running.shutdown()
        running.server_close()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See <https://a.example/x>.", ["https://a.example/x"]),
        ("[a](https://a.example/x_(y)), and https://b.example/!", ["https://a.example/x_(y)", "https://b.example/"]),
        ("in code:\n\n```\nhttps://b.example\n```", []),
        ("<!-- https://a.example -->", []),
        ("twice https://a.example/ and https://a.example/", ["https://a.example/"]),
    ],
)
def test_which_links_there_are(text: str, found: list[str]) -> None:
    assert list(links([read("a.md", text)])) == found


def test_what_servers_say() -> None:
    with server() as url:
        text = "\n".join(f"- {url}{path}" for path in ANSWERS) + "\n- http://127.0.0.1:9/\n- http://user:pw@127.0.0.1/x"
        found = {f.at.line: f.message for f in dead([read("a.md", text)], Stop()) if f.at}
    assert found[3] == "the link is dead: its server answers 410"
    assert found[4] == "the link is dead: its server answers 404"
    assert found[6] == "the link's server answers 503"
    assert found[7].startswith("the link could not be asked: ")
    assert found[8] == "the link cannot be asked: the URL holds credentials"
    assert set(found) == {3, 4, 6, 7, 8}


def test_a_server_that_does_not_answer_is_not_waited_for_longer_than_that() -> None:
    with server() as url:
        begun = monotonic()
        found = list(dead([read("a.md", f"{url}/slow")], Stop(), Bounds(each_s=0.2)))
        # Far from a limit that a busy machine could reach, and far below the server's own patience.
        assert monotonic() - begun < 15
    assert [f.message for f in found] == ["the link's server did not answer in time"]


def test_only_so_many_are_asked() -> None:
    with server() as url:
        text = "\n".join(f"{url}/absent?{number}" for number in range(5))
        found = list(dead([read("a.md", text)], Stop(), Bounds(links=2, at_once=1)))
    assert [f.message for f in found if f.severity == "info"] == ["3 links were not asked, this one first"]
    assert len(found) == 3


def test_runbook_check_asks_only_with_online(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text("service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n")
    airectl.call(["runbook", "generate", "slo.yaml", "--out", "r", "-q"])
    book = airectl.cwd / "r" / "chat" / "ChatAvailabilityNoData.md"
    with server() as url:
        book.write_text(book.read_text() + f"\nSee {url}/absent\n")
        line = ["runbook", "check", "r", "--specs", "slo.yaml", "-o", "concise", "--min-severity", "warning"]
        offline = airectl.call(line)
        online = replace(airectl, loopback=True).call([*line, "--online"])
    assert offline[0] == b""
    assert b"AIR666 the link is dead: its server answers 404" in online[0]
