"""The feed of a plan."""

from __future__ import annotations

from airectl.load.feed import Feed
from airectl.load.plan import Plan, PlanError, Synthetic
from airectl.load.workloads.synthetic import SyntheticFeed


def feed(plan: Plan, shard: int = 0, shards: int = 1) -> Feed:
    """The asks of shard `shard` of `shards` (0 <= shard < shards). Raises PlanError for data that hold none."""
    if isinstance(plan.workload, Synthetic):
        return SyntheticFeed(plan, plan.workload, shard, shards)
    raise PlanError("there is no feed for this workload")
