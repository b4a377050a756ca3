"""What a run comes to: one pass over its records. Reports, comparisons and the search for the capacity read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airectl.core import validity
from airectl.core.goodput import Goal, Score, Unmeasured, counted, events, score
from airectl.core.latency import Histogram, Summary
from airectl.core.requests import NEVER, Fate, Requests, Truth, Whole
from airectl.core.validity import Judgement, Load, judge
from airectl.load.client import Client, client_of
from airectl.load.series import Occupancy, Series
from airectl.load.window import Window, due_ns, window_of
from airectl.runs.columns import Batch, Torn
from airectl.runs.manifest import COMPLETE, End, Manifest
from airectl.runs.measured import requests as requests_in
from airectl.runs.reading import Run
from airectl.runs.record import ERRORS, SOURCES

METRICS: Final = ("ttft_s", "itl_s", "tpot_s", "e2e_s")
SINCE: Final = ("sent", "intended")
# The window in so many stretches, for the test of stability.
_STRETCHES: Final = 240
_MESSAGES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Requests of the measured window, but `recorded` and `warm_up`, which are those of the whole run.

    `planned` is None where nobody can know; `unrecorded` were planned, and left no record.
    """

    recorded: int = 0
    warm_up: int = 0
    planned: int | None = None
    unrecorded: int = 0
    measured: int = 0
    sent: int = 0
    answered: int = 0
    queued: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)

    @property
    def dropped(self) -> int:
        """Those that were never sent, since as many were in flight as may."""
        return self.errors.get("dropped", 0)

    @property
    def failed(self) -> int:
        """Those that were sent and failed; not those that the end of the run cut off."""
        return sum(count for kind, count in self.errors.items() if kind not in ("dropped", "cancelled"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Per second of the measured window; None where there is none, or where nobody knows."""

    requested_rps: float | None = None
    achieved_rps: float | None = None
    requests_per_s: float | None = None
    output_tokens_per_s: float | None = None
    input_tokens_per_s: float | None = None
    goodput_rps: float | None = None
    goodput_ratio: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was measured. `latencies` has a Summary for each of METRICS by each of SINCE.

    `end` is None where the run was cut off. `tokens` counts measured requests by who counted their output tokens;
    `own_lag` is the schedule lag of requests that had not to wait for a place: how late this host is. `messages` has
    examples of what failed requests said, by class. `finish_reasons` and `models` are those of
    answered requests.
    """

    manifest: Manifest
    end: End | None
    window: Window
    counts: Counts
    rates: Rates
    latencies: Mapping[str, Mapping[str, Summary]]
    lag: Summary
    own_lag: Summary
    judgement: Judgement
    scores: tuple[Score, ...]
    unmeasured: tuple[Unmeasured, ...]
    client: Client
    tokens: Mapping[str, int]
    messages: Mapping[str, Sequence[str]]
    finish_reasons: Mapping[str, int]
    models: Mapping[str, int]
    series: Mapping[str, Any]
    torn: Torn
    broken_lines: int

    @property
    def complete(self) -> bool:
        """Whether the run ended as planned."""
        return self.end is not None and self.end.how == COMPLETE

    @property
    def valid(self) -> bool:
        """Whether the run measured what it was meant to."""
        return self.judgement.validity is validity.Validity.VALID


def results_of(run: Run, goals: Sequence[Goal] = (), unmeasured: Iterable[Unmeasured] = ()) -> Results:
    """One pass over the records of a run. Raises RunError."""
    window = window_of(run)
    found = _Pass(window, goals)
    for requests, batch in requests_in(run):
        found.add(requests, batch)
    counts = found.counts(run)
    client = client_of(run, window)
    return Results(
        manifest=run.manifest,
        end=run.end,
        window=window,
        counts=counts,
        rates=found.rates(counts, run.manifest),
        latencies=found.latencies,
        lag=found.lag.summary,
        own_lag=found.own_lag.summary,
        judgement=judge(found.load(counts, client, run)),
        scores=tuple(score(goal, *sums) for goal, sums in zip(goals, found.events, strict=True)),
        unmeasured=tuple(unmeasured),
        client=client,
        tokens={str(SOURCES[index]) or "unknown": count for index, count in enumerate(found.sources.tolist()) if count},
        messages=found.messages,
        finish_reasons=_sorted(found.finish_reasons),
        models=_sorted(found.models),
        series=found.series.to_json(),
        torn=Torn(files=run.torn.files, bytes=run.torn.bytes),
        broken_lines=run.broken_lines,
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


class _Pass:
    """Sums over the batches of a run."""

    def __init__(self, window: Window, goals: Sequence[Goal]) -> None:
        self.window, self.goals = window, goals
        self.series = Series(window.ended_ns / 1e9)
        self.lag, self.own_lag = Histogram(), Histogram()
        self._histograms = {(name, since): Histogram() for name in ("ttft_s", "e2e_s") for since in SINCE}
        self._itl, self._tpot = Histogram(), Histogram()
        self.events = [(0, 0) for _ in goals]
        self.sources = np.zeros(len(SOURCES), dtype=np.int64)
        self._errors = np.zeros(len(ERRORS), dtype=np.int64)
        self.messages: dict[str, list[str]] = {}
        self.finish_reasons: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self._tokens = 0.0
        stretch_ns = max(window.end_ns - window.start_ns, 1) / _STRETCHES
        self._stretch_ns = stretch_ns
        self._in_flight = Occupancy(window.start_ns, stretch_ns, _STRETCHES)
        self._waits, self._waited = np.zeros(_STRETCHES), np.zeros(_STRETCHES)

    def add(self, requests: Requests, batch: Batch) -> None:
        """One more batch."""
        self._over_time(requests)
        measured = ~requests.warm_up & self.window.holds(due_ns(requests))
        self._sums["recorded"] += len(requests)
        self._sums["warm_up"] += int(requests.warm_up.sum())
        self._errors += np.bincount(batch.error[measured], minlength=len(ERRORS))
        self.sources += np.bincount(batch.fixed["output_source"][measured & requests.ok], minlength=len(SOURCES))
        self._words(batch, measured)
        self._measure(requests.where(measured))

    def _over_time(self, requests: Requests) -> None:
        """What counts by its own time, of whatever request: throughput, and what was under way."""
        window, sent = self.window, requests.was_sent
        owner = np.repeat(np.arange(len(requests)), requests.chunks)
        chunk_ns = requests.sent_ns[owner] + requests.chunk_us.astype(np.int64) * 1000
        weights = _weights(requests, owner)
        self.series.add(requests, chunk_ns, weights)
        whole = (requests.chunks == 0) & (requests.answer_tokens > 0)
        self.series.add_tokens(requests.done_ns[whole], requests.answer_tokens[whole])
        self._tokens += float(weights[window.holds(chunk_ns)].sum())
        self._tokens += float(requests.answer_tokens[whole & window.holds(requests.done_ns)].sum())
        self._sums["answered in"] += int((requests.ok & window.holds(requests.done_ns)).sum())
        read_ns = np.where(requests.first_ns == NEVER, requests.done_ns, requests.first_ns)
        read = requests.ok & window.holds(read_ns) & (requests.input_tokens > 0)
        self._sums["input tokens"] += int(requests.input_tokens[read].sum())
        self._in_flight.add(requests.sent_ns[sent], requests.end_ns[sent])
        inside = sent & window.holds(requests.sent_ns)
        stretch = ((requests.sent_ns[inside] - window.start_ns) / self._stretch_ns).astype(np.int64)
        stretch = np.minimum(stretch, _STRETCHES - 1)
        first_ns = np.where(requests.first_ns == NEVER, requests.end_ns, requests.first_ns)
        waits = (first_ns - requests.sent_ns)[inside] / 1e9
        self._waits += np.bincount(stretch, weights=waits, minlength=_STRETCHES)
        self._waited += np.bincount(stretch, minlength=_STRETCHES)

    def _words(self, batch: Batch, measured: Truth) -> None:
        """Finish reasons and models of answers; of failed requests the first few messages."""
        ok = measured & (batch.error == 0)
        sizes = batch.fixed["finish_reason_bytes"][ok].tolist(), batch.fixed["model_bytes"][ok].tolist()
        rows = np.flatnonzero(ok)
        same = Counter(zip((batch.texts[row] for row in rows), *sizes, strict=True))
        for (text, reason, model), count in same.items():
            self.finish_reasons[text[:reason].decode("utf-8", "replace")] += count
            self.models[text[reason : reason + model].decode("utf-8", "replace")] += count
        for row in np.flatnonzero(measured & (batch.error != 0)):
            said = self.messages.setdefault(str(ERRORS[batch.error[row]]), [])
            message = batch.words(int(row))[2] if len(said) < _MESSAGES else ""
            if message and message not in said:
                said.append(message)

    def _measure(self, requests: Requests) -> None:
        """What counts by the request: latencies, lag, goodput."""
        sent, first, ok = requests.was_sent, requests.has_first, requests.ok
        lag = requests.sent_ns - due_ns(requests)
        self.lag.add(lag[sent])
        self.own_lag.add(lag[sent & ~requests.queued])
        in_time = requests.sent_ns < self.window.end_ns + round(validity.LAG_P99_S * 1e9)
        self._sums["measured"] += len(requests)
        # One that found no connection was sent as far as this side is concerned: the server was not there.
        unreached = ~sent & (requests.fate == Fate.REFUSED)
        self._sums["sent"] += int(((sent & in_time) | unreached).sum())
        self._sums["answered"] += int(ok.sum())
        self._sums["queued"] += int(requests.queued.sum())
        for since in SINCE:
            intended = since == "intended"
            self._histograms["ttft_s", since].add(requests.since(requests.first_ns, intended=intended)[first])
            self._histograms["e2e_s", since].add(requests.since(requests.done_ns, intended=intended)[ok])
        self._itl.add(requests.itl_ns[ok[requests.gap_owner]])
        self._tpot.add(requests.tpot_ns[requests.has_tpot])
        for place, goal in enumerate(self.goals):
            good, valid = events(goal, requests)
            self.events[place] = (self.events[place][0] + int(good.sum()), self.events[place][1] + int(valid.sum()))
        fulfilled, counts = counted(self.goals, requests)
        self._sums["good"] += int(fulfilled.sum())
        self._sums["counted"] += int(counts.sum())

    @property
    def latencies(self) -> dict[str, dict[str, Summary]]:
        """By metric and by what it is counted from; gaps between tokens are the same from either."""
        found = {
            name: {since: self._histograms[name, since].summary for since in SINCE} for name in ("ttft_s", "e2e_s")
        }
        itl, tpot = self._itl.summary, self._tpot.summary
        same = {"itl_s": dict.fromkeys(SINCE, itl), "tpot_s": dict.fromkeys(SINCE, tpot)}
        return {name: (found | same)[name] for name in METRICS}

    def counts(self, run: Run) -> Counts:
        """How many requests there were."""
        planned, recorded = run.manifest.planned_requests, self._sums["recorded"]
        # Only a run that went to its end should have a record of each.
        missing = max((planned or 0) - recorded, 0) if self.window.ended_ns >= run.manifest.duration_s * 1e9 else 0
        errors = {str(ERRORS[index]): int(count) for index, count in enumerate(self._errors) if index and count}
        return Counts(
            recorded=recorded,
            warm_up=self._sums["warm_up"],
            planned=planned,
            unrecorded=missing,
            measured=self._sums["measured"],
            sent=self._sums["sent"],
            answered=self._sums["answered"],
            queued=self._sums["queued"],
            errors=errors,
        )

    def rates(self, counts: Counts, about: Manifest) -> Rates:
        """Everything per second of the window."""
        length_s, sums = self.window.length_s, self._sums
        if not length_s:
            return Rates()
        goodput = sums["good"] / length_s if self.goals else None
        ratio = sums["good"] / sums["counted"] if self.goals and sums["counted"] else None
        return Rates(
            requested_rps=None if about.closed else (counts.measured + counts.unrecorded) / length_s,
            achieved_rps=counts.sent / length_s,
            requests_per_s=sums["answered in"] / length_s,
            output_tokens_per_s=self._tokens / length_s,
            input_tokens_per_s=sums["input tokens"] / length_s,
            goodput_rps=goodput,
            goodput_ratio=ratio,
        )

    def load(self, counts: Counts, client: Client, run: Run) -> Load:
        """What validity is judged by."""
        lag_ns = self.own_lag.quantile_ns(validity.P99)
        filled = self._filled()
        with np.errstate(invalid="ignore", divide="ignore"):
            waits = self._waits / self._waited
        about, end = run.manifest, run.end
        in_flight = about.caps.get("in_flight")
        return Load(
            intended=counts.measured + counts.unrecorded,
            sent=counts.sent,
            queued=counts.queued,
            dropped=counts.dropped,
            in_flight=in_flight if isinstance(in_flight, int) else None,
            lag_p99_s=None if lag_ns is None else lag_ns / 1e9,
            cpu_ratio=client.cpu_ratio,
            counts=self._in_flight.means[filled:],
            waits_s=waits[filled:],
            closed=about.closed,
            steady=about.steady,
            lost=end.lost if end else (),
        )

    def _filled(self) -> int:
        """The stretch by which the window has filled up: nine of ten requests of its first second could be done."""
        p90_ns = self._histograms["e2e_s", "sent"].quantile_ns(validity.P90) or 0
        return min(int(np.ceil(p90_ns / self._stretch_ns)), _STRETCHES // 4)


def _weights(requests: Requests, owner: Whole) -> NDArray[np.float64]:
    """How many output tokens came with each chunk: its own, scaled so that they add up to those of the answer."""
    own = requests.chunk_tokens.astype(np.float64)
    sums = np.maximum(requests.counted_tokens, 1)
    return own * (requests.answer_tokens / sums)[owner]
