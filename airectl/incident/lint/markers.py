"""Lints of markers and of what is measured between them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.incident.markers import MEANING, Marker
from airectl.core.incident.metrics import TITLES, Span, definition
from airectl.incident.document import Document
from airectl.incident.lint import Scope, lint
from airectl.incident.stated import Fit, Stated, fits
from airectl.spec.tree import Map

# Without these nothing can be measured.
_NEEDED: Final = (Marker.DEGRADED, Marker.DETECTED, Marker.RECOVERED)
# What cannot come the other way round, whatever kind of incident it was. People may be told first, and a monitor may
# fire before the first user is hit.
_ORDER: Final = (
    (Marker.CAUSE_BEGAN, Marker.DEGRADED, Marker.MITIGATED, Marker.RECOVERED),
    (Marker.DETECTED, Marker.DECLARED),
)
_MINUTE_S: Final = 60


@lint("AIR628", Severity.ERROR)
def no_marker(document: Document, scope: Scope) -> Iterator[Finding]:
    """A marker without which TTD and TTR are not known. It is asked for, never taken from the last row."""
    if not document.ours:
        if document.timeline.rows:
            at = document.page.at(document.parts["timeline"].heading.line)
            help = "say it in `markers` of a front matter; the last row of a timeline is often not the recovery"
            yield scope.finding(at, "no marker says when it was degraded, detected and recovered", help=help)
        return
    markers = document.front.map("markers") if document.front is not None else None
    for marker in _NEEDED if markers is not None else ():
        value = markers.get(marker.value) if markers is not None else None
        if marker not in document.incident.markers and value is None and markers is not None:
            message = f"nothing says {MEANING[marker]}: the marker `{marker.value}` is missing"
            yield scope.finding(markers.at(marker.value), message, help=f"add `{marker.value}:` with a time in UTC")


@lint("AIR629", Severity.ERROR, ours=True)
def out_of_order(document: Document, scope: Scope) -> Iterator[Finding]:
    """Markers that contradict each other, as exact as they are."""
    marks = document.incident.markers
    for chain in _ORDER:
        known = [marker for marker in chain if marker in marks]
        for before, after in pairwise(known):
            if marks[after].moment.until <= marks[before].at:
                yield scope.finding(
                    _markers(document).at(after.value),
                    f"`{after.value}`, {marks[after].moment}, is before `{before.value}`, {marks[before].moment}",
                    help=f"`{after.value}` is {MEANING[after]}",
                )


@lint("AIR630", Severity.ERROR)
def stated_otherwise(document: Document, scope: Scope) -> Iterator[Finding]:
    """Lengths of time that are stated and are not what markers, or rows of the timeline, say."""
    for each in document.stated:
        if each.problem:
            help = "write a number with its unit, such as 54 minutes, or `?` where nobody knows"
            yield scope.finding(each.at, f"this length of time was not understood: {each.problem}", help=help)
        elif each.length:
            yield from _compared(document, each, scope)
    yield from _minutes(document, scope)
    yield from _detected_late(document, scope)


def _compared(document: Document, each: Stated, scope: Scope) -> Iterator[Finding]:
    span: Span | None = getattr(document.incident.metrics, each.measure)
    length = each.length
    if span and length and not length.fits(span.low_s, span.high_s):
        message = f"{TITLES[each.measure]} is stated as `{each.text}`; the markers give {_spoken(span.seconds)}"
        help = f"it is {definition(each.measure)}: correct the one or the other"
        yield scope.finding(each.at, message, help=help)
    elif not document.ours and document.timeline.known and length and not fits(each, document.timeline):
        message = f"{TITLES[each.measure]} is stated as `{each.text}`; no two rows of the timeline are that far apart"
        yield scope.finding(each.at, message, help="correct the one or the other, or say from when to when it is")


def _minutes(document: Document, scope: Scope) -> Iterator[Finding]:
    """The length of the impact, which may end with the mitigation or with the recovery."""
    metrics, minutes = document.incident.metrics, document.incident.impact.minutes
    spans = [span for span in (metrics.ttm, metrics.ttr) if span]
    if minutes is None or not spans or document.front is None:
        return
    impact = document.front.map("impact")
    half = Decimal(_unit(impact.raw("minutes"))) / 2
    if not any(
        span.low_s <= (minutes + half) * _MINUTE_S and (minutes - half) * _MINUTE_S <= span.high_s for span in spans
    ):
        given = " or ".join(dict.fromkeys(_spoken(span.seconds) for span in spans))
        help = "it is from `degraded` to `mitigated` or to `recovered`: correct the one or the other"
        yield scope.finding(
            impact.at("minutes"), f"`minutes` is {impact.raw('minutes')}; the markers give {given}", help=help
        )


def _unit(written: str) -> str:
    """What the last digit of a number counts: 1 for `12`, 0.1 for `12.5`."""
    _, point, digits = written.partition(".")
    return f"1e-{len(digits)}" if point else "1"


def _detected_late(document: Document, scope: Scope) -> Iterator[Finding]:
    """A time to detect that is longer than the time to recover; both from the same beginning, or from none."""
    known = {each.measure: each for each in document.stated if each.length}
    detect, recover = known.get("ttd"), known.get("ttr")
    if not detect or not recover or not detect.length or not recover.length or document.incident.metrics.ttr:
        return
    if detect.length.seconds > recover.length.seconds:
        message = f"it took `{detect.text}` to detect, and only `{recover.text}` to recover"
        yield scope.finding(detect.at, message, help="both begin when users first got worse service")
        return
    early, late = fits(detect, document.timeline), fits(recover, document.timeline)
    if early and late and not _begin_alike(early, late):
        message = "no row of the timeline is one that both stated lengths of time begin with"
        yield scope.finding(detect.at, message, help="both begin when users first got worse service")


def _begin_alike(early: list[Fit], late: list[Fit]) -> bool:
    return bool({fit.begins.at.line for fit in early} & {fit.begins.at.line for fit in late})


@lint("AIR643", Severity.ERROR, ours=True)
def proposed(document: Document, scope: Scope) -> Iterator[Finding]:
    """A marker that a program found and no person has agreed to."""
    for marker, mark in document.incident.markers.items():
        if mark.proposed:
            node = _markers(document).map(marker.value)
            by = f" from {mark.source}" if mark.source else ""
            message = f"`{marker.value}`, {mark.moment}, is proposed{by}, and nobody has agreed"
            yield scope.finding(node.at("proposed"), message, help="correct it, or remove `proposed` to agree")


def _markers(document: Document) -> Map:
    if document.front is None:
        raise ValueError("only a document with a front matter has markers")
    return document.front.map("markers")


def _spoken(seconds: int) -> str:
    """`88 minutes`, `20 hours 20 minutes`: as it would be written."""
    hours, minutes = divmod(round(seconds / _MINUTE_S), 60)
    parts = [(hours, "hour"), (minutes, "minute")]
    said = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count]
    return " ".join(said) or "0 minutes"
