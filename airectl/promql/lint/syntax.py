"""What is said of a query that cannot be read."""

from __future__ import annotations

from airectl.promql.guard import MAX_BYTES, MAX_DEPTH, MAX_OPERATORS, PromqlError, TooLarge
from airectl.promql.lint.selection import Remark


def refused(error: PromqlError) -> Remark:
    """The remark on what `parse` raised: AIR102 for what is too large, AIR101 for all else."""
    if isinstance(error, TooLarge):
        return Remark(
            message=f"the query is too large to be read: {error}",
            notes=(f"the limits are {MAX_BYTES // 1024} KiB, {MAX_DEPTH} brackets deep and {MAX_OPERATORS} operators",),
            help="move parts of it into recording rules",
        )
    return Remark(
        message=f"Prometheus would refuse the query: {error}",
        help="correct the query; try it in Prometheus first",
    )
