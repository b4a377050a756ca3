"""--static: the objectives as they are, judged by numbers from the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from airectl.core.slo import Query, RatioIndicator
from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.core.slo import Slo

_HELP: Final = "write `good=999,valid=1000` or `bad=1,valid=1000`"


def replaced(slos: Iterable[Slo], text: str) -> list[Slo]:
    """`slos` with their sources replaced by the numbers in `text`. Raises UsageError."""
    numbers = _numbers(text)
    return [_judged_by(slo, _indicator(slo, numbers)) for slo in slos]


def _judged_by(slo: Slo, numbers: RatioIndicator) -> Slo:
    if not slo.composite:
        return replace(slo, indicator=numbers)
    return replace(slo, objectives=tuple(replace(part, indicator=numbers) for part in slo.objectives))


def _indicator(slo: Slo, numbers: dict[str, Decimal]) -> RatioIndicator:
    queries = {
        key: Query(type="Static", ref="--static", spec={"value": number}, at=slo.at) for key, number in numbers.items()
    }
    return RatioIndicator(total=queries["valid"], good=queries.get("good"), bad=queries.get("bad"))


def _numbers(text: str) -> dict[str, Decimal]:
    numbers: dict[str, Decimal] = {}
    for item in text.split(","):
        key, equals, number = (part.strip() for part in item.partition("="))
        if key not in ("good", "bad", "valid") or not equals or key in numbers:
            raise UsageError(f"--static cannot be `{text}`", help=_HELP)
        numbers[key] = _number(number, text)
    if "valid" not in numbers or len(numbers) != 2:
        raise UsageError(f"--static cannot be `{text}`: it takes `valid`, and `good` or `bad`", help=_HELP)
    return numbers


def _number(text: str, whole: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UsageError(f"--static cannot be `{whole}`: `{text}` is no number", help=_HELP) from None
    if not number.is_finite() or not 0 <= number <= 10**15:
        raise UsageError(f"--static cannot be `{whole}`: a number is from 0 to 10^15", help=_HELP)
    return number
