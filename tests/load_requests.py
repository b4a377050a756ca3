"""Requests for tests of load tests' arithmetic, by what matters of them: milliseconds in, columns out."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from airectl.core.requests import Requests
from airectl.runs.columns import Torn, batches
from airectl.runs.measured import requests_of
from airectl.runs.record import MAGIC, ErrorClass, Record, TokenSource, pack

MS = 1_000_000


def answered(intended_ms: float, ttft_ms: float, *gaps_ms: float, sent_ms: float | None = None, **more: Any) -> Record:
    """An answer of one token at `ttft_ms` after its send and one more after each gap."""
    intended, sent = round(intended_ms * MS), round((intended_ms if sent_ms is None else sent_ms) * MS)
    times = [ttft_ms]
    for gap in gaps_ms:
        times.append(times[-1] + gap)
    us = [round(time * 1000) for time in times]
    given: dict[str, Any] = {
        "index": 0,
        "intended_ns": intended,
        "sent_ns": sent,
        "first_content_ns": sent + us[0] * 1000,
        "last_content_ns": sent + us[-1] * 1000,
        "end_ns": sent + us[-1] * 1000,
        "input_tokens": 10,
        "output_tokens": len(us),
        "input_source": TokenSource.USAGE,
        "output_source": TokenSource.USAGE,
        "status": 200,
        "finish_reason": "length",
        "model": "llama",
        "chunk_us": array("I", us),
    }
    if "chunk_tokens" in more:
        more["chunk_tokens"] = array("H", more["chunk_tokens"])
    return Record(**given | more)


def failed(intended_ms: float, error: ErrorClass, *, after_ms: float = 5.0, **more: Any) -> Record:
    """A request that failed some time after its send; one that was dropped was not sent."""
    intended = round(intended_ms * MS)
    sent = -1 if error is ErrorClass.DROPPED else intended
    given = {"index": 0, "intended_ns": intended, "sent_ns": sent, "end_ns": intended + round(after_ms * MS)}
    return Record(**given | {"error": error} | more)


def columns(records: Sequence[Record]) -> Requests:
    """The same as columns."""
    from io import BytesIO

    (batch,) = batches(BytesIO(MAGIC + b"".join(map(pack, records))), len(records), Torn())
    return requests_of(batch)
