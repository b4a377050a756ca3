"""Results of a load test for people: the verdict, the figures with their formulas, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from airectl.commands import loadtest_server
from airectl.commands.loadtest_gates import Tested, worst
from airectl.core.chart import Axis, Chart, Level, Line, Role, Span
from airectl.core.findings import Finding
from airectl.core.latency import QUANTILE
from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Status, Table, Verdict
from airectl.core.requests import DEFINITIONS
from airectl.core.slo import Measure
from airectl.render.cells import shown

if TYPE_CHECKING:
    from airectl.core.goodput import Score
    from airectl.core.latency import Summary
    from airectl.load.results import Results

_FORMULAS: Final = {
    "ttft_s": "first content - intended send",
    "itl_s": "gap between chunks / tokens",
    "tpot_s": "(last - first) / (tokens - 1)",
    "e2e_s": "last content - intended send",
}
_METRICS: Final = (
    Column(title=""),
    *(Column(title=name, kind=Kind.DURATION) for name in ("P50", "P90", "P99", "MEAN")),
    Column(title="WHAT IT IS"),
)
_OBJECTIVES: Final = (
    Column(title="OBJECTIVE"),
    Column(title="WITHIN", kind=Kind.DURATION),
    Column(title="TARGET", kind=Kind.RATIO),
    Column(title="GOOD", kind=Kind.RATIO),
    Column(title="OF", kind=Kind.COUNT),
    Column(title="STATUS"),
)
_DURATION: Final = Column(title="", kind=Kind.DURATION)
_RATE: Final = Column(title="", kind=Kind.NUMBER)
_COUNT: Final = Column(title="", kind=Kind.COUNT)
_RATIO: Final = Column(title="", kind=Kind.RATIO, digits=1)
# From send and from intended time alike: only where they differ by more is there something to say.
_DIFFERS: Final = 1.05
_WIDE: Final = 14
_TO_EXPLAIN: Final = frozenset({"warning", "error"})


def blocks(tested: Tested, status: Status, visible: Sequence[Finding], *, verbose: bool = False) -> Iterator[Block]:
    """Everything on one screen; with `verbose` the checks, the definitions and charts too."""
    results = tested.results
    yield Verdict(word=word(results, status), text=_verdict(results), aside=_aside(results))
    if results.counts.answered:
        yield Table(columns=_METRICS, rows=list(_rows(results)))
    yield Lines(lines=[*_lines(results), *(loadtest_server.lines(tested.server, results) if tested.server else ())])
    if results.scores:
        yield Table(columns=_OBJECTIVES, rows=[_score(each, results) for each in results.scores])
    if results.unmeasured:
        lines = [f"{each.id}: {each.reason}" for each in results.unmeasured]
        yield Lines(title="not measured by a load test", lines=lines)
    if verbose:
        yield Lines(
            title="checks", lines=[f"{each.name}: {each.state}, {each.said}" for each in results.judgement.checks]
        )
        yield Lines(
            title="definitions",
            lines=[f"{name}: {text}" for name, text in {**DEFINITIONS, "quantile": QUANTILE}.items()],
        )
    yield from (replace(each, page_only=not verbose) for each in charts(results))
    yield Next(commands=[each for each in _next(tested, status, visible) if not (verbose and each.endswith(" -v"))])


def word(results: Results, status: Status) -> str:
    """What the result is worth, in one word; FAILED where it is valid and something is missed."""
    if not results.valid or status is Status.PASSED:
        return results.judgement.validity.value.upper()
    return status.value.upper()


def _verdict(results: Results) -> str:
    """`achieved 40 of 40 req/s, schedule lag p99 0.4 ms, client CPU 9 %`; before it what is missed or wrong."""
    parts = [] if results.complete else [f"partial, {results.end.how if results.end else 'cut off'}"]
    missed = [each for each in results.scores if each.state.value == "missed"]
    if results.valid and results.scores:
        total, undecided = len(results.scores), sum(each.state.value == "inconclusive" for each in results.scores)
        done = (
            f"{len(missed)} of {total} objectives missed"
            if missed
            else f"{total - undecided} of {total} objectives met"
        )
        parts.append(done + (f", {undecided} inconclusive" if undecided else ""))
    elif not results.valid:
        parts.append("; ".join(results.judgement.reasons))
    return "; ".join((*parts, ", ".join(_load(results))))


def _load(results: Results) -> Iterator[str]:
    rates = results.rates
    if rates.achieved_rps is None:
        yield "nothing was measured"
        return
    of = "" if rates.requested_rps is None else f" of {_number(rates.requested_rps)}"
    yield f"achieved {_number(rates.achieved_rps)}{of} req/s"
    if results.lag.p99 is not None and not results.manifest.closed:
        yield f"schedule lag p99 {_time(results.lag.p99)}"
    if results.client.cpu_ratio:
        yield f"client CPU {shown(max(results.client.cpu_ratio.values()), Column(title='', kind=Kind.RATIO, digits=0))}"


def _aside(results: Results) -> str:
    return f"{results.manifest.model or results.manifest.name}, {_time(results.window.length_s)}"


def _rows(results: Results) -> Iterator[list[Cell]]:
    for name, each in results.latencies.items():
        label, found = name.removesuffix("_s"), each["intended"]
        if found.count:
            yield [label, found.p50, found.p90, found.p99, found.mean, _FORMULAS[name]]
        sent = each["sent"]
        if sent.count and _differs(sent, found):
            yield [f"{label} (sent)", sent.p50, sent.p90, sent.p99, sent.mean, "the same, from the actual send"]


def _differs(sent: Summary, intended: Summary) -> bool:
    pairs = ((sent.p50, intended.p50), (sent.p99, intended.p99), (sent.mean, intended.mean))
    return any(a is not None and b is not None and b > _DIFFERS * a for a, b in pairs)


def _lines(results: Results) -> Iterator[str]:
    rates, counts, about = results.rates, results.counts, results.manifest
    if rates.output_tokens_per_s or rates.input_tokens_per_s:
        parts = [f"out {_number(rates.output_tokens_per_s)}", f"in {_number(rates.input_tokens_per_s)}"]
        yield _line("tokens/s", ", ".join(parts) + _source(results))
    if rates.goodput_rps is not None:
        share = "" if rates.goodput_ratio is None else f" ({shown(rates.goodput_ratio, _RATIO)} met every objective)"
        yield _line("goodput", f"{_number(rates.goodput_rps)} req/s{share}")
    yield _line("requests", _requests(results))
    kinds = ((count, kind) for kind, count in counts.errors.items())
    errors = [f"{_plain(count)} {kind}" for count, kind in sorted(kinds, reverse=True)]
    if errors:
        yield _line("errors", ", ".join(errors))
    if counts.queued or counts.dropped:
        cap = about.caps.get("in_flight")
        limit = f"at most {cap} in flight: " if cap else ""
        yield _line(
            "held back", f"{limit}{_plain(counts.queued)} waited in the client, {_plain(counts.dropped)} dropped"
        )


def _requests(results: Results) -> str:
    counts = results.counts
    text = f"{_plain(counts.answered)} of {_plain(counts.measured)} answered"
    if counts.failed:
        text += f", {_plain(counts.failed)} failed and in no latency above"
    return text + (f"; {_plain(counts.warm_up)} of the warm-up not measured" if counts.warm_up else "")


def _source(results: Results) -> str:
    """Who counted tokens, where that was not the server."""
    others = {kind: count for kind, count in results.tokens.items() if kind != "usage"}
    if not others or not results.counts.answered:
        return ""
    return " (one token a chunk is assumed)" if "chunks" in others else " (counted by the client)"


def _score(score: Score, results: Results) -> list[Cell]:
    goal = score.goal
    threshold: Cell = "-" if goal.threshold_s is None else goal.threshold_s
    state = score.state.value if results.valid else "undecided"
    name = (
        goal.id
        if goal.measure is Measure.AVAILABILITY or goal.measure.value in goal.id
        else f"{goal.id} ({goal.measure})"
    )
    return [name, threshold, goal.target, score.ratio, score.valid, state]


def charts(results: Results) -> Iterator[Chart]:
    """Latency and load over the run."""
    series = results.series
    t_s = [float(t) for t in series["t_s"]]
    thresholds = [each.goal for each in results.scores if each.goal.measure is Measure.TTFT and each.goal.threshold_s]
    ttft = series["ttft_p99_s"]
    if any(value is not None for value in ttft):
        levels = [Level(value=float(each.threshold_s or 0), label=each.id) for each in thresholds]
        peak = max((value, t) for value, t in zip(ttft, t_s, strict=True) if value is not None)
        yield Chart(
            title="p99 of the time to first token",
            summary=f"at most {_time(peak[0])}, of requests sent {_time(peak[1])} into the run",
            x=Axis(title="time", unit="s"),
            y=Axis(title="TTFT", unit="s"),
            lines=[Line(name="TTFT p99", x=t_s, y=ttft, role=Role.HISTORY)],
            levels=levels,
            spans=list(_over(t_s, ttft, min((level.value for level in levels), default=None))),
        )
    yield Chart(
        title="requests in flight",
        summary=f"at most {max(series['in_flight'], default=0):,.0f}",
        x=Axis(title="time", unit="s"),
        y=Axis(title="requests"),
        lines=[Line(name="in flight", x=t_s, y=series["in_flight"], role=Role.HISTORY)],
    )


def _over(t_s: Sequence[float], values: Sequence[float | None], limit: float | None) -> Iterator[Span]:
    """The stretches in which it was over the lowest limit."""
    start: float | None = None
    step_s = t_s[1] - t_s[0] if len(t_s) > 1 else 1.0
    for t, value in zip([*t_s, t_s[-1] + step_s], [*values, None], strict=True):
        over = limit is not None and value is not None and value > limit
        if over and start is None:
            start = t
        elif not over and start is not None:
            yield Span(start=start, end=t - step_s if t > t_s[-1] else t)
            start = None


def _next(tested: Tested, status: Status, visible: Sequence[Finding]) -> Iterator[str]:
    grave = [finding for finding in visible if finding.severity.value in _TO_EXPLAIN]
    if grave:
        yield f"airectl explain {worst(grave)}"
    folder = shlex.quote(tested.folder)
    checked = tested.objectives.checked
    if status is Status.FAILED and checked and checked.files:
        yield f"airectl budget {shlex.quote(checked.files[0])} --run {folder}"
    yield f"airectl loadtest report {folder} -v"
    if not tested.results.scores:
        yield f"airectl loadtest report {folder} --ttft-p99 500ms"


def _line(label: str, text: str) -> str:
    return f"{label:<{_WIDE}}{text}"


def _number(value: float | None) -> str:
    """Three or four digits of a rate."""
    if value is None:
        return "?"
    digits = 0 if value >= 1000 else 1 if value >= 10 else 2
    return shown(value, Column(title="", kind=Kind.NUMBER, digits=digits))


def _time(value: float | None) -> str:
    return shown(value, _DURATION)


def _plain(count: int) -> str:
    return shown(count, _COUNT)
