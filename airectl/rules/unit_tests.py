"""promtool's unit tests for rule files: made from the SLO's queries and the budget engine, not from the rules.

Of the rules only names and labels are taken. So a rule that counts the wrong thing, compares with the
wrong number or says nothing fails its tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from typing import Final

from airectl.core import naming
from airectl.core.findings import Finding, Severity
from airectl.promql.guard import PromqlError
from airectl.rules import casting, promtool, stage
from airectl.rules.cases import cases
from airectl.rules.model import Generated, Rule, SloRules
from airectl.rules.promtool import Alerts, Head, Input, Samples, Test
from airectl.rules.shapes import evaluated_s, shape_of
from airectl.rules.sli import BASE_S
from airectl.rules.stage import Actor
from airectl.rules.templating import given, verbatim
from airectl.rules.timeline import Phase, Timeline
from airectl.rules.trial import Case, Cast, Check, Figure, Value

_LABEL: Final = re.compile(r"\{\{-?\s*\$labels\.([a-zA-Z_]\w*)\s*-?\}\}")
_PERCENTAGE: Final = re.compile(r"\{\{-?\s*\$value\s*\|\s*humanizePercentage\s*-?\}\}")


# Labels and annotations of each firing alert of one name.
_Firing = tuple[tuple[Mapping[str, str], Mapping[str, str]], ...]
_Told = Mapping[str, _Firing | None]


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
        # Alerts without the records that they compare can only be tested where those are.
        for rules in (each for each in several if any(rule.record for group in each.groups for rule in group.rules)):
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
    return Head(rules_file=path, evaluated_s=evaluated_s(several), groups=groups, remarks=tuple(remarks))


def _not_tested(rules: SloRules, error: PromqlError) -> Finding:
    return Finding(
        code="AIR310",
        severity=Severity.INFO,
        message=f"the rules of `{rules.slo.id}` come without unit tests: its queries hold {error}",
        at=stage.queries(rules.slo, rules.objective)[0].at,
        help="test these rules by hand, or write the query with selectors, `rate`, `sum` and arithmetic",
    )


class _Writer:
    """The tests of one objective; `several` are all that share its file."""

    def __init__(self, rules: SloRules, several: Sequence[SloRules]) -> None:
        self._rules = rules
        self._fixed = casting.group_labels(rules)
        self._stage = stage.build(rules.slo, rules.objective, tuple(self._fixed.items()))
        self._burning = [rule for group in rules.groups for rule in group.rules if self._is_burn(rule)]
        self._records = [rule for group in rules.groups for rule in group.rules if rule.record]
        self._compared = self._record_labels()
        self._shared = Counter(name for each in several for name in {a.alert for a in each.alerts})
        self._shape = shape_of(rules, self._stage, self._burning, evaluated_s(several))

    def _is_burn(self, rule: Rule) -> bool:
        return bool(rule.alert) and not (self._rules.no_data and rule.alert == self._rules.no_data.alert)

    def tests(self) -> Iterator[Test]:
        """All that can be made sure of."""
        for case in cases(self._shape):
            checks = [check for check in case.checks if check.at_s > 0]
            told = [self._told(check) for check in checks]
            alerts = [each for check, firing in zip(checks, told, strict=True) for each in self._alerts(check, firing)]
            samples = [each for check in checks for each in self._samples(check)]
            samples += [
                each for check, firing in zip(checks, told, strict=True) for each in self._states(check, firing)
            ]
            yield Test(
                says=f"{self._rules.name}: {case.says.replace('{alert}', self._name(case.alert))}",
                interval_s=self._shape.means.step_s,
                inputs=tuple(self._inputs(case)),
                alerts=tuple(alerts),
                samples=tuple(samples),
            )

    def _name(self, index: int) -> str:
        rule = self._burning[index] if self._burning else None
        return f"{rule.alert} ({rule.labels.get(naming.SEVERITY, '')})" if rule else ""

    def _inputs(self, case: Case) -> Iterator[Input]:
        for actor in casting.series(self._stage, case.cast):
            yield Input(series=stage.name_of(actor.labels), values=self._values(actor, case.line))
        if case.cast is Cast.GROUPS:
            others = casting.other_labels(self._rules, self._fixed)
            well = Timeline(self._shape.means, [Phase(steps=len(case.line.steps), volume=self._shape.volume)])
            for actor in self._stage.actors:
                labels = frozenset({*(each for each in actor.labels if each[0] not in others), *others.items()})
                yield Input(series=stage.name_of(labels), values=self._values(actor, well))

    def _values(self, actor: Actor, line: Timeline) -> str:
        """What a series does. A counter whose growth is compared with a number grows by its level each second."""
        scale = 1 if self._stage.scales or not actor.counter else self._shape.means.step_s
        return _values(line, (actor.good * scale, actor.bad * scale), actor.counter, self._stage.scales)

    def _told(self, check: Check) -> _Told:
        """The firing alerts by name, where all is known of them; else None."""
        return {name: self._firing(name, check) for name in dict.fromkeys(rule.alert for rule in self._burning)}

    def _firing(self, name: str, check: Check) -> _Firing | None:
        if self._shared[name] > 1:
            return None
        found = []
        for rule, fires, ratio in zip(self._burning, check.fires, check.ratios, strict=True):
            if rule.alert != name or fires is False:
                continue
            expanded = _expanded(rule.annotations, self._compared, ratio) if fires else None
            labels = _known_labels(rule)
            if expanded is None or labels is None:
                return None
            found.append(({**self._compared, **labels}, expanded))
        return tuple(found)

    def _alerts(self, check: Check, told: _Told) -> Iterator[Alerts]:
        """Expected alerts with labels and annotations."""
        for name, firing in told.items():
            if firing is not None:
                yield Alerts(at_s=check.at_s, alert=name, firing=firing)
        no_data = self._rules.no_data
        if no_data and check.no_data is not None:
            rule = self._rule(no_data.alert)
            expanded, labels = _expanded(rule.annotations, {}, None), _known_labels(rule)
            if expanded is not None and labels is not None:
                firing = ((labels, expanded),) if check.no_data else ()
                yield Alerts(at_s=check.at_s, alert=no_data.alert, firing=firing)

    def _states(self, check: Check, told: _Told) -> Iterator[Samples]:
        """The same by the series ALERTS, where the annotations are not known or the name is not the SLO's own."""
        for rule, fires in zip(self._burning, check.fires, strict=True):
            known = _known_labels(rule)
            if fires is not None and known is not None and told[rule.alert] is None:
                labels = {**self._compared, **known, "alertname": rule.alert, "alertstate": "firing"}
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
        window_s = BASE_S if value.figure is Figure.BURN else self._rules.period_s
        name, window = naming.error_ratio(window_s), naming.window_name(window_s)
        return next((each.labels for each in self._records if _is_record(each, name, window)), {})


