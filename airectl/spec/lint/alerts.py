"""Lints of burn-rate conditions and the SLOs that they watch.

A burn rate is the share of bad events over a lookback, divided by the error budget 1 - target. It
cannot exceed 1/(1 - target), which is a total outage.
Source: https://sre.google/workbook/alerting-on-slos/
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.units import Duration, plain
from airectl.spec.documents import Alert, SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.tree import Map
from airectl.spec.values import duration, number, target_ratio, window

# Published tables of burn-rate alerts, for windows of 7 to 90 days, end at 21.6. A condition that no
# SLO here uses is told of only where it takes a target above 99 % to fire.
_FAR_BEYOND: Final = Decimal(100)
# Enough digits for every number that the YAML reader lets through.
_EXACT: Final = Context(prec=800, rounding=ROUND_HALF_UP)
_MOST_DIGITS: Final = 12


def _condition(item: SpecObject) -> Map:
    return item.spec.map("condition")


@lint("AIR027", Severity.WARNING, "AlertCondition")
def inverted(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An alert is for burning too fast, not for burning slowly."""
    condition = _condition(item)
    op = condition.text("op")
    if op in ("lt", "lte"):
        turned = op.replace("l", "g", 1)
        yield scope.finding(
            condition.at("op"),
            f"`op: {op}` alerts while the burn rate is low",
            label="fires when all is well, stays quiet in an outage",
            help=f"write `op: {turned}`",
        )
    threshold = number(condition, "threshold")
    if threshold is not None and threshold <= 0:
        yield scope.finding(
            condition.at("threshold"),
            f"a burn rate of `{condition['threshold']}` is no threshold",
            label="every error is above it, and no SLO keeps 100 %",
            help="write a factor above 0, such as `threshold: 14.4`; no alert is made of this one",
        )


@lint("AIR028", Severity.WARNING, "SLO")
def never_fires(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A threshold that not even a total outage reaches at the SLO's target."""
    for alert in scope.specs.alerts(slo):
        condition = _condition(alert.condition)
        threshold = number(condition, "threshold")
        for objective in slo.spec.maps("objectives"):
            if (number(objective, "compositeWeight") or 1) > 1:
                continue  # the weight multiplies the burn rate of this part of a composite
            target = target_ratio(objective)
            if threshold is not None and target is not None and _out_of_reach(condition, threshold, target):
                yield _never(scope, alert, threshold, target)


def _out_of_reach(condition: Map, threshold: Decimal, target: Decimal) -> bool:
    op = condition.text("op")
    with localcontext(_EXACT):
        needed = threshold * (1 - target)
    return needed > 1 if op == "gte" else op == "gt" and needed >= 1


def _never(scope: Scope, alert: Alert, threshold: Decimal, target: Decimal) -> Finding:
    condition = _condition(alert.condition)
    at = condition.at("threshold")
    strict = condition.text("op") == "gt"
    return scope.finding(
        at if alert.inline else alert.at,
        f"no burn rate {'exceeds' if strict else 'reaches'} {plain(threshold)} at a target of {_percent(target)}",
        label=f"{plain(threshold)} needs a target {'above' if strict else 'from'} {_needed(threshold)}",
        notes=(
            f"at {_percent(target)} a total outage burns at a rate of {_highest(target)}",
            *(() if alert.inline else (f"the threshold is set at {at}",)),
        ),
        help="lower the threshold, or leave the alert out for this objective",
    )


@lint("AIR028", Severity.WARNING, "AlertCondition")
def hardly_ever_fires(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """The same for a condition that no SLO of this run uses, if its threshold is beyond every known table."""
    condition = _condition(item)
    threshold = number(condition, "threshold")
    if threshold is None or threshold < _FAR_BEYOND or condition.text("op") not in ("gt", "gte"):
        return
    if id(item.node) not in scope.specs.alerting:
        yield scope.finding(
            condition.at("threshold"),
            f"a burn rate of {plain(threshold)} needs a target above {_needed(threshold)}",
            label="below that target not even a total outage fires it",
            help="a threshold is a burn rate, such as 14.4 over 1h; check that it is not a time or a percentage",
        )


def _needed(threshold: Decimal) -> str:
    """The target above which a burn rate of `threshold` exists: 1 - 1/threshold."""
    with localcontext(_EXACT):
        return _percent(1 - 1 / threshold)


def _highest(target: Decimal) -> str:
    """The burn rate of a total outage: 1/(1 - target)."""
    with localcontext(_EXACT):
        return plain(round(1 / (1 - target), 2))


def _percent(ratio: Decimal) -> str:
    """A target with enough digits to tell it from 100 %: 93.06 %, 99.5 %, 99.995 %."""
    with localcontext(_EXACT):
        budget = (1 - ratio) * 100
        digits = min(max(2, 2 - budget.adjusted()), _MOST_DIGITS)
        return f"{plain(round(ratio * 100, digits))} %"


@lint("AIR029", Severity.WARNING, "SLO")
def window_shorter_than_lookback(slo: SpecObject, scope: Scope) -> Iterator[Finding]:
    """An alert that looks back further than the window judges what the budget has forgotten."""
    given = window(slo.spec)
    length = duration(given, "duration") if given is not None else None
    slowest = max(_lookbacks(slo, scope), key=lambda pair: pair[0].nominal_s, default=None)
    if given is None or length is None or slowest is None or slowest[0].nominal_s <= length.nominal_s:
        return
    lookback, condition = slowest
    yield scope.finding(
        given.at("duration"),
        f"the window of {length.spoken} is shorter than an alert's lookback of {lookback.spoken}",
        notes=(f"the lookback is set at {condition.at('lookbackWindow')}",),
        help="lengthen the window, or shorten the lookback",
    )


def _lookbacks(slo: SpecObject, scope: Scope) -> Iterator[tuple[Duration, Map]]:
    for alert in scope.specs.alerts(slo):
        condition = _condition(alert.condition)
        lookback = duration(condition, "lookbackWindow")
        if lookback is not None:
            yield lookback, condition
