"""The threshold of a latency: an edge of the server's histogram, and nothing between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from airectl.core.units import PER_SECOND, plain, spoken_seconds
from airectl.errors import UsageError
from airectl.telemetry.server import Server, seconds
from airectl.telemetry.wishes import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """`edge` in the histogram's unit. `below` and `above` are the edges beside it, in seconds, None: there is none.

    `own`: the server has this edge, and its system by itself has not.
    """

    edge: Decimal
    seconds: Decimal
    below: Decimal | None = None
    above: Decimal | None = None
    own: bool = False

    @property
    def spoken(self) -> str:
        """`500 ms`."""
        return spoken_seconds(self.seconds)

    @property
    def written(self) -> str:
        """`500ms`, as an option and as an annotation."""
        return self.spoken.replace(" ", "")


def threshold(wish: Wish, server: Server) -> Threshold:
    """The edge that a wish names. Raises UsageError, with the edges around it, where the histogram has none there."""
    name = wish.preset.family
    family = server.system.families[name]
    limit = wish.limit or Decimal(0)
    edge = limit * PER_SECOND.get(family.unit, 1)
    known = server.edges(name)
    if edge not in known:
        raise _between(wish, server, server.around(name, edge))
    at = known.index(edge)
    return Threshold(
        edge=edge,
        seconds=limit,
        below=seconds(known[at - 1], family) if at else None,
        above=seconds(known[at + 1], family) if at + 1 < len(known) else None,
        own=edge not in family.buckets,
    )


def _between(wish: Wish, server: Server, around: tuple[Decimal | None, Decimal | None]) -> UsageError:
    family = server.system.families[wish.preset.family]
    below, above = (spoken_seconds(seconds(each, family)) if each is not None else "" for each in around)
    asked = spoken_seconds(wish.limit or Decimal(0))
    if below and above:
        where = f"it lies between {below} and {above}"
    else:
        where = f"its last one is {below}" if below else f"its first one is {above}"
    stricter = [f"{_option(wish, below)} (stricter)"] if below else []
    laxer = [f"{_option(wish, above)} (laxer)"] if above else []
    own = "" if server.page else "; `--from URL` reads the edges of your own server"
    return UsageError(
        f"{server.named(family.name)} has no bucket at {asked}: {where}",
        help=f"write {' or '.join(stricter + laxer)}, or give the server a bucket at {asked}{own}",
    )


def _option(wish: Wish, spoken: str) -> str:
    """The option again, with another threshold and the same target."""
    joint = "" if wish.option.endswith("=") else " "
    share = f"@{plain(wish.target * 100)}%" if wish.said else ""
    return f"`{wish.option}{joint}{spoken.replace(' ', '')}{share}`"
