"""A process that a real Prometheus scrapes while it runs, and after it died."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import servers
from airectl.core.findings import Location
from airectl.core.slices import BEFORE, KNOWN, MISSING
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.prometheus import Prometheus
from airectl.sources.protocol import Answer, Ask, Setting

CONFIG: Final = """\
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: chat, static_configs: [{{targets: ["127.0.0.1:{target}"]}}]}}]
"""
ALIVE_S: Final = 5.0
DEAD_S: Final = 7.0
# Two and a half scrapes of a second: what the settings say, since they know no shorter time.
LOOKBACK_S: Final = 3


class Process:
    """Counts an event every few milliseconds, every fifth a bad one, and says so to whoever scrapes it."""

    def __init__(self) -> None:
        self.good = self.bad = 0
        self.shown: list[tuple[int, int]] = []

    def work_until(self, done: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + 60
        while not done() and time.monotonic() < give_up_s:
            self.good, self.bad = self.good + 4, self.bad + 1
            time.sleep(0.005)

    def text(self) -> bytes:
        self.shown.append((self.good, self.bad))
        good, bad = self.shown[-1]
        return f'requests_total{{code="200"}} {good}\nrequests_total{{code="500"}} {bad}\n'.encode()


@contextmanager
def running(process: Process, port: int) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = process.text()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_given: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def query(text: str, url: str) -> Query:
    return Query(
        type="Prometheus", ref="prod", spec={"query": text}, at=Location(path="s.yaml"), connection={"url": url}
    )


def test_a_process_is_counted_while_it_lives_and_missing_when_it_died(tmp_path: Path) -> None:
    process, port = Process(), servers.free_port()
    with servers.prometheus(tmp_path / "prometheus", config=CONFIG.format(target=port)) as url:
        with running(process, port):
            process.work_until(lambda: bool(process.shown))
            first_s = time.monotonic()
            process.work_until(lambda: time.monotonic() > first_s + ALIVE_S)
        died_s = time.time()
        time.sleep(DEAD_S)
        end_s = int(time.time())
        indicator = RatioIndicator(
            total=query("sum(requests_total)", url), bad=query('requests_total{code="500"}', url), counter=True
        )
        ask = Ask(indicator=indicator, start_s=end_s - 120, end_s=end_s, step_s=1)
        setting = Setting(cwd=Path(), now=datetime.fromtimestamp(end_s, UTC), scrape_interval_s=1)
        (found,) = Prometheus(setting).read([ask])
    assert isinstance(found, Answer), found
    states = found.slices.states.lstrip(bytes([BEFORE]))
    alive = states.rstrip(bytes([MISSING]))
    assert 0 < len(found.slices.states) - len(states) < 120
    assert set(alive) == {KNOWN}
    # Dead, and no late scrape any more: it is missing, not healthy.
    assert found.slices.states[int(died_s) + LOOKBACK_S + 2 - ask.start_s :].strip(bytes([MISSING])) == b""
    assert found.slices.missing >= DEAD_S - LOOKBACK_S - 2
    # All that was shown from the end of the first slice on, to the event.
    good, valid = sum(found.slices.good), sum(found.slices.valid)
    last_good, last_bad = process.shown[-1]
    assert valid - good == good / 4 > 0
    assert (last_good - good, last_bad - (valid - good)) in process.shown


def test_a_target_that_never_answered_is_missing(tmp_path: Path) -> None:
    with servers.prometheus(tmp_path / "prometheus", config=CONFIG.format(target=servers.free_port())) as url:
        end_s = int(time.time())
        indicator = RatioIndicator(total=query("requests_total", url), good=query("good_total", url), counter=True)
        ask = Ask(indicator=indicator, start_s=end_s - 30, end_s=end_s, step_s=1)
        (found,) = Prometheus(Setting(cwd=Path(), now=datetime.fromtimestamp(end_s, UTC))).read([ask])
    assert isinstance(found, Answer), found
    assert set(found.slices.states) == {MISSING}
    assert found.last_s is None
