"""Lints of a query by itself: whether it is PromQL, and whether it stays a number."""

from collections.abc import Iterator
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.promql.guard import TooLarge
from airectl.promql.lint.syntax import refused
from airectl.promql.selectors import Enclosing, Selector, Step
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.metrics import looking
from airectl.spec.queries import SpecQuery, place, queries

_RATES: Final = frozenset(("rate", "irate", "increase", "delta", "idelta"))
_COMPARISONS: Final = frozenset((">", ">=", "<", "<=", "==", "!="))
# Labels whose values tell outcomes apart: a series with one of them is there after its first event only.
_OUTCOMES: Final = frozenset((
    "code", "error", "error_code", "error_type", "exception", "grpc_code", "http_code", "outcome", "reason", "result",
    "status", "status_code",
))  # fmt: skip


@lint("AIR101", Severity.ERROR, "SLI")
def not_promql(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A query that Prometheus would refuse."""
    yield from _refused(sli, scope, too_large=False)


@lint("AIR102", Severity.ERROR, "SLI")
def too_large(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A query that is refused unread, because reading it could take the whole run down."""
    yield from _refused(sli, scope, too_large=True)


def _refused(sli: SpecObject, scope: Scope, *, too_large: bool) -> Iterator[Finding]:
    for query in queries(sli, scope.specs):
        if query.error and isinstance(query.error, TooLarge) is too_large:
            remark = refused(query.error)
            yield scope.finding(query.node.at("query"), remark.message, help=remark.help, notes=remark.notes)


@lint("AIR104", Severity.INFO, "SLI")
def not_a_number(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A division by zero on a quiet service, or a term that is absent as long as all is well.

    A plain `good`, `bad` or `total` is no such case: airectl counts an absent series as zero events.
    """
    for query in queries(sli, scope.specs):
        for selector in query.selectors:
            found = _divides_by_zero(selector) or _is_absent(selector, query, scope)
            if found:
                message, help = found
                yield scope.finding(place(query, scope.specs, *selector.names), message, help=help)
                break


def _divides_by_zero(selector: Selector) -> tuple[str, str] | None:
    at = _first(selector, "/", left=False)
    if at is None or not _RATES.intersection(selector.calls()):
        return None
    inner, outer = selector.around[:at], selector.around[at + 1 :]
    guarded = any(e.name == "clamp_min" or e.name in _COMPARISONS for e in (*inner, *outer))
    if guarded:
        return None
    return (
        "the query divides by zero, which gives NaN, while there is no traffic",
        "use a ratioMetric with `good` and `total`, or let the divisor be absent instead: `/ (... > 0)`",
    )


def _is_absent(selector: Selector, query: SpecQuery, scope: Scope) -> tuple[str, str] | None:
    """A rare term without which the whole expression has no value."""
    at = next((i for i, e in enumerate(selector.around) if _needs_both(e, query)), None)
    if at is None or not _is_rare(selector, scope) or any(_stands_in(e) for e in selector.around[:at]):
        return None
    return (
        "the query has no value as long as this term has no series",
        "put `(... or vector(0))` around the term",
    )


def _needs_both(enclosing: Enclosing, query: SpecQuery) -> bool:
    """Whether the other side counts for nothing without this one."""
    if enclosing.step is not Step.BINARY or enclosing.constant:
        return False
    return enclosing.name in ("+", "-") or (
        enclosing.name == "/" and enclosing.left and query.role in ("raw", "threshold")
    )


def _is_rare(selector: Selector, scope: Scope) -> bool:
    known = [looking(scope)(name)[1] for name in selector.names]
    if known and all(each and each.family.rare for each in known):
        return True
    return any(m.name in _OUTCOMES and not m.negative for m in selector.labels)


def _stands_in(enclosing: Enclosing) -> bool:
    """`or` with another operand, `absent` and the like: a value is there in any case."""
    return (enclosing.step is Step.BINARY and enclosing.name == "or") or enclosing.name in (
        "absent",
        "absent_over_time",
    )


def _first(selector: Selector, operator: str, *, left: bool) -> int | None:
    steps = enumerate(selector.around)
    return next((i for i, e in steps if e.step is Step.BINARY and e.name == operator and e.left is left), None)


@lint("AIR114", Severity.INFO, "SLI")
def template(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A placeholder in a document whose format has none. In Sloth's own format it is how one writes a query."""
    if sli.written_as == "sloth":
        return
    for query in queries(sli, scope.specs):
        for written in query.parsed.templates if query.parsed else ():
            yield scope.finding(
                place(query, scope.specs, written),
                f"`{written}` is not PromQL; airectl puts the window in its place",
                help="keep it for Sloth; for other tools write the metric without a range, with `counter: true`",
            )
