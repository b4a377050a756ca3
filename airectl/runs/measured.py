"""Records as the arithmetic of load tests takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from airectl.core.requests import Fate, Requests
from airectl.runs.columns import Batch
from airectl.runs.reading import Run
from airectl.runs.record import ERRORS, ErrorClass

# What is not listed gave no answer, as a probe counts it too.
FATES: Final[Mapping[ErrorClass, Fate]] = {
    ErrorClass.NONE: Fate.ANSWERED,
    ErrorClass.TRUNCATED: Fate.BROKEN,
    ErrorClass.EMPTY: Fate.BROKEN,
    ErrorClass.WRONG_MODEL: Fate.WRONG,
    ErrorClass.CANCELLED: Fate.CANCELLED,
    ErrorClass.DROPPED: Fate.DROPPED,
}
_FATE: Final = np.array([FATES.get(each, Fate.REFUSED) for each in ERRORS], dtype=np.int64)


def requests_of(batch: Batch) -> Requests:
    """The requests of a batch."""
    return Requests(
        intended_ns=batch.column("intended_ns"),
        sent_ns=batch.column("sent_ns"),
        first_ns=batch.column("first_content_ns"),
        last_ns=batch.column("last_content_ns"),
        end_ns=batch.column("end_ns"),
        input_tokens=batch.column("input_tokens"),
        output_tokens=batch.column("output_tokens"),
        fate=_FATE[batch.error],
        queued=batch.queued,
        warm_up=batch.warm_up,
        chunk_us=batch.chunk_us,
        chunk_tokens=batch.chunk_tokens,
        offsets=batch.offsets,
    )


def requests(run: Run) -> Iterator[tuple[Requests, Batch]]:
    """All requests of a run, batch by batch, beside the records they are of. Raises RunError."""
    for batch in run.batches():
        yield requests_of(batch), batch
