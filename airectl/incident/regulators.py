"""Clocks of regulators: when whom has to be told. The data are in data/regulators, each with its law and its source.

    deadline = aware + period of the ground

`aware` is what the notice says, else the rule's marker. A day has 24 hours here, from the moment on, which is never
later than a law that counts whole days. It is no legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from airectl.core.incident.incident import Incident, Notice
from airectl.core.incident.markers import Granularity, Marker, Moment
from airectl.spec.composer import compose
from airectl.spec.tree import Map

NO_ADVICE: Final = "airectl counts hours; whether a rule applies, and from when, is for a lawyer to say"
# A clock is near its end when less than this share of its period is left.
NEAR: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One period of a rule, in hours, and when it holds."""

    name: str
    hours: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `aware` is the marker from which it counts where a notice does not say since when it was known."""

    name: str
    title: str
    whom: str
    who: str
    since: str
    aware: Marker
    grounds: tuple[Ground, ...]
    law: str
    source: str
    read: str


class State(StrEnum):
    """How a clock stands."""

    TOLD = "told"
    LATE = "late"
    PASSED = "passed"
    NEAR = "near"
    RUNNING = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One notice that may have to be given. `began` is since when it was known, at the earliest, and `origin` says how.

    `left` is what is left until `deadline`, negative after it; of a notice that was given, what was left then.
    """

    rule: Rule
    ground: Ground
    began: datetime
    origin: str
    deadline: datetime
    left: timedelta
    state: State


class NoClockError(ValueError):
    """A notice whose clock cannot be told, for a reason in a few words; `key` is that of the front matter."""

    def __init__(self, reason: str, key: str, help: str) -> None:
        super().__init__(reason)
        self.key, self.help = key, help


@cache
def rules() -> Mapping[str, Rule]:
    """Every shipped rule by its name."""
    folder = files("airectl").joinpath("data", "regulators")
    found = [_rule(each.name, each.read_text("utf-8")) for each in folder.iterdir() if each.name.endswith(".yaml")]
    return MappingProxyType({rule.name: rule for rule in sorted(found, key=lambda rule: rule.name)})


def clock(notice: Notice, incident: Incident, now: datetime) -> Clock:
    """The clock of a notice. Raises NoClockError."""
    rule = rules().get(notice.rule)
    if rule is None:
        raise NoClockError(f"there is no rule `{notice.rule}`", "rule", f"one of: {', '.join(rules())}")
    ground = next((each for each in rule.grounds if each.name == notice.ground), None)
    if ground is None and notice.ground:
        names = ", ".join(each.name for each in rule.grounds)
        raise NoClockError(f"`{rule.name}` has no ground `{notice.ground}`", "ground", f"one of: {names}")
    ground = ground or rule.grounds[0]
    since, origin = _aware(notice, incident, rule)
    deadline = since.at + timedelta(hours=ground.hours)
    told = notice.reported
    if told:
        _check_told(told, since, deadline, now)
    left = deadline - (told.at if told else now)
    return Clock(
        rule=rule,
        ground=ground,
        began=since.at,
        origin=origin,
        deadline=deadline,
        left=left,
        state=_state(left, ground, told),
    )


def _aware(notice: Notice, incident: Incident, rule: Rule) -> tuple[Moment, str]:
    if notice.aware:
        return notice.aware, "`aware` of the notice"
    mark = incident.markers.get(rule.aware)
    if mark is None:
        help = f"add `aware:`, or the marker `{rule.aware.value}`; it counts since {rule.since}"
        raise NoClockError(
            f"nothing says since when it was known, so the clock of `{rule.name}` is not known", "rule", help
        )
    return mark.moment, f"the marker `{rule.aware.value}`"


def _check_told(told: Moment, since: Moment, deadline: datetime, now: datetime) -> None:
    """Raises NoClockError for a time of telling that cannot be, or that does not say whether it was in time."""
    if told.at > now:
        raise NoClockError(f"`reported`, {told}, is in the future", "reported", "write it when they have been told")
    if told.until <= since.at:
        raise NoClockError(
            f"`reported`, {told}, is before it was known, {since}", "reported", "correct the one or the other"
        )
    if told.granularity in (Granularity.DAY, Granularity.HOUR) and told.at <= deadline < told.until:
        reason = f"`reported` is {told}, and the time ended within, at {deadline:%H:%MZ}: in time or late is not known"
        raise NoClockError(reason, "reported", "write the time of day too")


def _state(left: timedelta, ground: Ground, told: Moment | None) -> State:
    if told:
        return State.TOLD if left >= timedelta(0) else State.LATE
    if left < timedelta(0):
        return State.PASSED
    return State.NEAR if left < timedelta(hours=ground.hours) / NEAR else State.RUNNING


def _rule(name: str, text: str) -> Rule:
    data: Map = compose(name, text).documents[0]
    return Rule(
        name=data.text("rule"),
        title=data.text("title"),
        whom=data.text("whom"),
        who=data.text("who"),
        since=data.text("since"),
        aware=Marker(data.text("aware")),
        grounds=tuple(Ground(**each) for each in data.maps("grounds")),
        law=data.text("law"),
        source=data.text("source"),
        read=str(data["read"]),
    )
