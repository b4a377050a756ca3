"""A payload of JSON that is read with tolerance: what is not as documented is noted with its path, once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from airectl.core.incident.markers import Granularity, cut
from airectl.core.incident.timeline import Imported, NotUnderstood, Row, What
from airectl.incident.importers.wording import clipped, masked, told

# So many rows and notes of one payload are read; more than a document needs, as most may lie outside of its time.
MOST_ROWS: Final = 20_000
MOST_NOTES: Final = 200
_LONGEST_PATH: Final = 200
_MOST_LABELS: Final = 6
_LINK: Final = re.compile(r"https?://[^\s<>\"`\\|\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a row is to say. `link` is a URL in the payload; without one the evidence is the place in it."""

    text: str
    what: What
    link: str = ""
    backfilled: bool = False
    granularity: Granularity = Granularity.SECOND


@dataclass(slots=True)
class Reader:
    """Collects the rows of one payload called `origin`, and what was not understood of it."""

    origin: str
    rows: list[Row] = field(default_factory=list)
    notes: list[NotUnderstood] = field(default_factory=list)
    left_out: int = 0
    _more_rows: int = 0
    _more_notes: int = 0

    def note(self, path: str, reason: str) -> None:
        """Something that could not be used."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(NotUnderstood(path=told(path, _LONGEST_PATH), reason=told(reason)))
        else:
            self._more_notes += 1

    def skip(self) -> None:
        """Something that was understood, and has no place in a timeline."""
        self.left_out += 1

    def row(self, at: datetime, event: Event, path: str) -> None:
        """One row; beyond as many as are kept it is counted."""
        if len(self.rows) >= MOST_ROWS:
            self._more_rows += 1
            return
        link = masked(event.link) if is_link(event.link) else ""
        self.rows.append(
            Row(
                moment=cut(at, event.granularity),
                event=told(event.text) or "(no text)",
                what=event.what,
                origin=self.origin,
                evidence=clipped(link, 500) or f"{self.origin} {clipped(path, _LONGEST_PATH)}",
                backfilled=event.backfilled,
            )
        )

    def maps(self, value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The objects in a list with their paths; all else in it is noted."""
        if not isinstance(value, list):
            self.note(path, f"a list was expected, not {kind(value)}")
            return
        for index, item in enumerate(value):
            here = f"{path}[{index}]"
            if isinstance(item, Mapping):
                yield here, item
            else:
                self.note(here, f"an object was expected, not {kind(item)}")

    def time(self, holder: Mapping[str, Any], key: str, path: str) -> datetime | None:
        """The time under `key`, in RFC 3339; noted where there is none."""
        value = holder.get(key)
        found = time_of(value)
        if found is None:
            self.note(f"{path}.{key}", "it is missing" if value is None else f"no time in RFC 3339: {value}")
        return found

    def more(self, told: bool, path: str) -> None:
        """A note where an answer says that it is not all of it."""
        if told:
            self.note(path, "this is one page of several: export all of them")

    def imported(self) -> Imported:
        """All of it."""
        notes = list(self.notes)
        if self._more_notes:
            notes.append(NotUnderstood(path="$", reason=f"{self._more_notes:,} more things were not understood"))
        if self._more_rows:
            reason = f"{self._more_rows:,} rows are left out: at most {MOST_ROWS:,} of one import are read"
            notes.append(NotUnderstood(path="$", reason=reason))
        return Imported(rows=tuple(self.rows), not_understood=tuple(notes), left_out=self.left_out)


def kind(value: Any) -> str:
    """What a value of JSON is, in a word or two."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def text(holder: Mapping[str, Any], key: str) -> str:
    """The text under `key`; empty where there is none."""
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def part(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object under `key`; an empty one where there is none."""
    value = holder.get(key)
    return value if isinstance(value, Mapping) else {}


def time_of(value: Any) -> datetime | None:
    """A time in RFC 3339 with its zone, in UTC; None for anything else, and for years that cannot be."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return _possible(found.astimezone(UTC)) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def epoch(seconds: Any) -> datetime | None:
    """Seconds since 1970 as a time; None for what is no number, or for years that cannot be."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return _possible(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def later(start: datetime, milliseconds: Any) -> datetime | None:
    """So many milliseconds after `start`; None where that is no number, or negative."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or milliseconds < 0:
        return None
    try:
        return _possible(start + timedelta(milliseconds=milliseconds))
    except (ValueError, OverflowError):
        return None


def _possible(time: datetime) -> datetime | None:
    return time if _FIRST_YEAR <= time.year <= _LAST_YEAR else None


def is_link(text: str) -> bool:
    """Whether it may stand as a link: http or https, and nothing that would end it."""
    return bool(_LINK.fullmatch(text))


def labels(given: Mapping[str, Any], without: tuple[str, ...]) -> str:
    """Labels that tell one alert from another, in brackets behind its name: as many as fit."""
    kept = [f"{key}={value}" for key, value in sorted(given.items()) if key not in without and isinstance(value, str)]
    if not kept:
        return ""
    more = ["..."] if len(kept) > _MOST_LABELS else []
    return f" ({', '.join([*kept[:_MOST_LABELS], *more])})"
