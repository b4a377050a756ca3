"""What `airectl forecast` does: read demand and capacity, forecast, and say what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from airectl.commands.forecast_reading import InputAsked, is_plan, reading_of, unanswered
from airectl.commands.forecast_sizing import Sized, SizingAsked, sized
from airectl.core.findings import Finding, Location, Severity
from airectl.demand import texts
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.resample import Grid
    from airectl.demand.outlook import Outlook
    from airectl.demand.series import Reading, Series
    from airectl.demand.service import Service, Timing

_DAY_S: Final = 86_400
_DEFAULT_S: Final = 30 * _DAY_S
# An order has to be placed its lead time ahead: it takes a look beyond that.
_BEYOND_S: Final = 30 * _DAY_S
# The history may end so long ago, or so many steps, and today is still where it ends.
_FRESH_S: Final = 2 * _DAY_S
_FRESH_STEPS: Final = 3
_WEEK_S: Final = 7 * _DAY_S
# Ten years; and as many steps as a forecast of up to a week may have.
_FARTHEST_S: Final = 3660 * _DAY_S
_MOST_STEPS: Final = 20_000
_QUANTILE: Final = "p10"


@dataclass(frozen=True, slots=True, kw_only=True)
class AheadAsked:
    """The time to come, as the command line says it."""

    horizon: str | None = None
    step: str | None = None
    season: Sequence[str] = ()
    event: Sequence[str] = ()
    growth: str | None = None
    lead_time: str | None = None
    order_quantile: str | None = None
    fail_if_crossing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that a command line asks."""

    input: InputAsked
    ahead: AheadAsked
    sizing: SizingAsked
    what_if: Sequence[str] = ()
    engine: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecasted:
    """What came of it. `now` is what days are counted from. `texts` are files that findings point into.

    `unanswered`: a source could not be asked. `variants` are the outlooks of each what-if. `budget` is how many
    accelerators there may be for all of it, `budget_at` where that is written.
    """

    now: datetime
    outlooks: Sequence[Outlook] = ()
    findings: Sequence[Finding] = ()
    assumptions: Sequence[str] = ()
    variants: Mapping[str, Sequence[Outlook]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    unanswered: bool = False
    budget: int | None = None
    budget_at: Location | None = None
    timing: Timing | None = None


def forecasted(run: Run, asked: Asked) -> Forecasted:
    """Everything of one command line. Raises UsageError."""
    if is_plan(asked.input):
        from airectl.commands.forecast_plan import planned

        return planned(run, asked)
    timing = timing_of(asked.ahead)
    at = texts.moment("--at", asked.input.at) if asked.input.at else None
    reading = reading_of(run, asked.input, timing, at)
    found = sized(run, asked.sizing, reading)
    findings = [*reading.findings, *found.findings]
    if not reading.series or found.sizing is None:
        return Forecasted(
            now=at or run.env.now(), findings=findings, timing=timing, unanswered=unanswered(reading.findings)
        )
    service = service_of(asked, timing, reading, found)
    return foreseen(run, [(service, reading)], Context(asked=asked, at=at, findings=findings))


def timing_of(ahead: AheadAsked) -> Timing:
    """The time to come. Raises UsageError."""
    from airectl.demand.service import Timing

    lead_s = texts.span_s("--lead-time", ahead.lead_time) if ahead.lead_time else None
    fail_s = texts.span_s("--fail-if-crossing", ahead.fail_if_crossing) if ahead.fail_if_crossing else None
    default_s = max(_DEFAULT_S, (lead_s or 0) + _BEYOND_S if lead_s else 0, fail_s or 0)
    horizon_s = texts.span_s("--horizon", ahead.horizon) if ahead.horizon else default_s
    if horizon_s > _FARTHEST_S:
        raise UsageError("the horizon is longer than ten years", help="give a shorter `--horizon`, or `--lead-time`")
    for least_s, asked in (
        (lead_s, f"--lead-time {ahead.lead_time}"),
        (fail_s, f"--fail-if-crossing {ahead.fail_if_crossing}"),
    ):
        if least_s is not None and horizon_s < least_s:
            raise _too_near(asked, ahead.horizon)
    growth = texts.growth("--growth", ahead.growth) if ahead.growth else None
    return Timing(
        horizon_s=horizon_s,
        step_s=texts.span_s("--step", ahead.step) if ahead.step else None,
        seasons_s=tuple(sorted(texts.span_s("--season", each) for each in ahead.season)),
        events=tuple(texts.event(each) for each in ahead.event),
        growth=growth and texts.bounded("--growth", growth, horizon_s),
        lead_time_s=lead_s,
        order_quantile=texts.share("--order-quantile", ahead.order_quantile or _QUANTILE),
        fail_within_s=fail_s,
    )


def _too_near(asked: str, horizon: str | None) -> UsageError:
    """Enough for a shorter time says nothing of what is asked about."""
    return UsageError(
        f"--horizon {horizon} is shorter than {asked}: what comes after it would not be seen",
        help="leave `--horizon` out, or make it longer",
    )


def service_of(asked: Asked, timing: Timing, reading: Reading, found: Sized) -> Service:
    """One service of all series that were read."""
    from airectl.demand.service import Service, Sizing

    return Service(
        name=reading.source,
        unit=found.unit,
        timing=timing,
        sizing=found.sizing or Sizing(),
        assumptions=(*reading.assumptions, *found.assumptions),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What `foreseen` needs beside services: what was asked, the moment to look from, and what was said so far."""

    asked: Asked
    at: datetime | None = None
    findings: Sequence[Finding] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def foreseen(run: Run, services: Sequence[tuple[Service, Reading]], context: Context) -> Forecasted:
    """The outlooks of services whose demand was read."""
    from airectl.commands.forecast_engine import engine_of
    from airectl.demand import remarks, variants
    from airectl.demand.forecasting import projections
    from airectl.demand.outlook import Outlook, limit_of, outlook
    from airectl.demand.units import misleading

    engine = engine_of(context.asked.engine)
    outlooks: list[Outlook] = []
    findings = list(context.findings)
    nows = []
    for service, reading in services:
        grids = [_grid(each, service.timing) for each in reading.series]
        now, stale = _present(run, grids, context.at, _place(service, reading))
        nows.append(now)
        findings += stale
        for metric in dict.fromkeys(each.metric for each in reading.series):
            findings += misleading(metric, _place(service, reading))
        limits = [limit_of(service)] * len(grids)
        made = projections(grids, service.timing, limits, engine)
        found = zip(reading.series, grids, made, strict=True)
        own = [
            outlook(Outlook(service=service, series=series, grid=grid, projection=projection, now=now))
            for series, grid, projection in found
        ]
        findings += remarks.told(own, _place(service, reading))
        outlooks += own
    return Forecasted(
        now=max(nows),
        outlooks=outlooks,
        findings=findings,
        assumptions=tuple(dict.fromkeys(said for service, _ in services for said in service.assumptions)),
        variants=variants.of(outlooks, context.asked.what_if, engine),
        texts=context.texts,
        timing=services[0][0].timing,
    )


def _place(service: Service, reading: Reading) -> Location | None:
    return service.at or (Location(path=reading.source) if reading.is_file else None)


def _grid(series: Series, timing: Timing) -> Grid:
    from airectl.core.resample import averaged, counted, regular, spacing, step_for

    native_s, _ = spacing(series.times_s)
    if series.counts:
        span_s = float(series.times_s[-1] - series.times_s[0])
        grid = counted(series.times_s, timing.step_s or step_for(60.0, span_s), series.values)
    elif timing.step_s is None:
        grid = regular(series.times_s, series.values)
    elif native_s and timing.step_s < native_s * 0.99:
        raise UsageError(
            f"--step {timing.step_s}s is shorter than the {native_s:g} s from one row to the next",
            help="leave `--step` out to take the rows as they are",
        )
    else:
        grid = averaged(series.times_s, series.values, timing.step_s)
    if timing.horizon_s > _MOST_STEPS * grid.step_s and timing.horizon_s <= _WEEK_S:
        raise UsageError(
            f"--step {grid.step_s}s: the horizon has more than {_MOST_STEPS:,} such steps",
            help="give a longer `--step`",
        )
    return grid


def _present(
    run: Run, grids: Sequence[Grid], at: datetime | None, place: Location | None
) -> tuple[datetime, list[Finding]]:
    """The moment that days are counted from: now, unless the history ended long ago."""
    now = run.env.now()
    end = datetime.fromtimestamp(max(grid.end_s for grid in grids), UTC)
    if at is not None:
        return at, []
    if now - end <= timedelta(seconds=max(_FRESH_S, _FRESH_STEPS * max(grid.step_s for grid in grids))):
        return now, []
    message = f"the history ends {(now - end).days:,} days ago, at {end:%Y-%m-%dT%H:%MZ}: days are counted from there"
    finding = Finding(
        code="AIR506",
        severity=Severity.WARNING,
        message=message,
        at=place,
        help="bring it up to date; `--at` says which moment to look from",
    )
    return end, [finding]
