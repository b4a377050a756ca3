"""What a sending process is told, and what it tells while it runs: the two forms of `python -m airectl.load.child`.

The job is one JSON object on one line of its stdin, which stays open: when it closes, the process ends. Snapshots
are JSON objects on lines of its stdout, numbered from 1 and cumulative, so that the last one stands for all before
it; the very last has the state `ended` or `failed`. A job holds no secret: it says in which variables and files
secrets are, in the keys of airectl/net/credentials.py.

    {"url": "http://127.0.0.1:8000", "protocol": "openai", "model": "llama-3.1-8b", "plan": {...}, "shard": 0,
     "shards": 2, "folder": "airectl-runs/x", "start_monotonic_ns": 8123456789000}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from math import exp, log
from typing import Any, Final

# Buckets of the histograms in snapshots are 5 % wide; they are for looking on, reports are made of the records.
_PER_E: Final = 20
# Times of chunks are kept in 32 bits of microseconds.
LONGEST_S: Final = 4200.0


class JobError(ValueError):
    """A text is no job; the message says why."""


class WhenFull(StrEnum):
    """What becomes of a request that is due while as many are in flight as may."""

    QUEUE = "queue"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long is waited, in seconds above 0: for a connection, for the first token, between two, and in all.

    Each counts from where its part begins: connecting, sending, the last token, sending.
    """

    connect_s: float = 10.0
    first_token_s: float = 120.0
    between_tokens_s: float = 60.0
    total_s: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What one process has to send, where to, within which bounds.

    `plan` is a plan as JSON, of which this process has shard `shard` of `shards`. Files in `folder` are numbered by
    `number`: requests-000.bin and client-000.jsonl. Times count from `start_monotonic_ns` on this machine's
    monotonic clock; 0: from now.

    Connections go to `addresses` and no others, those that the URL's name was allowed for; none: wherever it leads.

    `credentials` is a table of settings (`token_env`, `ca_file`, ...), its paths below `credentials_folder`.
    `options` are the protocol's own. `proxies`: those of the environment are used. `keep_alive` false opens a
    connection for each request. `wanted_model` is what answers have to say they are of; empty: nothing is looked at.

    `concurrency`: a closed loop with so many places; 0: the plan's own times. `most_in_flight` 0: as many as it
    takes. Nothing is sent from `send_for_s` after the start, nor after `most_requests`; 0: until the plan ends.
    What is in flight then has `drain_s` to end.
    """

    url: str
    protocol: str = "openai"
    model: str = ""
    wanted_model: str = ""
    addresses: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, Any] = field(default_factory=dict)
    credentials_folder: str = "."
    proxies: bool = False
    keep_alive: bool = True
    plan: Mapping[str, Any] = field(default_factory=dict)
    shard: int = 0
    shards: int = 1
    folder: str = "."
    number: int = 0
    start_monotonic_ns: int = 0
    concurrency: int = 0
    most_in_flight: int = 0
    when_full: WhenFull = WhenFull.QUEUE
    send_for_s: float = 0.0
    most_requests: int = 0
    drain_s: float = 30.0
    timeouts: Timeouts = field(default_factory=Timeouts)
    most_answer_bytes: int = 256 * 1024 * 1024
    snapshot_every_s: float = 1.0

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Job:
        """The job that a line is. Raises JobError."""
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise JobError(f"the job is no JSON: {error}") from None
        return _made(given)


def _made(given: Any) -> Job:
    if not isinstance(given, dict):
        raise JobError("the job is no object")
    unknown = set(given) - {each.name for each in fields(Job)}
    if unknown:
        raise JobError(f"a job has no `{min(unknown)}`")
    try:
        more: dict[str, Any] = {"when_full": WhenFull(given.get("when_full", WhenFull.QUEUE))}
        more["addresses"] = tuple(given.get("addresses", ()))
        job = Job(**given | more | {"timeouts": Timeouts(**given.get("timeouts", {}))})
    except (TypeError, ValueError) as error:
        raise JobError(f"the job cannot be read: {error}") from None
    if job.shards < 1 or not 0 <= job.shard < job.shards:
        raise JobError(f"there is no shard {job.shard} of {job.shards}")
    if not 0 < min(asdict(job.timeouts).values()) <= max(asdict(job.timeouts).values()) <= LONGEST_S:
        raise JobError(f"each timeout must be above 0, and {LONGEST_S:,.0f} s at most")
    return job


class State(StrEnum):
    """Where a process is in its job."""

    WAITING = "waiting"  # for the start
    SENDING = "sending"
    DRAINING = "draining"  # nothing more is sent
    ENDED = "ended"
    FAILED = "failed"  # it could not begin or go on; `message` says why, `help` what to do


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything so far. `number` counts from 1, `t_s` is the time since the start of the run.

    `planned` requests came due: they were `sent`, `dropped`, or wait for a place (`queued` counts all that ever had
    to, `waiting` those that still do) or for a connection. `ended` are those that were recorded, with or without an
    error, dropped ones included; `errors` counts by error class. Tokens are of ended requests. `cpu_s` is the CPU
    time of the process; `lag_s` is how late the engine turned to requests, apart from waits for a place: p50, p99
    and worst since the snapshot before, None where there was none. `ttft` and `tpot` are histograms over all
    measured requests so far: counts by bucket (see `bucket` and `seconds_of`).
    """

    number: int
    state: State
    t_s: float
    planned: int = 0
    sent: int = 0
    ended: int = 0
    ok: int = 0
    in_flight: int = 0
    queued: int = 0
    waiting: int = 0
    dropped: int = 0
    connections: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    input_tokens: int = 0
    output_tokens: int = 0
    cpu_s: float = 0.0
    lag_s: tuple[float, float, float] | None = None
    ttft: Mapping[str, int] = field(default_factory=dict)
    tpot: Mapping[str, int] = field(default_factory=dict)
    message: str = ""
    help: str = ""

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        """The snapshot that a line is. Raises JobError for a line that is none."""
        try:
            given = json.loads(text)
            lag = given.get("lag_s")
            more = {"state": State(given["state"]), "lag_s": tuple(lag) if lag else None}
            return cls(**given | more)
        except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
            raise JobError(f"no snapshot: {error}") from None


def bucket(ns: int) -> int:
    """The bucket of a time above 0 in nanoseconds; those up to a microsecond share one."""
    return int(log(max(ns, 1000) / 1000) * _PER_E)


def seconds_of(number: int | str) -> float:
    """The middle of a bucket."""
    return exp((int(number) + 0.5) / _PER_E) * 1e-6
