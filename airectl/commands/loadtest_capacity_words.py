"""The result of a search for the capacity, for people and for machines."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.loadtest_capacity import Searched
from airectl.commands.loadtest_data import score_data
from airectl.core.capacity_search import Ending, Measured
from airectl.core.report import Block, Column, Gate, Kind, Lines, Next, Outcome, Status, Table, Verdict

if TYPE_CHECKING:
    from airectl.commands.loadtest_server import ServerSide
    from airectl.load.results import Results

_GROUP: Final = "load test"
_STEPS: Final = (
    Column(title="STEP", kind=Kind.COUNT),
    Column(title="REQ/S", kind=Kind.NUMBER, digits=2),
    Column(title="REQUESTS", kind=Kind.COUNT),
    Column(title="MISSED", kind=Kind.RATIO, digits=2),
    Column(title="TTFT P99", kind=Kind.DURATION),
    Column(title="TOKENS/S", kind=Kind.NUMBER, digits=0),
    Column(title="SHOWS"),
)
_STATUS: Final = {
    Ending.FOUND: Status.PASSED,
    Ending.AT_LEAST: Status.PASSED,
    Ending.NONE_PASSED: Status.FAILED,
    Ending.CLIENT_LIMITED: Status.UNDECIDED,
    Ending.UNDECIDED: Status.UNDECIDED,
    Ending.STOPPED: Status.UNDECIDED,
}
_HELP: Final = {
    Ending.NONE_PASSED: "no load meets them: look at the last step, or at the objectives",
    Ending.CLIENT_LIMITED: "send from more processes or machines; `airectl loadtest calibrate` knows this host",
    Ending.UNDECIDED: "let steps last longer with --step, or be content with less --confidence",
}


def status(done: Searched) -> Status:
    """The verdict: only a rate that was found, or a cap that was reached, is a result."""
    return _STATUS[done.found.ending]


def gates(done: Searched) -> tuple[Gate, ...]:
    """One: the capacity."""
    outcomes = {Status.PASSED: Outcome.PASSED, Status.FAILED: Outcome.FAILED, Status.UNDECIDED: Outcome.UNDECIDED}
    outcome = outcomes[status(done)]
    message = "" if outcome is Outcome.PASSED else _verdict(done)
    return (Gate(name="capacity", group=_GROUP, outcome=outcome, message=message),)


def capacity(done: Searched, side: ServerSide | None = None) -> dict[str, Any] | None:
    """`data.capacity`; None where no rate is known to pass. An open end is null."""
    found = done.found
    if status(done) is not Status.PASSED or found.low_rps is None:
        return None
    low, high, tokens = found.low_rps, found.high_rps, found.tokens_per_request
    middle = None if high is None else (low + high) / 2
    last = next((each for each in reversed(done.results) if each.counts.answered), None)
    runs_on = side.accelerators if side else None
    return {
        "rps": {"value": middle, "low": low, "high": high},
        "output_tokens_per_s": {
            "value": _times(middle, tokens),
            "low": _times(low, tokens),
            "high": _times(high, tokens),
        },
        "at_least": found.ending is Ending.AT_LEAST,
        "confidence": done.options.confidence,
        "input_tokens_mean": _per_request(last, "input"),
        "output_tokens_mean": tokens,
        "accelerator": (runs_on.name or None) if runs_on else None,
        "accelerators": (runs_on.count or None) if runs_on else None,
    }


def _times(rate: float | None, tokens: float | None) -> float | None:
    return None if rate is None or tokens is None else rate * tokens


def _per_request(results: Results | None, which: str) -> float | None:
    rates = results.rates if results else None
    if rates is None or not rates.requests_per_s or which != "input" or rates.input_tokens_per_s is None:
        return None
    return rates.input_tokens_per_s / rates.requests_per_s


def data(done: Searched, side: ServerSide | None = None) -> dict[str, Any]:
    """All of it for machines."""
    about = done.results[0].manifest if done.results else None
    return {
        "run": done.shown,
        "target": about.target if about else None,
        "protocol": about.protocol if about else None,
        "model": (about.model or None) if about else None,
        "ended": done.found.ending.value,
        "capacity": capacity(done, side),
        "objectives": [
            {key: score_data(score)[key] for key in ("objective", "service", "signal", "threshold_s", "target_ratio")}
            for score in (done.results[0].scores if done.results else ())
        ],
        "steps": [_step(step, results) for step, results in _pairs(done)],
    }


def _pairs(done: Searched) -> Iterator[tuple[Measured, Results]]:
    yield from zip(done.found.steps, done.results, strict=False)


def _step(step: Measured, results: Results) -> dict[str, Any]:
    return {
        "step": step.wanted.number + 1,
        "folder": f"step-{step.wanted.number:02d}",
        "requested_rps": step.wanted.rate_rps,
        "achieved_rps": step.achieved_rps,
        "output_tokens_per_s": step.output_tokens_per_s,
        "replicate": step.wanted.replicate,
        "validity": results.judgement.validity.value,
        "steady": step.steady,
        "objectives": [score_data(score) for score in results.scores],
    }


def blocks(done: Searched, side: ServerSide | None) -> Iterator[Block]:
    """The verdict, the steps, and what can be done with it."""
    about = done.results[0].manifest if done.results else None
    yield Verdict(word=_word(done), text=_verdict(done), aside=(about.model or about.name) if about else "")
    yield Table(columns=_STEPS, rows=[_row(step, results) for step, results in _pairs(done)])
    yield Lines(lines=list(_lines(done, side)))
    folder = shlex.quote(done.shown)
    commands = []
    if status(done) is Status.PASSED:
        commands.append(f"airectl forecast QUERY --source NAME --capacity {folder}")
    if done.results:
        commands.append(f"airectl loadtest report {folder}/step-{len(done.results) - 1:02d}")
    yield Next(commands=commands)


def _word(done: Searched) -> str:
    return "FOUND" if done.found.ending is Ending.FOUND else status(done).value.upper()


def _verdict(done: Searched) -> str:
    found, last = done.found, done.found.steps[-1].wanted.rate_rps if done.found.steps else 0.0
    match found.ending:
        case Ending.FOUND:
            return f"{_rate(found.low_rps)} to {_rate(found.high_rps)} req/s meet every objective{_tokens(done)}"
        case Ending.AT_LEAST:
            return f"at least {_rate(found.low_rps)} req/s, the most that may be asked for{_tokens(done)}"
        case Ending.NONE_PASSED:
            return f"objectives are missed even at {_rate(done.options.lowest_rps)} req/s"
        case Ending.CLIENT_LIMITED:
            known = f"; {_rate(found.low_rps)} req/s passed" if found.low_rps else ""
            return f"the client was the limit at {_rate(last)} req/s{known}"
        case Ending.STOPPED:
            why = "the time that a load test may take was up" if done.out_of_time else "it was ended early"
            return f"{why} after {len(done.results)} steps"
    return f"{len(done.results)} steps did not decide{_between(done)}"


def _tokens(done: Searched) -> str:
    found = done.found
    if found.tokens_per_request is None or found.low_rps is None:
        return ""
    low = f"{found.low_rps * found.tokens_per_request:,.0f}"
    high = "" if found.high_rps is None else f" to {found.high_rps * found.tokens_per_request:,.0f}"
    return f": {low}{high} output tokens/s"


def _between(done: Searched) -> str:
    found = done.found
    low = f"; {_rate(found.low_rps)} req/s passed" if found.low_rps else ""
    return low + (f"; {_rate(found.high_rps)} req/s failed" if found.high_rps else "")


def _row(step: Measured, results: Results) -> list[Any]:
    worst = max((each.bad / each.valid for each in step.tallies if each.valid), default=None)
    return [
        step.wanted.number + 1,
        step.wanted.rate_rps,
        results.counts.measured,
        worst,
        results.latencies["ttft_s"]["intended"].p99,
        step.output_tokens_per_s,
        _shows(step),
    ]


def _shows(step: Measured) -> str:
    if step.client_limited:
        return "client-limited"
    if not step.steady:
        return "the queue grows"
    over = [each for each in step.tallies if each.valid and each.bad > each.valid * (1 - each.target)]
    return f"{over[0].name} missed" if over else "met"


def _lines(done: Searched, side: ServerSide | None) -> Iterator[str]:
    from airectl.core.units import spoken_seconds

    scores = done.results[0].scores if done.results else ()
    for score in scores:
        goal = score.goal
        within = "" if goal.threshold_s is None else f" within {spoken_seconds(goal.threshold_s)}"
        yield f"{goal.id}: {float(goal.target) * 100:g} % of {goal.measure}{within}"
    sure = f"{done.options.confidence * 100:g} % sure"
    if help := _HELP.get(done.found.ending):
        yield help
    yield f"a rate passes or fails where the early-stopping rule is {sure}, over replicates with seeds of their own"
    if side and side.accelerators.count and (found := done.found).low_rps:
        each = found.low_rps / side.accelerators.count
        yield f"at least {_rate(each)} req/s per accelerator ({side.accelerators.count} x {side.accelerators.name})"


def _rate(value: float | None) -> str:
    return "?" if value is None else f"{value:,.4g}"
