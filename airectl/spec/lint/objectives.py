"""Lints of an SLO's objectives: what each needs, and what tells them apart."""

from collections.abc import Iterator
from decimal import Decimal

from airectl.core.findings import Finding, Location, Severity
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.tree import Map
from airectl.spec.values import number, slice_s, target_ratio

_METHODS = ("Occurrences", "Timeslices", "RatioTimeslices")
# Which methods take which key of an objective.
# Source: https://github.com/OpenSLO/OpenSLO/blob/main/README.md#slo
_SLICE_KEYS = {"timeSliceTarget": ("Timeslices",), "timeSliceWindow": ("Timeslices", "RatioTimeslices")}


@lint("AIR019", Severity.WARNING, "SLO")
def op_on_ratio(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """`op` and `value` belong to threshold metrics only."""
    for objective in slo.spec.maps("objectives"):
        indicator = scope.specs.indicator_of(slo, objective)
        if indicator is None or "ratioMetric" not in indicator.spec:
            continue
        for key in ("op", "value"):
            if key in objective:
                yield scope.finding(
                    objective.key_at(key),
                    f"`{key}` has no meaning on a ratioMetric",
                    label="a ratio is compared with `target` only",
                    help=f"remove `{key}`, or measure with a thresholdMetric",
                )


@lint("AIR040", Severity.ERROR, "SLO")
def threshold_without_op(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A threshold metric is good or bad only by each objective's `op` and `value`."""
    for objective in slo.spec.maps("objectives"):
        indicator = scope.specs.indicator_of(slo, objective)
        if indicator is None or "thresholdMetric" not in indicator.spec:
            continue
        for key, example in (("op", "lt"), ("value", "0.5")):
            if key not in objective:
                yield scope.finding(
                    objective.here,
                    f"an objective of a thresholdMetric needs `{key}`",
                    label="nothing says which values are good",
                    help=f"add `{key}: {example}`: a sample is good when it compares so with the value",
                )


@lint("AIR041", Severity.ERROR, "SLO")
def slice_keys(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Timeslices need a slice and what makes it good; Occurrences know no slices."""
    method = slo.spec.text("budgetingMethod")
    if method not in _METHODS:
        return
    for objective in slo.spec.maps("objectives"):
        for key, methods in _SLICE_KEYS.items():
            if method in methods and key not in objective:
                yield _slice_key_missing(scope, objective, method, key)
            elif method not in methods and key in objective:
                yield scope.finding(
                    objective.key_at(key),
                    f"`{key}` has no meaning with {method}",
                    help=f"remove it, or set `budgetingMethod: {methods[0]}`",
                ).with_severity(Severity.WARNING)


def _slice_key_missing(scope: Scope, objective: Map, method: str, key: str) -> Finding:
    meaning = {
        "timeSliceTarget": "add `timeSliceTarget: 0.95`: the share of events that makes a slice good",
        "timeSliceWindow": "add `timeSliceWindow: 1m`: the length of a slice",
    }
    return scope.finding(objective.here, f"an objective with {method} needs `{key}`", help=meaning[key])


@lint("AIR023", Severity.ERROR, "SLO")
def not_unique(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """Two objectives of one name cannot be told apart; two of one meaning are one too many."""
    names: dict[str, Location] = {}
    meanings: dict[tuple[object, ...], Location] = {}
    for objective in slo.spec.maps("objectives"):
        name, meaning = objective.text("displayName"), _meaning(objective)
        if name in names:
            yield scope.finding(
                objective.at("displayName"),
                f"two objectives are called `{name}`",
                label=f"the first one is in line {names[name].line}",
                help="give each objective a name of its own; reports and `--slo` select by it",
            )
        elif meaning in meanings:
            yield scope.finding(
                _target_at(objective),
                "two objectives say the same",
                label=f"the first one is in line {meanings[meaning].line}",
                help="remove one, or give it another target or value",
            )
        if name:
            names.setdefault(name, objective.at("displayName"))
        if meaning:
            meanings.setdefault(meaning, objective.here)


def _meaning(objective: Map) -> tuple[object, ...]:
    """What decides when an objective is met; empty for a part of a composite, which has its own SLI."""
    target: Decimal | None = target_ratio(objective)
    if target is None or "indicator" in objective or "indicatorRef" in objective:
        return ()
    values = (number(objective, "value"), number(objective, "timeSliceTarget"), slice_s(objective))
    return (objective.text("op"), target, *values)


def _target_at(objective: Map) -> Location:
    return objective.at("target" if "target" in objective else "targetPercent")


@lint("AIR039", Severity.WARNING, "SLO")
def several_on_threshold(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """OpenSLO allows any number of objectives on a ratio, but one on a threshold metric."""
    indicator = scope.specs.indicator(slo)
    if indicator is None or "thresholdMetric" not in indicator.spec:
        return
    for objective in slo.spec.maps("objectives")[1:]:
        if "indicator" not in objective and "indicatorRef" not in objective:
            yield scope.finding(
                objective.here,
                "more than one objective on a thresholdMetric, where OpenSLO allows one",
                label="airectl evaluates it by itself; other tools may refuse it",
                help="write one SLO for each value, so that other tools read them too",
            )
