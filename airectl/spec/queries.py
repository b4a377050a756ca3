"""The PromQL of a spec: which queries there are, what they parse to, and where in the file a part stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from airectl.core.findings import Location
from airectl.promql.guard import PromqlError
from airectl.promql.parse import Parsed, parse
from airectl.promql.selectors import Selector
from airectl.spec import lines
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.tree import Map

# Kinds of source, without case and punctuation, that are asked in PromQL. VictoriaMetrics reads a
# superset: what parses is looked at, what does not is not ours to judge.
_PROMQL: Final = frozenset((
    "prometheus", "thanos", "mimir", "grafanamimir", "cortex",
    "amazonprometheus", "azureprometheus", "googlemanagedprometheus",
))  # fmt: skip
_READ: Final = _PROMQL | {"victoriametrics"}
_PLACEHOLDERS: Final = frozenset(("", "Any"))
ROLES: Final = ("good", "bad", "total", "raw")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecQuery:
    """One query. `role` is good, bad, total, raw or threshold; `node["query"]` is its text.

    Exactly one of `parsed` and `error` is set.
    """

    role: str
    node: Map
    parsed: Parsed | None = None
    error: PromqlError | None = None

    @property
    def text(self) -> str:
        """The query as written."""
        return self.node.text("query")

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """Its vector selectors; none where it does not parse."""
        return self.parsed.selectors if self.parsed else ()


def queries(sli: SpecObject, specs: SpecSet) -> tuple[SpecQuery, ...]:
    """The PromQL queries of an SLI, in the order good or bad, total; worked out once per run."""
    key = ("queries", id(sli.node))
    if key not in specs.memo:
        specs.memo[key] = tuple(_queries(sli, specs))
    found: tuple[SpecQuery, ...] = specs.memo[key]
    return found


def _queries(sli: SpecObject, specs: SpecSet) -> Iterator[SpecQuery]:
    ratio = sli.spec.get("ratioMetric")
    if isinstance(ratio, Map):
        for role in ROLES:
            if role in ratio:
                yield from _query(role, ratio.map(role).map("metricSource"), specs)
    if "thresholdMetric" in sli.spec:
        yield from _query("threshold", sli.spec.map("thresholdMetric").map("metricSource"), specs)


def _query(role: str, source: Map, specs: SpecSet) -> Iterator[SpecQuery]:
    kind = _plain(source_kind(source, specs))
    node = source.map("spec")
    text = node.text("query")
    if kind not in _READ or text in _PLACEHOLDERS:
        return
    try:
        yield SpecQuery(role=role, node=node, parsed=parse(text))
    except PromqlError as error:
        if kind in _PROMQL:
            yield SpecQuery(role=role, node=node, error=error)


def is_promql(kind: str) -> bool:
    """Whether a source of this type is asked in PromQL, or in a superset of it."""
    return _plain(kind) in _READ


@lru_cache(maxsize=64)
def _plain(kind: str) -> str:
    return re.sub(r"[^a-z]", "", kind.lower())


def source_kind(source: Map, specs: SpecSet) -> str:
    """The type of a metric source, or of the DataSource it refers to."""
    if "type" in source:
        return source.text("type")
    referred = specs.find("DataSource", source.text("metricSourceRef"))
    return referred.spec.text("type") if referred else ""


def place(query: SpecQuery, specs: SpecSet, *parts: str) -> Location:
    """Where the first of `parts` that can be found stands in the file; else where the query begins."""
    whole = query.node.at("query")
    return part_of(whole, specs.texts.get(whole.path, ""), query.text, *parts)


def part_of(whole: Location, file_text: str, query: str, *parts: str) -> Location:
    """Where the first of `parts` that can be found stands in a scalar that is written at `whole`; else `whole`.

    Quotes and folding change a query's text, so a part counts as found only if it occurs as often in
    the file's lines of the query as in the query itself: then its first occurrence is the right one.
    """
    rows = list(_rows(whole, file_text))
    for part in parts:
        pattern = bounded(part)
        hits = [(number, hit) for number, row in rows for hit in pattern.finditer(row)]
        if hits and len(hits) == len(pattern.findall(query)):
            number, hit = hits[0]
            col, end = hit.start() + 1, hit.end() + 1
            return Location(path=whole.path, line=number, col=col, end_line=number, end_col=end)
    return whole


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return lines.split(text)


def bounded(part: str) -> re.Pattern[str]:
    """`part` where it is not within a longer name."""
    before = r"(?<![\w:])" if re.match(r"\w", part) else ""
    after = r"(?![\w:])" if re.search(r"\w$", part) else ""
    return re.compile(before + re.escape(part) + after)


def _rows(whole: Location, text: str) -> Iterator[tuple[int, str]]:
    """The lines of a scalar with their numbers; what stands beside it is blanked out."""
    for number, line in enumerate(_lines(text)[whole.line - 1 : whole.end_line], whole.line):
        row = line[: whole.end_col - 1] if number == whole.end_line else line
        yield number, " " * (whole.col - 1) + row[whole.col - 1 :] if number == whole.line else row
