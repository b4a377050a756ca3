"""A run in blocks of time, as comparisons draw them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airectl.core.comparison import HALF_BITS, Sample
from airectl.core.latency import LONGEST_NS, buckets
from airectl.core.requests import Requests, Whole
from airectl.load.window import due_ns, window_of
from airectl.runs.measured import requests as requests_in
from airectl.runs.reading import Run

BLOCKS: Final = 20
_BUCKETS: Final = int(buckets(np.array([LONGEST_NS]), HALF_BITS)[0]) + 1
_METRICS: Final = ("ttft_s", "itl_s", "tpot_s", "e2e_s")


def sample_of(run: Run) -> Sample:
    """The measured requests of a run by when they were intended, in BLOCKS equal blocks. Raises RunError."""
    window = window_of(run)
    block_ns = max(window.end_ns - window.start_ns, BLOCKS) / BLOCKS
    streamed = run.manifest.streamed
    counts = {name: np.zeros((BLOCKS, _BUCKETS), dtype=np.int32) for name in _METRICS if streamed or name == "e2e_s"}
    tokens, failed, measured = np.zeros(BLOCKS), np.zeros(BLOCKS), np.zeros(BLOCKS)
    for found, _ in requests_in(run):
        inside = found.where(~found.warm_up & window.holds(due_ns(found)))
        block = np.minimum(((due_ns(inside) - window.start_ns) / block_ns).astype(np.int64), BLOCKS - 1)
        for name, (rows, values) in _values(inside, block).items():
            if name in counts:
                counts[name] += _histograms(rows, values)
        measured += np.bincount(block, minlength=BLOCKS)
        failed += np.bincount(block[~inside.ok], minlength=BLOCKS)
        tokens += np.bincount(block, weights=inside.answer_tokens, minlength=BLOCKS)
    return Sample(
        seed=run.manifest.seed,
        block_s=block_ns / 1e9,
        counts=counts,
        tokens=tokens,
        failed=failed,
        requests=measured,
    )


def _values(requests: Requests, block: Whole) -> dict[str, tuple[Whole, Whole]]:
    """The block and the time of each event of each metric, from the intended time."""
    first, ok, tpot = requests.has_first, requests.ok, requests.has_tpot
    gaps = ok[requests.gap_owner]
    return {
        "ttft_s": (block[first], requests.since(requests.first_ns, intended=True)[first]),
        "itl_s": (block[requests.gap_owner[gaps]], requests.itl_ns[gaps]),
        "tpot_s": (block[tpot], requests.tpot_ns[tpot]),
        "e2e_s": (block[ok], requests.since(requests.done_ns, intended=True)[ok]),
    }


def _histograms(rows: Whole, values_ns: Whole) -> NDArray[np.int32]:
    bucket = buckets(np.clip(values_ns, 0, LONGEST_NS), HALF_BITS)
    found = np.bincount(rows * _BUCKETS + bucket, minlength=BLOCKS * _BUCKETS)
    return found.reshape(BLOCKS, _BUCKETS).astype(np.int32)
