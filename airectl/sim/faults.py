"""Faults on request: which there are, when they happen, and to which requests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import Final

from airectl.core.units import parse_seconds


class Kind(StrEnum):
    """What goes wrong with an answer. What breaks a stream does so after its second token."""

    SLOW_HEADERS = "slow-headers"  # the whole answer comes late
    SLOW_FIRST_TOKEN = "slow-first-token"  # noqa: S105  # a token of text
    STALL = "stall"  # no further token
    TRUNCATE = "truncate"  # the stream ends properly, without a finish reason
    CUT = "cut"  # the connection ends within the stream
    RESET = "reset"  # the same, with a reset
    MALFORMED = "malformed"  # an event that is no chunk
    ERROR = "error"  # an error payload within a 200
    EMPTY = "empty"  # an end without a token
    ENDLESS = "endless"  # no end
    WRONG_MODEL = "wrong-model"  # the answer says that it is of another model
    GIBBERISH = "gibberish"  # characters that mean nothing
    TOO_MANY = "429"  # with Retry-After
    UNAVAILABLE = "503"


# Faults that take a time, and the time where none is given; None: until the client goes away.
_TIMES: Final[dict[Kind, float | None]] = {Kind.SLOW_HEADERS: 5.0, Kind.SLOW_FIRST_TOKEN: 5.0, Kind.STALL: None}
NAMES: Final = tuple(kind.value for kind in Kind)
_TIME: Final = r"[0-9.]+(?:ms|s|m|h|d)"
_FORM: Final = re.compile(
    rf"(?P<kind>[a-z0-9-]+?)(?:=(?P<time>{_TIME}))?(?:@(?P<from>{_TIME})-(?P<to>{_TIME})?)?(?::(?P<share>[0-9.]+))?"
)


class FaultError(ValueError):
    """A text is no fault; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault that happens to a `share` of the requests that come from `from_s` to `to_s` after the start.

    `seconds` is how long a slow one takes, None: for ever. `to_s` None: to the end.
    """

    kind: Kind
    seconds: float | None = None
    from_s: float = 0.0
    to_s: float | None = None
    share: float = 1.0

    def during(self, elapsed_s: float) -> bool:
        """Whether it may happen then."""
        return self.from_s <= elapsed_s and (self.to_s is None or elapsed_s < self.to_s)


def parse(text: str) -> Fault:
    """Read `stall@30s-60s:0.1`: NAME[=TIME][@FROM-[TO]][:SHARE]. Raises FaultError."""
    found = _FORM.fullmatch(text)
    if not found:
        raise FaultError("write NAME, NAME:SHARE or NAME@FROM-TO:SHARE, as in stall@30s-60s:0.1")
    if found["kind"] not in NAMES:
        raise FaultError(f"one of: {', '.join(NAMES)}")
    kind = Kind(found["kind"])
    if found["time"] and kind not in _TIMES:
        raise FaultError(f"{kind.value} takes no time")
    from_s, to_s = _seconds(found["from"]) or 0.0, _seconds(found["to"])
    if to_s is not None and to_s <= from_s:
        raise FaultError("it ends before it begins")
    given = _seconds(found["time"])
    return Fault(
        kind=kind,
        seconds=_TIMES.get(kind) if given is None else given,
        from_s=from_s,
        to_s=to_s,
        share=_share(found["share"]),
    )


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return float(parse_seconds(text))
    except ValueError as error:
        raise FaultError(str(error)) from None


def _share(text: str | None) -> float:
    """From above 0 to 1. Raises FaultError."""
    try:
        share = Decimal(text or "1")
    except ArithmeticError:
        share = Decimal(0)
    if not 0 < share <= 1:
        raise FaultError("a share is above 0 and at most 1")
    return float(share)


def chosen(faults: Sequence[Fault], seed: int, number: int, elapsed_s: float) -> Fault | None:
    """The fault of request `number`, counted from 0: the first whose draw falls within its share, if any.

    Draws are by the seed, the request and the place of the fault, so one fault does not change another's requests.
    """
    for place, fault in enumerate(faults):
        if fault.during(elapsed_s) and (fault.share >= 1 or _draw(seed, number, place) < fault.share):
            return fault
    return None


def _draw(seed: int, number: int, place: int) -> float:
    """From 0 to below 1."""
    return int.from_bytes(blake2b(f"{seed}/{number}/{place}".encode(), digest_size=8).digest()) / 2**64
