"""The feed of a plan."""

from __future__ import annotations

from airectl.load.feed import Feed
from airectl.load.plan import Plan, Prompts, Replay
from airectl.load.workloads.prompted import PromptsFeed
from airectl.load.workloads.replayed import ReplayFeed
from airectl.load.workloads.synthetic import SyntheticFeed


def feed(plan: Plan, shard: int = 0, shards: int = 1) -> Feed:
    """The asks of shard `shard` of `shards` (0 <= shard < shards). Raises PlanError for data that are damaged."""
    if isinstance(plan.workload, Prompts):
        return PromptsFeed(plan, plan.workload, shard, shards)
    if isinstance(plan.workload, Replay):
        return ReplayFeed(plan, plan.workload, shard, shards)
    return SyntheticFeed(plan, plan.workload, shard, shards)
