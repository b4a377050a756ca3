"""The plan of a load test: what is sent and when, as plain data.

It is complete: every process that is given it, wherever it runs, makes the same requests of it, and takes those
whose number leaves its own shard's as the remainder. It holds no secret, no address and no path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from airectl.core.lengths import Lengths, Shape
from airectl.core.schedule import Arrivals, Closed, Open, Segment, Traced
from airectl.load.tokens import Calibration

MOST_SHARDS: Final = 4096
# Numbers of seeds and salts.
LARGEST: Final = 2**32 - 1


class PlanError(ValueError):
    """Data are no plan; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """How prompts begin alike: with the first tokens of one of `count` texts, at random.

    They are `tokens`, or the `share` (0 to 1) of each prompt's own length; one of the two is 0.
    """

    count: int = 1
    tokens: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Think:
    """How long a user takes from an answer to the next turn: `mean_s`, exponentially spread if `random`."""

    mean_s: float = 0.0
    random: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthetic:
    """Prompts of words that mean nothing. `output` None: nobody says how long answers shall be.

    With more than one of `turns`, each request begins a conversation: `input` is then what a user says in a turn,
    and what was said before is sent again with it.
    """

    input: Lengths
    output: Lengths | None = None
    prefix: Prefix | None = None
    turns: Lengths = field(default_factory=lambda: Lengths(mean=1))
    think: Think = field(default_factory=Think)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """The prompts of a file, again from the beginning when all were sent. `packed`: see workloads/packing.py.

    `output` holds for rows that do not say how long the answer shall be. `shuffled`: in an order of the seed's.
    """

    rows: int
    packed: str
    output: Lengths | None = None
    shuffled: bool = False
    think: Think = field(default_factory=Think)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The rows of a trace: when, and how many tokens. `columns` are packed: see workloads/packing.py.

    `block_tokens` above 0: rows list the blocks of so many tokens that their prompts are made of.
    """

    rows: int
    columns: Mapping[str, str]
    block_tokens: int = 0


Workload = Synthetic | Prompts | Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that decides what is sent.

    The same `seed` gives the same times and lengths. The words of prompts depend on `salt` too: a second run with
    another salt does not find its prompts in the server's prefix cache.

    Requests in the first `warm_up_s` seconds are sent and not measured; `duration_s` is what comes after that, None:
    until the requests are used up. `requests` is the most that are sent, over all shards and with those of the
    warm-up, not counting further turns of conversations.
    """

    arrivals: Arrivals
    workload: Workload
    name: str = "loadtest"
    seed: int = 0
    salt: int = 0
    duration_s: float | None = None
    warm_up_s: float = 0.0
    requests: int | None = None
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def ends_s(self) -> float | None:
        """When nothing more is sent, in seconds from the start; None: no time says so."""
        return None if self.duration_s is None else self.warm_up_s + self.duration_s

    @property
    def concurrency(self) -> int:
        """How many requests of all shards a closed loop has under way; 0: it is none."""
        return self.arrivals.concurrency if isinstance(self.arrivals, Closed) else 0

    def to_json(self) -> dict[str, Any]:
        """As data that JSON can hold."""
        data = asdict(self)
        data["arrivals"] = {"kind": _KINDS[type(self.arrivals)], **data["arrivals"]}
        data["workload"] = {"kind": _KINDS[type(self.workload)], **data["workload"]}
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that data are. Raises PlanError."""
        try:
            given = dict(data)
            given["arrivals"] = _arrivals(given["arrivals"])
            given["workload"] = _workload(given["workload"])
            given["calibration"] = Calibration(**given["calibration"])
            return cls(**given)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise PlanError(f"this is no plan: {error}") from None


_KINDS: Final[Mapping[type, str]] = {
    Open: "open",
    Closed: "closed",
    Traced: "traced",
    Synthetic: "synthetic",
    Prompts: "prompts",
    Replay: "replay",
}


def share_of(total: int, shard: int, shards: int) -> int:
    """How many of `total` things shard `shard` of `shards` has: together they have all, none two more than another."""
    return total // shards + (shard < total % shards)


def _arrivals(data: Mapping[str, Any]) -> Arrivals:
    given = dict(data)
    kind = given.pop("kind")
    if kind == "closed":
        return Closed(**given)
    if kind == "traced":
        return Traced(**given)
    if kind != "open" or not given["segments"]:
        raise PlanError(f"there are no arrivals of the kind `{kind}`")
    return Open(**given | {"segments": tuple(Segment(**each) for each in given["segments"])})


def _workload(data: Mapping[str, Any]) -> Workload:
    given = dict(data)
    kind = given.pop("kind")
    if kind == "replay":
        return Replay(**given)
    more: dict[str, Any] = {"think": Think(**given["think"]), "output": _lengths(given["output"])}
    if kind == "prompts":
        return Prompts(**given | more)
    if kind != "synthetic":
        raise PlanError(f"there is no workload of the kind `{kind}`")
    more |= {"input": _lengths(given["input"]), "turns": _lengths(given["turns"])}
    more["prefix"] = None if given["prefix"] is None else Prefix(**given["prefix"])
    return Synthetic(**given | more)


def _lengths(data: Mapping[str, Any] | None) -> Lengths | None:
    return None if data is None else Lengths(**{**data, "shape": Shape(data["shape"])})
