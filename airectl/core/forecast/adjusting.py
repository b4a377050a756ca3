"""Events and growth: what multiplies a forecast beside what the models see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from airectl.core.forecast.cleaning import clean
from airectl.core.forecast.model import Bools, Event, EventEffect, Floats, Growth
from airectl.core.forecast.ratios import ratio


def during(events: Sequence[Event], length: int) -> Bools:
    """Which of the first `length` steps lie in an event."""
    told = np.zeros(length, np.bool_)
    for event in events:
        told[max(event.start, 0) : max(event.start + event.length, 0)] = True
    return told


def growths(growth: Growth | None, horizon: int) -> Floats:
    """[h]: what growth multiplies each step ahead by."""
    if growth is None:
        return np.ones(horizon)
    if not growth.over:
        return np.full(horizon, 1 + growth.ratio)
    told: Floats = (1 + growth.ratio) ** (np.arange(1, horizon + 1) / growth.over)
    return told


def effects(
    values: Floats, seasons: Sequence[int], events: Sequence[Event]
) -> tuple[dict[str, Floats], dict[str, int]]:
    """By label: what its past events multiplied demand by, [n] (NaN: not known), and how many there were.

    All that was seen in them by all that the season says for the same steps: the event's steps are filled
    as if they were gaps.
    """
    length = values.shape[1]
    past = [event for event in events if event.start < length and event.start + event.length > 0]
    usual = clean(values, seasons, during(past, length), length).values if past else values
    ratios, counts = {}, {}
    for label in dict.fromkeys(event.label for event in events):
        own = [event for event in past if event.label == label]
        at = during(own, length) & np.isfinite(values) & np.isfinite(usual)
        seen, expected = (np.where(at, series, 0.0).sum(axis=1) for series in (np.maximum(values, 0), usual))
        ratios[label] = ratio(seen, expected)
        counts[label] = len(own)
    return ratios, counts


def to_come(
    values: Floats, seasons: Sequence[int], events: Sequence[Event], horizon: int
) -> tuple[Floats, list[tuple[EventEffect, ...]]]:
    """[n, h]: what the events to come multiply each step by; and for each series what each label does.

    Events that overlap multiply. A label without a stated and without a known past effect multiplies by 1.
    """
    ratios, counts = effects(values, seasons, events)
    factors = np.ones((len(values), horizon))
    stated: dict[str, float] = {}
    for event in events:
        at = slice(max(event.start - values.shape[1], 0), max(event.start + event.length - values.shape[1], 0))
        if event.effect is None:
            factors[:, at] *= np.where(np.isfinite(ratios[event.label]), ratios[event.label], 1.0)[:, None]
        else:
            factors[:, at] *= event.effect
            stated[event.label] = event.effect
    return factors, [
        tuple(
            EventEffect(label=label, effect=stated.get(label, _known(ratios[label][row])), past=counts[label])
            for label in ratios
        )
        for row in range(len(values))
    ]


def _known(effect: float) -> float | None:
    return float(effect) if np.isfinite(effect) else None
