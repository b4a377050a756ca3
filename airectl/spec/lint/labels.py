"""Lints of label matchers against the catalogue."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from itertools import groupby
from typing import Final

from airectl.core.catalogue import Known
from airectl.core.findings import Finding, Severity
from airectl.promql.matchers import Matcher, escaped
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint
from airectl.spec.lint.catalogue import Use, uses

# Names of what happened to a request. Nobody attaches these to a scraped target, so a metric that does
# not set them has none; any other unknown label may come from the scrape configuration.
_OF_REQUESTS: Final = frozenset((
    "code", "error", "finish_reason", "handler", "http_status", "le", "method", "path", "quantile", "reason", "result",
    "route", "status", "status_code",
))  # fmt: skip
# Labels that Prometheus and its service discovery add; never a misspelling of a metric's own.
_OF_TARGETS: Final = frozenset(
    ("cluster", "container", "instance", "job", "model", "namespace", "node", "pod", "service")
)


@lint("AIR112", Severity.WARNING, "SLI")
def unknown_label(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A label, or a value of one, that the metric never has."""
    for _, group in groupby(uses(sli, scope), key=lambda use: id(use.selector)):
        of_selector = list(group)
        known = [use.known for use in of_selector if use.known]
        if len(known) < len(of_selector[0].selector.names) or any(each.family.open_labels for each in known):
            continue
        for matcher in of_selector[0].selector.labels:
            yield from _check(matcher, of_selector[0], known, scope)


def _check(matcher: Matcher, use: Use, known: list[Known], scope: Scope) -> Iterator[Finding]:
    names = list(dict.fromkeys(label for each in known for label in _labels(each)))
    if matcher.name in names:
        yield from _check_values(matcher, use, known, scope)
        return
    if not matcher.value or matcher.name in _OF_TARGETS:
        return
    near = _near(matcher.name, tuple(names))
    if not near and matcher.name not in _OF_REQUESTS:
        return
    yield scope.finding(
        use.at(scope, str(matcher), matcher.name),
        f"`{use.name}` has no label `{matcher.name}`",
        label=f"did you mean `{near}`?" if near else "",
        help=f"write `{near}`" if near else f"its labels are {', '.join(names)}" if names else "remove the matcher",
    )


@lru_cache(maxsize=1024)
def _near(name: str, names: tuple[str, ...]) -> str:
    return next(iter(get_close_matches(name, names, 1, 0.75)), "")


def _labels(known: Known) -> tuple[str, ...]:
    """The labels of the series, with the one that a bucket or a quantile has."""
    if known.suffix == "_bucket":
        return (*known.family.labels, "le")
    if known.family.quantiles and not known.suffix:
        return (*known.family.labels, "quantile")
    return known.family.labels


def _check_values(matcher: Matcher, use: Use, known: list[Known], scope: Scope) -> Iterator[Finding]:
    allowed = [value for each in known for value in each.family.values.get(matcher.name, ())]
    if not allowed:
        return
    for value in matcher.literals:
        if value and value not in allowed:
            near = next(iter(get_close_matches(value, allowed, 1, 0.6)), "")
            yield scope.finding(
                use.at(scope, value, str(matcher)),
                f"`{matcher.name}` of `{use.name}` is never `{escaped(value)}`",
                label=f"did you mean `{near}`?" if near else "",
                help=f"its values are {', '.join(allowed)}",
            )


@lint("AIR115", Severity.WARNING, "SLI")
def not_told_apart(sli: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A name that says nothing of its system, selected without the label that does."""
    for use in uses(sli, scope):
        if use.known is None or use.known.family.name not in use.system.names:
            continue
        missing = {k: v for k, v in use.system.marks.items() if not use.selector.matcher(k)}
        if missing:
            matcher = ",".join(f'{label}="{value}"' for label, value in missing.items())
            yield scope.finding(
                use.at(scope),
                f"others than {use.system.title} have a `{use.name}`, too",
                help=f"add `{matcher}`, or the matcher of the system that you mean",
            )
