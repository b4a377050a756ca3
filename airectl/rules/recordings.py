"""Recording rules of one SLO: error ratios over every window, the period's budget, and what the SLO is.

    error ratio over a window   bad / valid events of the window
    error ratio of the period   Σ bad / Σ valid over the records of the base window: weighted by events
    burn rate                   error ratio / (1 - target)
    budget remaining            1 - burn rate of the period

A quiet interval has no record instead of NaN, and adds nothing to either sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from airectl.core import naming
from airectl.core.annotations import read
from airectl.core.slo import Objective, Slo
from airectl.promql.ranged import WINDOW
from airectl.rules.expressions import bracketed, indented, literal, selector
from airectl.rules.model import Group, Kind, Rule, Sli
from airectl.rules.sli import BASE_S

_DAY_S: Final = 86_400
# How often slices are looked at: each is recorded equally often, and a short window finds one.
_LOOK_S: Final = 60
_OPENSLO: Final = "openslo/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What recordings are made of. `labels` are those that tell the SLO, `extra` all others that its records carry.

    `runbooks` is the folder of runbooks that alerts link to where the SLO names none itself.
    """

    slo: Slo
    objective: Objective
    sli: Sli
    labels: Mapping[str, str]
    extra: Mapping[str, str]
    period_s: int
    windows_s: tuple[int, ...]
    runbooks: str = ""

    @property
    def on(self) -> str:
        """The labels that records of the SLO are matched by: those of its groups, or none."""
        return f"on({', '.join(self.sli.group_by)})"

    def record(self, name: str, more: str = "") -> str:
        """The SLO's own series of a record."""
        return selector(name, self.labels, more)

    def rule(self, name: str, expr: str, labels: Mapping[str, str] | None = None) -> Rule:
        """A recording of the SLO."""
        return Rule(record=name, expr=expr, labels={**self.extra, **self.labels, **(labels or {})})


def recordings(of: Subject) -> tuple[Group, ...]:
    """The SLO's groups of recordings."""
    slices = of.sli.kind is Kind.SLICES
    interval_s = (_LOOK_S if of.sli.step_s % _LOOK_S == 0 else of.sli.step_s) if slices else None
    return (
        Group(name=f"slo-sli-recordings-{of.labels[naming.ID]}", rules=tuple(_slis(of)), interval_s=interval_s),
        Group(name=f"slo-meta-recordings-{of.labels[naming.ID]}", rules=tuple(_meta(of))),
    )


def _slis(of: Subject) -> Iterator[Rule]:
    if of.sli.kind is Kind.EVENTS:
        yield of.rule(naming.TOTAL_RATE, _over(of.sli.total, BASE_S))
        yield of.rule(naming.ERROR_RATE, _error_rate(of))
    elif of.sli.kind is Kind.SLICES:
        yield of.rule(naming.SLICE_ERROR, of.sli.bad)
    for window_s in of.windows_s:
        yield _ratio(of, window_s, _error_ratio(of, window_s))
    yield _ratio(of, of.period_s, _period_ratio(of))


def _ratio(of: Subject, window_s: int, expr: str) -> Rule:
    approximate = window_s == of.period_s and not of.slo.window.rolling
    more = {naming.APPROXIMATE: "true"} if approximate else {}
    return of.rule(naming.error_ratio(window_s), expr, {naming.WINDOW: naming.window_name(window_s), **more})


def _over(query: str, window_s: int) -> str:
    return query.replace(WINDOW, naming.window_name(window_s))


def _error_rate(of: Subject) -> str:
    """Bad events wherever valid ones are recorded, so that both sums have the same intervals."""
    sli, total = of.sli, of.record(naming.TOTAL_RATE)
    if sli.good:
        rest = f"{total}\n- {of.on}\n{bracketed(_over(sli.good, BASE_S))}"
        bad = f"clamp_min(\n{indented(rest)},\n  0\n)"
    else:
        bad = f"{bracketed(_over(sli.bad, BASE_S))}\nand {of.on}\n{total}"
    return f"{bracketed(bad)} >= 0" if sli.doubtful else bad


