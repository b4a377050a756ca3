"""A service for tests that exports counters of its requests on loopback and fails when it is told to.

    python failing_service.py PORT

It answers 50 requests a second. A line `fail` on its stdin makes all of them fail, `recover` ends that; each is
answered with a line. The series of failures does not exist before the first failure.
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PER_SECOND: Final = 50


class Service:
    """Counts requests as time goes by."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._failing = False
        self._counts: dict[str, float] = {"200": 0.0}

    def turn(self, *, failing: bool) -> None:
        """From now on all requests fail, or none does."""
        with self._lock:
            self._count()
            self._failing = failing

    def exposition(self) -> str:
        """The counters in Prometheus' text format."""
        with self._lock:
            self._count()
            rows = [f'http_requests_total{{code="{code}"}} {int(count)}' for code, count in self._counts.items()]
        return "\n".join(["# TYPE http_requests_total counter", *rows]) + "\n"

    def _count(self) -> None:
        now = time.monotonic()
        code = "500" if self._failing else "200"
        self._counts[code] = self._counts.get(code, 0.0) + PER_SECOND * (now - self._since)
        self._since = now


def main() -> None:
    service = Service()

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            body = service.exposition().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        service.turn(failing=line.strip() == "fail")
        print("done", flush=True)


if __name__ == "__main__":
    main()
