"""The queries of Grafana dashboards: panels, annotations and variables that ask a Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.json_text import JsonError, Text, read
from airectl.rules.written import InJson, Queries

# Kinds of source whose `expr` is another language.
_OTHERS: Final = re.compile(
    r"loki|tempo|elastic|influx|graphite|sql|cloudwatch|datadog|testdata|__expr__", re.IGNORECASE
)
# A variable that asks for labels of a metric, or for the result of a query.
_LABEL_VALUES: Final = re.compile(r"\s*label_values\((?P<query>.*),\s*[\w$]+\s*\)\s*", re.DOTALL)
_RESULT: Final = re.compile(r"\s*query_result\((?P<query>.*)\)\s*", re.DOTALL)
_HINT: Final = "name a dashboard as Grafana exports it, in JSON; rules go to --rules"


def dashboard_queries(path: str, text: str) -> Queries:
    """Every query of a dashboard that is PromQL. What is no dashboard is a finding: AIR123."""
    try:
        tree = read(text.removeprefix("\ufeff"))
    except JsonError as error:
        return _wrong(path, f"the file is not JSON: {error}", error.line, error.col)
    if not isinstance(tree, dict):
        return _wrong(path, "the file holds no dashboard", 1, 1)
    queries = [InJson(path=path, value=value) for value in _expressions(tree)]
    queries += [query for value in _variables(tree) for query in _asked(path, value)]
    if not queries and not _is_dashboard(tree):
        return _wrong(path, "the file holds no dashboard", 1, 1)
    queries.sort(key=lambda each: (each.value.line, each.value.col))
    return Queries(queries=queries)


def _is_dashboard(tree: dict[str, Any]) -> bool:
    """Whether it has what a dashboard without queries has: it may be all text."""
    inner = tree.get("dashboard", tree)
    return isinstance(inner, dict) and any(key in inner for key in ("panels", "rows", "elements", "spec"))


def _wrong(path: str, message: str, line: int, col: int) -> Queries:
    at = Location(path=path, line=line, col=col)
    return Queries(findings=[Finding(code="AIR123", severity=Severity.ERROR, message=message, at=at, help=_HINT)])


def _expressions(tree: Any) -> Iterator[Text]:
    """The texts under `expr` whose source is a Prometheus, or not said."""
    stack: list[tuple[Any, bool]] = [(tree, True)]
    while stack:
        node, promql = stack.pop()
        if isinstance(node, dict):
            promql = _is_promql(node, inherited=promql)
            value = node.get("expr")
            if promql and isinstance(value, Text) and value.strip():
                yield value
            stack += [(child, promql) for child in node.values() if isinstance(child, (dict, list))]
        elif isinstance(node, list):
            stack += [(child, promql) for child in node if isinstance(child, (dict, list))]


def _is_promql(node: dict[str, Any], *, inherited: bool) -> bool:
    """Whether the queries in an object are PromQL: its own source says so, else the one around it."""
    source = node.get("datasource", node.get("group") if node.get("kind") == "DataQuery" else None)
    if isinstance(source, dict):
        source = source.get("type", source.get("uid"))
    if not isinstance(source, str) or source.startswith("-- "):
        return inherited
    return not _OTHERS.search(source)


def _variables(tree: dict[str, Any]) -> Iterator[Text]:
    """What the dashboard's variables ask."""
    inner = tree.get("dashboard", tree)
    templating = inner.get("templating") if isinstance(inner, dict) else None
    listed = templating.get("list") if isinstance(templating, dict) else None
    for variable in listed if isinstance(listed, list) else ():
        if isinstance(variable, dict) and _is_promql(variable, inherited=True):
            asked = variable.get("query")
            value = asked.get("query") if isinstance(asked, dict) else asked
            if isinstance(value, Text) and variable.get("type", "query") == "query":
                yield value


def _asked(path: str, value: Text) -> Iterator[InJson]:
    for pattern in (_LABEL_VALUES, _RESULT):
        if found := pattern.fullmatch(value):
            start, end = found.span("query")
            yield InJson(path=path, value=value, begins=start, length=end - start)
