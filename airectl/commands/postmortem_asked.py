"""What a command line of `postmortem new` says, read: times, markers, shares, objectives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from airectl.commands.postmortem_inputs import Named
from airectl.core.incident.burned import Goal
from airectl.core.incident.markers import Granularity, Marker, Moment, cut
from airectl.core.units import parse_duration, parse_percent, parse_seconds, plain
from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.commands.run_source import JudgedBy

LEAD: Final = timedelta(hours=6)
_EXAMPLE: Final = "write a time such as 2026-11-14T02:35Z"
_HAS: Final = (
    (re.compile(r".*\d[T ]\d{2}:\d{2}:\d{2}", re.IGNORECASE), Granularity.SECOND),
    (re.compile(r".*\d[T ]\d{2}:\d{2}", re.IGNORECASE), Granularity.MINUTE),
    (re.compile(r".*\d[T ]\d{2}", re.IGNORECASE), Granularity.HOUR),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted. `failed` is the share of requests that failed, as somebody says; `goals` are without specs.

    `by` is the load test that SLOs are judged by in place of their sources.
    """

    start: Moment
    end: Moment
    lead: timedelta
    title: str = ""
    class_name: str = ""
    template: str = ""
    specs: Sequence[str] = ()
    slo: Sequence[str] = ()
    source: str | None = None
    offline: bool = False
    no_cache: bool = False
    failed: Fraction | None = None
    goals: Sequence[Goal] = ()
    marks: dict[Marker, Moment] = field(default_factory=dict)
    named: Named = field(default_factory=Named)
    by: JudgedBy | None = None
    out: str = ""
    force: bool = False
    dry_run: bool = False


def time(option: str, text: str) -> Moment:
    """RFC 3339, or a date; without a zone it is UTC. As exact as it is written. Raises UsageError."""
    try:
        given = datetime.fromisoformat(text.strip())
        at = given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{option} cannot be `{text}`", help=_EXAMPLE) from None
    exact = next((each for pattern, each in _HAS if pattern.match(text.strip())), Granularity.DAY)
    return cut(at, exact)


def interval(start: str | None, end: str | None, now: datetime) -> tuple[Moment, Moment]:
    """The ends of the incident; without `end` it goes on. Raises UsageError."""
    if start is None:
        raise UsageError("nothing says when it began", help="add --from TIME; a little before is good, or one --run")
    first = time("--from", start)
    last = time("--to", end) if end is not None else cut(now, Granularity.SECOND)
    if last.at <= first.at:
        raise UsageError(f"--to {last} is not after --from {first}", help="swap them")
    if last.at > now:
        raise UsageError(f"--to {last} is in the future", help="leave it out for an incident that goes on")
    return first, last


def length_of(by: JudgedBy) -> tuple[Moment, Moment]:
    """Whole seconds that hold what a load test measured."""
    return cut(by.start, Granularity.SECOND), cut(by.end + timedelta(microseconds=999_999), Granularity.SECOND)


def marks(given: Sequence[str]) -> dict[Marker, Moment]:
    """Markers, NAME=TIME each. Raises UsageError."""
    found = {}
    for each in given:
        name, _, text = each.partition("=")
        if name not in list(Marker) or not text:
            raise UsageError(f"--mark cannot be `{each}`", help=f"write NAME=TIME, with one of: {', '.join(Marker)}")
        found[Marker(name)] = time(f"--mark {name}", text)
    return found


def share(text: str | None) -> Fraction | None:
    """The share of requests that failed: `total`, a ratio, a percentage, or so many of so many. Raises UsageError."""
    if text is None:
        return None
    try:
        found = _share(text.strip())
    except (ValueError, InvalidOperation, ZeroDivisionError):
        found = None
    if found is None or not 0 < found <= 1:
        help = "write `total`, or the share that failed: 0.35, 35% or 148/419"
        raise UsageError(f"--outage cannot be `{text}`", help=help)
    return found


def _share(text: str) -> Fraction | None:
    if text == "total":
        return Fraction(1)
    if text.endswith("%"):
        return Fraction(parse_percent(text))
    if re.fullmatch(r"\d{1,15}/\d{1,15}", text):
        part, whole = map(int, text.split("/"))
        return Fraction(part, whole)
    return Fraction(Decimal(text)) if re.fullmatch(r"\d?\.\d{1,12}|[01]", text) else None


def goals(given: Sequence[str]) -> list[Goal]:
    """Objectives to estimate for without specs, TARGET/WINDOW each. Raises UsageError."""
    found = []
    for each in given:
        target, _, window = each.partition("/")
        try:
            asked, length = parse_percent(target), parse_duration(window)
        except ValueError:
            asked, length = Decimal(1), None
        if length is None or asked >= 1:
            raise UsageError(f"--target cannot be `{each}`", help="write a target and a window, such as 99.9%/30d")
        found.append(Goal(slo=f"{plain(asked * 100)} % over {length.spoken}", target=asked, window=length))
    return found


def lead(text: str) -> timedelta:
    """How long before the incident the timeline begins. Raises UsageError."""
    try:
        return timedelta(seconds=float(parse_seconds(text)))
    except (ValueError, OverflowError):
        raise UsageError(f"--lead cannot be `{text}`", help="write a time with its unit, such as 6h or 2d") from None
