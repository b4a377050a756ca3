"""The plan that the options of `airectl loadtest` ask for: when requests are sent, and what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from airectl.commands.simulated import time_of
from airectl.core.lengths import Lengths, Shape
from airectl.core.schedule import EVEN, POISSON, Arrivals, Closed, Open, Segment, steady
from airectl.errors import UsageError
from airectl.load.plan import Plan, Synthetic

_RATE: Final = "write requests per second: 20, a ramp such as 1..50, or steps such as 10,20,40"
_LENGTH: Final = "write 512, normal:512,128, lognormal:512,300 or uniform:100,900"
_ARRIVALS: Final = "one of: poisson, constant, gamma:SHAPE (below 1: in bursts)"
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_DEFAULT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the options say; None where they say nothing."""

    rate: str | None = None
    arrival: str | None = None
    concurrency: int | None = None
    duration: str | None = None
    requests: int | None = None
    warm_up: str | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    seed: int | None = None


def plan_of(wanted: Wanted) -> Plan:
    """The plan. Raises UsageError."""
    duration_s = None if wanted.duration is None else time_of("--duration", wanted.duration)
    if duration_s is None and wanted.requests is None:
        duration_s = _DEFAULT_S
    warm_up_s = 0.0 if wanted.warm_up in (None, "0", "0s") else time_of("--warm-up", wanted.warm_up)
    return Plan(
        arrivals=arrivals_of(wanted, duration_s),
        workload=Synthetic(
            input=lengths_of("--input-tokens", wanted.input_tokens or "256"),
            output=lengths_of("--output-tokens", wanted.output_tokens or "64"),
        ),
        seed=wanted.seed or 0,
        duration_s=duration_s,
        warm_up_s=warm_up_s,
        requests=wanted.requests,
    )


def arrivals_of(wanted: Wanted, duration_s: float | None) -> Arrivals:
    """When requests are sent. Raises UsageError."""
    if wanted.concurrency is not None:
        if wanted.rate is not None or wanted.arrival is not None:
            raise UsageError("--concurrency is a closed loop, which has no rate", help="leave --rate and --arrival out")
        return Closed(concurrency=wanted.concurrency)
    burstiness = burstiness_of(wanted.arrival or "poisson")
    text = wanted.rate or "1"
    if ".." not in text and "," not in text:
        return steady(_number("--rate", text, _RATE), burstiness)
    if duration_s is None:
        raise UsageError(f"--rate {text} needs to know for how long", help="give --duration")
    return Open(segments=tuple(_segments(text, duration_s)), burstiness=burstiness)


def _segments(text: str, duration_s: float) -> list[Segment]:
    if ".." in text:
        first, _, last = text.partition("..")
        low, high = (_number("--rate", each, _RATE, zero=True) for each in (first, last))
        if low == high == 0:
            raise UsageError(f"--rate cannot be `{text}`", help=_RATE)
        return [Segment(duration_s=duration_s, from_rps=low, to_rps=high)]
    rates = [_number("--rate", each, _RATE) for each in text.split(",")]
    return [Segment(duration_s=duration_s / len(rates), from_rps=rate, to_rps=rate) for rate in rates]


def burstiness_of(text: str) -> float | None:
    """The shape of the gaps. Raises UsageError."""
    if text == "poisson":
        return POISSON
    if text == "constant":
        return EVEN
    kind, _, shape = text.partition(":")
    if kind != "gamma" or not shape:
        raise UsageError(f"--arrival cannot be `{text}`", help=_ARRIVALS)
    return _number("--arrival", shape, _ARRIVALS)


def lengths_of(option: str, text: str) -> Lengths:
    """A distribution of lengths. Raises UsageError."""
    kind, colon, rest = text.partition(":")
    if not colon:
        return Lengths(mean=_number(option, text, _LENGTH))
    numbers = [_number(option, each, _LENGTH, zero=True) for each in rest.split(",")]
    if kind not in set(Shape) or kind == "fixed" or len(numbers) != 2 or numbers[0] <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help=_LENGTH)
    first, second = numbers
    if kind == Shape.UNIFORM:
        if first > second:
            raise UsageError(f"{option} cannot be `{text}`", help="the first number is the smaller one")
        return Lengths(shape=Shape.UNIFORM, least=round(first), most=round(second))
    return Lengths(shape=Shape(kind), mean=first, deviation=second)


def _number(option: str, text: str, help: str, *, zero: bool = False) -> float:
    value = float(text) if _NUMBER.fullmatch(text.strip()) else -1.0
    if value > 0 or (zero and value == 0):
        return value
    raise UsageError(f"{option} cannot be `{text}`", help=help)
