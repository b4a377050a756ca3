"""What a load test shows of the server's own side: its queue, its cache, its accelerators, and what tokens cost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from airectl.core.report import Column, Kind
from airectl.errors import UsageError
from airectl.render.cells import shown

if TYPE_CHECKING:
    from airectl.core.server_side import Level, Seen
    from airectl.load.results import Results
    from airectl.runs.reading import Run as RunFolder

_ACCELERATOR: Final = re.compile(r"(?P<name>\S.*?)(?:\s*[x*]\s*(?P<count>[1-9][0-9]{0,5}))?")
_SECONDS: Final = 3600
_LABEL: Final = 14
_RATIO: Final = Column(title="", kind=Kind.RATIO, digits=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerators:
    """What the server runs on: `count` of `name`; 0 and empty where nobody knows."""

    name: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSide:
    """What was seen of it, on what it runs, and its price per hour. `silent` says why pages had nothing."""

    seen: Seen
    accelerators: Accelerators = field(default_factory=Accelerators)
    price_per_hour: Decimal | None = None
    silent: Mapping[str, str] = field(default_factory=dict)


def accelerators_of(text: str | None) -> Accelerators:
    """`H100x4` or `TPU v5e x 8`; without a number, one. Raises UsageError."""
    if text is None:
        return Accelerators()
    found = _ACCELERATOR.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--accelerator cannot be `{text}`", help="write a name and how many, such as H100x4")
    return Accelerators(name=found["name"], count=int(found["count"] or 1))


def price_of(text: str | None) -> Decimal | None:
    """An amount above 0. Raises UsageError."""
    if text is None:
        return None
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        amount = Decimal(0)
    if not (amount.is_finite() and amount > 0):
        raise UsageError(f"--price cannot be `{text}`", help="write what all of it costs per hour, such as 12.40")
    return amount


def server_side(folder: RunFolder) -> ServerSide:
    """What the scrapes of a run say of its measured window. Raises RunError."""
    from airectl.core.server_side import Scrape, Watching
    from airectl.load.scraper import roles
    from airectl.telemetry.catalogue import load

    about = folder.manifest
    scrapes = [
        Scrape(t_s=float(line["t_s"]), place=str(line["from"]), samples=_numbers(line["samples"]))
        for line in folder.server()
        if isinstance(line.get("samples"), dict) and isinstance(line.get("t_s"), int | float) and "from" in line
    ]
    seen = Watching(roles(), load()).seen(scrapes, from_s=about.warm_up_s)
    given = Accelerators(name=about.accelerator, count=about.accelerators)
    if not given.count and len(seen.accelerators) == 1:
        ((name, count),) = seen.accelerators.items()
        given = Accelerators(name=name, count=count)
    price = about.price_per_hour
    return ServerSide(seen=seen, accelerators=given, price_per_hour=Decimal(price) if price else None)


def _numbers(samples: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in samples.items() if isinstance(value, int | float)}


def data(side: ServerSide, results: Results) -> dict[str, Any]:
    """The same for machines; null is what is not known."""
    seen, tokens = side.seen, results.rates.output_tokens_per_s
    power = seen.levels.get("power")
    return {
        "scrapes": seen.scrapes,
        **{name: None if (level := seen.levels.get(name)) is None else _level(level) for name in _NAMES},
        "prefix_hit_ratio": seen.prefix_hit_ratio,
        "cpu_ratio": seen.cpu_ratio,
        "accelerator": side.accelerators.name or None,
        "accelerators": side.accelerators.count or None,
        "price_per_hour": side.price_per_hour,
        "output_tokens_per_s_per_accelerator": _over(tokens, side.accelerators.count),
        "output_tokens_per_joule": _over(tokens, power.mean if power else None),
        "output_tokens_per_price": _per_price(tokens, side.price_per_hour),
    }


_NAMES: Final = ("waiting", "running", "kv_cache", "preemptions", "utilisation", "tensor_cores", "power")


def _level(level: Level) -> dict[str, float | None]:
    if level.grown is not None:
        return {"grown": level.grown}
    return {"low": level.low, "mean": level.mean, "high": level.high}


def _over(tokens: float | None, by: float | None) -> float | None:
    return tokens / by if tokens is not None and by else None


def _per_price(tokens: float | None, price: Decimal | None) -> float | None:
    """Output tokens per unit of money: tokens per second, times 3600, over the price per hour."""
    return _over(None if tokens is None else tokens * _SECONDS, None if price is None else float(price))


def lines(side: ServerSide, results: Results) -> Iterator[str]:
    """One line on the server, one on what tokens take of its accelerators, one on what they cost."""
    if parts := list(_parts(side.seen)):
        yield f"{'server':<{_LABEL}}{', '.join(parts)}"
    for place, why in side.silent.items():
        yield f"{'':<{_LABEL}}no metrics at {place}: {why}" if side.seen.levels else _nothing(place, why)
    if parts := list(_of_accelerators(side, results)):
        yield f"{'accelerators':<{_LABEL}}{', '.join(parts)}"
    if (per_price := _per_price(results.rates.output_tokens_per_s, side.price_per_hour)) is not None:
        yield f"{'cost':<{_LABEL}}{_short(1e6 / per_price)} per million output tokens"


def _nothing(place: str, why: str) -> str:
    return f"{'server':<{_LABEL}}no metrics at {place}: {why}"


def _parts(seen: Seen) -> Iterator[str]:
    for name, title in (("waiting", "queue"), ("running", "running")):
        if level := seen.levels.get(name):
            yield f"{title} {_span(level.low, level.high)}"
    if level := seen.levels.get("kv_cache"):
        yield f"KV cache {_ratios(level.low, level.high)}"
    if seen.prefix_hit_ratio:
        yield f"prefix hits {shown(seen.prefix_hit_ratio, _RATIO)}"
    if (level := seen.levels.get("preemptions")) and level.grown:
        yield f"{level.grown:,.0f} gave way"
    if level := seen.levels.get("utilisation"):
        yield f"accelerator {shown(level.mean, _RATIO)}"
    if seen.cpu_ratio is not None:
        yield f"CPU {shown(seen.cpu_ratio, _RATIO)}"
    if (level := seen.levels.get("power")) and level.mean is not None:
        yield f"{level.mean / 1000:,.1f} kW" if level.mean >= 1000 else f"{level.mean:,.0f} W"


def _of_accelerators(side: ServerSide, results: Results) -> Iterator[str]:
    """`4 x H100: 1,245 tokens/s each`, `0.6 tokens/J`, which are tokens/s per watt."""
    tokens, runs_on, power = results.rates.output_tokens_per_s, side.accelerators, side.seen.levels.get("power")
    if tokens and runs_on.count:
        yield f"{runs_on.count} x {runs_on.name}: {_short(tokens / runs_on.count)} tokens/s each"
    if tokens and power and power.mean:
        yield f"{_short(tokens / power.mean)} tokens/J"


def _span(low: float | None, high: float | None) -> str:
    low, high = low or 0.0, high or 0.0
    return f"{low:,.0f}" if round(low) == round(high) else f"{low:,.0f}-{high:,.0f}"


def _ratios(low: float | None, high: float | None) -> str:
    first, last = (shown(value or 0.0, _RATIO) for value in (low, high))
    # Next to nothing is written as such.
    least = "0" if first.startswith("<") else first.removesuffix(" %")
    return last if first == last or last.startswith("<") else f"{least}-{last}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.3g}"
