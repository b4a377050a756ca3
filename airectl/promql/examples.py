"""Series that a selector takes, and others that it does not: what a query's own matchers tell of its data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from airectl.promql import patterns
from airectl.promql.levels import labels_of, passes, selects
from airectl.promql.matchers import NAME, Matcher, Op
from airectl.promql.selectors import Selector
from airectl.promql.vectors import Labels, NotReadError

_OPPOSITE: Final = {
    Op.EQUAL: Op.NOT_EQUAL,
    Op.NOT_EQUAL: Op.EQUAL,
    Op.REGEX: Op.NOT_REGEX,
    Op.NOT_REGEX: Op.REGEX,
}
# Values for labels of which only is said what they are not.
_OTHERS: Final = ("200", "2xx", "ok", "other", "a", "b", "1", "")


def series(selectors: Sequence[Selector], fixed: Iterable[tuple[str, str]] = ()) -> tuple[Labels, ...]:
    """For every way in which the selectors can share a series, one series; the simplest first.

    `fixed` are labels that every series has. Raises NotReadError where there is none for a selector.
    """
    found: dict[tuple[bool, ...], Labels] = {}
    for labels in _candidates(selectors, tuple(Matcher(name=n, op=Op.EQUAL, value=v) for n, v in fixed)):
        found.setdefault(tuple(selects(each, labels) for each in selectors), labels)
    for index, selector in enumerate(selectors):
        if not any(taken[index] for taken in found):
            raise NotReadError(f"no series was found for `{selector.name or selector.labels}`")
    return tuple(found.values())


def _candidates(selectors: Sequence[Selector], fixed: tuple[Matcher, ...]) -> Iterator[Labels]:
    for selector in selectors:
        wanted = (*_matchers(selector), *fixed)
        yield from _fitting(wanted)
        others = [_matchers(each) for each in selectors if each is not selector]
        for count in range(1, len(others) + 1):
            for several in combinations(others, count):
                yield from _fitting((*wanted, *(matcher for each in several for matcher in each)))
        for other in others:
            for matcher in other:
                if matcher not in wanted:
                    yield from _fitting((*wanted, replace(matcher, op=_OPPOSITE[matcher.op])))


def _matchers(selector: Selector) -> tuple[Matcher, ...]:
    name = (Matcher(name=NAME, op=Op.EQUAL, value=selector.name),) if selector.name else ()
    return (*name, *selector.matchers)


def _fitting(matchers: Sequence[Matcher]) -> Iterator[Labels]:
    """One series that passes all of them, or none."""
    names = dict.fromkeys(each.name for each in matchers)
    values = {name: value([each for each in matchers if each.name == name]) for name in names}
    if all(each is not None for each in values.values()) and values.get(NAME):
        yield labels_of({name: each or "" for name, each in values.items()})


def value(matchers: Sequence[Matcher]) -> str | None:
    """A value of one label that passes all of its matchers; empty: the label may be absent. None: none is known."""
    pool = (text for each in matchers for text in _named(each))
    return next((text for text in (*pool, *_OTHERS) if all(passes(each, text) for each in matchers)), None)


def _named(matcher: Matcher) -> Sequence[str]:
    if matcher.op in (Op.EQUAL, Op.NOT_EQUAL):
        return (matcher.value,)
    try:
        return patterns.samples(matcher.value)
    except patterns.UnreadPatternError:
        raise NotReadError(f"the regular expression `{matcher.value}`") from None
