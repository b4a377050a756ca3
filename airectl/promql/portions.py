"""What a selector's samples come to in one slice of time, as PromQL that is evaluated at the slice's end.

Every function takes a selector and the slice in milliseconds. Its own range is left out of account.
"""

from collections.abc import Callable
from typing import Final

from airectl.promql.selectors import Selector
from airectl.promql.spelling import spelled

Portion = Callable[[Selector, int], str]
# How far back Prometheus itself looks for a sample.
LOOKBACK_MS: Final = 300_000
# A series that comes back after this long without samples is taken for a new one.
REACH_MS: Final = 86_400_000


def increment(selector: Selector, step_ms: int) -> str:
    """What a counter grew by since the end of the slice before: nothing is lost between two slices.

    After a reset that is the new value. A series that had no sample before counts from zero; one that
    had, but none about the end of the slice before, has no value.
    """
    now, before = _at_the_ends(selector, step_ms, max(step_ms, LOOKBACK_MS))
    earlier = _last(selector, REACH_MS, step_ms)
    return f"(({now} - {before} >= 0) or ({now} < {before}) or ({now} unless {earlier}))"


def rate(selector: Selector, step_ms: int) -> str:
    """The same a second."""
    return f"({increment(selector, step_ms)} / {step_ms / 1000:g})"


def difference(selector: Selector, step_ms: int) -> str:
    """What a gauge changed by since the end of the slice before."""
    now, before = _at_the_ends(selector, step_ms, max(step_ms, LOOKBACK_MS))
    return f"({now} - {before})"


def amounts(selector: Selector, step_ms: int) -> str:
    """The sum of the samples in the slice, or what its own function makes of them."""
    function = selector.around[0].name if selector.range_s is not None else "sum_over_time"
    return f"{function}({_within(selector, step_ms)})"


def mean(selector: Selector, step_ms: int) -> str:
    """The mean of the samples in the slice; in one without a sample of its own, the last value still holds."""
    if len(selector.names) != 1:
        return spelled(selector)  # functions over ranges drop names: series of several metrics would be alike
    return f"(avg_over_time({_within(selector, step_ms)}) or {spelled(selector)})"


def _within(selector: Selector, step_ms: int) -> str:
    """The slice without its start: until Prometheus 3 a range holds the samples at both of its ends."""
    return spelled(selector, range_ms=step_ms - 1)


def _at_the_ends(selector: Selector, step_ms: int, range_ms: int) -> tuple[str, str]:
    """The last value at the end of the slice, and at the end of the one before."""
    return _last(selector, range_ms, 0), _last(selector, range_ms, step_ms)


def _last(selector: Selector, range_ms: int, earlier_ms: int) -> str:
    last = f"last_over_time({spelled(selector, range_ms=range_ms, earlier_ms=earlier_ms)})"
    if len(selector.names) == 1:
        return last
    # Arithmetic drops names: series of several metrics are told apart by a label of their own.
    return f'label_replace({last}, "airectl_metric", "$1", "__name__", "(.+)")'
