"""Label matchers: labels and values that a metric never has, or does not have on the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from airectl.core.catalogue import Known
from airectl.promql.lint.selection import Remark, Selection, Use, is_variable
from airectl.promql.matchers import Matcher, escaped

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
# Labels that a server gives every series from its start on: what they lack on a page they lack.
_OF_SERVERS: Final = frozenset((
    "engine", "engine_type", "gen_ai_request_model", "gen_ai_response_model", "make", "model", "model_name",
    "requested_model", "target_model_name", "tp_rank",
))  # fmt: skip
_SHOWN: Final = 5


def unknown_label(selection: Selection) -> Iterator[Remark]:
    """A label, or a value of one, that the metric never has."""
    known = [use.known for use in selection.uses if use.known]
    if not known or len(known) < len(selection.selector.names) or any(each.family.open_labels for each in known):
        return
    if any(use.parts_only for use in selection.uses):
        return
    for matcher in selection.selector.labels:
        yield from _check(matcher, selection.uses[0], known)


def _check(matcher: Matcher, use: Use, known: Sequence[Known]) -> Iterator[Remark]:
    names = list(dict.fromkeys(label for each in known for label in _labels(each)))
    if matcher.name in names:
        yield from _check_values(matcher, use, known)
        return
    if not matcher.value or matcher.name in _OF_TARGETS:
        return
    near = _near(matcher.name, tuple(names))
    if not near and matcher.name not in _OF_REQUESTS:
        return
    yield Remark(
        message=f"`{use.name}` has no label `{matcher.name}`",
        parts=(str(matcher), matcher.name, use.name),
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


def _check_values(matcher: Matcher, use: Use, known: Sequence[Known]) -> Iterator[Remark]:
    allowed = [value for each in known for value in each.family.values.get(matcher.name, ())]
    if not allowed:
        return
    for value in matcher.literals:
        if value and value not in allowed and not is_variable(value):
            near = next(iter(get_close_matches(value, allowed, 1, 0.6)), "")
            yield Remark(
                message=f"`{matcher.name}` of `{use.name}` is never `{escaped(value)}`",
                parts=(value, str(matcher), use.name),
                label=f"did you mean `{near}`?" if near else "",
                help=f"its values are {', '.join(allowed)}",
            )


def not_among_values(selection: Selection) -> Iterator[Remark]:
    """A model, or another label of the whole server, that no series of the metric has on the page."""
    on_page = [use for use in selection.uses if use.known and use.known.page]
    if not on_page or len(on_page) < len(selection.selector.names):
        return
    for matcher in selection.selector.labels:
        if matcher.name in _OF_SERVERS and not is_variable(matcher.value) and not _passes(matcher, on_page):
            yield _absent(matcher, on_page[0])


def _passes(matcher: Matcher, uses: Sequence[Use]) -> bool:
    """Whether a series on the page passes, or may; labels that only the scrape could add are let pass."""
    for known in (use.known for use in uses if use.known):
        seen = known.values.get(matcher.name, ())
        if not seen and matcher.name not in known.lacks:
            return True
        if any(matcher.selects(value) is not False for value in seen or ("",)):
            return True
    return False


def _absent(matcher: Matcher, use: Use) -> Remark:
    page = use.known.page if use.known else ""
    seen = use.known.values.get(matcher.name, ()) if use.known else ()
    near = next(iter(get_close_matches(matcher.value, seen, 1, 0.6)), "")
    if not seen:
        help = "remove the matcher, or select by a label that the page has"
        message = f"no series of `{use.name}` on {page} has the label `{matcher.name}`"
        return Remark(message=message, parts=(str(matcher), matcher.name, use.name), help=help)
    more = f" and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
    return Remark(
        message=f"no series of `{use.name}` on {page} has `{matcher}`",
        parts=(str(matcher), matcher.value, use.name),
        label=f"did you mean `{escaped(near)}`?" if near else "",
        help=f"its values there are {', '.join(map(escaped, seen[:_SHOWN]))}{more}",
    )
