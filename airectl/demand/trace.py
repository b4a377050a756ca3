"""Traces of requests as demand: requests or tokens a second over time, and for the model their lengths and bursts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from airectl.core.findings import Finding, Location, Severity
from airectl.core.queueing import DISPERSION_S, dispersion
from airectl.core.replica.fleet import Lengths, lengths_of
from airectl.demand.series import Reading, Series
from airectl.demand.units import OUTPUT_TOKENS, REQUESTS
from airectl.load.traces import reading
from airectl.load.traces.reading import Wanted

if TYPE_CHECKING:
    from airectl.env import Env
    from airectl.load.traces.rows import Trace

_HEAD_BYTES: Final = 8192
# What the header or the first row of a trace holds, and no recorded series does.
_SIGNS: Final = ((b"ContextTokens", b"GeneratedTokens"), (b"Request tokens", b"Response tokens"),
                 (b'"input_length"', b'"output_length"'), (b"input_tokens", b"output_tokens"))  # fmt: skip
_S: Final = 1e9


def is_trace(path: str, env: Env) -> bool:
    """Whether a file begins as a trace of requests does."""
    try:
        with (env.cwd / path).open("rb") as file:
            head = file.read(_HEAD_BYTES).partition(b"\n")[0]
    except OSError:
        return False
    return any(all(sign in head for sign in signs) for signs in _SIGNS)


def read(path: str, unit: str, now: datetime, env: Env) -> Reading:
    """The requests of a trace as events, each with its output tokens where `unit` is of tokens.

    A trace tells how long after each other requests came. It is laid so that it ends at `now`.
    """
    found = reading.read(Wanted(path=path, skip_faulty=True), env)
    if found.trace is None or not len(found.trace.times_ns):
        return Reading(source=path, findings=found.findings or (_empty(path),))
    trace = found.trace
    tokens = unit == OUTPUT_TOKENS
    if tokens and (trace.outputs < 0).all():
        return Reading(source=path, findings=(*found.findings, _answerless(path)))
    times_s = trace.times_ns / _S
    series = Series(
        name=path,
        times_s=times_s - times_s[-1] + now.timestamp(),
        values=np.maximum(trace.outputs, 0).astype(np.float64) if tokens else np.ones(len(times_s)),
        counts=True,
        metric=f"{trace.format} trace",
        unit=OUTPUT_TOKENS if tokens else REQUESTS,
    )
    said = f"the trace of {len(times_s):,} requests ends now: it says how long after each other they came"
    return Reading(source=path, series=(series,), findings=found.findings, assumptions=(said,))


def shape(
    path: str, cached_ratio: float, env: Env, assumptions: list[str]
) -> tuple[Lengths | None, float, Sequence[Finding]]:
    """Lengths of a trace's requests, and how bursty they come; without a trace, why there is none."""
    found = reading.read(Wanted(path=path, skip_faulty=True), env)
    if found.trace is None:
        return None, 1.0, found.findings
    trace = found.trace
    answered = trace.outputs >= 0
    pairs = zip(trace.inputs[answered].tolist(), trace.outputs[answered].tolist(), strict=True)
    lengths = lengths_of(pairs, cached_ratio)
    if lengths is None:
        return None, 1.0, (*found.findings, _answerless(path))
    bursts = _bursts(trace)
    told = (
        "too short to say how bursty it is"
        if bursts is None
        else f"index of dispersion {bursts:,.4g} over {DISPERSION_S} s"
    )
    assumptions.append(
        f"requests are those of {path}: {lengths.input_tokens:,.0f} input, {lengths.output_tokens:,.0f} output tokens, "
        f"{lengths.context_tokens:,.0f} in flight; {told}"
    )
    return lengths, max(bursts or 1.0, 1.0), found.findings


def _bursts(trace: Trace) -> float | None:
    return dispersion((trace.times_ns / _S).tolist())


def _empty(path: str) -> Finding:
    return _finding(path, "the trace holds no request", "name another file")


def _answerless(path: str) -> Finding:
    return _finding(
        path, "the trace does not say how long answers are", "take one with output tokens, or give the means"
    )


def _finding(path: str, message: str, help: str) -> Finding:
    return Finding(code="AIR501", severity=Severity.ERROR, message=message, at=Location(path=path), help=help)
