"""Replicas and accelerators: reserve, and rounding to nodes and slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.sizing import Packing, Reserve, SizeError, accelerators, replicas_at, size

V5E = Packing(per_replica=1, slices=(1, 4, 8, 16, 32), single_host=8)


@pytest.mark.parametrize(
    ("demand", "capacity", "replicas"), [(0, 5, 0), (5, 5, 1), (5.001, 5, 2), (30, 0.1, 300), (0.3, 0.1, 3)]
)
def test_replicas_for_a_measured_capacity(demand: float, capacity: float, replicas: int) -> None:
    assert replicas_at(demand, capacity) == replicas


@pytest.mark.parametrize(
    ("replicas", "packing", "count"),
    [
        (5, Packing(), 5),
        (5, Packing(per_replica=2), 10),
        (5, Packing(per_replica=2, node=8), 16),  # four share a node
        (5, Packing(per_replica=3, node=8), 24),  # two share a node, and two chips stay idle
        (2, Packing(per_replica=16, node=8), 32),
        (1, Packing(per_replica=12, node=8), 16),
        (0, Packing(per_replica=2, node=8), 0),
    ],
)
def test_nodes_are_whole(replicas: int, packing: Packing, count: int) -> None:
    assert accelerators(replicas, packing) == count


@pytest.mark.parametrize(("chips", "slice_"), [(1, 1), (2, 4), (4, 4), (5, 8), (8, 8), (9, 16), (17, 32)])
def test_a_replica_on_tpus_takes_a_slice(chips: int, slice_: int) -> None:
    packing = Packing(per_replica=chips, slices=V5E.slices, single_host=8)
    assert accelerators(3, packing) == 3 * slice_


def test_a_slice_that_is_not_sold() -> None:
    with pytest.raises(SizeError, match="33 chips; the largest has 32"):
        accelerators(1, Packing(per_replica=33, slices=V5E.slices))


def test_a_plan_adds_headroom_failures_and_updates() -> None:
    reserve = Reserve(headroom_ratio=0.2, failure_replicas=2, surge_replicas=1)
    plan = size(100, lambda demand: replicas_at(demand, 10), reserve, Packing(per_replica=2, node=8))
    assert (plan.carrying, plan.running, plan.replicas, plan.accelerators) == (12, 14, 15, 32)


def test_no_demand_takes_nothing() -> None:
    assert size(0, lambda demand: replicas_at(demand, 10), Reserve(), Packing(node=8)).accelerators == 0


@given(st.integers(0, 500), st.integers(1, 20), st.integers(1, 16))
def test_accelerators_are_whole_nodes_that_hold_all_replicas(replicas: int, each: int, node: int) -> None:
    count = accelerators(replicas, Packing(per_replica=each, node=node))
    assert count % node == 0
    assert count >= replicas * each
    assert accelerators(replicas + 1, Packing(per_replica=each, node=node)) >= count
