"""The shape of an SLO: all that the cases of its unit tests depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd
from typing import Final

from airectl.core import naming
from airectl.core.budget import Goal
from airectl.core.slo import Method
from airectl.rules.casting import casts
from airectl.rules.model import Kind, Rule, SloRules
from airectl.rules.sli import BASE_S
from airectl.rules.stage import Stage
from airectl.rules.timeline import Means, Pair, Watch
from airectl.rules.trial import Shape

_STEP_S: Final = 60
# A rate over the shortest window sees so many samples.
_SAMPLES: Final = 5
_LONGEST_S: Final = 300


def shape_of(rules: SloRules, of: Stage, burning: Sequence[Rule], every_s: int) -> Shape:
    """`burning` are the rules of burn-rate alerts, which are evaluated `every_s`."""
    slo, objective, step_s = rules.slo, rules.objective, _step_s(rules)
    slices = rules.sli.kind is Kind.SLICES
    goal = Goal(target=objective.target, method=slo.method, slice_target=objective.slice_target)
    # What is wholly good or bad stays so from one evaluation to the next: subqueries look that seldom.
    slice_s = rules.sli.step_s if slices else step_s if of.mixes else max(every_s, step_s)
    means = Means(
        goal=goal,
        step_s=step_s,
        slice_s=slice_s,
        mixes=of.mixes,
        blur_s=of.blur_s,
        edges_count=slices or not all(each.counter for each in of.actors),
    )
    if slo.method is Method.TIMESLICES and of.mixes:
        means = replace(means, low=_low(goal), high=_high(goal))
    return Shape(
        means=means,
        watches=tuple(_watch(rules, rule) for rule in burning),
        evaluated_s=every_s,
        scales=of.scales,
        casts=frozenset(casts(rules, of)),
        no_data_s=rules.no_data.for_s if rules.no_data else None,
        period_s=rules.period_s,
        windows_s=rules.windows_s,
        recorded=any(rule.record for group in rules.groups for rule in group.rules),
        overlaps=rules.sli.kind is Kind.EVENTS and (every_s < BASE_S or not all(each.counter for each in of.actors)),
    )


def _allowed(goal: Goal) -> Fraction:
    """The share of bad that a good slice may have."""
    return 1 - Fraction(goal.slice_target if goal.slice_target is not None else goal.target)


def _low(goal: Goal) -> Fraction:
    return Fraction(f"{float(_allowed(goal) / 2):.2g}")


def _high(goal: Goal) -> Fraction:
    allowed = _allowed(goal)
    return Fraction(f"{float(allowed + (1 - allowed) / 2):.2g}") if allowed < 1 else Fraction(1)


def _watch(rules: SloRules, rule: Rule) -> Watch:
    severity = rule.labels.get(naming.SEVERITY, "")
    own = [a for a in rules.alerts if a.fires and (a.alert, a.severity, a.for_s) == (rule.alert, severity, rule.for_s)]
    # Rules of policies that differ in their labels alone share all of these.
    own = [a for a in own if naming.error_ratio(a.long_s) in rule.expr and naming.error_ratio(a.short_s) in rule.expr]
    pairs = [Pair(long_s=a.long_s, short_s=a.short_s, threshold=a.threshold, inclusive=a.inclusive) for a in own]
    valued = any("$value" in text for text in rule.annotations.values())
    return Watch(pairs=tuple(pairs), for_s=rule.for_s, keep_s=rule.keep_firing_for_s, valued=valued)


def _step_s(rules: SloRules) -> int:
    """Between two samples: so that the shortest window sees some, and slices are whole."""
    shortest = min([*rules.windows_s, *(alert.short_s for alert in rules.alerts), _STEP_S * _SAMPLES])
    step_s = max(shortest // _SAMPLES, 1)
    return gcd(step_s, rules.sli.step_s) if rules.sli.step_s else step_s


def evaluated_s(several: Sequence[SloRules]) -> int:
    """As seldom as the shortest window and the slices of all allow: a day is evaluated in a second then."""
    steps = [rules.sli.step_s or min([*rules.windows_s, _LONGEST_S]) for rules in several]
    return gcd(*steps)
