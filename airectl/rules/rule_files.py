"""Rule files, of airectl or of Sloth, read back as what they watch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from airectl.core.naming import ID, IDENTITY, OBJECTIVE, PERIOD_DAYS, SERVICE, SEVERITY, SLO
from airectl.promql.guard import PromqlError
from airectl.promql.parse import Parsed, parse
from airectl.promql.thresholds import Comparison, alternatives, constant
from airectl.rules.watch import Pair, Watch

_RECORD: Final = re.compile(r"slo:sli_error:ratio_rate((?:[0-9]+[smhdwy])+)")
_PART: Final = re.compile(r"([0-9]+)([smhdwy])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_536_000}
_DAY_S: Final = 86_400


def is_rule_file(document: object) -> bool:
    """Whether a YAML document holds rules of Prometheus, as a file of its own or as a PrometheusRule."""
    return isinstance(document, Mapping) and isinstance(_groups(document), list)


def _groups(document: Mapping[str, Any]) -> object:
    spec = document.get("spec")
    if document.get("kind") == "PrometheusRule":
        return spec.get("groups") if isinstance(spec, Mapping) else None
    return document.get("groups")


def watches(document: Mapping[str, Any]) -> list[Watch]:
    """What the rules of one document watch, by SLO, in their order; rules of no SLO are left out."""
    found: dict[str, list[tuple[Mapping[str, Any], Parsed]]] = {}
    for rule in _rules(document):
        parsed = _parsed(rule.get("expr"))
        id = _label(rule, ID) or (_selected_id(parsed) if parsed else "")
        if id and parsed:
            found.setdefault(id, []).append((rule, parsed))
    return [_watch(id, rules) for id, rules in found.items()]


def _rules(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    groups = _groups(document)
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, Mapping) else None
        yield from (rule for rule in rules or () if isinstance(rule, Mapping))


def _parsed(expression: object) -> Parsed | None:
    try:
        return parse(str(expression))
    except PromqlError:
        return None


def _label(rule: Mapping[str, Any], name: str) -> str:
    labels = rule.get("labels")
    return str(labels.get(name, "")) if isinstance(labels, Mapping) else ""


def _selected_id(parsed: Parsed) -> str:
    """The SLO that an alert of Sloth's looks at: its own labels do not name it."""
    found = (matcher.value for each in parsed.selectors if (matcher := each.matcher(ID)))
    return next(found, "")


def _watch(id: str, rules: list[tuple[Mapping[str, Any], Parsed]]) -> Watch:
    numbers = {rule["record"]: constant(parsed.tree) for rule, parsed in rules if "record" in rule}
    target, days = numbers.get(OBJECTIVE), numbers.get(PERIOD_DAYS)
    alerts = [(rule, parsed) for rule, parsed in rules if "alert" in rule]
    return Watch(
        id=id,
        service=next((text for rule, _ in rules if (text := _label(rule, SERVICE))), ""),
        name=next((text for rule, _ in rules if (text := _label(rule, SLO))), id),
        target=target,
        period_s=int(days * _DAY_S) if days is not None else None,
        pairs=tuple(pair for rule, parsed in alerts for pair in _pairs(rule, parsed, target)),
        no_data_s=next((_for_s(rule) for rule, parsed in alerts if _is_of_absence(parsed)), None),
        labels={
            (str(rule["alert"]), _label(rule, SEVERITY)): {
                str(name): str(text) for name, text in (rule.get("labels") or {}).items() if name not in IDENTITY
            }
            for rule, _ in alerts
        },
    )


def _pairs(rule: Mapping[str, Any], parsed: Parsed, target: Decimal | None) -> Iterator[Pair]:
    for compared in alternatives(parsed):
        windows = [(seconds, each) for each in compared if (seconds := _window_s(each)) and each.op in (">", ">=")]
        if windows:
            threshold = max(each.value for _, each in windows)
            yield Pair(
                alert=str(rule["alert"]),
                severity=_label(rule, SEVERITY),
                long_s=max(seconds for seconds, _ in windows),
                short_s=min(seconds for seconds, _ in windows),
                threshold=threshold,
                factor=threshold / (1 - target) if target is not None and target < 1 else None,
                for_s=_for_s(rule),
            )


def _window_s(compared: Comparison) -> int:
    """The window of the record; 0 for any other series."""
    match = _RECORD.fullmatch(compared.name)
    return _span_s(match[1]) if match else 0


def _span_s(text: str) -> int:
    return sum(int(count) * _SECONDS[unit] for count, unit in _PART.findall(text))


def _for_s(rule: Mapping[str, Any]) -> int:
    return _span_s(str(rule.get("for", "")))


def _is_of_absence(parsed: Parsed) -> bool:
    """Whether the alert is for samples that are gone."""
    return any("absent" in call for each in parsed.selectors for call in each.calls())