def _error_ratio(of: Subject, window_s: int) -> str:
    sli = of.sli
    if sli.kind is Kind.SLICES:
        return f"avg_over_time({of.record(naming.SLICE_ERROR, f'[{naming.window_name(window_s)}]')})"
    if sli.kind is Kind.RAW:
        return _over(sli.bad, window_s)
    if window_s == BASE_S:
        return f"{of.record(naming.ERROR_RATE)}\n/\n({of.record(naming.TOTAL_RATE)} > 0)"
    total = bracketed(f"{bracketed(_over(sli.total, window_s))} > 0")
    if sli.good:
        return f"clamp_min(\n  1 -\n{indented(bracketed(_over(sli.good, window_s)))}\n  /\n{indented(total)},\n  0\n)"
    ratio = f"{bracketed(_over(sli.bad, window_s))}\n/\n{total}"
    return f"({ratio}) >= 0" if sli.doubtful else ratio


def _period_ratio(of: Subject) -> str:
    window = f"[{naming.window_name(of.period_s)}]"
    if of.sli.kind is Kind.EVENTS:
        error = of.record(naming.ERROR_RATE, window)
        total = of.record(naming.TOTAL_RATE, window)
        return f"sum_over_time({error})\n/\n(sum_over_time({total}) > 0)"
    record = naming.SLICE_ERROR if of.sli.kind is Kind.SLICES else naming.error_ratio(BASE_S)
    return f"avg_over_time({of.record(record, window)})"


def _meta(of: Subject) -> Iterator[Rule]:
    target = of.objective.target
    yield of.rule(naming.OBJECTIVE, f"vector({literal(target)})")
    yield of.rule(naming.ERROR_BUDGET, f"vector({literal(1 - target)})")
    yield of.rule(naming.PERIOD_DAYS, f"vector({literal(Decimal(of.period_s) / _DAY_S)})")
    yield of.rule(naming.CURRENT_BURN_RATE, _burn_rate(of, BASE_S))
    yield of.rule(naming.PERIOD_BURN_RATE, _burn_rate(of, of.period_s))
    yield of.rule(naming.PERIOD_BUDGET_REMAINING, f"1 - {of.record(naming.PERIOD_BURN_RATE)}")
    yield of.rule(naming.SLOTH_INFO, "vector(1)", _sloth_info(of))
    yield of.rule(naming.INFO, "vector(1)", _info(of))


def _burn_rate(of: Subject, window_s: int) -> str:
    ratio = of.record(naming.error_ratio(window_s))
    return f"{ratio}\n/ on({', '.join(sorted(naming.IDENTITY))}) group_left\n{of.record(naming.ERROR_BUDGET)}"


def _sloth_info(of: Subject) -> dict[str, str]:
    """What Sloth's dashboards show of an SLO."""
    return {
        "sloth_mode": "cli-gen-prom",
        "sloth_objective": literal(of.objective.target * 100),
        "sloth_spec": read(of.slo.annotations, "converted-from") or _OPENSLO,
        "sloth_version": "airectl",
    }


def _info(of: Subject) -> dict[str, str]:
    slo, objective = of.slo, of.objective
    given = {
        "airectl_service": slo.service,
        "airectl_slo": slo.name,
        "airectl_objective": objective.name,
        "airectl_target": literal(objective.target),
        "airectl_method": slo.method.value,
        "airectl_window": str(slo.window.duration),
        "airectl_window_kind": "rolling" if slo.window.rolling else "calendar",
        "airectl_signal": objective.signal.measure.value if objective.signal else "",
        "airectl_owner": read(slo.annotations, "owner") or "",
    }
    return {key: value for key, value in given.items() if value}
