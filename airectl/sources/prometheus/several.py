"""A query that gives several numbers for a slice, where one is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.slo import Query
from airectl.sources.protocol import Failure
from airectl.sources.queries import place

# As many labels as a sentence holds.
_NAMED: Final = 5


def differing(series: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The labels whose values are not those of all series, in alphabetical order."""
    all_ = list(series)
    names = sorted({name for labels in all_ for name in labels})
    return tuple(name for name in names if len({labels.get(name, "") for labels in all_}) > 1)


def several(query: Query, count: int, labels: Sequence[str]) -> Failure:
    """That `query` gives `count` series at once, which differ in these labels."""
    listed = ", ".join(labels[:_NAMED]) + (", ..." if len(labels) > _NAMED else "")
    differ = f", which differ in `{listed}`" if listed else ""
    split = f"`airectl.dev/group-by: {labels[0] if labels else 'LABEL'}`"
    finding = Finding(
        code="AIR224",
        severity=Severity.ERROR,
        message=f"the query gives {count:,} series at once{differ}: one number is needed for each slice",
        at=place(query, "query"),
        help=f"aggregate them, as with `sum(...)`; or set {split}, which makes one SLO of each group",
    )
    return Failure(finding=finding, invalid=True)
