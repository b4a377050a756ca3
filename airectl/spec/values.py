"""Typed reads from OpenSLO trees that may be wrong: what is not as it should be reads as None."""

from decimal import Decimal

from airectl.core.units import Duration, parse_duration
from airectl.spec.tree import Map


def number(node: Map, key: str) -> Decimal | None:
    """The exact number under `key`."""
    value = node.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    return Decimal(value)


def duration(node: Map, key: str) -> Duration | None:
    """The duration shorthand under `key`."""
    try:
        return parse_duration(node.text(key))
    except ValueError:
        return None


def target_ratio(objective: Map) -> Decimal | None:
    """An objective's target as a ratio in [0, 1), from `target` or `targetPercent`."""
    ratio = number(objective, "target")
    percent = number(objective, "targetPercent")
    if ratio is None and percent is not None:
        ratio = percent / 100
    return ratio if ratio is not None and 0 <= ratio < 1 else None


def slice_s(objective: Map) -> int | None:
    """Length of an objective's slice in seconds (nominal for months): a shorthand, or a number of minutes."""
    length = duration(objective, "timeSliceWindow")
    if length is not None:
        return length.nominal_s
    minutes = number(objective, "timeSliceWindow")
    return int(minutes) * 60 if minutes is not None and minutes >= 1 else None


def window(slo_spec: Map) -> Map | None:
    """The SLO's one time window; None where there are none or several."""
    windows = slo_spec.maps("timeWindow")
    return windows[0] if len(windows) == 1 else None
