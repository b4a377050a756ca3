"""What speaks the API of Prometheus: exact counts per slice, with what is lost stated.

In a spec a query is `query`, PromQL. Which server it goes to says a source with a name, a DataSource or a
table of airectl.toml with its `url`, or `--source`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from airectl.core.groups import Group
from airectl.sources.prometheus import recorded
from airectl.sources.prometheus.groups import groups_of
from airectl.sources.protocol import Ask, Result, Setting


class Prometheus:
    """The source of every type that is asked in PromQL."""

    network = True

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def read(self, asks: Sequence[Ask]) -> Iterator[Result]:
        """One result for each ask; what several of them want is asked once."""
        return recorded.chosen(asks, self._counted) if self._setting.recorded else self._counted(asks)

    def _counted(self, asks: Sequence[Ask]) -> Iterator[Result]:
        from airectl.sources.prometheus.answering import Answering

        with closing(Answering(asks, self._setting)) as answering:
            yield from answering.results()

    def groups(self, ask: Ask, by: Sequence[str]) -> Sequence[Group] | Result:
        """The groups of the main query's series that have a sample in the window."""
        return groups_of(ask, by, self._setting)
