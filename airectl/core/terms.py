"""What an error budget policy says: thresholds with their consequences, the burn that freezes deploys, lookbacks.

It is a table in airectl.toml (`[policies.NAME]`), or the same keys as JSON in `airectl.dev/policy`:

    thresholds   a list of {consumed, consequence, gates}; instead of the default ones
    max_burn     {factor, over, consequence}
    lookbacks    a list of durations
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Final

from airectl.core.units import parse_duration, parse_percent

LOOKBACKS: Final[Mapping[str, int]] = {"5m": 300, "1h": 3600, "6h": 21_600, "1d": 86_400, "3d": 259_200}
# A `consumed` above this was meant as a percentage.
_MOST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What follows from `consumed` (a ratio above 0) of the budget on; `gates`: a check then fails.

    At 1 it is what follows from an exhausted budget, so only from above 1.
    """

    consumed: Decimal
    consequence: str = ""
    gates: bool = False

    def reached(self, consumed: Fraction) -> bool:
        """Whether so much is enough."""
        return consumed > 1 if self.consumed == 1 else consumed >= Fraction(self.consumed)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxBurn:
    """A burn rate above `factor` over the lookback `over` fails a check."""

    factor: Decimal
    over: str
    consequence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A policy. `thresholds` are in order and one of them is at 1; `lookbacks` are names with seconds."""

    thresholds: tuple[Threshold, ...] = (
        Threshold(consumed=Decimal("0.75")),
        Threshold(consumed=Decimal(1), gates=True),
    )
    max_burn: MaxBurn | None = None
    lookbacks: Mapping[str, int] = field(default_factory=lambda: dict(LOOKBACKS))

    @property
    def warn_at(self) -> Decimal:
        """The consumed ratio from which it is a warning; 1 where the policy has none."""
        return self.thresholds[0].consumed if self.thresholds[0].consumed < 1 else Decimal(1)

    def reached(self, consumed: Fraction) -> tuple[Threshold, ...]:
        """The thresholds that so much consumed has reached, the highest last."""
        return tuple(each for each in self.thresholds if each.reached(consumed))

    def broken(self, burn: Mapping[str, Fraction | None]) -> MaxBurn | None:
        """The limit of the burn rate, where it is passed."""
        rate = burn.get(self.max_burn.over) if self.max_burn else None
        return self.max_burn if self.max_burn and rate is not None and rate > Fraction(self.max_burn.factor) else None


def parse_terms(text: str) -> Terms:
    """A policy written as JSON. Raises ValueError, which says what is wrong."""
    try:
        table = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("must be the name of a policy, or a policy as JSON") from None
    return read_terms(table)


def _no_constant(name: str) -> None:
    raise ValueError(f"must hold numbers, and `{name}` is none")


def read_terms(table: Any) -> Terms:
    """A policy from what TOML or JSON made of it. Raises ValueError, which says what is wrong."""
    keys = _Keys(table, "", ("thresholds", "max_burn", "lookbacks"))
    thresholds = _thresholds(keys.list("thresholds")) if "thresholds" in table else Terms().thresholds
    burn = _max_burn(table["max_burn"]) if "max_burn" in table else None
    lookbacks = _lookbacks(keys.list("lookbacks")) if "lookbacks" in table else dict(LOOKBACKS)
    if burn:
        lookbacks |= _lookbacks([burn.over])
    ordered = dict(sorted(lookbacks.items(), key=lambda item: item[1]))
    return Terms(thresholds=thresholds, max_burn=burn, lookbacks=ordered)


class _Keys:
    """A table's values by key. Raises ValueError for a key that it does not have or a value of the wrong type."""

    def __init__(self, table: Any, name: str, known: Sequence[str]) -> None:
        self._where = f"`{name}` " if name else ""
        if not isinstance(table, dict):
            raise ValueError(f"{self._where}must be a table with {', '.join(known)}")
        for key in table:
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(known)}"
                raise ValueError(f"{self._where}must not hold `{key}`: {hint}")
        self._table = table

    def list(self, key: str) -> Sequence[Any]:
        value = self._table[key]
        if not isinstance(value, list) or not value:
            raise ValueError(f"`{key}` must be a list")
        return value

    def text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            raise ValueError(f"`{key}` must be a text")
        return value.strip()

    def switch(self, key: str, *, default: bool) -> bool:
        value = self._table.get(key, default)
        if not isinstance(value, bool):
            raise ValueError(f"`{key}` must be true or false")
        return value

    def number(self, key: str, wanted: str) -> Decimal:
        value = self._table.get(key)
        try:
            number = parse_percent(value) if isinstance(value, str) else _exact(value)
        except (ValueError, InvalidOperation):
            raise ValueError(f"`{key}` must be {wanted}") from None
        if not (number.is_finite() and number > 0):
            raise ValueError(f"`{key}` must be {wanted}")
        return number


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("no number")
    return Decimal(str(value))


def _thresholds(items: Sequence[Any]) -> tuple[Threshold, ...]:
    found: dict[Decimal, Threshold] = {}
    for item in items:
        each = _threshold(item)
        if each.consumed in found:
            raise ValueError(f"`thresholds` must not hold `{each.consumed}` twice")
        found[each.consumed] = each
    # An exhausted budget is always told of, and gates unless the policy says otherwise.
    found.setdefault(Decimal(1), Threshold(consumed=Decimal(1), gates=True))
    return tuple(found[consumed] for consumed in sorted(found))


def _threshold(item: Any) -> Threshold:
    keys = _Keys(item, "thresholds", ("consumed", "consequence", "gates"))
    consumed = keys.number("consumed", 'a ratio of the budget such as 0.5, or "50%"')
    if consumed > _MOST:
        raise ValueError(f"`consumed` must be a ratio such as 0.5, or a percentage in quotes: `{consumed}` is too much")
    gates = keys.switch("gates", default=consumed == 1)
    return Threshold(consumed=consumed, consequence=keys.text("consequence"), gates=gates)


def _max_burn(item: Any) -> MaxBurn:
    keys = _Keys(item, "max_burn", ("factor", "over", "consequence"))
    factor = keys.number("factor", "a burn rate above 0 such as 14.4")
    _lookbacks([keys.text("over")])
    return MaxBurn(factor=factor, over=keys.text("over"), consequence=keys.text("consequence"))


def _lookbacks(items: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in items:
        try:
            duration = parse_duration(item)
        except (ValueError, TypeError):
            raise ValueError(f"must have lookbacks such as 5m, 1h or 3d: `{item}` is none") from None
        if duration.months:
            raise ValueError(f"must have lookbacks in minutes, hours, days or weeks: `{item}` is none")
        found[item] = duration.nominal_s
    return found
