"""A forecast in words and tables: when, by when, how many, at what cost, and whether the forecast helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Final

from airectl.commands.forecast_chart import chart
from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Status, Table, Verdict
from airectl.demand.outlook import Outlook, Standing

if TYPE_CHECKING:
    from airectl.commands.forecasted import Forecasted
    from airectl.core.sizing import Plan
    from airectl.demand.buying import Cost

_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
# What is worst comes first, and is what the verdict is about.
_URGENCY: Final = (
    Standing.CROSSED, Standing.LATE, Standing.ORDER, Standing.UNKNOWN, Standing.ENOUGH, Standing.FORECAST,
)  # fmt: skip
_ROWS: Final = 50


def blocks(done: Forecasted, status: Status, asked: str) -> Iterator[Block]:
    """The verdict, then what it rests on."""
    if not done.outlooks:
        yield Verdict(word=_word(status), text="there is no series to forecast")
        return
    ranked = sorted(done.outlooks, key=_urgency)
    first = ranked[0]
    yield _verdict(first, done, status)
    yield _series_table(ranked)
    if first.projection.known:
        yield chart(first)
        yield from _quality(ranked[:_ROWS])
    if first.plan is not None:
        yield _plan_table(first.plan, first)
    if first.unsized:
        yield Lines(lines=(f"no plan: {first.unsized}",))
    if first.cost is not None:
        yield from _cost_blocks(first.cost, first)
    if len(ranked) > 1:
        yield from _totals(ranked)
    if done.variants:
        yield _variants_table(first, done)
    said = [*_counted_on(first), *done.assumptions]
    yield Lines(lines=("",))
    yield Lines(title="taken for granted", lines=said)
    yield Next(commands=tuple(_next(first, asked)))


def _urgency(each: Outlook) -> tuple[int, float, str]:
    day = each.order_by or each.crosses_at
    return _URGENCY.index(each.standing), day.timestamp() if day else 0.0, each.name


def _word(status: Status) -> str:
    return status.value.upper()


def _verdict(each: Outlook, done: Forecasted, status: Status) -> Verdict:
    """The day to order by where there is one; of a gate that failed, or is undecided, its own word."""
    text = said(each)
    if len(done.outlooks) > 1:
        counts = Counter(other.standing for other in done.outlooks)
        listed = ", ".join(f"{counts[each_]:,} {_SHORT[each_]}" for each_ in _URGENCY if counts[each_])
        text = f"{each.name}: {text}; of {len(done.outlooks):,} series {listed}"
    word = _word(status)
    if status in (Status.DONE, Status.PASSED):
        word = _order_word(each) or ("PASSED" if status is Status.PASSED else "FORECAST")
    return Verdict(word=word, text=text, aside=f"from {_day(done.now)}")


_SHORT: Final = {
    Standing.CROSSED: "above their capacity",
    Standing.LATE: "to order at once",
    Standing.ORDER: "to order",
    Standing.UNKNOWN: "not known",
    Standing.ENOUGH: "with enough",
    Standing.FORECAST: "forecast",
}


def _order_word(each: Outlook) -> str:
    match each.standing:
        case Standing.CROSSED | Standing.LATE:
            return "ORDER NOW"
        case Standing.ORDER if each.order_by:
            return f"ORDER BY {_day(each.order_by)}"
        case Standing.ORDER:
            return f"CROSSES {_day(each.crosses_at)}"
        case Standing.ENOUGH:
            return "ENOUGH"
    return ""


def said(each: Outlook) -> str:
    """What stands, in a sentence."""
    horizon, timing = each.horizon, each.service.timing
    limit = f"{_number(horizon.limit)}{_unit(each)}" if horizon else ""
    match each.standing:
        case Standing.FORECAST:
            return f"{_highest(each)} within {_spoken(timing.horizon_s)}; `--capacity` tells when that is too much"
        case Standing.UNKNOWN:
            carried = each.service.sizing.carrying is not None
            if carried and each.projection.high is not None:
                return f"{_highest(each)} within {_spoken(timing.horizon_s)}; the history is too short to say more"
            return f"the history is too short to say {'when the capacity is crossed' if carried else 'what is to come'}"
        case Standing.CROSSED:
            return f"demand is above the capacity of {limit} already{_needs(each)}"
        case Standing.ENOUGH:
            return f"demand stays below {limit} for {_spoken(timing.horizon_s)}{_needs(each)}"
    return f"demand passes {limit} {_days(each)}{_lead(each)}{_needs(each)}"


def _days(each: Outlook) -> str:
    """`on 2027-03-08 (P10 2027-02-14, P90 2027-04-30)`."""
    if each.horizon is None:
        return ""
    p10, p50, p90 = (each.horizon.at(quantile) for quantile in (0.1, 0.5, 0.9))
    middle = f"on {_day(p50)}" if p50 else "perhaps"
    return f"{middle} (P10 {_day(p10)}, P90 {_day(p90)})"


def _lead(each: Outlook) -> str:
    lead_s = each.service.timing.lead_time_s
    if lead_s is None:
        return ""
    late = ""
    if each.standing is Standing.LATE and each.order_by:
        late = f", so it is {(each.now - each.order_by).days:,} days late"
    return f"; {_spoken(lead_s)} of lead time{late}"


def _needs(each: Outlook) -> str:
    if each.plan is None:
        return ""
    more = f", {each.to_order:,} more than run" if each.to_order else ""
    over = f"; {each.over_budget:,} above the budget of {each.service.sizing.budget:,}" if each.over_budget else ""
    return f"; {each.plan.accelerators:,} accelerators are needed{more}{over}"


def _highest(each: Outlook) -> str:
    projection = each.projection
    high = f", up to {_number(float(projection.high.max()))}," if projection.high is not None else ""
    return f"demand reaches {_number(float(projection.mean.max()))}{_unit(each)}{high}"


def _unit(each: Outlook) -> str:
    return f" {each.service.unit}" if each.service.unit else ""


def _number(value: float) -> str:
    """Four significant digits, thousands parted."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else "later"


