"""Sources that have a name, and which of them a query goes to.

A name is that of an OpenSLO DataSource, else that of a table `[sources.NAME]` in airectl.toml. `--source`
comes before an SLO's own `metricSourceRef`, that before the setting `source`. A source is asked only what
it understands: `--source prod` with a Prometheus leaves queries of events where they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.secrets import redact_url
from airectl.core.slo import Query
from airectl.errors import UsageError
from airectl.spec.documents import SpecSet
from airectl.spec.queries import is_promql
from airectl.spec.tree import Map

_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_PROMETHEUS: Final = "Prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A source with a name: what is said of it, and in which file, which paths are relative to."""

    name: str
    type: str
    details: Mapping[str, Any]
    file: str

    def understands(self, type_: str) -> bool:
        """Whether it can be asked what is written for a source of `type_`; anything, where no type is known."""
        return not type_ or type_.casefold() == self.type.casefold() or (is_promql(type_) and is_promql(self.type))


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """The sources of airectl.toml (`configured`, by name; `file` is its path), and which are preferred.

    `chosen` is what `--source` says, a name or a URL; `default` is the setting `source`.
    """

    configured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    file: str = ""
    chosen: str = ""
    default: str = ""

    def named(self, name: str, specs: SpecSet) -> Connection | None:
        """The source of that name."""
        document = specs.find("DataSource", name)
        if document:
            spec = document.spec
            return Connection(name=name, type=spec.text("type"), details=_details(spec), file=document.path)
        if name not in self.configured:
            return None
        table = self.configured[name]
        kind = table.get("type", _PROMETHEUS if "url" in table else "")
        return Connection(name=name, type=kind if isinstance(kind, str) else "", details=table, file=self.file)

    def preferred(self, text: str, said: str, specs: SpecSet) -> Connection | None:
        """What `text`, a name or a URL, stands for; None for an empty one. `said` is where it was written.

        Raises UsageError for a name that nothing has.
        """
        if not text:
            return None
        if _URL.match(text):
            return Connection(name=redact_url(text), type=_PROMETHEUS, details={"url": text}, file="")
        found = self.named(text, specs)
        if found:
            return found
        known = sorted({*self.configured, *specs.names("DataSource")})
        near = get_close_matches(text, known, 1, 0.5)
        listed = f"there are: {', '.join(known)}" if known else "name one in airectl.toml: `[sources.NAME]`"
        raise UsageError(f"{said}: no source is called `{text}`", help=f"did you mean `{near[0]}`?" if near else listed)


def _details(spec: Map) -> Mapping[str, Any]:
    """The details of a connection: a mapping, or a list of them as OpenSLO's examples write it."""
    merged: dict[str, Any] = {}
    for each in spec.maps("connectionDetails"):
        merged |= each
    return merged or spec.map("connectionDetails")


class Directory:
    """Sends the queries of one run to their sources. Raises UsageError for a preferred one that is not there."""

    def __init__(self, connections: Connections, specs: SpecSet) -> None:
        self._connections, self._specs = connections, specs
        self._chosen = connections.preferred(connections.chosen, "--source", specs)
        self._default = connections.preferred(connections.default, "the setting `source`", specs)
        self.used = False

    @property
    def chosen(self) -> Connection | None:
        """What --source names."""
        return self._chosen

    def find(self, name: str) -> Connection | None:
        """The source of that name."""
        return self._connections.named(name, self._specs)

    def sent(self, query: Query) -> Query | None:
        """The query with its source; None where its own `ref` names nothing."""
        own = self.find(query.ref) if query.ref else None
        type_ = query.type or (own.type if own else "")
        if self._chosen and self._chosen.understands(type_):
            self.used = True
            return _to(query, self._chosen, overrides=True)
        if query.ref:
            return _to(query, own, overrides=False) if own else None
        if self._default and self._default.understands(type_):
            return _to(query, self._default, overrides=False)
        return query


def _to(query: Query, connection: Connection, *, overrides: bool) -> Query:
    return replace(
        query,
        type=query.type or connection.type,
        ref=connection.name,
        connection=connection.details,
        connection_file=connection.file,
        overrides=overrides,
    )
