"""Rules as the files that Prometheus loads: one document each, since it drops every document after the first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airectl.core import naming
from airectl.rules.model import Generated, Group, Rule, SloRules
from airectl.spec.yaml_text import dump


def files(generated: Generated) -> dict[str, str]:
    """One file for each SLO that has rules, by its name, with the rules of all its objectives."""
    by_file: dict[str, list[SloRules]] = {}
    for rules in generated.slos:
        by_file.setdefault(naming.rules_file(rules.slo), []).append(rules)
    found = {name: text(of) for name, of in by_file.items()}
    return {name: content for name, content in found.items() if content}


def text(of: Sequence[SloRules]) -> str:
    """The rules of these SLOs as one document; empty where there are none."""
    groups = [group for rules in of for group in rules.groups]
    return header(of) + dump(document(groups)) if groups else ""


def header(of: Iterable[SloRules]) -> str:
    """The comment at the top: what made the file and from what."""
    ids = dict.fromkeys(rules.slo.id for rules in of)
    paths = dict.fromkeys(rules.slo.at.path for rules in of)
    return (
        f"# Prometheus rules of {_listed(ids)}, written by airectl from {_listed(paths)}.\n"
        "# Do not edit: change the spec and run `airectl rules` again.\n"
    )


def document(groups: Iterable[Group]) -> dict[str, Any]:
    """Groups as the data of a rule file."""
    return {"groups": [_group(group) for group in groups]}


def _group(group: Group) -> dict[str, Any]:
    interval = {"interval": naming.window_name(group.interval_s)} if group.interval_s else {}
    return {"name": group.name, **interval, "rules": [_rule(rule) for rule in group.rules]}


def _rule(rule: Rule) -> dict[str, Any]:
    made: dict[str, Any] = {"record": rule.record} if rule.record else {"alert": rule.alert}
    made["expr"] = rule.expr
    for key, seconds in (("for", rule.for_s), ("keep_firing_for", rule.keep_firing_for_s)):
        if seconds:
            made[key] = naming.window_name(seconds)
    for key, mapping in (("labels", rule.labels), ("annotations", rule.annotations)):
        if mapping:
            made[key] = dict(_sorted(mapping))
    return made


def _sorted(mapping: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(mapping.items())


def _listed(items: Iterable[str]) -> str:
    """On one line, whatever a path holds."""
    return ", ".join(" ".join(item.split()) for item in items)
