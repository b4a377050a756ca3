"""What a calibration found, as tables and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from airectl.core.report import Block, Column, Gate, Kind, Lines, Outcome, Report, Status, Table, Verdict, decide

if TYPE_CHECKING:
    from airectl.load.calibration import Asked, Calibrated, Spread

ACHIEVED: Final = 0.99
CPU_RATIO: Final = 0.85
# What the simulator may be late by before it is what sets the pace.
_LATE_S: Final = 0.02
_NAMES: Final = {"ttft_s": "TTFT", "itl_s": "ITL", "tpot_s": "TPOT", "e2e_s": "E2E"}
_COLUMNS: Final = (
    Column(title="METRIC"),
    Column(title="TRUE P50", kind=Kind.DURATION, digits=3),
    Column(title="ERROR P50", kind=Kind.DURATION, digits=3),
    Column(title="TRUE P99", kind=Kind.DURATION, digits=3),
    Column(title="ERROR P99", kind=Kind.DURATION, digits=3),
    Column(title="WORST ERROR", kind=Kind.DURATION, digits=3),
)
_SPREADS: Final = (
    Column(title="OF THIS HOST"),
    Column(title="P50", kind=Kind.DURATION, digits=3),
    Column(title="P99", kind=Kind.DURATION, digits=3),
    Column(title="MAX", kind=Kind.DURATION, digits=3),
)


def report(asked: Asked, found: Calibrated, late_s: float, *, partial: bool) -> Report:
    """All of it. Where the engine did not get as far as it was asked to, its figures are those of an overload."""
    reasons = list(_limits(asked, found, late_s, partial=partial))
    outcome = Outcome.UNDECIDED if reasons else Outcome.PASSED
    gate = Gate(name="host", group="loadtest calibrate", outcome=outcome, message="; ".join(reasons))
    return Report(
        status=decide([gate]),
        data=_data(asked, found, late_s),
        blocks=tuple(_blocks(found, reasons)),
        gates=(gate,),
        partial=partial,
    )


def planned(asked: Asked) -> Report:
    """What would be asked; nothing was."""
    seconds = asked.warm_up_s + asked.duration_s
    said = (
        f"{asked.requests:,} requests for {asked.tokens:,} tokens each, one every {asked.every_s * 1000:.3g} ms",
        f"{asked.itl_s * 1000:.3g} ms between two tokens of an answer",
        f"{seconds:.3g} s, of which the first {asked.warm_up_s:.3g} s are warm-up",
    )
    return Report(
        status=Status.DONE,
        data=_plan(asked),
        blocks=(Verdict(word="PLAN", text="for the simulator on this machine; nothing was asked"), Lines(lines=said)),
    )


def _plan(asked: Asked) -> dict[str, Any]:
    return {
        "streams": asked.streams,
        "asked_tokens_per_s": asked.tokens_per_s,
        "duration_s": asked.duration_s,
        "warm_up_s": asked.warm_up_s,
        "tokens_per_answer": asked.tokens,
        "itl_s": asked.itl_s,
        "planned_requests": asked.requests,
    }


def _limits(asked: Asked, found: Calibrated, late_s: float, *, partial: bool) -> Iterator[str]:
    """Why this is no measure of the host at what was asked for."""
    if partial:
        yield "it was interrupted"
        return
    if found.failed:
        yield f"{found.failed:,} of {found.requests:,} requests failed"
    if found.tokens_per_s < ACHIEVED * asked.tokens_per_s:
        yield f"{found.tokens_per_s:,.0f} tokens/s came, and {asked.tokens_per_s:,.0f} were asked for"
    if found.cpu_ratio is not None and found.cpu_ratio > CPU_RATIO:
        yield f"the engine had {_percent(found.cpu_ratio)} of a core, and above {_percent(CPU_RATIO)} it falls behind"
    if late_s > _LATE_S:
        yield f"the simulator was {late_s * 1000:.0f} ms late itself"


def _percent(ratio: float) -> str:
    return f"{ratio * 100:.0f} %"


def _blocks(found: Calibrated, reasons: list[str]) -> Iterator[Block]:
    largest = [error for error in found.host_error_s.values() if error is not None]
    if reasons:
        yield Verdict(word="UNDECIDED", text="this host is overloaded by that", aside=_aside(found))
        yield Lines(lines=[*reasons, "ask for what a test will need, on a machine with nothing else to do"])
    elif largest:
        text = f"quantiles of this host are off by {max(largest) * 1000:.3f} ms at most"
        yield Verdict(word="PASSED", text=text, aside=_aside(found))
    rows = [
        (_NAMES[name], each.true.p50, each.error.p50, each.true.p99, each.error.p99, each.error.max)
        for name, each in found.metrics.items()
    ]
    yield Table(columns=_COLUMNS, rows=rows)
    yield Table(columns=_SPREADS, rows=[_row("from sent to recorded", found.delay), _row("schedule lag", found.lag)])
    if found.cpu_ratio is not None and found.cpu_us_per_token is not None:
        yield Lines(lines=[f"{_percent(found.cpu_ratio)} of a core, {found.cpu_us_per_token:.1f} µs of it a token"])


def _aside(found: Calibrated) -> str:
    return f"{found.tokens_per_s:,.0f} tokens/s, {found.requests:,} requests"


def _row(name: str, spread: Spread) -> tuple[Any, ...]:
    return name, spread.p50, spread.p99, spread.max


def _data(asked: Asked, found: Calibrated, late_s: float) -> dict[str, Any]:
    from airectl.load.engine.running import loop_name

    said = found.data()
    return {
        **_plan(asked),
        "tokens_per_s": said.pop("tokens_per_s"),
        **{name: said.pop(name) for name in ("requests", "failed", "tokens", "host_error_s", "metrics")},
        "delay_s": said["delay"],
        "schedule_lag_s": said["lag"],
        "client": {
            "cpu_ratio": said["cpu_ratio"],
            "cpu_us_per_token": said["cpu_us_per_token"],
            "event_loop": loop_name(),
        },
        "simulator_lag_s": late_s,
    }
