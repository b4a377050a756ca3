"""What accelerators cost: by the token, by the month, and which of them to reserve. Amounts are Decimal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

# Hours of a month, as clouds bill it: 365 · 24 / 12.
MONTH_H: Final = Decimal(730)
_PER_HOUR: Final = 3600
_MILLION: Final = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of one accelerator for an hour, each above 0; None: it is not offered so."""

    on_demand: Decimal | None = None
    reserved: Decimal | None = None
    spot: Decimal | None = None

    @property
    def break_even(self) -> Fraction | None:
        """The share of time above which a reserved accelerator costs less than one on demand: reserved/on demand.

        0 where nothing is offered on demand, so that all of it is reserved; None where nothing can be reserved.
        """
        if self.reserved is None:
            return None
        return Fraction(0) if self.on_demand is None else Fraction(self.reserved) / Fraction(self.on_demand)

    @property
    def usual(self) -> Decimal | None:
        """What is paid where nothing was agreed on."""
        return self.on_demand or self.reserved or self.spot


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """`count` accelerators bought `how`: reserved, on-demand or spot, at `price` an hour each, active that share.

    Reserved ones are paid for at all times, others while they are active.
    """

    how: str
    count: int
    price: Decimal
    active_ratio: Fraction

    @property
    def monthly(self) -> Decimal:
        """What the lot costs in a month of 730 hours."""
        paid = Fraction(1) if self.how == "reserved" else self.active_ratio
        return _decimal(Fraction(self.count) * Fraction(self.price) * Fraction(MONTH_H) * paid)


def active_shares(needed: Sequence[int], most: int) -> list[Fraction]:
    """For k = 1 ... `most`, the share of the forecast's steps that need at least k accelerators; never rising.

    `needed` has one number a step. Without steps every share is 0.
    """
    counts = Counter(needed)
    shares, at_least = [], sum(number for count, number in counts.items() if count >= 1)
    for each in range(1, most + 1):
        shares.append(Fraction(at_least, max(len(needed), 1)))
        at_least -= counts[each]
    return shares


def purchase(shares: Sequence[Fraction], prices: Prices) -> tuple[Lot, ...]:
    """How to buy accelerators whose `shares` of time the forecast gives, the first one's first.

    The k-th is reserved if its share is above the break-even. Others are on demand; those that the forecast never
    needs, which are there for its upper bound and for updates, are spot where that is offered. Without a price
    nothing is bought.
    """
    lots: list[Lot] = []
    for how, price, chosen in _parts(shares, prices):
        if chosen and price is not None:
            ratio = sum(chosen, Fraction(0)) / len(chosen)
            lots.append(Lot(how=how, count=len(chosen), price=price, active_ratio=ratio))
    return tuple(lots)


def _parts(shares: Sequence[Fraction], prices: Prices) -> list[tuple[str, Decimal | None, list[Fraction]]]:
    least = prices.break_even
    reserved = [share for share in shares if least is not None and share > least]
    others = [share for share in shares if least is None or share <= least]
    if prices.on_demand is None:
        how, price = ("spot", prices.spot) if prices.spot is not None else ("reserved", prices.reserved)
        if how == "reserved":
            return [("reserved", price, [*reserved, *others])]
        return [("reserved", prices.reserved, reserved), (how, price, others)]
    idle = [share for share in others if not share and prices.spot is not None]
    active = [share for share in others if share or prices.spot is None]
    return [
        ("reserved", prices.reserved, reserved),
        ("on-demand", prices.on_demand, active),
        ("spot", prices.spot, idle),
    ]


def per_million(hourly: Decimal, rate_per_s: float) -> Decimal | None:
    """$/h / (rate · 3600) · 10⁶: what a million tokens, or requests, cost at a rate a second; None at a rate of 0."""
    if rate_per_s <= 0:
        return None
    return _decimal(Fraction(hourly) / (Fraction(rate_per_s) * _PER_HOUR) * _MILLION)


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
