"""The metrics of a prober that goes on, for Prometheus to scrape. The catalogue knows them as `airectl-probe`.

Every series that a probe can have is there from the start, at 0: there are at most as many as prompts, times reasons.

Source: https://prometheus.io/docs/practices/naming/
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread
from typing import Final
from wsgiref.simple_server import WSGIServer

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

from airectl import __version__
from airectl.errors import UsageError
from airectl.probing.golden import Prompt
from airectl.probing.prober import Prober, Result
from airectl.probing.reasons import Reason

# Upper edges in seconds: usual thresholds are among them, so that each can be an SLO.
FIRST_TOKEN_EDGES: Final = (
    0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 20, 30, 60,
)  # fmt: skip
BETWEEN_EDGES: Final = (
    0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.075, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.5, 0.75, 1, 2.5,
    5, 10,
)  # fmt: skip
WHOLE_EDGES: Final = (
    0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 300,
)  # fmt: skip
_PROMPT: Final = ("target", "model", "prompt")
_VERDICTS: Final = {True: "right", False: "wrong"}


class Metrics:
    """The metrics of one prober with its prompts."""

    def __init__(self, prober: Prober, prompts: Sequence[Prompt]) -> None:
        # Each counter would have the time of its birth as a series of its own.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types there
        self.registry = CollectorRegistry()
        self._of = (prober.target.name, prober.model)
        self._requests = self._counter("requests", "Golden prompts that were asked.")
        self._failures = self._counter("failures", "Probes that failed, by the reason.", "reason")
        self._answers = self._counter("answers", "Complete answers, by whether they were as expected.", "verdict")
        self._first = self._histogram(
            "time_to_first_token", "From the request to the first content.", FIRST_TOKEN_EDGES
        )
        self._between = self._histogram("inter_token_latency", "Between one content and the next.", BETWEEN_EDGES)
        self._whole = self._histogram("e2e_latency", "From the request to the last content.", WHOLE_EDGES)
        self._round = Gauge(
            "airectl_probe_last_round_timestamp", "When all prompts were last asked.", ("target", "model"),
            unit="seconds", registry=self.registry,
        )  # fmt: skip
        Info("airectl_probe", "What is probed, and by which version.", registry=self.registry).info(
            {"target": self._of[0], "model": self._of[1], "protocol": prober.target.protocol, "version": __version__}
        )
        for prompt in prompts:
            self._begin(prompt, streams=prober.streams)

    def add(self, result: Result) -> None:
        """Count one result; a prompt that was left out is none."""
        if not result.asked:
            return
        own = (*self._of, result.prompt.name)
        self._requests.labels(*own).inc()
        if result.failure:
            self._failures.labels(*own, result.failure.reason.value).inc()
        if result.right is not None:
            self._answers.labels(*own, _VERDICTS[result.right]).inc()
        answer = result.completion
        if answer is None:
            return
        if answer.ttft_s is not None:
            self._first.labels(*own).observe(answer.ttft_s)
        for gap_s in answer.gaps_s:
            self._between.labels(*own).observe(gap_s)
        if answer.e2e_s is not None and not answer.faults:
            self._whole.labels(*own).observe(answer.e2e_s)

    def end_round(self, epoch_s: float) -> None:
        """All prompts were asked, or left out, at this time."""
        self._round.labels(*self._of).set(epoch_s)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"airectl_probe_{name}", help, (*_PROMPT, *labels), registry=self.registry)

    def _histogram(self, name: str, help: str, edges: Sequence[float]) -> Histogram:
        name = f"airectl_probe_{name}"
        return Histogram(name, help, _PROMPT, unit="seconds", buckets=edges, registry=self.registry)

    def _begin(self, prompt: Prompt, *, streams: bool) -> None:
        own = (*self._of, prompt.name)
        self._requests.labels(*own)
        for reason in Reason:
            self._failures.labels(*own, reason.value)
        if prompt.expect is not None:
            for verdict in _VERDICTS.values():
                self._answers.labels(*own, verdict)
        self._whole.labels(*own)
        if streams:
            self._first.labels(*own)
            self._between.labels(*own)


class Serving:
    """The metrics under `/metrics` at a host and port. Raises UsageError where the port is taken."""

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        self._server: WSGIServer
        self._thread: Thread
        try:
            self._server, self._thread = prometheus_client.start_http_server(port, host, registry)
        except OSError as error:
            said = (error.strerror or str(error)).lower()
            message = f"--listen: cannot listen at {host} port {port}: {said}"
            raise UsageError(message, help="name another, as in `--listen 127.0.0.1:9465`") from None
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.server_port}/metrics"

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9464`, `[::1]:9464` or `:9464`, which is loopback. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (colon and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise UsageError(f"--listen cannot be `{text}`", help="write an address and a port, such as 127.0.0.1:9464")
    return host, int(port)
