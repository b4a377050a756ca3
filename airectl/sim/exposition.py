"""Metrics in Prometheus' text format, cheap to count: an observation is one search among the edges.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]


class Histogram:
    """Counts of observations by upper edge, inclusive, and their sum."""

    __slots__ = ("counts", "edges", "sum")

    def __init__(self, edges: Sequence[float]) -> None:
        self.edges = edges
        self.counts = [0] * (len(edges) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """One observation."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.sum += value

    @property
    def count(self) -> int:
        """All observations."""
        return sum(self.counts)

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        """Its samples; edges as Python's client library writes them."""
        for edge, count in zip((*map(float, self.edges), "+Inf"), accumulate(self.counts), strict=True):
            yield sample(f"{name}_bucket", {**labels, "le": str(edge)}, count)
        yield sample(f"{name}_count", labels, self.count)
        yield sample(f"{name}_sum", labels, self.sum)


def sample(name: str, labels: Labels, value: float) -> str:
    """One line."""
    inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{inner}}} {float(value)!r}" if inner else f"{name} {float(value)!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def family(name: str, kind: str, lines: Iterable[str]) -> Iterator[str]:
    """The samples of a family below its type; nothing where there are none."""
    found = list(lines)
    if found:
        yield f"# TYPE {name} {kind}"
        yield from found


def nice_edges(most: int) -> tuple[float, ...]:
    """1, 2, 5, 10, 20, 50 and so on up to `most`: how vLLM counts tokens."""
    edges = (factor * 10**power for power in range(len(str(most))) for factor in (1, 2, 5))
    return tuple(float(edge) for edge in edges if edge <= most)
