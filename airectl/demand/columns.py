"""Which column is the time, which the value: those that are named, else those that alone can be meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.demand.moments import is_moment
from airectl.demand.series import Wanted

# What tools call their time; a number could be anything, so of numbers only these are taken for times.
_TIME_NAMES: Final = frozenset(
    [
        "time",
        "timestamp",
        "ts",
        "date",
        "datetime",
        "_time",
        "ds",
        "time_s",
        "timestamp_ms",
        "timestamp_s",
        "epoch",
        "at",
    ]
)
_LISTED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Places of the columns in the header; `group` None: all rows are one series."""

    time: int
    value: int
    group: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The names of a file's columns with some cells of each, and where the name of a column is."""

    names: Sequence[str]
    samples: Sequence[Sequence[str]]
    at: Callable[[int], Location]


def choose(header: Header, wanted: Wanted) -> Columns | Finding:
    """The columns; or the finding that says why they are not known."""
    time = _chosen(header, "--time", wanted.time, _times(header))
    if isinstance(time, Finding):
        return time
    group: int | None = None
    if wanted.group_by:
        found = _chosen(header, "--group-by", wanted.group_by, [])
        if isinstance(found, Finding):
            return found
        group = found
    numbers = [each for each in _numbers(header) if each not in (time, group)]
    value = _chosen(header, "--value", wanted.value, numbers)
    return value if isinstance(value, Finding) else Columns(time=time, value=value, group=group)


_MEANT: Final = {"--time": "the time", "--value": "the value", "--group-by": "the group"}


def _chosen(header: Header, option: str, name: str, candidates: Sequence[int]) -> int | Finding:
    if name:
        found = [at for at, each in enumerate(header.names) if each == name]
        found = found or [at for at, each in enumerate(header.names) if each.casefold() == name.casefold()]
        return found[0] if len(found) == 1 else _unknown(header, option, name, len(found))
    if len(candidates) == 1:
        return candidates[0]
    named = ", ".join(f"`{header.names[each]}`" for each in candidates[:_LISTED])
    message = (
        f"{len(candidates)} columns could be {_MEANT[option]}: {named}"
        if candidates
        else f"no column looks like {_MEANT[option]}"
    )
    first = header.names[candidates[0]] if candidates else _listed(header)
    help = f"say which, as with `{option} {first}`" if candidates else f"name it with `{option}`; there are: {first}"
    return _finding(message, header.at(candidates[0] if candidates else 0), help)


def _unknown(header: Header, option: str, name: str, count: int) -> Finding:
    if count:
        return _finding(f"{count} columns are called `{name}`", header.at(0), "give each column a name of its own")
    near = get_close_matches(name, header.names, 1, 0.5)
    help = f"did you mean `{option} {near[0]}`?" if near else f"there are: {_listed(header)}"
    return _finding(f"there is no column `{name}`", header.at(0), help)


def _listed(header: Header) -> str:
    more = ", ..." if len(header.names) > _LISTED else ""
    return ", ".join(header.names[:_LISTED]) + more


def _times(header: Header) -> list[int]:
    """Columns of dates; else those of numbers that are called as times are."""
    dated = [at for at in range(len(header.names)) if _all(header.samples[at], is_moment)]
    called = [at for at in dated if header.names[at].casefold() in _TIME_NAMES]
    if dated:
        return called if len(called) == 1 else dated
    numbers = _numbers(header)
    return [at for at in numbers if header.names[at].casefold() in _TIME_NAMES]


def _numbers(header: Header) -> list[int]:
    return [at for at in range(len(header.names)) if _all(header.samples[at], _is_number)]


def _all(cells: Sequence[str], matches: Callable[[str], bool]) -> bool:
    """Whether most cells that hold anything match: a broken one does not hide what a column is."""
    held = [cell for cell in cells if cell.strip()]
    return bool(held) and sum(map(matches, held)) * 2 > len(held)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _finding(message: str, at: Location, help: str) -> Finding:
    return Finding(code="AIR502", severity=Severity.ERROR, message=message, at=at, help=help)
