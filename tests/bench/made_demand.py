"""Made series of demand: traffic with days and weeks, allocations that jump, growth. The same for the same seed."""

from __future__ import annotations

from typing import Final

import numpy as np

from airectl.core.forecast.model import Floats

DAY: Final = 24
KINDS: Final = (
    "traffic",
    "additive traffic",
    "quiet weekends",
    "drifting level",
    "growth",
    "compound growth",
    "level shift",
    "allocation",
    "intermittent",
    "closed at night",
)


def demand(kind: str, seed: int, hours: int = 720) -> Floats:
    """One hourly series [hours], >= 0, of a kind in `KINDS`."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    if kind == "allocation":
        return _allocation(rng, hours)
    if kind == "intermittent":
        busy = rng.uniform(size=hours) < 0.1
        return np.asarray(np.where(busy, rng.poisson(3, hours) + 1, 0), dtype=np.float64)
    at = np.arange(hours)
    if kind == "closed at night":
        return np.asarray(rng.poisson(np.maximum(8 * np.sin(2 * np.pi * at / DAY), 0)), dtype=np.float64)
    if kind == "level shift":
        shifted = _traffic(rng, hours, additive=True, weekend=0.8)
        shifted[rng.integers(hours // 3, hours - 2 * DAY) :] *= rng.choice([0.5, 1.6])
        return shifted
    if kind == "drifting level":
        drift: Floats = np.exp(np.cumsum(rng.normal(0, 0.003, hours)))
        return _traffic(rng, hours, weekend=0.85) * drift
    weekend = 0.3 if kind == "quiet weekends" else rng.uniform(0.4, 0.9)
    made = _traffic(rng, hours, weekend=weekend, additive=kind == "additive traffic")
    way: Floats = {"growth": 1 + at / 720, "compound growth": np.exp(at / 720)}.get(kind, np.ones(hours))
    return made * way


def _traffic(rng: np.random.Generator, hours: int, *, weekend: float, additive: bool = False) -> Floats:
    at = np.arange(hours)
    angle = 2 * np.pi * at / DAY
    day = 1 + 0.5 * np.sin(angle - rng.uniform(0, 6)) + 0.2 * np.sin(2 * angle - rng.uniform(0, 6))
    week = np.where(at // DAY % 7 >= 5, weekend, 1.0)
    noise = _following(rng.normal(0, 0.05, hours), 0.8)
    base = rng.uniform(50, 5000)
    if additive:
        return np.maximum(base * (day + week - 1 + noise), 0.0)
    made: Floats = base * np.maximum(day, 0.05) * week * np.exp(noise)
    return made


def _following(shocks: Floats, memory: float) -> Floats:
    """Noise in which each value keeps so much of the one before."""
    told = shocks.copy()
    for at in range(1, len(told)):
        told[at] += memory * told[at - 1]
    return told


def _allocation(rng: np.random.Generator, hours: int) -> Floats:
    """Accelerators in use of 64: jobs of a few and of eight come and go."""
    moves = np.where(rng.uniform(size=hours) < 0.15, rng.choice([-16, -8, -8, -4, -1, 1, 4, 8, 8, 16], hours), 0)
    told = np.empty(hours)
    used = 32
    for at, move in enumerate(moves.tolist()):
        used = min(max(used + move, 0), 64)
        told[at] = used
    return told


def growing(kind: str, seed: int, days: int) -> tuple[Floats, Floats]:
    """Hourly demand [24 · days] that grows on a `linear` or `compound` way, and the same without its noise.

    0.3 to 1.2 % of the start a day (compound; half as much again where linear), quieter weekends, noise of the
    day of 5 % that half lasts to the next one, noise of the hour of 3 %.
    """
    rng = np.random.default_rng([seed, days])
    day = np.arange(days * DAY) / DAY
    rate, weekend = rng.uniform(0.003, 0.012), rng.uniform(0.6, 0.95)
    way = 1 + 1.5 * rate * day if kind == "linear" else np.exp(rate * day)
    shape = 1 + 0.4 * np.sin(2 * np.pi * day - 2)
    clean = rng.uniform(50, 500) * way * shape * np.where(day.astype(int) % 7 >= 5, weekend, 1.0)
    lasting = np.repeat(_following(rng.normal(0, 0.05, days), 0.5), DAY)
    return np.maximum(clean * (1 + lasting + rng.normal(0, 0.03, len(day))), 0.0), clean
