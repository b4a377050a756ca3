"""From what was read of an indicator's queries to its slices: good and valid events, and what is known of each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import ge, gt, le, lt, sub
from typing import TYPE_CHECKING, Final

from airectl.core.columns import clip, has_negative, kept, minus
from airectl.core.slices import BEFORE, KNOWN, MISSING, Number, Slices
from airectl.sources.prometheus.slices.counting import Counted, Numbers
from airectl.sources.prometheus.slices.joining import resolved
from airectl.sources.prometheus.slices.sampling import ABSENT, NO_NUMBER, VALUE, Sampled
from airectl.sources.prometheus.slices.spans import Stretch

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.answers import Found

# OpenSLO's comparisons. Source: https://github.com/OpenSLO/OpenSLO#objectives
_OPS: Final[Mapping[str, Callable[[float, float], bool]]] = {"lte": le, "lt": lt, "gte": ge, "gt": gt}
_STATES: Final = bytes.maketrans(bytes([ABSENT, VALUE, NO_NUMBER]), bytes([MISSING, KNOWN, KNOWN]))
_THERE: Final = bytes.maketrans(bytes([VALUE, NO_NUMBER]), bytes([1, 1]))
# A point that is not there, or is no number, is no sample.
_SAMPLES: Final = bytes.maketrans(bytes([ABSENT, VALUE, NO_NUMBER]), bytes([MISSING, KNOWN, MISSING]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What one query says of each slice of a stretch.

    `lookback_s` is how far back the sample of a boundary was looked for: two and a half scrapes, or a slice if
    that is longer. Series that begin so soon after the first of all are not born: it is only the observation
    that begins with them. `differences`: its values compare with the slice before, so those of such slices say
    what counters had come to, and not what they gained. `heard` are answers about which the server had something
    to say.
    """

    stretch: Stretch
    read: Counted | Sampled
    lookback_s: int = 0
    differences: bool = False
    heard: tuple[Found, ...] = ()

    @property
    def begins(self) -> int | None:
        """The slice that holds its first sample; -1: there are some before the stretch. None: there are none."""
        read = self.read
        if isinstance(read, Sampled):
            first = read.states.translate(_THERE).find(1)
            return -1 if read.before or first == 0 else first if first > 0 else None
        if read.before or read.first == 0:
            return -1
        return read.first - 1 if read.first > 0 else None

    @property
    def ends_s(self) -> tuple[int, int] | None:
        """The first and the last time at which it has a value, on the boundaries; None: at none."""
        read, stretch = self.read, self.stretch
        if isinstance(read, Counted):
            found = (read.first, read.last)
        else:
            there = read.states.translate(_THERE)
            found = (there.find(1) + 1, there.rfind(1) + 1) if any(there) else (-1, -1)
        return (
            (stretch.start_s + found[0] * stretch.step_s, stretch.start_s + found[1] * stretch.step_s)
            if found[1] >= 0
            else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Slices, and in how many of them more was good (or bad) than valid."""

    slices: Slices
    clipped: int = 0


def beginning(courses: Sequence[Course]) -> int | None:
    """The slice in which the observation of an indicator begins: that of the first sample of any of its queries."""
    return min((each.begins for each in courses if each.begins is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """A query's numbers in the slices that are asked for, zero where there are none."""

    numbers: Sequence[Number]
    states: bytes
    whole: bool


def ratio(total: Course, part: Course, wanted: Stretch, *, bad: bool, whole: bool) -> Told:
    """Good of valid events from `total` and `part`, which counts the good ones, or with `bad` the bad ones."""
    begins = beginning((total, part))
    all_, some = _numbers(total, wanted, begins), _numbers(part, wanted, begins)
    states = all_.states.translate(_STATES)
    if NO_NUMBER in some.states:  # what part of them was good is not known
        pairs = zip(states, all_.states, some.states, strict=True)
        states = bytes([MISSING if a == VALUE and p == NO_NUMBER else state for state, a, p in pairs])
    states = _with_before(states, total, wanted, begins)
    valid, counts = kept(all_.numbers, states, KNOWN), kept(some.numbers, states, KNOWN)
    if has_negative(valid):
        valid = [max(number, 0) for number in valid]
    good, clipped = clip(minus(valid, counts) if bad else counts, valid)
    slices = Slices(
        start_s=wanted.start_s,
        step_s=wanted.step_s,
        good=good,
        valid=valid,
        states=states,
        whole=whole and all_.whole and some.whole,
    )
    return Told(slices=slices, clipped=clipped)


def raw(course: Course, wanted: Stretch, *, success: bool) -> Told:
    """A ratio that was computed elsewhere, as the weight of each slice; NaN is a quiet one."""
    begins = beginning((course,))
    read = _numbers(course, wanted, begins)
    states = _with_before(read.states.translate(_STATES), course, wanted, begins)
    valid = [float(state == VALUE) for state in read.states]
    good, clipped = clip(read.numbers if success else list(map(sub, valid, read.numbers)), valid)
    slices = Slices(start_s=wanted.start_s, step_s=wanted.step_s, good=good, valid=valid, states=states, whole=False)
    return Told(slices=slices, clipped=clipped)


def threshold(course: Course, wanted: Stretch, op: str, value: Decimal) -> Told:
    """One event a slice: its sample, good where it compares so with `value`."""
    begins = beginning((course,))
    read = _numbers(course, wanted, begins)
    states = _with_before(read.states.translate(_SAMPLES), course, wanted, begins)
    compares, limit = _OPS[op], float(value)
    valid = [int(state == VALUE) for state in read.states]
    good = [int(state == VALUE and compares(x, limit)) for x, state in zip(read.numbers, read.states, strict=True)]
    return Told(slices=Slices(start_s=wanted.start_s, step_s=wanted.step_s, good=good, valid=valid, states=states))


def born(course: Course, begins: int | None, since_s: int) -> tuple[int, float]:
    """How many series were born since then, and what was counted of them from zero."""
    if not isinstance(course.read, Counted):
        return 0, 0
    first = max(_settled(course, begins) + 1, (since_s - course.stretch.start_s) // course.stretch.step_s)
    later = [each for each in resolved(course.read).beginnings if each.index >= first]
    return len(later), sum(each.value for each in later)


def _settled(course: Course, begins: int | None) -> int:
    """The last slice in which a series that appears is not taken to be born."""
    return -1 if begins is None or begins < 0 else begins + course.lookback_s // course.stretch.step_s


def _numbers(course: Course, wanted: Stretch, begins: int | None) -> _Numbers:
    first = (wanted.start_s - course.stretch.start_s) // wanted.step_s
    read = course.read
    if isinstance(read, Sampled):
        numbers, states = read.numbers, read.states
        if course.differences:
            numbers, states = _without(read, _settled(course, begins) + 1)
    else:
        numbers, states = _with_births(read, _settled(course, begins))
    cut = slice(first, first + wanted.slices)
    whole = numbers.typecode == "q"
    return _Numbers(numbers=numbers[cut], states=states[cut], whole=whole)


def _without(read: Sampled, first: int) -> tuple[Numbers, bytes]:
    """Numbers and states with nothing in the first slices."""
    left = len(read.states[:first])
    nothing = array(read.numbers.typecode, bytes(left * read.numbers.itemsize))
    return nothing + read.numbers[left:], bytes([ABSENT]) * left + read.states[left:]


def _with_births(read: Counted, settled: int) -> tuple[Numbers, bytes]:
    """Increments and states, what was born counted from zero."""
    births = [each for each in resolved(read).beginnings if each.index > settled]
    if not births:
        return read.increments, read.known
    whole = read.increments.typecode == "q" and all(float(each.value).is_integer() for each in births)
    numbers = array("q" if whole else "d", read.increments)
    known = bytearray(read.known)
    for each in births:
        numbers[each.index] += int(each.value) if whole else each.value
        known[each.index] = VALUE
    return numbers, bytes(known)


def _with_before(states: bytes, course: Course, wanted: Stretch, begins: int | None) -> bytes:
    """Slices without samples up to the first one are BEFORE it, later ones MISSING."""
    if begins is None:
        return states
    last = _settled(course, begins) if course.differences else begins
    before = last + 1 - (wanted.start_s - course.stretch.start_s) // wanted.step_s
    if before <= 0:
        return states
    return states[:before].replace(bytes([MISSING]), bytes([BEFORE])) + states[before:]
