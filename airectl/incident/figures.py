"""Figures of a postmortem as text, rounded by the renderer alone."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from airectl.core.incident.burned import Burned, Unit
from airectl.core.incident.damage import Requests
from airectl.core.incident.metrics import Span
from airectl.core.report import Cell, Column, Kind
from airectl.incident.facts import Markup


def ratio(markup: Markup, value: Fraction | float | None) -> str:
    """A share in percent with one decimal: `606.5 %`; `?` where it is not known."""
    return markup.figure(None if value is None else float(value), Column(title="", kind=Kind.RATIO, digits=1))


def target(markup: Markup, value: Decimal) -> str:
    """A target in full: `99.95 %`."""
    return markup.figure(value, Column(title="", kind=Kind.RATIO))


def duration(markup: Markup, seconds: float | None) -> str:
    """A length of time: `1 h 35 min`."""
    return markup.figure(seconds, Column(title="", kind=Kind.DURATION))


def minutes(markup: Markup, value: Fraction | None) -> str:
    """Minutes with one decimal: `262 min`."""
    text = markup.figure(None if value is None else float(value), Column(title="", kind=Kind.NUMBER, digits=1))
    return text if value is None else f"{text} min"


def count(markup: Markup, value: Cell) -> str:
    """A whole number: `4,800`."""
    return markup.figure(round(value) if isinstance(value, float) else value, Column(title="", kind=Kind.COUNT))


def bounds(markup: Markup, burned: Burned) -> str:
    """`at least 40 %, at most 70 %`; empty where there are no bounds."""
    if burned.low == burned.high:
        return ""
    return f"at least {ratio(markup, burned.low)}, at most {ratio(markup, burned.high)}"


def left(markup: Markup, burned: Burned) -> str:
    """What is left at the end: `12.5 %`, or an overdraft: `overdrawn by 242.6 %`."""
    if burned.left is None:
        return f"overdrawn by {ratio(markup, burned.overdraft)} by this alone" if burned.overdraft else "?"
    return f"overdrawn by {ratio(markup, burned.overdraft)}" if burned.overdraft else ratio(markup, burned.left)


def requests(markup: Markup, found: Requests, unit: Unit) -> str:
    """`1,204 of 9,000 requests were bad (13.4 %), at least 1,150 and at most 1,300`."""
    noun = "requests" if unit is Unit.EVENTS else "events"
    said = f"{count(markup, found.bad)} of {count(markup, found.valid)} {noun} were bad ({ratio(markup, found.ratio)})"
    if round(found.low) != round(found.high):
        said += f", at least {count(markup, found.low)} and at most {count(markup, found.high)}"
    missing = f"; {found.missing:,} slices have no samples" if found.missing else ""
    return said + missing


def span(markup: Markup, found: Span | None) -> str:
    """A length of time with its bounds, where it is only known to the minute or less."""
    if found is None:
        return "?"
    sign = "-" if found.seconds < 0 else ""
    said = f"{sign}{duration(markup, abs(found.seconds))}"
    if max(found.seconds - found.low_s, found.high_s - found.seconds) > 60:
        return f"{said} (between {duration(markup, max(found.low_s, 0))} and {duration(markup, found.high_s)})"
    return said
