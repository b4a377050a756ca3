"""As many points as a picture can show, and no peak lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

Point = tuple[float, float | None]


def thinned(x: Sequence[float], y: Sequence[float | None], columns: int) -> list[Point]:
    """The points in their order, at most about two a column: the lowest and the highest of those that share one.

    What is no number is a gap, which stays one.
    """
    points: list[Point] = [(at, v if v is not None and isfinite(v) else None) for at, v in zip(x, y, strict=True)]
    if len(points) <= 2 * columns:
        return points
    size = -(-len(points) // columns)
    return [point for at in range(0, len(points), size) for point in _extremes(points[at : at + size])]


def _extremes(points: Sequence[Point]) -> Iterator[Point]:
    known = [(value, index) for index, (_, value) in enumerate(points) if value is not None]
    if not known:
        yield points[0]
        return
    kept = {min(known)[1], max(known)[1]}
    gap = next((index for index, (_, value) in enumerate(points) if value is None), None)
    if gap is not None:
        kept.add(gap)
    yield from (points[index] for index in sorted(kept))
