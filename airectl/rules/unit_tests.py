"""promtool's unit tests for rule files: made from the SLO's queries and the budget engine, not from the rules.

Of the rules only names and labels are taken. So a rule that counts the wrong thing, compares with the
wrong number or says nothing fails its tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from math import gcd
from typing import Final

from airectl.core import naming
from airectl.core.budget import Goal
from airectl.core.findings import Finding, Severity
from airectl.core.slo import Method, RatioIndicator
from airectl.promql.examples import value as value_for
from airectl.promql.guard import PromqlError
from airectl.promql.matchers import Matcher, Op
from airectl.promql.vectors import Labels
from airectl.rules import promtool, stage
from airectl.rules.cases import Case, Cast, Check, Figure, Shape, Value, cases
from airectl.rules.model import Generated, Kind, Rule, SloRules
from airectl.rules.promtool import Alerts, Head, Input, Samples, Test
from airectl.rules.stage import Actor, Stage
from airectl.rules.timeline import Means, Pair, Timeline, Watch

_STEP_S: Final = 60
# A rate over the shortest window sees so many samples.
_SAMPLES: Final = 5
_LONGEST_S: Final = 300
_GROUPS: Final = ("a", "b")
_WHOLE: Final = re.compile(r"([0-9]+)(\.0)?")
_LABEL: Final = re.compile(r"\{\{-?\s*\$labels\.([a-zA-Z_]\w*)\s*-?\}\}")
_PERCENTAGE: Final = re.compile(r"\{\{-?\s*\$value\s*\|\s*humanizePercentage\s*-?\}\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTests:
    """Test files by path, and what could not be tested."""

    files: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def unit_tests(generated: Generated) -> UnitTests:
    """A file of tests for every rule file."""
    files: dict[str, str] = {}
    findings: list[Finding] = []
    for path, group in groupby(generated.slos, lambda rules: naming.rules_file(rules.slo)):
        several = tuple(group)
        tests, remarks = [], []
        for rules in several:
            try:
                tests += list(_Writer(rules, several).tests())
            except PromqlError as error:
                findings.append(_not_tested(rules, error))
                remarks.append(f"not tested: {rules.name}, since its queries hold {error}")
        if tests:
            files[naming.tests_file(several[0].slo)] = promtool.document(_head(path, several, remarks), tests)
    return UnitTests(files=files, findings=tuple(findings))


def _head(path: str, several: Sequence[SloRules], remarks: Sequence[str]) -> Head:
    groups = tuple(group.name for rules in several for group in rules.groups)
    return Head(rules_file=path, evaluated_s=_evaluated_s(several), groups=groups, remarks=tuple(remarks))


def _not_tested(rules: SloRules, error: PromqlError) -> Finding:
    return Finding(
        code="AIR310",
        severity=Severity.INFO,
        message=f"the rules of `{rules.slo.id}` come without unit tests: its queries hold {error}",
        at=stage.queries(rules.slo, rules.objective)[0].at,
        help="test these rules by hand, or write the query with selectors, `rate`, `sum` and arithmetic",
    )


def _step_s(rules: SloRules) -> int:
    """Between two samples: so that the shortest window sees some, and slices are whole."""
    shortest = min([*rules.windows_s, *(alert.short_s for alert in rules.alerts), _STEP_S * _SAMPLES])
    step_s = max(shortest // _SAMPLES, 1)
    return gcd(step_s, rules.sli.step_s) if rules.sli.step_s else step_s


def _evaluated_s(several: Sequence[SloRules]) -> int:
    """As seldom as the shortest window and the slices of all allow: a day is evaluated in a second then."""
    steps = [rules.sli.step_s or min([*rules.windows_s, _LONGEST_S]) for rules in several]
    return gcd(*steps)


class _Writer:
    """The tests of one objective; `several` are all that share its file."""

    def __init__(self, rules: SloRules, several: Sequence[SloRules]) -> None:
        self._rules = rules
        self._fixed = _group_labels(rules)
        self._stage = stage.build(rules.slo, rules.objective, tuple(self._fixed.items()))
        self._burning = [rule for group in rules.groups for rule in group.rules if self._is_burn(rule)]
        self._records = [rule for group in rules.groups for rule in group.rules if rule.record]
        self._compared = self._record_labels()
        self._shared = Counter(name for each in several for name in {a.alert for a in each.alerts})
        self._shape = _shape(rules, self._stage, self._burning, _evaluated_s(several))

    def _is_burn(self, rule: Rule) -> bool:
        return bool(rule.alert) and not (self._rules.no_data and rule.alert == self._rules.no_data.alert)

    def tests(self) -> Iterator[Test]:
        """All that can be made sure of."""
        for case in cases(self._shape):
            line = Timeline(self._shape.means, case.phases)
            checks = [check for check in case.checks if check.at_s > 0]
            alerts = [each for check in checks for each in self._alerts(check, line)]
            samples = [each for check in checks for each in self._samples(check)]
            samples += [each for check in checks for each in self._states(check, line)]
            yield Test(
                says=f"{self._rules.name}: {case.says}",
                interval_s=self._shape.means.step_s,
                inputs=tuple(self._inputs(case, line)),
                alerts=tuple(alerts),
                samples=tuple(samples),
            )

    def _inputs(self, case: Case, line: Timeline) -> Iterator[Input]:
        for actor in _cast(self._stage, case.cast):
            levels = [self._level(actor, share, volume) for share, volume in line.steps]
            values = promtool.counter(levels) if actor.counter else promtool.gauge(levels)
            yield Input(series=stage.name_of(actor.labels), values=values)
        if case.cast is Cast.GROUPS:
            yield from self._other_group(line)

    def _level(self, actor: Actor, share: Fraction, volume: int | None) -> float | None:
        if volume is None:
            return None
        level = actor.level(float(share))
        if self._stage.scales:
            return _whole(level * volume)
        return _whole(level * self._shape.means.step_s if actor.counter else level)

    def _other_group(self, line: Timeline) -> Iterator[Input]:
        others = _other_labels(self._rules, self._fixed)
        for actor in self._stage.actors:
            labels = frozenset({*(each for each in actor.labels if each[0] not in others), *others.items()})
            levels = [self._level(actor, Fraction(0), self._shape.volume)] * len(line.steps)
            values = promtool.counter(levels) if actor.counter else promtool.gauge(levels)
            yield Input(series=stage.name_of(labels), values=values)

    def _alerts(self, check: Check, line: Timeline) -> Iterator[Alerts]:
        """Expected alerts with labels and annotations, of each name where all is known of it."""
        for name in dict.fromkeys(rule.alert for rule in self._burning):
            found = self._firing(name, check, line)
            if found is not None:
                yield Alerts(at_s=check.at_s, alert=name, firing=found)
        no_data = self._rules.no_data
        if no_data and check.no_data is not None:
            rule = self._rule(no_data.alert)
            labels = {**rule.labels}
            expanded = _expanded(rule.annotations, {}, None)
            if expanded is not None:
                firing = ((labels, expanded),) if check.no_data else ()
                yield Alerts(at_s=check.at_s, alert=no_data.alert, firing=firing)

    def _firing(
        self, name: str, check: Check, line: Timeline
    ) -> tuple[tuple[Mapping[str, str], Mapping[str, str]], ...] | None:
        if self._shared[name] > 1:
            return None
        found = []
        for rule, watch, fires in zip(self._burning, self._shape.watches, check.fires, strict=True):
            if rule.alert != name:
                continue
            labels = {**self._compared, **rule.labels}
            value = line.value(check.at_s, watch) if fires else None
            expanded = _expanded(rule.annotations, self._compared, value) if fires else {}
            if fires is None or expanded is None:
                return None
            if fires:
                found.append((labels, expanded))
        return tuple(found)

    def _states(self, check: Check, line: Timeline) -> Iterator[Samples]:
        """The same by the series ALERTS, where the annotations are not known or the name is not the SLO's own."""
        for rule, fires in zip(self._burning, check.fires, strict=True):
            if fires is None or self._firing(rule.alert, check, line) is not None:
                continue
            labels = {**self._compared, **rule.labels, "alertname": rule.alert, "alertstate": "firing"}
            asked = promtool.metric("ALERTS", labels)
            yield Samples(at_s=check.at_s, expr=asked, labels=asked if fires else "")

    def _rule(self, alert: str) -> Rule:
        return next(rule for group in self._rules.groups for rule in group.rules if rule.alert == alert)

    def _record_labels(self) -> dict[str, str]:
        """The labels of the records that alerts compare."""
        record = next((each for each in self._records if naming.WINDOW in each.labels), None)
        kept = {**(record.labels if record else self._rules.labels), **self._fixed}
        kept.pop(naming.WINDOW, None)
        return kept

    def _samples(self, check: Check) -> Iterator[Samples]:
        for value in check.values:
            name = self._record_of(value)
            rule = next((each for each in self._records if _is_record(each, *name)), None)
            if rule is None:
                continue
            labels = {**self._inherited(value), **rule.labels, **self._fixed}
            asked = promtool.metric(rule.record, labels)
            if value.expected is None:
                yield Samples(at_s=check.at_s, expr=asked)
                continue
            expected, near = promtool.number(float(value.expected)), promtool.number(float(value.tolerance))
            expr = f"abs({asked} - {expected if value.expected >= 0 else f'({expected})'}) <= bool {near}"
            yield Samples(at_s=check.at_s, expr=expr, labels=promtool.metric("", labels))

    def _record_of(self, value: Value) -> tuple[str, str]:
        """The record's name and, for an error ratio, its window."""
        window_s = self._rules.period_s if value.figure is Figure.PERIOD_ERROR else value.window_s
        if value.figure in (Figure.ERROR, Figure.PERIOD_ERROR):
            return naming.error_ratio(window_s), naming.window_name(window_s)
        return _RECORDS[value.figure], ""

    def _inherited(self, value: Value) -> Mapping[str, str]:
        """The labels that burn rates keep of the error ratio that they are made from."""
        if value.figure is Figure.ERROR:
            return {}
        window_s = self._rules.windows_s[0] if value.figure is Figure.BURN else self._rules.period_s
        name, window = naming.error_ratio(window_s), naming.window_name(window_s)
        return next((each.labels for each in self._records if _is_record(each, name, window)), {})


