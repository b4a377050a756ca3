"""Find the first or the last of many moments without looking at each of them."""

from __future__ import annotations

from collections.abc import Callable

# Says of all numbers from the first to the last that they are not the one; certain of a single number.
RuledOut = Callable[[int, int], bool]


def first(low: int, high: int, ruled_out: RuledOut) -> int | None:
    """The smallest whole number from `low` to `high`, both included, that is not ruled out; None: all are.

    Of a run of numbers `ruled_out` may say no too often, but never yes wrongly. It is asked about runs that
    are halved until it says yes, so a good bound makes it quick.
    """
    runs = [(low, high)]
    while runs:
        start, end = runs.pop()
        if start > end or ruled_out(start, end):
            continue
        if start == end:
            return start
        middle = (start + end) // 2
        runs += [(middle + 1, end), (start, middle)]
    return None


def last(low: int, high: int, ruled_out: RuledOut) -> int | None:
    """The largest such number."""
    found = first(-high, -low, lambda start, end: ruled_out(-end, -start))
    return None if found is None else -found