def _spoken(seconds: int) -> str:
    for size, name in ((_WEEK_S, "week"), (_DAY_S, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            count = seconds // size
            return f"{count:,} {name}{'s' if count != 1 else ''}"
    return f"{seconds:,} seconds"


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


def _series_table(outlooks: Sequence[Outlook]) -> Table:
    """One row a series; columns that nothing is known for are left out."""
    rows = [_series_row(each) for each in outlooks]
    kept = [at for at in range(len(_SERIES)) if any(row[at] not in (None, "") for row in rows)]
    return Table(columns=[_SERIES[at] for at in kept], rows=[[row[at] for at in kept] for row in rows])


def _series_row(each: Outlook) -> list[Cell]:
    projection, horizon = each.projection, each.horizon
    days = [horizon.at(quantile) for quantile in (0.1, 0.5, 0.9)] if horizon else [None] * 3
    return [
        each.name,
        each.latest,
        float(projection.mean.max()) if projection.known else None,
        float(projection.high.max()) if projection.high is not None else None,
        horizon.limit if horizon else None,
        *(_day(day) if horizon else "" for day in days),
        each.plan.accelerators if each.plan else None,
        _day(each.order_by) if each.order_by else "",
        each.standing.value,
    ]


def _quality(outlooks: Sequence[Outlook]) -> Iterator[Block]:
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


def _plan_table(plan: Plan, each: Outlook) -> Table:
    sizing = each.service.sizing
    rows: list[tuple[str, int | None, str]] = [
        ("for the demand", plan.carrying, f"upper bound {_number(plan.demand)}{_unit(each)}{_headroom(each)}"),
        ("for failures", plan.failure_replicas, "may fail together"),
        ("for updates", plan.surge_replicas, "started before as many are stopped"),
        ("in all", plan.replicas, f"{plan.accelerators:,} accelerators, {sizing.packing.per_replica} a replica"),
        ("running", sizing.replicas, f"{each.running:,} accelerators"),
    ]
    columns = (Column(title="REPLICAS"), Column(title="COUNT", kind=Kind.COUNT), Column(title="WHY"))
    return Table(columns=columns, rows=rows, title=each.name)


def _headroom(each: Outlook) -> str:
    ratio = each.service.sizing.reserve.headroom_ratio
    return f" and {ratio:.0%} of headroom" if ratio else ""


def _cost_blocks(found: Cost, each: Outlook) -> Iterator[Block]:
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


def _totals(outlooks: Sequence[Outlook]) -> Iterator[Block]:
    """What all series take together."""
    plans = [each.plan for each in outlooks if each.plan]
    if not plans:
        return
    needed, running = sum(plan.accelerators for plan in plans), sum(each.running for each in outlooks)
    costs = [each.cost for each in outlooks if each.cost]
    currencies = {cost.currency for cost in costs}
    priced = f", {sum(cost.monthly for cost in costs):,.0f} {currencies.pop()} a month" if len(currencies) == 1 else ""
    yield Lines(lines=("", f"in all {needed:,} accelerators are needed and {running:,} run{priced}"))


def _variants_table(first: Outlook, done: Forecasted) -> Table:
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
        _day(horizon.at(0.5)) if horizon else "",
        _day(each.order_by) if each.order_by else "",
        each.plan.accelerators if each.plan else None,
        each.cost.monthly if each.cost else None,
    )


def _counted_on(each: Outlook) -> Iterator[str]:
    """How the figures are to be read."""
    grid, projection = each.grid, each.projection
    step = _spoken(grid.step_s)
    rows = f", of rows every {_spoken(round(grid.native_s))}" if grid.native_s and grid.native_s != grid.step_s else ""
    yield f"history: {grid.known:,} values, one each {step}{rows}"
    if projection.cleaning.used_from:
        first = datetime.fromtimestamp(grid.start_s + projection.cleaning.used_from * grid.step_s, UTC)
        yield f"models learn from {first:%Y-%m-%d} on"
    if projection.known:
        what = "the p95 hour of each day" if projection.peaks else f"the mean of each {step}"
        yield f"the forecast is of {what}; the interval holds {projection.tested.level_ratio or 0:.0%} of what comes"
    if each.horizon is not None:
        yield "crossed: the first of three days in a row whose p95 hour is above the capacity of all replicas"


def _next(each: Outlook, asked: str) -> Iterator[str]:
    if each.projection.known:
        yield f"airectl forecast {quote(asked)} --explain"
    if each.service.sizing.carrying is None:
        yield f"airectl forecast {quote(asked)} --capacity N --replicas N --lead-time 8w"