_RECORDS: Final = {
    Figure.BURN: naming.CURRENT_BURN_RATE,
    Figure.PERIOD_BURN: naming.PERIOD_BURN_RATE,
    Figure.REMAINING: naming.PERIOD_BUDGET_REMAINING,
}


def _is_record(rule: Rule, name: str, window: str) -> bool:
    return rule.record == name and rule.labels.get(naming.WINDOW, "") == window


def _shape(rules: SloRules, of: Stage, burning: Sequence[Rule], evaluated_s: int) -> Shape:
    slo, objective, step_s = rules.slo, rules.objective, _step_s(rules)
    slices = rules.sli.kind is Kind.SLICES
    goal = Goal(target=objective.target, method=slo.method, slice_target=objective.slice_target)
    # What is wholly good or bad stays so from one evaluation to the next: subqueries look that seldom.
    slice_s = rules.sli.step_s if slices else step_s if of.mixes else max(evaluated_s, step_s)
    means = Means(goal=goal, step_s=step_s, slice_s=slice_s, mixes=of.mixes, blur_s=of.blur_s)
    if slo.method is Method.TIMESLICES and of.mixes:
        means = replace(means, low=_low(goal), high=_high(goal))
    return Shape(
        means=means,
        watches=tuple(_watch(rules, rule) for rule in burning),
        evaluated_s=evaluated_s,
        scales=of.scales,
        casts=frozenset(_casts(rules, of)),
        no_data_s=rules.no_data.for_s if rules.no_data else None,
        windows_s=rules.windows_s,
        recorded=any(rule.record for group in rules.groups for rule in group.rules),
        overlaps=rules.sli.kind is Kind.EVENTS and not all(each.counter for each in of.actors),
        names=tuple(f"{rule.alert} ({rule.labels.get(naming.SEVERITY, '')})" for rule in burning),
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
    pairs = [Pair(long_s=a.long_s, short_s=a.short_s, threshold=a.threshold, inclusive=a.inclusive) for a in own]
    return Watch(pairs=tuple(pairs), for_s=rule.for_s, keep_s=rule.keep_firing_for_s)


def _casts(rules: SloRules, of: Stage) -> Iterator[Cast]:
    if of.scales and isinstance(rules.slo.indicator_of(rules.objective), RatioIndicator):
        if any(not each.good for each in of.actors):
            yield Cast.GOOD
        if any(not each.bad for each in of.actors):
            yield Cast.BAD
    if any(_respelled(each.labels) != each.labels for each in of.actors):
        yield Cast.RESPELLED
    if rules.sli.group_by and _other_labels(rules, _group_labels(rules)):
        yield Cast.GROUPS


def _cast(of: Stage, cast: Cast) -> Iterable[Actor]:
    match cast:
        case Cast.GOOD:
            return [each for each in of.actors if each.good]
        case Cast.BAD:
            return [each for each in of.actors if each.bad]
        case Cast.RESPELLED:
            return [replace(each, labels=_respelled(each.labels)) for each in of.actors]
    return of.actors


def _respelled(labels: Labels) -> Labels:
    """Whole edges of buckets the other way: `1` as `1.0`, `1.0` as `1`."""
    edge = dict(labels).get("le", "")
    match = _WHOLE.fullmatch(edge)
    if not match:
        return labels
    return frozenset({*(each for each in labels if each[0] != "le"), ("le", match[1] if match[2] else f"{edge}.0")})


def _group_labels(rules: SloRules) -> dict[str, str]:
    """A value for each label that groups."""
    return _values(rules, {})


def _other_labels(rules: SloRules, taken: Mapping[str, str]) -> dict[str, str]:
    """The labels of another group; empty where the queries select one only."""
    found = _values(rules, taken)
    return found if found.keys() == taken.keys() else {}


def _values(rules: SloRules, taken: Mapping[str, str]) -> dict[str, str]:
    judge = stage.Judge(rules.slo, rules.objective)
    selectors = [each for parsed in judge.parsed for each in parsed.selectors]
    found = {}
    for name in rules.sli.group_by:
        matchers = [each for selector in selectors for each in selector.matchers if each.name == name]
        barred = [Matcher(name=name, op=Op.NOT_EQUAL, value=text) for text in ("", *(taken.get(name, ""),))]
        plain = [
            each for each in _GROUPS if value_for([*matchers, *barred, Matcher(name=name, op=Op.EQUAL, value=each)])
        ]
        text = next(iter(plain), None) or value_for([*matchers, *barred])
        if text:
            found[name] = text
    return found


def _whole(level: float) -> float:
    """Without the rounding of floats, where it is a whole number."""
    near = round(level)
    return float(near) if abs(level - near) < 1e-6 * max(1.0, abs(level)) else float(f"{level:.12g}")


def _expanded(texts: Mapping[str, str], labels: Mapping[str, str], value: Fraction | None) -> dict[str, str] | None:
    """Annotations as Prometheus fills them in; None where they hold what is not known here."""
    found = {}
    for name, text in texts.items():
        filled = _LABEL.sub(lambda match: labels.get(match[1], ""), text)
        if value is not None:
            filled = _PERCENTAGE.sub(f"{float(value * 100):.4g}%", filled)
        if "{{" in filled:
            return None
        found[name] = filled
    return found
