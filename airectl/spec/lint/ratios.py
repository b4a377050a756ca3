"""Lints of the queries of a ratioMetric together: whether they count the same requests, the same way."""

from collections.abc import Iterator, Sequence
from typing import Final

from airectl.core.catalogue import Known, MetricType
from airectl.core.findings import Finding, Severity
from airectl.promql.matchers import Matcher
from airectl.promql.selectors import Selector
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.metrics import looking, said_of
from airectl.spec.queries import SpecQuery, place, queries

_SUFFIXES: Final = ("_bucket", "_count", "_sum", "_total")
# Labels that say where or what the requests went to, never how they ended.
_SCOPE: Final = frozenset((
    "app", "application", "cluster", "component", "container", "deployment", "engine", "env", "environment",
    "instance", "job", "k8s_cluster", "kubernetes_namespace", "model", "model_name", "namespace", "node", "pod",
    "region", "service", "tenant", "zone",
))  # fmt: skip
# Functions and aggregations that leave a counter a counter.
_NEUTRAL_CALLS: Final = frozenset((
    "abs", "ceil", "clamp", "clamp_max", "clamp_min", "floor", "label_join", "label_replace", "round", "sort",
    "sort_by_label", "sort_by_label_desc", "sort_desc",
))  # fmt: skip
_NEUTRAL_AGGREGATIONS: Final = frozenset(("sum", "avg", "min", "max", "topk", "bottomk", "limitk", "limit_ratio"))


@lint("AIR103", Severity.WARNING, "SLI")
def different_series(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """`good` or `bad` counts requests that `total` does not."""
    by_role = {query.role: query for query in queries(sli, scope.specs)}
    part, total = by_role.get("good") or by_role.get("bad"), by_role.get("total")
    if part is None or total is None or not (part.selectors and total.selectors):
        return
    look = looking(scope, said_of(sli, "telemetry") or "")
    for selector in part.selectors:
        likes = [other for other in total.selectors if _same(selector, other)] or total.selectors
        known = [look(name)[1] for name in selector.names]
        conflicts = min((_conflicts(selector, other, known) for other in likes), key=len)
        if conflicts:
            text, matcher = conflicts[0]
            yield scope.finding(
                place(part, scope.specs, *([str(matcher)] if matcher else []), *selector.names),
                f"`{part.role}` and `total` select different series: {text}",
                help=f"let both select the same requests; `{part.role}` may only be narrower by how a request ended",
            )
            return
    yield from _different_groups(part, total, scope)


_Conflict = tuple[str, Matcher | None]


def _conflicts(part: Selector, total: Selector, known: Sequence[Known | None]) -> list[_Conflict]:
    """Why what `part` selects is not a part of what `total` selects; `known` is what is known of its metrics."""
    same = _same(part, total)
    found: list[_Conflict] = []
    for label in dict.fromkeys(m.name for m in (*part.labels, *total.labels)):
        if label in ("le", "quantile"):
            continue
        mine, theirs = ([m for m in each.labels if m.name == label] for each in (part, total))
        if mine and theirs:
            found += _compare(mine, theirs)
        elif same and theirs and not _passes(label, theirs, known):
            found.append((f"only `total` has `{theirs[0]}`", None))
        elif same and label in _SCOPE:
            found.append((f"`total` has no `{mine[0]}`", mine[0]))
    if part.offset_s != total.offset_s:
        found.append(("one of them has another `offset`", None))
    return found


def _passes(label: str, matchers: Sequence[Matcher], known: Sequence[Known | None]) -> bool:
    """Whether metrics that never have `label` pass the matchers of it."""
    never = bool(known) and all(each and not each.family.open_labels for each in known)
    lacking = never and not any(each and label in each.family.labels for each in known)
    return lacking and all(matcher.selects("") is True for matcher in matchers)


def _same(part: Selector, total: Selector) -> bool:
    """Whether a metric of theirs is of one family."""
    return bool({_family(name) for name in part.names} & {_family(name) for name in total.names})


def _family(name: str) -> str:
    return next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)