_RECORDS: Final = {
    Figure.BURN: naming.CURRENT_BURN_RATE,
    Figure.PERIOD_BURN: naming.PERIOD_BURN_RATE,
    Figure.REMAINING: naming.PERIOD_BUDGET_REMAINING,
}


def _is_record(rule: Rule, name: str, window: str) -> bool:
    return rule.record == name and rule.labels.get(naming.WINDOW, "") == window


def _known_labels(rule: Rule) -> dict[str, str] | None:
    """The labels of an alert as they come out; None where one is a template."""
    if any("{{" in text.replace(verbatim("{{"), "") for text in rule.labels.values()):
        return None
    return {name: given(text) for name, text in rule.labels.items()}


@lru_cache(maxsize=2048)
def _values(line: Timeline, levels: tuple[float, float], counter: bool, scales: bool) -> str:
    """Samples of a series that has these levels while all is well and while all is bad."""
    good, bad = levels
    at = [
        (None if volume is None else _whole(float(good + (bad - good) * share) * (volume if scales else 1)), count)
        for share, volume, count in line.runs
    ]
    return promtool.counter(_joined(at)) if counter else promtool.gauge(_joined(at))


def _joined(runs: Iterable[tuple[float | None, int]]) -> Iterator[tuple[float | None, int]]:
    """Runs of one level that follow each other as one."""
    for level, same in groupby(runs, lambda run: run[0]):
        yield level, sum(count for _, count in same)


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
