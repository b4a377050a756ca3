"""Pages of metrics that are read beside a load: what is kept of them, and what is said of those that have nothing."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from airectl.core.server_side import Watching
from airectl.load.control import CONNECT_S, LIMIT_BYTES
from airectl.load.scraper import Page, Scraper, roles
from airectl.net.credentials import Credentials
from airectl.net.http_client import Client
from airectl.net.urls import endpoint
from airectl.telemetry.catalogue import load
from prometheus_faults import closed_port

VLLM = 'vllm:num_requests_waiting{model_name="m",engine="0"} 3\n'
DCGM = 'DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="a",modelName="NVIDIA H100"} 80\n'


@contextmanager
def serving(pages: Mapping[str, str], asked: list[str] | None = None) -> Iterator[str]:
    """A server of these pages; others are not found. What was asked for is added to `asked`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def do_GET(self) -> None:
            page = pages.get(self.path)
            if asked is not None:
                asked.append(self.path)
            self.send_response(404 if page is None else 200)
            self.end_headers()
            self.wfile.write((page or "").encode())

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def page(url: str, path: str = "/metrics") -> Page:
    client = Client(endpoint(url, api=""), Credentials(), connect_s=CONNECT_S, limit_bytes=LIMIT_BYTES)
    return Page(place=f"{url}{path}", client=client, path=path)


def scraped(folder: Path, *pages: Page, rounds: int = 2) -> Scraper:
    """A scraper that has read each page so often, and once more at its end."""
    stream = (folder / "server.jsonl").open("w", encoding="utf-8")
    scraper = Scraper(pages=pages, watching=Watching(roles(), load()), stream=stream, start_s=monotonic(), every_s=0.05)
    with scraper:
        end = monotonic() + 30
        while len(scraper.scrapes) < rounds and len(scraper.silent) < len(pages):
            assert monotonic() < end
            sleep(0.01)
    return scraper


def test_what_is_known_is_kept_line_by_line(tmp_path: Path) -> None:
    with serving({"/metrics": VLLM + "up 1\n", "/gpu": DCGM}) as url:
        done = scraped(tmp_path, page(url), page(url, "/gpu"), rounds=4)
    lines = [json.loads(line) for line in (tmp_path / "server.jsonl").read_text().splitlines()]
    assert len(lines) == len(done.scrapes) >= 4
    assert {line["from"] for line in lines} == {f"{url}/metrics", f"{url}/gpu"}
    assert all(len(line["samples"]) == 1 for line in lines)
    assert done.silent == {}


@pytest.mark.parametrize(
    ("path", "why"),
    [("/nowhere", "HTTP 404"), ("/other", "nothing there that is known"), ("/html", "nothing there that is known")],
)
def test_a_page_that_has_nothing_is_said_once_and_left_alone(path: str, why: str, tmp_path: Path) -> None:
    asked: list[str] = []
    with serving({"/other": "up 1\n", "/html": "<html></html>", "/metrics": VLLM}, asked) as url:
        # The other page is read on and on meanwhile.
        done = scraped(tmp_path, page(url, path), page(url), rounds=3)
    assert asked.count(path) == 1
    assert done.silent == {f"{url}{path}": why}
    assert {each.place for each in done.scrapes} == {f"{url}/metrics"}


def test_a_server_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    assert scraped(tmp_path, page(url)).silent == {f"{url}/metrics": "connection refused"}
