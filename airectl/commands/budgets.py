"""What check and every other command that shows budgets share: their data and their table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

from airectl.core.judge import Basis, Budget, State
from airectl.core.policy import Exclusion
from airectl.core.report import Cell, Column, Kind, Table
from airectl.core.slo import Method
from airectl.core.spenders import Spender
from airectl.evaluate.evaluation import Evaluation
from airectl.render.cells import shown

_TIME: Final = Column(title="", kind=Kind.TIME)
_COLUMNS: Final = (
    Column(title="SERVICE"),
    Column(title="OBJECTIVE"),
    Column(title="TARGET", kind=Kind.RATIO),
    Column(title="SLI", kind=Kind.RATIO, digits=2),
    Column(title="BUDGET LEFT", kind=Kind.RATIO, digits=0),
    Column(title="", kind=Kind.BAR),
)
_BURN: Final = ("1h", "6h")
NOT_EVALUATED: Final = "not evaluated"
# What nobody asked for: the run is offline.
NOT_ASKED: Final = "left out"


def budget_table(evaluations: Sequence[Evaluation]) -> Table:
    """One row an objective: what was asked, how good it was, what is left of the budget, how fast it goes."""
    burn = _burn_shown(evaluations)
    columns = (*_COLUMNS, *(Column(title=name, kind=Kind.NUMBER, digits=1) for name in burn), Column(title="STATUS"))
    return Table(columns=columns, rows=[_row(each, burn) for each in evaluations])


def _burn_shown(evaluations: Sequence[Evaluation]) -> Sequence[str]:
    """Which burn rates there is room for: 1h and 6h, or the two shortest where policies ask for neither."""
    asked: dict[str, int] = {}
    for each in evaluations:
        asked.update(each.policy.terms.lookbacks)
    return [name for name in _BURN if name in asked or not asked] or sorted(asked, key=asked.__getitem__)[:2]


def _row(each: Evaluation, burn: Sequence[str]) -> tuple[Cell, ...]:
    budget = each.budget
    decided = budget is not None and budget.state not in (State.UNKNOWN, State.INCONCLUSIVE)
    left = _float(budget.remaining) if budget and decided else None
    return (
        each.slo.service,
        each.id.removeprefix(f"{each.slo.service}/"),
        each.target,
        _float(each.sli),
        left,
        left if decided else _size(budget),
        *(_float(each.burn.get(name)) for name in burn),
        status(each),
    )


def _size(budget: Budget | None) -> str | None:
    """Where no bar can be drawn: how many events there are to decide by."""
    if budget is None or budget.valid_events is None or budget.state is not State.INCONCLUSIVE:
        return None
    return f"n = {budget.valid_events:,}" + (", sampled" if budget.judgement.basis is Basis.SAMPLE else "")


def status(each: Evaluation) -> str:
    """The word for an objective: a state, unknown where the source failed, not evaluated or left out."""
    if each.budget:
        return each.budget.state.value
    if each.failure:
        return State.UNKNOWN.value
    return NOT_ASKED if each.offline else NOT_EVALUATED


def _state(each: Evaluation) -> str | None:
    """The state for machines: unknown where an answer was wanted, null where the run was not to ask."""
    if each.skipped:
        return None if each.offline else State.UNKNOWN.value
    return status(each)


def slo_data(each: Evaluation) -> dict[str, Any]:
    """One objective for machines. Every key is there; null is what is not known or was not evaluated."""
    budget, window = each.budget, each.window
    calendar = not window.rolling
    timeslices = budget is not None and each.slo.method is Method.TIMESLICES
    judged = budget.judgement if budget else None
    seen = budget.evidence if budget and not each.summed else None
    return {
        "service": each.slo.service,
        "slo": each.slo.id,
        "objective": each.objective.name,
        "group": dict(each.group) or None,
        "signal": each.objective.signal.measure.value if each.objective.signal else None,
        "target_ratio": each.target,
        "method": each.slo.method.value,
        "window": {
            "kind": "calendar" if calendar else "rolling",
            "from": moment(window.start_s),
            "to": moment(window.end_s),
            "duration": str(each.slo.window.duration),
        },
        "sli_ratio": _float(each.sli),
        "sli_low_ratio": _float(judged.low) if judged else None,
        "sli_high_ratio": _float(judged.high) if judged else None,
        "valid_events": budget.valid_events if budget else None,
        "bad_events": budget.bad_events if budget else None,
        "good_slices": int(budget.tally.good) if budget and timeslices else None,
        "bad_slices": int(budget.tally.bad) if budget and timeslices else None,
        "quiet_slices": seen.quiet if seen else None,
        "missing_slices": seen.missing if seen else None,
        "coverage_ratio": _float(budget.coverage) if budget and seen else None,
        "budget_consumed_ratio": _float(budget.consumed) if budget else None,
        "budget_consumed_to_date_ratio": _float(budget.consumed_to_date) if budget and calendar else None,
        "budget_remaining_ratio": _float(budget.remaining) if budget else None,
        "burn_rates": {name: _float(rate) for name, rate in each.burn.items()},
        "exhausted_since": _moment(each.outlook.exhausted_since_s),
        "exhausts_at": _moment(each.outlook.exhausts_at_s),
        "recovers_at": _moment(each.outlook.recovers_at_s),
        "spenders": [_spender(spender) for spender in each.spenders] if seen else None,
        "exclusions": [_exclusion(exclusion) for exclusion in each.excluded],
        "status": _state(each),
        "source": each.source or None,
        "query_case": each.case or None,
    }


def _spender(spender: Spender) -> dict[str, Any]:
    bad = spender.bad
    return {
        "from": moment(spender.start_s),
        "to": moment(spender.end_s),
        "bad": int(bad) if bad.denominator == 1 else float(bad),
        "share_ratio": float(spender.share),
    }


def _exclusion(exclusion: Exclusion) -> dict[str, Any]:
    start, end = moment(exclusion.start_s), moment(exclusion.end_s)
    return {"from": start, "to": end, "reason": exclusion.reason or None}


def _moment(epoch_s: int | None) -> datetime | None:
    return None if epoch_s is None else moment(epoch_s)


def moment(epoch_s: float) -> datetime:
    """Epoch seconds as a time."""
    return datetime.fromtimestamp(epoch_s, UTC)


def spoken(time: datetime) -> str:
    """A time for a sentence."""
    return shown(time, _TIME)


def _float(value: Fraction | float | None) -> float | None:
    return None if value is None else float(value)
