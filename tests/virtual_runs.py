"""Run folders in virtual time: what the replica model makes of a seeded schedule, written as a client would have."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from airectl.core.replica.profile import Profile
from airectl.core.replica.saturation import saturation
from airectl.core.replica.scheduler import Ask
from airectl.core.replica.virtual import Arrival, Served, play
from airectl.runs.manifest import End
from airectl.runs.record import Record, TokenSource
from airectl.sim.profiles import shipped
from run_folders import manifest, write_run

PROFILE = shipped("h100-llama-8b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Virtual:
    """`load` is the share of what the replica can do at most; `slower` stretches every step of it."""

    seed: int
    load: float = 0.5
    seconds: float = 20.0
    slower: float = 1.0
    prompt_tokens: int = 200
    output_tokens: int = 20


def slowed(profile: Profile, factor: float) -> Profile:
    """The same replica with steps that take `factor` times as long."""
    efficiency = profile.efficiency
    return replace(
        profile,
        efficiency=replace(
            efficiency,
            compute_ratio=efficiency.compute_ratio / factor,
            bandwidth_ratio=efficiency.bandwidth_ratio / factor,
            overhead_s=efficiency.overhead_s * factor,
        ),
    )


def records(of: Virtual) -> list[Record]:
    """What a client that is always on time records of it."""
    rng = np.random.default_rng(of.seed)
    rate = of.load * saturation(PROFILE, of.prompt_tokens, of.output_tokens).rate_rps
    times = np.sort(rng.uniform(0, of.seconds, rng.poisson(rate * of.seconds)))
    lengths = np.clip(rng.lognormal(np.log(of.output_tokens), 0.4, len(times)), 2, 500).astype(int)
    asks = [Ask(prompt_tokens=of.prompt_tokens, output_tokens=int(tokens)) for tokens in lengths]
    arrivals = [Arrival(at_s=float(at), ask=ask) for at, ask in zip(times, asks, strict=True)]
    served = play(slowed(PROFILE, of.slower), arrivals)
    return [record(index, each) for index, each in enumerate(served)]


def record(index: int, served: Served) -> Record:
    """One request. The model knows the first and the last token; those between are evenly spread."""
    sent = round(served.arrival.at_s * 1e9)
    ttft_us, e2e_us = round((served.ttft_s or 0) * 1e6), round((served.e2e_s or 0) * 1e6)
    tokens = served.arrival.ask.output_tokens
    chunks = array("I", [ttft_us + (e2e_us - ttft_us) * n // max(tokens - 1, 1) for n in range(tokens)])
    first, last = sent + ttft_us * 1000, sent + chunks[-1] * 1000
    return Record(
        index=index,
        intended_ns=sent,
        sent_ns=sent,
        headers_ns=first,
        first_byte_ns=first,
        first_content_ns=first,
        first_answer_ns=first,
        last_content_ns=last,
        end_ns=last,
        input_tokens=served.arrival.ask.prompt_tokens,
        output_tokens=tokens,
        input_source=TokenSource.USAGE,
        output_source=TokenSource.USAGE,
        status=200,
        finish_reason="length",
        model="llama",
        chunk_us=chunks,
    )


def virtual_run(folder: Path, of: Virtual, **about: Any) -> Path:
    """A run folder of it."""
    made = records(of)
    ended_s = max(each.end_ns for each in made) / 1e9
    described = manifest(duration_s=of.seconds, seed=of.seed, arrivals="poisson", planned_requests=len(made), **about)
    return write_run(folder, described, made, processes=2, end=End(how="complete", ended_s=ended_s))
