"""What a process has done so far, as it tells its parent."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from airectl.load.job import Snapshot, State, bucket
from airectl.runs.record import NEVER, ErrorClass, Record

_SECOND: Final = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is so at this moment. `under_way` are sent and not ended, `in_flight` those that wait to connect too."""

    t_s: float
    under_way: int = 0
    in_flight: int = 0
    waiting: int = 0
    connections: int = 0
    message: str = ""
    help: str = ""


class Totals:
    """Counts. `lags` are how late the engine turned to requests since the last snapshot, in nanoseconds."""

    def __init__(self) -> None:
        self.planned = self.sent = self.ended = self.ok = self.queued = self.dropped = 0
        self.input_tokens = self.output_tokens = 0
        self.lags: list[int] = []
        self._errors: Counter[str] = Counter()
        self._ttft: Counter[int] = Counter()
        self._tpot: Counter[int] = Counter()
        self._number = 0

    def add(self, record: Record) -> None:
        """A request has ended."""
        self.ended += 1
        self.sent += record.sent_ns != NEVER
        self.input_tokens += max(record.input_tokens, 0)
        self.output_tokens += max(record.output_tokens, 0)
        if record.error:
            self._errors[record.error.value] += 1
            self.dropped += record.error is ErrorClass.DROPPED
            return
        self.ok += 1
        if record.first_content_ns == NEVER or record.warm_up:
            return
        self._ttft[bucket(record.first_content_ns - record.sent_ns)] += 1
        if record.output_tokens > 1 and record.last_content_ns > record.first_content_ns:
            span_ns = record.last_content_ns - record.first_content_ns
            self._tpot[bucket(span_ns // (record.output_tokens - 1))] += 1

    def snapshot(self, state: State, now: Now) -> Snapshot:
        """All of it; lags begin anew."""
        self._number += 1
        lags, self.lags = sorted(self.lags), []
        return Snapshot(
            number=self._number,
            state=state,
            t_s=now.t_s,
            planned=self.planned,
            sent=self.sent + now.under_way,
            ended=self.ended,
            ok=self.ok,
            in_flight=now.in_flight,
            queued=self.queued,
            waiting=now.waiting,
            dropped=self.dropped,
            connections=now.connections,
            errors=dict(self._errors),
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cpu_s=time.process_time(),
            lag_s=_lags(lags),
            ttft={str(number): count for number, count in self._ttft.items()},
            tpot={str(number): count for number, count in self._tpot.items()},
            message=now.message,
            help=now.help,
        )


def _lags(lags: list[int]) -> tuple[float, float, float] | None:
    """p50, p99 and the worst of sorted lags, in seconds."""
    if not lags:
        return None
    at = (len(lags) // 2, min(len(lags) * 99 // 100, len(lags) - 1), -1)
    p50, p99, worst = (lags[number] / _SECOND for number in at)
    return p50, p99, worst
