"""Slice series for tests, written short."""

from __future__ import annotations

from collections.abc import Sequence

from airectl.core.slices import BEFORE, EXCLUDED, KNOWN, MISSING, Number, Slices
from airectl.core.windows import Window

_STATES = {"b": BEFORE, "m": MISSING, "x": EXCLUDED, "k": KNOWN}


def series(  # noqa: PLR0913  # a case of a test on one line
    pairs: Sequence[tuple[Number, Number]],
    *,
    states: str = "",
    start_s: int = 0,
    step_s: int = 60,
    unlabelled: Sequence[int] = (),
    whole: bool = True,
) -> Slices:
    """Slices of (good, valid) pairs; `states` is a letter each of b, m, x and k, all k by default."""
    return Slices(
        start_s=start_s,
        step_s=step_s,
        good=[good for good, _ in pairs],
        valid=[valid for _, valid in pairs],
        states=bytes(_STATES[letter] for letter in states or "k" * len(pairs)),
        unlabelled=unlabelled,
        whole=whole,
    )


def rolling(slices: Slices) -> Window:
    """The rolling window that these slices fill."""
    end_s = slices.start_s + len(slices) * slices.step_s
    return Window(start_s=slices.start_s, end_s=end_s, until_s=end_s, step_s=slices.step_s, rolling=True)


def calendar(slices: Slices, period_slices: int) -> Window:
    """The calendar window of so many slices that these begin."""
    start_s, step_s = slices.start_s, slices.step_s
    return Window(
        start_s=start_s,
        end_s=start_s + len(slices) * step_s,
        until_s=start_s + period_slices * step_s,
        step_s=step_s,
        rolling=False,
    )
