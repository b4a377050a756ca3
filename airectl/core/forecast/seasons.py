"""How many steps a season has, and from which moments of the history forecasts are tried.

`Shape` is what every member of the pool needs to know beside the values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airectl.core.forecast.model import Options

_DAY_S: Final = 86_400
_WEEK_S: Final = 604_800
# With 9 origins the conformal quantile of 90 % is the largest score; with 10 it is a quantile.
ORIGINS: Final = 10
_LEAST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`seasons` in steps, ascending, may be none; `horizon` in steps."""

    seasons: tuple[int, ...]
    horizon: int

    def within(self, known: int, cycles: int = 1) -> tuple[int, ...]:
        """The seasons of which `known` values hold at least so many cycles."""
        return tuple(season for season in self.seasons if season * cycles <= known)


def shape(options: Options) -> Shape:
    """The seasons asked for, or those of the step."""
    seasons = options.seasons
    return Shape(seasons=of_step(options.step_s) if seasons is None else seasons, horizon=options.horizon)


def of_step(step_s: int) -> tuple[int, ...]:
    """Steps in a day and in a week: 24 and 168 for an hour, 7 for a day, none for a week or what divides neither."""
    return tuple(length // step_s for length in (_DAY_S, _WEEK_S) if length % step_s == 0 and length >= 2 * step_s)


def origins(known: int, shape: Shape) -> tuple[int, ...]:
    """The lengths of history from which the backtest forecasts, ascending; at most `ORIGINS`, the last `known` - h.

    They lie a (shortest) season apart, so that all begin at the same hour, and leave two cycles of it to learn
    from. Where the history is too short for ten such ones, they lie closer, then less is left to learn from.
    """
    last = known - shape.horizon
    short = shape.seasons[0] if shape.seasons else 1
    for least, closer in ((2 * short, False), (2 * short, True), (short, True), (_LEAST, True)):
        room = last - max(least, _LEAST)
        step = max(min(short, room // (ORIGINS - 1)), 1) if closer else short
        if room >= step * (ORIGINS - 1):
            break
    count = min(room // step + 1, ORIGINS) if room >= 0 else 0
    return tuple(last - step * back for back in range(count - 1, -1, -1))
