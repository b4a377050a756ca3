"""PromQL's `histogram_quantile` over buckets."""

from __future__ import annotations

import math
from typing import Final

_EDGE: Final = "le"


def histogram_quantile(
    quantile: float, vector: dict[frozenset[tuple[str, str]], float]
) -> dict[frozenset[tuple[str, str]], float]:
    """The quantile of each histogram in `vector`, whose buckets are cumulative and labelled `le`.

    Interpolates within a bucket, from 0 in the lowest one where its edge is above 0. NaN without an
    observation or without a bucket `+Inf`; the second highest edge where the quantile lies in `+Inf`.

    Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
    """
    groups: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
    for labels, value in vector.items():
        if edge := dict(labels).get(_EDGE):
            key = frozenset(each for each in labels if each[0] not in (_EDGE, "__name__"))
            groups.setdefault(key, []).append((float(edge), value))
    return {key: _quantile(quantile, sorted(buckets)) for key, buckets in groups.items()}


def _quantile(quantile: float, buckets: list[tuple[float, float]]) -> float:
    if not 0 <= quantile <= 1 or len(buckets) < 2 or buckets[-1][0] != math.inf or not buckets[-1][1]:
        return math.nan
    rank = quantile * buckets[-1][1]
    index = next(i for i, (_, count) in enumerate(buckets) if count >= rank)
    edge, count = buckets[index]
    if edge == math.inf:
        return buckets[-2][0]
    start, before = buckets[index - 1] if index else (min(edge, 0.0), 0.0)
    if not index and edge <= 0:
        return edge
    return start + (edge - start) * ((rank - before) / (count - before) if count > before else 0.0)
