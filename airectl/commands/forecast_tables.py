"""The tables of a forecast: one row a series, how good it is, the plan, what it costs, and what if."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from airectl.commands.forecast_phrases import counted, day, number, unit
from airectl.core.report import Block, Cell, Column, Kind, Lines, Table

if TYPE_CHECKING:
    from airectl.commands.forecasted import Forecasted
    from airectl.core.sizing import Plan
    from airectl.demand.buying import Cost
    from airectl.demand.outlook import Outlook

# Demand of a usual size: two decimals say enough of it, and not too much.
_SMALL: Final = 0.1
_LARGE: Final = 1e6
_SERIES: Final = (
    Column(title="SERIES"),
    Column(title="NOW", kind=Kind.NUMBER, digits=2),
    Column(title="HIGHEST", kind=Kind.NUMBER, digits=2),
    Column(title="UP TO", kind=Kind.NUMBER, digits=2),
    Column(title="CAPACITY", kind=Kind.NUMBER, digits=2),
    Column(title="P10"),
    Column(title="P50"),
    Column(title="P90"),
    Column(title="NEEDED", kind=Kind.COUNT),
    Column(title="ORDER BY"),
    Column(title="STATUS"),
)


def series_table(outlooks: Sequence[Outlook]) -> Table:
    """One row a series; columns that nothing is known for are left out."""
    rows = [_series_row(each) for each in outlooks]
    kept = [at for at in range(len(_SERIES)) if any(row[at] not in (None, "") for row in rows)]
    digits = _digits(outlooks)
    columns = [replace(each, digits=digits) if each.kind is Kind.NUMBER else each for each in _SERIES]
    return Table(columns=[columns[at] for at in kept], rows=[[row[at] for at in kept] for row in rows])


def _digits(outlooks: Sequence[Outlook]) -> int | None:
    """Two decimals for what is of a usual size; four digits, whatever the size, for what is not."""
    highest = [float(each.projection.mean.max()) for each in outlooks if each.projection.known]
    usual = all(_SMALL <= value < _LARGE for value in highest if value)
    return 2 if usual else None


def _series_row(each: Outlook) -> list[Cell]:
    projection, horizon = each.projection, each.horizon
    days = [horizon.at(quantile) for quantile in (0.1, 0.5, 0.9)] if horizon else [None] * 3
    return [
        each.name,
        each.latest,
        float(projection.mean.max()) if projection.known else None,
        float(projection.high.max()) if projection.high is not None else None,
        horizon.limit if horizon else None,
        *(day(each_day) if horizon else "" for each_day in days),
        each.plan.accelerators if each.plan else None,
        day(each.order_by) if each.order_by else "",
        each.standing.value,
    ]


def quality(outlooks: Sequence[Outlook]) -> Iterator[Block]:
    """The error of the forecast beside that of simple ones, so that a reader sees whether it helps."""
    columns = (
        Column(title="BACKTEST"),
        Column(title="WINDOWS", kind=Kind.COUNT),
        Column(title="MASE", kind=Kind.NUMBER, digits=2),
        Column(title="NAIVE", kind=Kind.NUMBER, digits=2),
        Column(title="SEASONAL NAIVE", kind=Kind.NUMBER, digits=2),
        Column(title="IN THE INTERVAL", kind=Kind.RATIO, digits=0),
        Column(title="PROMISED", kind=Kind.RATIO, digits=0),
    )
    rows = []
    for each in outlooks:
        tested = each.projection.tested
        if tested.windows:
            rows.append(
                (
                    each.name,
                    tested.windows,
                    tested.mase,
                    tested.mase_naive,
                    tested.mase_seasonal_naive,
                    tested.coverage_ratio,
                    tested.level_ratio,
                )
            )
    if rows:
        yield Table(columns=columns, rows=rows)


def plan_table(plan: Plan, each: Outlook) -> Table:
    """The replicas of the plan and what each is for."""
    sizing = each.service.sizing
    rows: list[tuple[str, int | None, str]] = [
        ("for the demand", plan.carrying, f"upper bound {number(plan.demand)}{unit(each)}{_headroom(each)}"),
        ("for failures", plan.failure_replicas, "may fail together"),
        ("for updates", plan.surge_replicas, "started before as many are stopped"),
        ("in all", plan.replicas, f"{counted(plan.accelerators)}, {sizing.packing.per_replica} a replica"),
        ("running", sizing.replicas, counted(each.running)),
    ]
    columns = (Column(title="REPLICAS"), Column(title="COUNT", kind=Kind.COUNT), Column(title="WHY"))
    return Table(columns=columns, rows=rows, title=each.name)


def _headroom(each: Outlook) -> str:
    ratio = each.service.sizing.reserve.headroom_ratio
    return f" and {ratio:.0%} of headroom" if ratio else ""


def cost_blocks(found: Cost, each: Outlook) -> Iterator[Block]:
    """How the accelerators are bought, and what a million units of demand comes to."""
    columns = (
        Column(title="BUY"),
        Column(title="ACCELERATORS", kind=Kind.COUNT),
        Column(title="PRICE/H", kind=Kind.MONEY, unit=found.currency),
        Column(title="ACTIVE", kind=Kind.RATIO, digits=0),
        Column(title="PER MONTH", kind=Kind.MONEY, unit=found.currency, digits=0),
    )
    rows = [(lot.how, lot.count, lot.price, float(lot.active_ratio), lot.monthly) for lot in found.lots]
    yield Table(columns=columns, rows=rows, title=each.name)
    what = "requests" if each.service.unit == "requests/s" else "tokens" if "tokens" in each.service.unit else "units"
    lines = [f"{found.monthly:,.0f} {found.currency} a month, at 730 hours"]
    if found.per_million_allocated is not None:
        used = "" if found.per_million_used is None else f", {found.per_million_used:,.2f} by what is used"
        share = "" if found.utilisation is None else f" ({found.utilisation:.0%} of the capacity, measured)"
        price = f"{found.per_million_allocated:,.2f} {found.currency}"
        lines.append(f"now {price} a million {what} by what is allocated{used}{share}")
    if found.break_even is not None:
        lines.append(f"reserve what is active for more than {float(found.break_even):.0%} of the time")
    yield Lines(lines=lines)


def totals(outlooks: Sequence[Outlook]) -> Iterator[Block]:
    """What all series take together."""
    plans = [each.plan for each in outlooks if each.plan]
    if not plans:
        return
    needed, running = sum(plan.accelerators for plan in plans), sum(each.running for each in outlooks)
    costs = [each.cost for each in outlooks if each.cost]
    currencies = {cost.currency for cost in costs}
    priced = f", {sum(cost.monthly for cost in costs):,.0f} {currencies.pop()} a month" if len(currencies) == 1 else ""
    yield Lines(lines=("", f"in all {counted(needed, ' is needed', ' are needed')} and {running:,} run{priced}"))


def variants_table(first: Outlook, done: Forecasted) -> Table:
    """The forecast as it is, and each what-if below it."""
    columns = (
        Column(title="WHAT IF"),
        Column(title="CAPACITY", kind=Kind.NUMBER, digits=2),
        Column(title="P50"),
        Column(title="ORDER BY"),
        Column(title="NEEDED", kind=Kind.COUNT),
        Column(title="PER MONTH", kind=Kind.MONEY, digits=0),
    )
    place = list(done.outlooks).index(first)
    rows = [("as it is", *_variant_cells(first))]
    rows += [(text, *_variant_cells(found[place])) for text, found in done.variants.items()]
    kept = [at for at in range(len(columns)) if any(row[at] not in (None, "") for row in rows)]
    return Table(columns=[columns[at] for at in kept], rows=[[row[at] for at in kept] for row in rows])


def _variant_cells(each: Outlook) -> tuple[Cell, ...]:
    horizon = each.horizon
    return (
        horizon.limit if horizon else None,
        day(horizon.at(0.5)) if horizon else "",
        day(each.order_by) if each.order_by else "",
        each.plan.accelerators if each.plan else None,
        each.cost.monthly if each.cost else None,
    )
