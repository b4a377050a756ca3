"""What many postmortems say together: counts, times with median and p90, recurring causes, actions, budgets.

Means are left out: one incident of eleven days is half of all time, and moves none of the others. What a document
does not say is left out of a figure, and listed with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from airectl.core.incident.blanks import is_blank
from airectl.core.incident.markers import Granularity
from airectl.core.incident.metrics import DEFINITIONS, Span
from airectl.incident.document import ActionItem, Document
from airectl.incident.stated import fits

NOT_SAID: Final = "not said"
_P90: Final = Fraction(9, 10)
# Two causes are alike where so many of their words are the same ones.
_ALIKE: Final = Fraction(3, 5)
_COARSE: Final = (Granularity.DAY, Granularity.HOUR)
_NOT_EXACT: Final = "its markers are not exact enough"
# What a document states of itself counts only where its markers say nothing against it.
_MAY_BE_STATED: Final = ("", _NOT_EXACT)
_LEAST_WORDS: Final = 2
_COMMON: Final = frozenset((
    "a", "about", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because", "been", "being", "but", "by",
    "can", "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "if", "in", "into", "is", "it",
    "its", "more", "no", "not", "of", "on", "only", "or", "our", "so", "some", "such", "that", "the", "their", "there",
    "they", "this", "to", "too", "was", "we", "were", "when", "where", "which", "while", "will", "with", "would",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A measure over `n` incidents: median and p90 in seconds, linear between two values; None for none.

    `stated` of them are as the document states them, since it has no markers.
    """

    n: int
    p50_s: Fraction | None
    p90_s: Fraction | None
    stated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A document that has no part in a figure, and why."""

    id: str
    path: str
    measure: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring:
    """A cause, or an action item, that several documents have, in the words of the first one."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Burnt:
    """What incidents of one class took of error budgets: a share of the SLO's own budget each, added up by SLO."""

    class_name: str
    slo: str
    incidents: int
    consumed: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that is counted. `classes` of documents without one are what they say they are about.

    `unclear` action items are those of which nobody says whether they are open.
    """

    documents: int
    foreign: int
    classes: Mapping[str, int]
    severities: Mapping[str, int]
    measures: Mapping[str, Spread]
    left_out: tuple[LeftOut, ...]
    disagreeing: tuple[LeftOut, ...]
    causes: tuple[Recurring, ...]
    repeated: tuple[Recurring, ...]
    open: tuple[tuple[str, ActionItem], ...]
    overdue: tuple[tuple[str, ActionItem], ...]
    done: int
    unclear: int
    burned: tuple[Burnt, ...]


def summary(documents: Sequence[Document], today: date) -> Summary:
    """The figures of some documents."""
    actions = [(document.id, each) for document in documents for each in document.actions]
    left = [(id, each) for id, each in actions if each.status == "open"]
    measured = {name: list(_measured(documents, name)) for name in DEFINITIONS}
    return Summary(
        documents=len(documents),
        foreign=sum(1 for each in documents if not each.ours),
        classes=_counted(class_of(each) for each in documents),
        severities=_counted(each.incident.severity or NOT_SAID for each in documents),
        measures={name: _spread(found) for name, found in measured.items()},
        left_out=tuple(_left_out(documents)),
        disagreeing=tuple(_disagreeing(documents)),
        causes=recurring([(document.id, text) for document in documents for text, _ in document.causes]),
        repeated=recurring([(id, each.text) for id, each in actions]),
        open=tuple(left),
        overdue=tuple((id, each) for id, each in left if each.due and each.due < today),
        done=sum(1 for _, each in actions if each.status in ("done", "dropped")),
        unclear=sum(1 for _, each in actions if not each.status),
        burned=tuple(_burned(documents)),
    )


def class_of(document: Document) -> str:
    """The class of a document, else what it says it is about, else that it does not say."""
    return document.incident.class_name or (f"({document.category})" if document.category else NOT_SAID)


def quantile(values: Sequence[Fraction], share: Fraction) -> Fraction | None:
    """The value below which a share of `values` lies, linear between the two nearest; None for no values.

    At rank share * (n - 1), counted from 0. Source: Hyndman and Fan (1996), definition 7.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    rank = share * (len(ordered) - 1)
    below = int(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def _measured(documents: Sequence[Document], name: str) -> Iterator[tuple[int, bool]]:
    """Seconds of each document that says them, and whether they are only stated."""
    for document in documents:
        span, stated = _span(document, name), _stated(document, name)
        if isinstance(span, Span):
            yield span.seconds, False
        elif span in _MAY_BE_STATED and stated is not None:
            yield stated, True


def _span(document: Document, name: str) -> Span | str:
    """A measure by its markers, or why it is not known by them; empty where there are none."""
    span, marks = getattr(document.incident.metrics, name), document.incident.markers
    if span is None:
        return ""
    if span.seconds < 0:
        return "what ends it came first"
    proposed = [f"`{marker}`" for marker in DEFINITIONS[name] if marks[marker].proposed]
    if proposed:
        verb = "is" if len(proposed) == 1 else "are"
        return f"{' and '.join(proposed)} {verb} only proposed, and nobody has agreed"
    coarse = any(marks[marker].moment.granularity in _COARSE for marker in DEFINITIONS[name])
    return _NOT_EXACT if coarse and span.high_s - span.low_s > span.seconds else span


def _stated(document: Document, name: str) -> int | None:
    return next((each.length.seconds for each in document.stated if each.measure == name and each.length), None)


def _spread(found: Sequence[tuple[int, bool]]) -> Spread:
    values = [Fraction(seconds) for seconds, _ in found]
    return Spread(
        n=len(values),
        p50_s=quantile(values, Fraction(1, 2)),
        p90_s=quantile(values, _P90),
        stated=sum(1 for _, stated in found if stated),
    )


def _left_out(documents: Sequence[Document]) -> Iterator[LeftOut]:
    """Documents without a time to detect or to recover, and what they say of it."""
    for document in documents:
        for name in ("ttd", "ttr"):
            span = _span(document, name)
            if not isinstance(span, Span) and (reason := _why(document, name, span)):
                yield LeftOut(id=document.id, path=document.path, measure=name, reason=reason)


def _why(document: Document, name: str, reason: str) -> str:
    """Why a measure is not counted; empty where it is, as stated. `reason` is why its markers do not tell it."""
    said = [each for each in document.stated if each.measure == name]
    if reason not in _MAY_BE_STATED:
        return reason
    if any(each.length for each in said):
        return ""
    if reason:
        return reason
    if said and is_blank(said[0].text):
        return "a blank is left"
    if not said:
        first, last = DEFINITIONS[name]
        return f"it has no marker `{first}` or `{last}` and states nothing" if document.ours else "it states nothing"
    return f"`{said[0].text}` was not understood" if said[0].problem else f"it says `{said[0].text}`"


def _disagreeing(documents: Sequence[Document]) -> Iterator[LeftOut]:
    """Figures that are counted as stated, although no two rows of the timeline are that far apart."""
    for document in documents:
        for each in document.stated:
            if getattr(document.incident.metrics, each.measure) is not None or not document.timeline.known:
                continue
            if each.length and not fits(each, document.timeline):
                reason = f"`{each.text}`, and no two rows of its timeline are that far apart"
                yield LeftOut(id=document.id, path=document.path, measure=each.measure, reason=reason)


def _burned(documents: Sequence[Document]) -> Iterator[Burnt]:
    taken: dict[tuple[str, str], list[Fraction]] = {}
    for document in documents:
        for each in document.incident.impact.budgets:
            if each.consumed is not None:
                taken.setdefault((class_of(document), each.slo), []).append(each.consumed)
    for (name, slo), shares in sorted(taken.items()):
        yield Burnt(class_name=name, slo=slo, incidents=len(shares), consumed=sum(shares, Fraction(0)))


def _counted(words: Iterator[str]) -> Mapping[str, int]:
    """How often each comes, the most frequent first."""
    return dict(sorted(Counter(words).items(), key=lambda pair: (-pair[1], pair[0])))


def recurring(texts: Sequence[tuple[str, str]]) -> tuple[Recurring, ...]:
    """Texts that several documents have in much the same words, those of most documents first."""
    groups: list[tuple[frozenset[str], str, list[str]]] = []
    having: dict[str, list[int]] = {}
    for id, text in texts:
        words = _words(text)
        if len(words) < _LEAST_WORDS:
            continue
        shared = Counter(index for word in words for index in having.get(word, ()))
        near = next((index for index in sorted(shared) if _alike(words, groups[index][0])), None)
        if near is not None:
            groups[near][2].append(id)
            continue
        for word in words:
            having.setdefault(word, []).append(len(groups))
        groups.append((words, text, [id]))
    found = [Recurring(text=text, ids=tuple(dict.fromkeys(ids))) for _, text, ids in groups]
    several = [each for each in found if len(each.ids) > 1]
    return tuple(sorted(several, key=lambda each: (-len(each.ids), each.text)))


def _words(text: str) -> frozenset[str]:
    """What a text is about: its words without the common ones and without their endings."""
    # In `**Lead**: explanation` the lead is the point.
    lead = re.match(r"\*\*(.+?)\*\*", text)
    words = re.findall(r"[a-z0-9][a-z0-9_.-]*", (lead[1] if lead else text).lower())
    return frozenset(_stem(word) for word in words if word not in _COMMON)


def _stem(word: str) -> str:
    word = word.strip("._-")
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word.removesuffix(ending)
    return word


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return Fraction(len(one & other), len(one | other)) >= _ALIKE
