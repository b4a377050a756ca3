"""A forecast in words and tables: when, by when, how many, at what cost, and whether the forecast helps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from airectl.commands.forecast_chart import chart
from airectl.commands.forecast_phrases import counted, day, number, spoken, unit
from airectl.commands.forecast_tables import (
    cost_blocks,
    plan_table,
    quality,
    series_table,
    totals,
    variants_table,
)
from airectl.core.report import Block, Lines, Next, Status, Verdict
from airectl.demand.outlook import Outlook, Standing

if TYPE_CHECKING:
    from airectl.commands.forecasted import Forecasted

_DAY_S: Final = 86_400
_WEEK_S: Final = 7 * _DAY_S
# What is worst comes first, and is what the verdict is about.
_URGENCY: Final = (
    Standing.CROSSED, Standing.LATE, Standing.ORDER, Standing.UNKNOWN, Standing.ENOUGH, Standing.FORECAST,
)  # fmt: skip
_ROWS: Final = 50


def blocks(done: Forecasted, status: Status, commands: Sequence[str]) -> Iterator[Block]:
    """The verdict, then what it rests on; `commands` come next."""
    if not done.outlooks:
        yield Verdict(word=_word(status), text="there is no series to forecast")
        return
    ranked = sorted(done.outlooks, key=_urgency)
    first = ranked[0]
    yield _verdict(first, done, status)
    yield series_table(ranked)
    if first.projection.known:
        yield chart(first)
        yield from quality(ranked[:_ROWS])
    if first.plan is not None:
        yield plan_table(first.plan, first)
    if first.unsized:
        yield Lines(lines=(f"no plan: {first.unsized}",))
    if first.cost is not None:
        yield from cost_blocks(first.cost, first)
    if len(ranked) > 1:
        yield from totals(ranked)
    if done.variants:
        yield variants_table(first, done)
    said = [*_counted_on(first), *done.assumptions]
    yield Lines(lines=("",))
    yield Lines(title="taken for granted", lines=said)
    yield Next(commands=tuple(commands))


def _urgency(each: Outlook) -> tuple[int, float, str]:
    due = each.order_by or each.crosses_at
    return _URGENCY.index(each.standing), due.timestamp() if due else 0.0, each.name


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
    return Verdict(word=word, text=text, aside=f"from {day(done.now)}")


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
            return f"ORDER BY {day(each.order_by)}"
        case Standing.ORDER:
            return f"CROSSES {day(each.crosses_at)}"
        case Standing.ENOUGH:
            return "SHORT OF RESERVE" if each.to_order else "ENOUGH"
    return ""


def said(each: Outlook) -> str:
    """What stands, in a sentence."""
    horizon, timing = each.horizon, each.service.timing
    limit = f"{number(horizon.limit)}{unit(each)}" if horizon else ""
    match each.standing:
        case Standing.FORECAST:
            return f"{_highest(each)} within {spoken(timing.horizon_s)}; `--capacity` tells when that is too much"
        case Standing.UNKNOWN:
            carried = each.service.sizing.carrying is not None
            if carried and each.projection.high is not None:
                return f"{_highest(each)} within {spoken(timing.horizon_s)}; the history is too short to say more"
            return f"the history is too short to say {'when the capacity is crossed' if carried else 'what is to come'}"
        case Standing.CROSSED:
            return f"demand is above the capacity of {limit} already{_needs(each)}"
        case Standing.ENOUGH:
            return f"{_stays(limit, each)}{_needs(each)}"
    return f"demand {_passes(limit, each)}{_lead(each)}{_needs(each)}"


def _stays(limit: str, each: Outlook) -> str:
    """That there is enough; where the upper bound is above the capacity, how sure that is."""
    timing, horizon, high = each.service.timing, each.horizon, each.projection.high
    if horizon is None or high is None or float(high.max()) <= horizon.limit:
        return f"demand stays below {limit} for {spoken(timing.horizon_s)}"
    share = f"less than {timing.order_quantile:.0%} of the futures"
    return f"{share} pass {limit} within {spoken(timing.horizon_s)}"


def _passes(limit: str, each: Outlook) -> str:
    """`passes 72 on 2027-03-08 (P10 2027-02-14, P90 2027-04-30)`."""
    p10, p50, p90 = (each.horizon.at(quantile) if each.horizon else None for quantile in (0.1, 0.5, 0.9))
    if p50 is None:
        return f"may pass {limit} (P10 {day(p10)}, P50 later than {spoken(each.service.timing.horizon_s)})"
    return f"passes {limit} on {day(p50)} (P10 {day(p10)}, P90 {day(p90)})"


def _lead(each: Outlook) -> str:
    lead_s = each.service.timing.lead_time_s
    if lead_s is None:
        return ""
    late = ""
    if each.standing is Standing.LATE and each.order_by:
        late = f", so it is {(each.now - each.order_by).days:,} days late"
    return f"; {spoken(lead_s)} of lead time{late}"


def _needs(each: Outlook) -> str:
    if each.plan is None:
        return ""
    more = f", {each.to_order:,} more than run" if each.to_order else ""
    over = f"; {each.over_budget:,} above the budget of {each.service.sizing.budget:,}" if each.over_budget else ""
    reserve = "with what is kept in reserve " if each.standing is Standing.ENOUGH and each.to_order else ""
    needed = counted(each.plan.accelerators, " is needed", " are needed")
    return f"; {reserve}{needed}{more}{over}"


def _highest(each: Outlook) -> str:
    projection = each.projection
    high = f", up to {number(float(projection.high.max()))}," if projection.high is not None else ""
    return f"demand reaches {number(float(projection.mean.max()))}{unit(each)}{high}"


def _counted_on(each: Outlook) -> Iterator[str]:
    """How the figures are to be read."""
    grid, projection = each.grid, each.projection
    step = spoken(grid.step_s)
    rows = f", of rows every {spoken(round(grid.native_s))}" if grid.native_s and grid.native_s != grid.step_s else ""
    yield f"history: {grid.known:,} values, one each {step}{rows}"
    if projection.known and projection.cleaning.used_from:
        first = datetime.fromtimestamp(grid.start_s + projection.cleaning.used_from * grid.step_s, UTC)
        yield f"models learn from {first:%Y-%m-%d} on"
    if projection.known:
        what = "the p95 hour of each day" if projection.peaks else f"the mean of each {step}"
        share = projection.tested.level_ratio or 0
        holds = "it has no interval" if projection.high is None else f"the interval holds {share:.0%} of what comes"
        yield f"the forecast is of {what}; {holds}"
    if each.horizon is not None:
        yield "crossed: the first of three days in a row whose p95 hour is above the capacity of all replicas"
