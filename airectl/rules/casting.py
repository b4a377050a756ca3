"""Who plays in a unit test: the series of an SLO, of one group or two, all of them or some."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from airectl.core.slo import RatioIndicator
from airectl.promql.examples import value as value_for
from airectl.promql.matchers import Matcher, Op
from airectl.promql.vectors import Labels
from airectl.rules import stage
from airectl.rules.model import SloRules
from airectl.rules.stage import Actor, Stage
from airectl.rules.trial import Cast

_GROUPS: Final = ("a", "b")
_WHOLE: Final = re.compile(r"([0-9]+)(\.0)?")


def casts(rules: SloRules, of: Stage) -> Iterator[Cast]:
    """Those that differ from all series."""
    if of.scales and isinstance(rules.slo.indicator_of(rules.objective), RatioIndicator):
        if any(not each.good for each in of.actors):
            yield Cast.GOOD
        if any(not each.bad for each in of.actors):
            yield Cast.BAD
    if any(_respelled(each.labels) != each.labels for each in of.actors):
        yield Cast.RESPELLED
    if rules.sli.group_by and other_labels(rules, group_labels(rules)):
        yield Cast.GROUPS


def series(of: Stage, cast: Cast) -> Iterable[Actor]:
    """The series of a cast, without those of a second group."""
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


def group_labels(rules: SloRules) -> dict[str, str]:
    """A value for each label that groups."""
    return _values(rules, {})


def other_labels(rules: SloRules, taken: Mapping[str, str]) -> dict[str, str]:
    """The labels of another group; empty where the queries select one only."""
    found = _values(rules, taken)
    return found if found.keys() == taken.keys() else {}


def _values(rules: SloRules, taken: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for name in rules.sli.group_by:
        selectors = stage.Judge(rules.slo, rules.objective).selectors
        matchers = [each for selector in selectors for each in selector.matchers if each.name == name]
        matchers += [Matcher(name=name, op=Op.NOT_EQUAL, value=text) for text in ("", taken.get(name, ""))]
        plain = [[Matcher(name=name, op=Op.EQUAL, value=each)] for each in _GROUPS]
        values = (value_for([*matchers, *own]) for own in (*plain, []))
        if text := next((each for each in values if each), None):
            found[name] = text
    return found
