"""From asks to questions: which query of which server over which time. What several asks want is asked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from airectl.core.slo import Indicator, Query, RatioIndicator, RawIndicator
from airectl.errors import SourceError
from airectl.net.secret import Secret
from airectl.promql.bind import Binding, Kind, Use, bind
from airectl.promql.guard import PromqlError
from airectl.promql.narrow import narrowed
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.server.connection import Connection, connection_of
from airectl.sources.protocol import Ask, Setting
from airectl.spec.queries import is_promql

# Changes whenever what is counted from the same samples does: what was kept before is then no longer used.
_RULES: Final = 2


class NotAskedError(Exception):
    """The indicator is not answered here; the message completes "it was not evaluated: ..."."""


class UnboundError(Exception):
    """A query has no number for a slice: because of `reason`."""

    def __init__(self, query: Query, reason: str) -> None:
        super().__init__(reason)
        self.query, self.reason = query, reason


class LostError(Exception):
    """A query's server cannot be asked."""

    def __init__(self, query: Query, error: SourceError) -> None:
        super().__init__(error.message)
        self.query, self.error = query, error


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What tells one question from another."""

    source: str
    query: str
    kind: Kind
    step_s: int
    offset_s: int
    share: bool = False

    @property
    def kept_as(self) -> str:
        """The query as the cache knows it."""
        return f"{_RULES} {self.kind}{' of a share' if self.share else ''} {self.query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One query of an indicator and the question that it comes to. `role` is good, bad, total, raw or metric."""

    role: str
    query: Query
    binding: Binding
    connection: Connection
    key: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What it takes to answer one ask: the main part first."""

    ask: Ask
    parts: tuple[Part, ...]


def plan(ask: Ask, setting: Setting) -> Plan:
    """How to answer `ask`. Raises NotAskedError, UnboundError and LostError."""
    use, queries = _queries(ask.indicator)
    return Plan(ask=ask, parts=tuple(_part(role, query, use, ask, setting) for role, query in queries.items()))


def _queries(indicator: Indicator) -> tuple[Use, Mapping[str, Query]]:
    if isinstance(indicator, RawIndicator):
        return Use.RAW, {"raw": indicator.raw}
    if not isinstance(indicator, RatioIndicator):
        return Use.THRESHOLD, {"metric": indicator.metric}
    part = indicator.good or indicator.bad
    if part is None or not is_promql(part.type):
        raise NotAskedError("its two queries go to different kinds of source")
    role = "good" if indicator.good else "bad"
    return Use.COUNTER if indicator.counter else Use.SAMPLES, {"total": indicator.total, role: part}


def _part(role: str, query: Query, use: Use, ask: Ask, setting: Setting) -> Part:
    text = query.spec.get("query")
    if not isinstance(text, str) or not text:
        raise UnboundError(query, "there is no `query`")
    try:
        connection = connection_of(query, setting)
    except SourceError as error:
        raise LostError(query, error) from None
    if connection is None:
        raise NotAskedError(f"nothing says where `{query.ref or query.type}` is: name a source with `--source`")
    try:
        binding = bind(narrowed(text, ask.group) if ask.group else text, use, ask.step_s)
    except PromqlError as error:
        raise UnboundError(query, str(error)) from None
    key = Key(
        source=_source(connection),
        query=spelled(binding.selectors[0]) if binding.kind is Kind.INCREMENTS else binding.query,
        kind=binding.kind,
        step_s=ask.step_s,
        offset_s=ask.start_s % ask.step_s,
        share=binding.share,
    )
    return Part(role=role, query=query, binding=binding, connection=connection, key=key)


def _source(connection: Connection) -> str:
    """What tells apart whatever may answer differently, without any secret; a secret header may name a tenant."""
    given = connection.credentials
    headers = sorted((name, _hashed(value)) for name, value in given.headers.items())
    return repr((connection.name, str(connection.endpoint), headers, given.username))


def _hashed(value: str | Secret) -> str:
    return sha256(value.reveal().encode()).hexdigest() if isinstance(value, Secret) else value


@dataclass(slots=True, kw_only=True)
class Wanted:
    """A question with the time that all of its asks together want, and how many wait for it."""

    part: Part
    start_s: int
    end_s: int
    uses: int = 0


def wanted(plans: Iterable[Plan]) -> dict[Key, Wanted]:
    """Every question of these plans, once."""
    found: dict[Key, Wanted] = {}
    for each in plans:
        for part in each.parts:
            one = found.setdefault(part.key, Wanted(part=part, start_s=each.ask.start_s, end_s=each.ask.end_s))
            one.start_s, one.end_s = min(one.start_s, each.ask.start_s), max(one.end_s, each.ask.end_s)
            one.uses += 1
    return found
