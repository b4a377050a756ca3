"""Times, zones and lengths of time as people write them. What cannot be read says why; nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from airectl.core.incident.markers import Granularity

_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2199
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY: Final = re.compile(r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)")
_DOTTED: Final = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)")
_NAMED: Final = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\.? +(?P<name>[A-Za-z]{3,9})\.?,? +|"
    r"(?P<name2>[A-Za-z]{3,9})\.? +(?P<day2>\d{1,2})(?:st|nd|rd|th)?,? +)(?P<year>\d{4})(?!\d)"
)
_WEEKDAY: Final = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +", re.IGNORECASE)
_CLOCK: Final = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?(?!\d)")
# `--:--`, `??:??`, `HH:mm`, `hh:mm`, `xx:xx`: there was a time of day, and nobody knew it.
_NO_CLOCK: Final = re.compile(r"(?:[-?xX]{1,2}:[-?xX]{1,2}|[Hh]{2}:[Mm]{2})(?:\s|$)")
_ABOUT: Final = re.compile(r"(?:~|≈|about|approx(?:imately)?\.?|ca\.?|circa|around)\s*", re.IGNORECASE)
_UNTIL: Final = re.compile(r"\s*(?:-|\u2013|\u2014|to|until)\s*")
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")
_OF_OFFSETS: Final = ("00", "30", "45")
_FIXED: Final = {
    "UTC": 0, "Z": 0, "GMT": 0, "CET": 60, "CEST": 120, "WET": 0, "WEST": 60, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "AKST": -540,
    "HST": -600, "JST": 540, "KST": 540, "SGT": 480, "HKT": 480, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
_PLACES: Final = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
}  # fmt: skip
# Letters that stand for more than one zone.
AMBIGUOUS: Final = frozenset(("IST", "CST", "BST", "AST", "SST", "ECT", "GST"))
# Where a name means winter time and is often written in summer too: a place to ask which of the two it is.
_WINTER: Final = {
    "CET": "Europe/Berlin", "EET": "Europe/Helsinki", "WET": "Europe/Lisbon", "EST": "America/New_York",
    "MST": "America/Denver", "PST": "America/Los_Angeles",
}  # fmt: skip
_ZONE_WORD: Final = re.compile(r"(?<![A-Za-z0-9])(?:(?:UTC|GMT)\s*[+-]\d{1,2}(?::?\d{2})?|[A-Z]{1,4})(?![A-Za-z0-9])")


class NotATimeError(ValueError):
    """A text that is no time, for a reason in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone by the name that was written; `winter` is a place whose summer time the name may leave out."""

    name: str
    info: tzinfo
    winter: str = ""

    def utc(self, wall: datetime) -> datetime:
        """A time on the wall in UTC."""
        return wall.replace(tzinfo=self.info).astimezone(UTC)

    def doubtful(self, wall: datetime) -> bool:
        """Whether clocks at the place showed summer time then, so that the name may not be meant as it is written."""
        return bool(self.winter) and bool(ZoneInfo(self.winter).dst(wall))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A time as written: on the wall, only as exact as it was. `until` is the end of a range, None without one.

    `about`: the writer said so. `zone` is one that stands in the text itself. `note` is what of it was not read.
    """

    wall: datetime
    granularity: Granularity
    until: datetime | None = None
    about: bool = False
    zone: Zone | None = None
    note: str = ""

    @property
    def end(self) -> datetime:
        """The end of the stretch in which it lies, exclusive."""
        return (self.until or self.wall) + timedelta(seconds=self.granularity.width_s)


def zone(word: str) -> Zone | None:
    """The zone of an abbreviation or an offset such as `UTC+2`; None for what is none, or more than one."""
    word = word.strip()
    if word in _FIXED:
        info = timezone(timedelta(minutes=_FIXED[word]))
        return Zone(name=word, info=info, winter=_WINTER.get(word, ""))
    if word in _PLACES:
        return Zone(name=word, info=ZoneInfo(_PLACES[word]))
    found = _OFFSET.fullmatch(word)
    if not found:
        return None
    minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
    if minutes > 14 * 60:
        return None
    return Zone(name=word, info=timezone(timedelta(minutes=-minutes if found["sign"] == "-" else minutes)))


def zones_in(text: str) -> list[str]:
    """The words of a text that name a zone, or that might name several."""
    words = (found[0] for found in _ZONE_WORD.finditer(text))
    return [word for word in words if zone(word) or word in AMBIGUOUS]


