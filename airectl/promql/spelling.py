"""Selectors and durations as PromQL writes them."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from airectl.promql.matchers import NAME, Matcher, Op, escaped
from airectl.promql.selectors import Selector

_UNITS: Final = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


# Other names, which Prometheus takes from version 3 on, stand in quotes.
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def duration(milliseconds: int) -> str:
    """`5m`, `1h30m`, `59s999ms`: the largest units first, up to days."""
    text, left = "", abs(milliseconds)
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return ("-" if milliseconds < 0 else "") + (text or "0s")


def spelled(selector: Selector, *, range_ms: int = 0, earlier_ms: int = 0, more: Iterable[Matcher] = ()) -> str:
    """The selector by itself, over a range of `range_ms` (0: none) and `earlier_ms` earlier than it says.

    Its own range is left out. `more` matchers are added to its own.
    """
    plain = _METRIC.fullmatch(selector.name) or not selector.name
    name = () if plain else (Matcher(name=NAME, op=Op.EQUAL, value=selector.name),)
    matchers = ",".join(map(_matcher, (*name, *selector.matchers, *more)))
    text = (selector.name if plain else "") + (f"{{{matchers}}}" if matchers else "")
    if range_ms:
        text += f"[{duration(range_ms)}]"
    if selector.at:
        text += f" @ {selector.at}"
    offset_ms = int(selector.offset_s * Decimal(1000)) + earlier_ms
    return f"{text} offset {duration(offset_ms)}" if offset_ms else text


def label(name: str) -> str:
    """The name of a label, in quotes where it needs them."""
    return name if _LABEL.fullmatch(name) else f'"{escaped(name)}"'


def _matcher(matcher: Matcher) -> str:
    return f'{label(matcher.name)}{matcher.op}"{escaped(matcher.value)}"'