def _compare(mine: Sequence[Matcher], theirs: Sequence[Matcher]) -> list[_Conflict]:
    """Matchers of one label: a conflict where `mine` surely selects what `theirs` does not."""
    if {_meaning(m) for m in mine} == {_meaning(m) for m in theirs}:
        return []
    named = [value for m in mine if not m.negative for value in m.literals]
    outside = any(m.selects(value) is False for m in theirs for value in named)
    return [(f"`{mine[0]}` against `{theirs[0]}`", mine[0])] if outside or mine[0].name in _SCOPE else []


def _meaning(matcher: Matcher) -> tuple[bool, frozenset[str]]:
    """What makes two spellings of one matcher equal: `"a"` and an expression that is just `a`."""
    return matcher.negative, frozenset(matcher.literals or (matcher.value,))


def _different_groups(part: SpecQuery, total: SpecQuery, scope: Scope) -> Iterator[Finding]:
    mine, theirs = _groups(part), _groups(total)
    if mine is None or theirs is None or mine == theirs:
        return
    yield scope.finding(
        part.node.at("query"),
        f"`{part.role}` is grouped {_spoken(mine)}, `total` {_spoken(theirs)}",
        help="group both by the same labels, or neither",
    )


_Groups = tuple[bool, frozenset[str]]


def _groups(query: SpecQuery) -> _Groups | None:
    """The labels of the outermost aggregation, where all selectors agree on it; `le` aside."""
    outer = {(a[-1].without, frozenset(a[-1].labels) - {"le"}) for s in query.selectors if (a := s.aggregations())}
    return next(iter(outer)) if len(outer) == 1 else None


def _spoken(groups: _Groups) -> str:
    without, labels = groups
    if not labels:
        return "by every label" if without else "into one"
    return f"{'without' if without else 'by'} `{', '.join(sorted(labels))}`"


_A_COUNTER: Final = (
    "`{}` is a counter: without `counter: true` each of its samples is taken as that many events",
    "add `counter: true` to the ratioMetric",
)
_NOT_A_COUNTER: Final = (
    "`{}` is a gauge: with `counter: true` each time it falls is taken as a restart",
    "remove `counter: true`, or count the events with a counter",
)


@lint("AIR105", Severity.WARNING, "SLI")
def counter_or_not(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A counter whose every sample is taken as an amount, or a gauge whose fall is taken as a restart."""
    ratio = sli.spec.map("ratioMetric")
    says_counter = ratio.get("counter") is True
    for query in queries(sli, scope.specs):
        if query.role not in ("good", "bad", "total"):
            continue
        for name in _bare_names(query):
            kind = _kind(name, scope)
            if kind is None or (kind is MetricType.COUNTER) is says_counter:
                continue
            message, help = _NOT_A_COUNTER if says_counter else _A_COUNTER
            yield scope.finding(place(query, scope.specs, name), message.format(name), help=help)
            return


def _bare_names(query: SpecQuery) -> Iterator[str]:
    """Metrics whose samples themselves are the query's result, apart from adding them up."""
    for selector in query.selectors:
        aggregations = {a.name for a in selector.aggregations()}
        if set(selector.calls()) <= _NEUTRAL_CALLS and aggregations <= _NEUTRAL_AGGREGATIONS:
            yield from selector.names


def _kind(name: str, scope: Scope) -> MetricType | None:
    """Counter or gauge: from the catalogue, else from the suffix; None where neither says."""
    _, found = looking(scope)(name)
    if found is None:
        return MetricType.COUNTER if name.endswith(("_total", "_count", "_bucket")) else None
    if found.family.type is MetricType.GAUGE:
        return MetricType.GAUGE
    return MetricType.COUNTER if found.suffix or found.family.type is MetricType.COUNTER else None
