"""What the sending processes said of themselves, second by second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airectl.load.window import Window
from airectl.runs.reading import Run

# Shorter stretches are noise: CPU time is told once a second.
_STRETCH_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """`cpu_ratio` is the share of a core of each process in its busiest five seconds of the window.

    `cpu_mean_ratio` is that over the whole window, added up over the processes; `in_flight` requests were under way
    when a process without an end was last heard of.
    """

    processes: int
    cpu_ratio: Mapping[int, float]
    cpu_mean_ratio: float | None
    in_flight: int


def client_of(run: Run, window: Window) -> Client:
    """What the client files of a run say. Raises RunError."""
    lines = run.client()
    points = {number: _points(each) for number, each in lines.items()}
    busiest = {number: _busiest(each, window) for number, each in points.items()}
    means = [mean for each in points.values() if (mean := _mean(each, window)) is not None]
    return Client(
        processes=max(run.manifest.processes, len(run.files)),
        cpu_ratio={number: ratio for number, ratio in busiest.items() if ratio is not None},
        cpu_mean_ratio=sum(means) if means else None,
        in_flight=sum(_whole(each[-1].get("in_flight")) for each in lines.values() if each),
    )


def _points(lines: Sequence[Mapping[str, Any]]) -> list[tuple[float, float]]:
    """Times and CPU seconds so far, in order of time."""
    told = [line for line in lines if _number(line.get("t_s")) and _number(line.get("cpu_s"))]
    return sorted((float(line["t_s"]), float(line["cpu_s"])) for line in told)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _whole(value: Any) -> int:
    return int(value) if _number(value) else 0


def _within(points: Sequence[tuple[float, float]], window: Window) -> list[tuple[float, float]]:
    """The points of the window, with one second on either side: a line tells of the second before it."""
    low, high = window.start_ns / 1e9 - 1, window.end_ns / 1e9 + 1
    return [(t, cpu) for t, cpu in points if low <= t <= high]


def _busiest(points: Sequence[tuple[float, float]], window: Window) -> float | None:
    inside, start, found = _within(points, window), 0, None
    for t, cpu in inside:
        while t - inside[start][0] > _STRETCH_S and t - inside[start + 1][0] >= _STRETCH_S:
            start += 1
        span = t - inside[start][0]
        if span >= _STRETCH_S or (span > 0 and inside[-1][0] - inside[0][0] < _STRETCH_S):
            ratio = (cpu - inside[start][1]) / span
            found = ratio if found is None else max(found, ratio)
    return found


def _mean(points: Sequence[tuple[float, float]], window: Window) -> float | None:
    inside = _within(points, window)
    span = inside[-1][0] - inside[0][0] if inside else 0.0
    return (inside[-1][1] - inside[0][1]) / span if span > 0 else None
