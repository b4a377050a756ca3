"""Timelines: rows in order of time, each with where it comes from and how to see that for oneself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from airectl.core.incident.markers import Moment


class What(StrEnum):
    """What kind of thing a row tells of."""

    BURN = "burn"  # a budget began or ended to burn
    ALERT = "alert"  # a monitor saw something
    PAGE = "page"  # a person was called
    ACK = "ack"  # a person answered
    RESOLVED = "resolved"  # an alert or a page ended
    STATUS = "status"  # people outside were told
    CHANGE = "change"  # a deploy, a commit, a new model or prompt
    TALK = "talk"  # somebody said something
    RUN = "run"  # a load test or another experiment
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `origin` names what it was read from, `evidence` is a link or a place in it.

    `backfilled`: it was written later than it says, so it shows nothing about when something was known.
    """

    moment: Moment
    event: str
    what: What = What.OTHER
    origin: str = ""
    evidence: str = ""
    backfilled: bool = False

    @property
    def at(self) -> datetime:
        """Its time."""
        return self.moment.at


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Something that an import could not use: where it stands in what was read, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read from one source. `left_out` rows were understood, and lie outside of the interval."""

    rows: tuple[Row, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()
    left_out: int = 0


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sorted by time; the same thing told twice by one source stands once."""
    unique = dict.fromkeys(rows)
    return sorted(unique, key=lambda row: (row.at, row.what.value, row.origin, row.event))


def first_signal(rows: Iterable[Row]) -> Row | None:
    """The first alert or page: what detection is proposed from. Nothing that was written later than it says."""
    signals = [row for row in rows if row.what in (What.ALERT, What.PAGE) and not row.backfilled]
    return min(signals, key=lambda row: row.at, default=None)
