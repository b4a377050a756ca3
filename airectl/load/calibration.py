"""How far this host is off by itself: what the engine measured of answers whose true times are known.

The simulator in golden mode writes into each chunk when it handed it to the operating system, on the clock that the
engine reads too. So the error of a time is known for each token: what the kernel, the event loop and the reader add.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airectl.load.job import Job
from airectl.load.protocols import GOLDEN
from airectl.load.protocols.golden_chat import stamps
from airectl.runs.record import Record, frames, unpack

TTFT_S: Final = 0.05
# How long an answer takes: long enough to have many tokens, short enough to have many answers.
_ANSWER_S: Final = 2.0
_FEWEST_TOKENS: Final = 10
_STAMPS: Final = "stamps.bin"
_NS: Final = 1e-9

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """So many answers at a time with so many tokens a second in all, for `duration_s` after a warm-up."""

    streams: int
    tokens_per_s: float
    duration_s: float

    @property
    def itl_s(self) -> float:
        """Between two tokens of an answer."""
        return self.streams / self.tokens_per_s

    @property
    def tokens(self) -> int:
        """Of each answer."""
        return max(_FEWEST_TOKENS, round(min(_ANSWER_S, self.duration_s) / self.itl_s))

    @property
    def every_s(self) -> float:
        """Between two requests."""
        return self.tokens / self.tokens_per_s

    @property
    def warm_up_s(self) -> float:
        """Until as many answers are under way as will be."""
        return TTFT_S + self.tokens * self.itl_s

    @property
    def requests(self) -> int:
        """In all, with those of the warm-up."""
        return ceil((self.warm_up_s + self.duration_s) / self.every_s)


def job(asked: Asked, url: str, folder: Path, start_ns: int) -> Job:
    """What the engine is told."""
    even = {
        "count": asked.requests,
        "every_s": asked.every_s,
        "output_tokens": asked.tokens,
        "warm_up_s": asked.warm_up_s,
    }
    return Job(
        url=url,
        protocol=GOLDEN,
        options={"ignore_eos": True, "stamps": str(folder / _STAMPS)},
        plan={"even": even},
        folder=str(folder),
        start_monotonic_ns=start_ns,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """p50, p99 and the largest of some times, in seconds; None: there were none."""

    p50: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A metric as it was measured and as it truly was. `error` is between quantiles, its max of any value."""

    measured: Spread
    true: Spread
    error: Spread

    @property
    def largest_s(self) -> float | None:
        """How far a quantile of this host's may be off."""
        return None if self.error.p50 is None or self.error.p99 is None else max(self.error.p50, self.error.p99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of it, over the requests after the warm-up.

    `delay` is from a chunk's being sent to its being recorded, `lag` from when a request was due to when it was sent.
    `cpu_ratio` is the share of a core that the engine had, `cpu_us_per_token` its CPU time by token, recording
    included.
    """

    requests: int
    failed: int
    tokens: int
    tokens_per_s: float
    metrics: dict[str, Compared]
    delay: Spread
    lag: Spread
    cpu_ratio: float | None
    cpu_us_per_token: float | None

    @property
    def host_error_s(self) -> dict[str, float | None]:
        """How far each metric of this host may be off."""
        return {name: each.largest_s for name, each in self.metrics.items()}

    def data(self) -> dict[str, Any]:
        """All of it for machines."""
        return {**asdict(self), "host_error_s": self.host_error_s}


def calibrated(folder: Path, asked: Asked, start_ns: int) -> Calibrated:
    """What was measured, beside the truth."""
    bodies = frames(_read(folder / "requests-000.bin"))
    records = {record.index: record for record in (unpack(body) for body in bodies if body)}
    sent = dict(stamps(_read(folder / _STAMPS)))
    pairs = [
        _Pair(record, np.frombuffer(sent[index], np.int64) - start_ns)
        for index, record in records.items()
        if record.ok and len(sent.get(index, ())) == len(record.chunk_us) > 1
    ]
    whole = [pair for pair in pairs if not pair.record.warm_up]
    lags = [(each.sent_ns - each.intended_ns) * _NS for each in records.values() if each.sent_ns >= 0]
    ratio, us_per_token = _cpu(folder, asked, pairs)
    return Calibrated(
        requests=len(records),
        failed=sum(not each.ok for each in records.values()),
        tokens=sum(len(each.record.chunk_us) for each in pairs),
        tokens_per_s=_rate(asked, pairs),
        metrics={name: _compared(name, whole) for name in ("ttft_s", "itl_s", "tpot_s", "e2e_s")},
        delay=_spread(np.concatenate([pair.measured - pair.true for pair in whole]) if whole else np.empty(0)),
        lag=_spread(np.array(lags)),
        cpu_ratio=ratio,
        cpu_us_per_token=us_per_token,
    )


def _read(path: Path) -> bytes:
    """All of a file; nothing of one that an interrupted run never began."""
    return path.read_bytes() if path.exists() else b""


class _Pair:
    """The chunks of one answer, in seconds since the start of the run: as recorded, and as sent."""

    def __init__(self, record: Record, sent_ns: NDArray[np.int64]) -> None:
        self.record = record
        self.sent_s = record.sent_ns * _NS
        chunks = np.frombuffer(record.chunk_us, np.uint32).astype(np.float64)
        self.measured: Times = self.sent_s + chunks * 1e-6
        self.true: Times = sent_ns.astype(np.float64) * _NS

    def of(self, metric: str, at: Times) -> Times:
        """The values of a metric by these times of its chunks."""
        if metric == "ttft_s":
            return at[:1] - self.sent_s
        if metric == "e2e_s":
            return at[-1:] - self.sent_s
        if metric == "tpot_s":
            return (at[-1:] - at[:1]) / (len(at) - 1)
        gaps: Times = np.diff(at)
        return gaps


def _compared(metric: str, pairs: list[_Pair]) -> Compared:
    if not pairs:
        return Compared(measured=Spread(), true=Spread(), error=Spread())
    measured = np.concatenate([pair.of(metric, pair.measured) for pair in pairs])
    true = np.concatenate([pair.of(metric, pair.true) for pair in pairs])
    ours, theirs = _spread(measured), _spread(true)
    return Compared(
        measured=ours,
        true=theirs,
        error=Spread(
            p50=abs((ours.p50 or 0.0) - (theirs.p50 or 0.0)),
            p99=abs((ours.p99 or 0.0) - (theirs.p99 or 0.0)),
            max=float(np.abs(measured - true).max()),
        ),
    )


def _spread(values: Times) -> Spread:
    if not len(values):
        return Spread()
    p50, p99 = np.quantile(values, (0.5, 0.99))
    return Spread(p50=float(p50), p99=float(p99), max=float(values.max()))


def _rate(asked: Asked, pairs: list[_Pair]) -> float:
    """Tokens a second after the warm-up, until the last request was sent."""
    times = np.concatenate([pair.measured for pair in pairs]) if pairs else np.empty(0)
    end_s = asked.warm_up_s + asked.duration_s
    return float(((times >= asked.warm_up_s) & (times < end_s)).sum()) / asked.duration_s


def _cpu(folder: Path, asked: Asked, pairs: list[_Pair]) -> tuple[float | None, float | None]:
    """The share of a core, and microseconds by token, between the first and the last line within the duration."""
    lines = [json.loads(line) for line in _read(folder / "client-000.jsonl").splitlines()]
    within = [line for line in lines if asked.warm_up_s <= line["t_s"] <= asked.warm_up_s + asked.duration_s]
    if len(within) < 2:
        return None, None
    first, last = within[0], within[-1]
    span_s, cpu_s = last["t_s"] - first["t_s"], last["cpu_s"] - first["cpu_s"]
    times = np.concatenate([pair.measured for pair in pairs]) if pairs else np.empty(0)
    tokens = int(((times >= first["t_s"]) & (times < last["t_s"])).sum())
    return cpu_s / span_s, cpu_s / tokens * 1e6 if tokens else None
