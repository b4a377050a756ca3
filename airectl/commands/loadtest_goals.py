"""What a load test is held to: objectives of specs, by what they measure, and objectives of flags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.ruled import built_of
from airectl.commands.selection import chosen
from airectl.commands.specs import Checked, load_specs
from airectl.core.findings import Severity
from airectl.core.slo import Measure
from airectl.core.units import parse_percent, parse_seconds
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.goodput import Goal, Unmeasured
    from airectl.core.slo import Slo

Specs = Annotated[
    list[str] | None, typer.Option("--specs", metavar="PATH", help="Hold it to the objectives of these; repeatable.")
]
TtftP99 = Annotated[str | None, typer.Option("--ttft-p99", metavar="TIME", help="99 % of first tokens within this.")]
ItlP99 = Annotated[str | None, typer.Option("--itl-p99", metavar="TIME", help="99 % of gaps between tokens.")]
TpotP99 = Annotated[str | None, typer.Option("--tpot-p99", metavar="TIME", help="99 % of requests' time per token.")]
E2eP99 = Annotated[str | None, typer.Option("--e2e-p99", metavar="TIME", help="99 % of whole answers.")]
Objective = Annotated[
    list[str] | None,
    typer.Option("--objective", metavar="TEXT", help="Such as `ttft p95 200ms` or `availability 99.9%`; repeatable."),
]
_MANY: Final = re.compile(r"(ttft|itl|tpot|e2e)\s+p(\d{1,2}(?:\.\d{1,4})?)\s+(\S+)")
_SHARE: Final = re.compile(r"(availability|completeness)\s+(\S+)")
_HELP: Final = "write `ttft p95 200ms` (of ttft, itl, tpot, e2e) or `availability 99.9%`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Objectives as a command line names them."""

    specs: Sequence[str] | None = None
    slo: Sequence[str] | None = None
    ttft_p99: str | None = None
    itl_p99: str | None = None
    tpot_p99: str | None = None
    e2e_p99: str | None = None
    objective: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """What a run is held to, and what a load test cannot measure of the specs."""

    goals: tuple[Goal, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    checked: Checked | None = None


def objectives(run: Run, wanted: Wanted, *, streamed: bool) -> Objectives:
    """The objectives that are asked for; flags first. Raises UsageError."""
    of_flags = tuple(_of_flags(wanted))
    if wanted.specs is None:
        if wanted.slo:
            raise UsageError("--slo goes with --specs", help="add `--specs slo-specs`")
        return Objectives(goals=of_flags)
    from airectl.core import goodput

    checked = load_specs(run, wanted.specs)
    built = chosen(built_of(run, checked.specs, checked.context.catalogue), wanted.slo)
    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    sound = list(_named([slo for slo in built.slos if slo.at.path not in invalid], wanted.slo))
    goals, unmeasured = goodput.goals_of(sound, streamed=streamed)
    left_out = [
        goodput.Unmeasured(id=each.id, reason=each.reason, service=each.service, at=each.at)
        for each in built.left_out
        if each.at.path not in invalid
    ]
    return Objectives(goals=(*of_flags, *goals), unmeasured=(*unmeasured, *left_out), checked=checked)


def _of_flags(wanted: Wanted) -> Iterator[Goal]:
    from airectl.core.goodput import Goal

    for measure in (Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E):
        text = getattr(wanted, f"{measure}_p99")
        if text is not None:
            flag = f"--{measure}-p99"
            yield Goal(id=flag, measure=measure, target=Decimal("0.99"), threshold_s=_time(flag, text))
    for text in wanted.objective or ():
        yield _written(text)


def _written(text: str) -> Goal:
    """What `--objective` says. Raises UsageError."""
    from airectl.core.goodput import Goal

    if many := _MANY.fullmatch(text.strip()):
        target = Decimal(many[2]) / 100
        if 0 < target < 1:
            time_s = _time(f"--objective `{text}`:", many[3])
            return Goal(id=text, measure=Measure(many[1]), target=target, threshold_s=time_s)
    elif share := _SHARE.fullmatch(text.strip()):
        try:
            target = parse_percent(share[2])
        except ValueError:
            target = Decimal(1)
        if 0 < target < 1:
            return Goal(id=text, measure=Measure(share[1]), target=target)
    raise UsageError(f"--objective cannot be `{text}`", help=_HELP)


def _time(option: str, text: str) -> Decimal:
    """A time above 0. Raises UsageError."""
    try:
        seconds = parse_seconds(text)
    except ValueError:
        seconds = Decimal(0)
    if seconds <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 500ms")
    return seconds


def _named(slos: Sequence[Slo], names: Sequence[str] | None) -> Iterator[Slo]:
    """The SLOs with only those of their objectives that --slo names. Raises UsageError for one that is not there."""
    if not names:
        yield from slos
        return
    known = {f"{slo.id}/{each.name}" for slo in slos for each in slo.objectives} | {slo.id for slo in slos}
    for name in names:
        if name.count("/") > 1 and name not in known:
            raise UsageError(f"no objective is called `{name}`", help="write its displayName, or its index from 0")
    for slo in slos:
        named = tuple(each for each in slo.objectives if {slo.id, f"{slo.id}/{each.name}"}.intersection(names))
        yield replace(slo, objectives=named)
