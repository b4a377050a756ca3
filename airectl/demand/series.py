"""What was read of a demand, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airectl.core.findings import Finding

if TYPE_CHECKING:
    from airectl.core.resample import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series: its name, and samples in the order of their times (seconds since 1970, UTC).

    A value that could not be read is NaN. `counts`: each row is an event, with its weight as value, and no sample.
    `metric` is what it is asked from or called: a column, a query.
    """

    name: str
    times_s: Floats
    values: Floats
    counts: bool = False
    metric: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Series of one input, and what is to be said of how they were read. `source` is what it is called.

    `assumptions` are sentences on what was taken for granted. No series: an error among the findings says why.
    `is_file`: the source is a path.
    """

    source: str
    series: Sequence[Series] = ()
    findings: Sequence[Finding] = ()
    assumptions: Sequence[str] = ()
    is_file: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be read. Empty names are found where one column alone can be meant.

    `zone` is the IANA name of the zone of times that have none. `until_s`: rows from it on are left out, and told where
    `told` is true.
    """

    time: str = ""
    value: str = ""
    group_by: str = ""
    zone: str = ""
    until_s: float = float("inf")
    told: bool = True