def read_time(text: str) -> Written:
    """A date with or without a time of day. Raises NotATimeError."""
    rest = text.strip().strip("*_`").strip()
    if not rest:
        raise NotATimeError("there is no time")
    about = bool(_ABOUT.match(rest))
    rest = _ABOUT.sub("", rest, count=1) if about else rest
    day, rest = _day(_WEEKDAY.sub("", rest, count=1))
    iso, rest = rest[:1] == "T", rest.lstrip(" T\t,")
    if not rest:
        return _made(day, None, about=about)
    if _NO_CLOCK.match(rest):
        return _made(day, None, about=about, note=f"the time of day is written as `{rest}`")
    found = _CLOCK.match(rest)
    if not found:
        raise NotATimeError(f"`{rest}` is no time of day")
    made, rest = _made(day, found, about=about), rest[found.end() :].strip()
    if not rest:
        return made
    if (known := zone(rest)) and (iso or not rest.startswith("-")):
        return replace(made, zone=known)
    return _ranged(made, rest) if _UNTIL.match(rest) else _unread(made, rest)


def _ranged(made: Written, rest: str) -> Written:
    """A time with the end of a range behind it, and a zone behind that."""
    after = _UNTIL.sub("", rest, count=1)
    end = _CLOCK.match(after)
    if not end:
        return replace(made, note=f"the end of the range, `{after}`, is not known")
    until = _made(made.wall.date(), end, about=made.about).wall
    # `22:00-02:00` ends on the next day, or stands in a zone west of Greenwich.
    if until < made.wall and zone(rest[: rest.index(end[0]) + len(end[0])].strip()) and end["minute"] in _OF_OFFSETS:
        return replace(made, note=f"`{rest}` may be the end of a range, or an offset from UTC")
    made = replace(made, until=until + timedelta(days=until < made.wall))
    left = after[end.end() :].strip()
    if left and not (known := zone(left)):
        return _unread(made, left)
    return replace(made, zone=known) if left else made


def _unread(made: Written, rest: str) -> Written:
    return replace(made, note=f"`{rest}` behind the time was not understood")


def _made(day: date, clock: re.Match[str] | None, *, about: bool, note: str = "") -> Written:
    if clock is None:
        wall = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # on the wall: the zone stands elsewhere
        return Written(wall=wall, granularity=Granularity.DAY, about=about, note=note)
    hour, minute, second = int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise NotATimeError(f"`{clock[0]}` is no time of day")
    wall = datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001  # on the wall, as above
    exact = Granularity.SECOND if clock["second"] else Granularity.MINUTE
    return Written(wall=wall, granularity=exact, about=about, note=note)


def _day(text: str) -> tuple[date, str]:
    """The date that a text begins with, and what follows."""
    found = _DAY.match(text) or _DOTTED.match(text)
    if found:
        parts = int(found["year"]), int(found["month"]), int(found["day"])
    elif found := _NAMED.match(text):
        name = (found["name"] or found["name2"]).lower()[:3]
        if name not in _MONTHS:
            raise NotATimeError(f"`{found[0].strip()}` is no date")
        parts = int(found["year"]), _MONTHS.index(name) + 1, int(found["day"] or found["day2"])
    else:
        raise NotATimeError(f"`{text}` does not begin with a date")
    if not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
        raise NotATimeError(f"the year {found['year']} cannot be")
    try:
        return date(*parts), text[found.end() :]
    except ValueError:
        raise NotATimeError(f"there is no day `{found[0].strip()}`") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """A length of time as written, rounded or cut to whole `unit_s` seconds. `about`: the writer said so."""

    seconds: int
    unit_s: int
    about: bool = False

    def fits(self, low_s: float, high_s: float) -> bool:
        """Whether a length between the two may have been written so."""
        return self.seconds - self.unit_s / 2 <= high_s and low_s < self.seconds + self.unit_s


_FOOTNOTE: Final = re.compile(r"\[\^[^\]]*\]")
_AMOUNT: Final = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,9}(?:\.\d{1,3})?)\s*"
    r"(?P<unit>weeks?|w|days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)(?![A-Za-z])\s*(?:and\b|,)?\s*",
    re.IGNORECASE,
)
_UNITS_S: Final = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
_UNKNOWN: Final = frozenset(("", "?", "-", "\u2013", "n/a", "na", "none", "unknown", "not known", "tbd", "tba", "??"))


def unknown(text: str) -> bool:
    """Whether somebody wrote that they do not know."""
    return _FOOTNOTE.sub("", text).strip(" .*_`").lower() in _UNKNOWN


def read_length(text: str) -> Length:
    """`279 minutes [^3]`, `11 Days`, `19 hours 43 minutes.`, `2 h 28 min`. Raises NotATimeError."""
    rest = _FOOTNOTE.sub("", text).strip(" .*_`")
    about = bool(_ABOUT.match(rest))
    rest = _ABOUT.sub("", rest, count=1) if about else rest
    seconds, unit_s = 0.0, 0
    while rest:
        found = _AMOUNT.match(rest)
        size = _UNITS_S[found["unit"][0].lower()] if found else 0
        if not found or (unit_s and size >= unit_s):
            raise NotATimeError(f"`{text.strip()}` is no length of time with its unit")
        seconds += float(found["number"].replace(",", "")) * size
        unit_s, rest = size, rest[found.end() :]
    if not unit_s:
        raise NotATimeError("there is no length of time")
    return Length(seconds=round(seconds), unit_s=unit_s, about=about)
