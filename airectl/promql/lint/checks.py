"""Every check of a selection, with its code: the same mistake has the same code wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Severity
from airectl.promql.lint import buckets, labels, names, types, units
from airectl.promql.lint.selection import Judge


@dataclass(frozen=True, slots=True)
class Check:
    """A finding code and what finds it."""

    code: str
    judge: Judge
    severity: Severity = Severity.WARNING


CHECKS: Final = (
    Check("AIR106", buckets.no_such_bucket),
    Check("AIR106", buckets.interpolated_limit),
    Check("AIR107", names.unknown_metric),
    Check("AIR108", names.removed_metric),
    Check("AIR109", names.off_by_default),
    Check("AIR110", names.sticky_gauge),
    Check("AIR111", types.aggregated_quantile),
    Check("AIR112", labels.unknown_label),
    Check("AIR113", units.wrong_unit),
    Check("AIR115", names.not_told_apart),
    Check("AIR116", buckets.one_spelling),
    Check("AIR117", types.counter_as_level),
    Check("AIR118", types.rate_of_gauge),
    Check("AIR119", types.quantile_without_buckets),
    Check("AIR120", names.not_on_page),
    Check("AIR121", labels.not_among_values),
)
