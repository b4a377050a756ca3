"""From a forecast to an order: standing, dates, plan, cost, what-if, thresholds of autoscalers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import yaml

from airectl.core.money import Prices
from airectl.core.replica.fleet import Load, Promise, fixed_lengths
from airectl.core.resample import averaged
from airectl.core.sizing import Packing, Reserve
from airectl.demand import scaling, variants
from airectl.demand.accelerators import named
from airectl.demand.buying import needed
from airectl.demand.carrying import Measured, Modelled
from airectl.demand.forecasting import here, projections
from airectl.demand.outlook import Outlook, Standing, limit_of, outlook
from airectl.demand.series import Series
from airectl.demand.service import Service, Sizing, Timing
from airectl.errors import UsageError
from airectl.sim import profiles
from demand_series import END, hourly

DAY = 86_400
PLAIN = Sizing(carrying=Measured(low=12.0, high=13.0), replicas=6)
TIMING = Timing(horizon_s=60 * DAY, lead_time_s=21 * DAY)


def look(sizing: Sizing = PLAIN, timing: Timing = TIMING, rows: Any = None) -> Outlook:
    """The outlook of sixteen weeks that grow from 20 to 41 requests a second."""
    rows = hourly(16) if rows is None else rows
    series = Series(
        name="chat",
        times_s=np.array([time.timestamp() for time, _ in rows]),
        values=np.array([value for _, value in rows]),
        metric="requests",
    )
    grid = averaged(series.times_s, series.values, 3600)
    service = Service(name="chat", unit="requests/s", timing=timing, sizing=sizing)
    (projection,) = projections([grid], timing, [limit_of(service)])
    return outlook(Outlook(service=service, series=series, grid=grid, projection=projection, now=END))


def test_the_order_is_placed_its_lead_time_before_the_crossing() -> None:
    found = look()
    assert found.standing is Standing.ORDER
    assert found.horizon is not None
    assert found.crosses_at is not None
    assert found.order_by == found.crosses_at - timedelta(days=21)
    p10, p50, p90 = (found.horizon.at(quantile) for quantile in (0.1, 0.5, 0.9))
    assert p10 is not None
    assert p50 is not None
    assert found.crosses_at == p10 <= p50
    assert p90 is None or p50 <= p90
    assert END < p10 < END + timedelta(days=60)


def test_a_later_quantile_orders_later_and_a_longer_lead_time_may_be_late() -> None:
    late = look(timing=replace(TIMING, order_quantile=0.9))
    first, last = look().crosses_at, late.crosses_at
    assert first is not None
    assert last is None or last > first
    assert look(timing=replace(TIMING, lead_time_s=120 * DAY)).standing is Standing.LATE


def test_more_replicas_are_enough_and_fewer_are_crossed() -> None:
    assert look(replace(PLAIN, replicas=20)).standing is Standing.ENOUGH
    assert look(replace(PLAIN, replicas=2)).standing is Standing.CROSSED
    assert look(Sizing()).standing is Standing.FORECAST
    assert look(rows=hourly(1)[:3]).standing is Standing.UNKNOWN


def test_the_gate_is_the_crossing_within_a_time() -> None:
    crosses = look().crosses_at
    assert crosses is not None
    days = (crosses - END).days
    assert look(timing=replace(TIMING, fail_within_s=(days + 1) * DAY)).too_soon
    assert not look(timing=replace(TIMING, fail_within_s=(days - 1) * DAY)).too_soon


def test_the_plan_is_for_the_upper_bound_with_its_reserve() -> None:
    found = look(replace(PLAIN, reserve=Reserve(headroom_ratio=0.25, failure_replicas=2, surge_replicas=3)))
    plan, projection = found.plan, found.projection
    assert plan is not None
    assert projection.high is not None
    assert plan.demand == projection.high.max()
    assert plan.carrying == int(np.ceil(plan.demand * 1.25 / 12))
    assert plan.replicas == plan.carrying + 5
    assert found.to_order == plan.accelerators - 6


def test_nodes_slices_and_the_budget() -> None:
    nodes = look(replace(PLAIN, packing=named("h100").packing(2), budget=16))
    assert nodes.plan is not None
    assert nodes.plan.accelerators % 8 == 0
    assert nodes.over_budget == nodes.plan.accelerators - 16
    tpu = look(replace(PLAIN, packing=named("v5e").packing(2)))
    assert tpu.plan is not None
    assert tpu.plan.accelerators == 4 * tpu.plan.replicas
    broken = look(replace(PLAIN, packing=Packing(per_replica=512, slices=(1, 4, 8))))
    assert broken.plan is None
    assert "the largest has 8" in broken.unsized


def test_what_is_active_all_the_time_is_reserved() -> None:
    prices = Prices(on_demand=Decimal(4), reserved=Decimal(3), spot=Decimal(1))
    found = look(replace(PLAIN, prices=prices, currency="USD"))
    assert found.cost is not None
    assert found.plan is not None
    counts = needed(found.grid, found.projection, found.service.sizing)
    hours = len(found.projection.mean) * 24
    assert len(counts) == hours  # peaks are spread over the hours of a day
    by_how = {lot.how: lot.count for lot in found.cost.lots}
    assert sum(by_how.values()) == found.plan.accelerators
    assert by_how["reserved"] == sum(sum(each >= k for each in counts) / hours > 0.75 for k in range(1, 30))
    assert found.cost.utilisation == pytest.approx(float(np.mean(found.grid.values[-28 * 24 :])) / 72)
    allocated, used = found.cost.per_million_allocated, found.cost.per_million_used
    assert allocated is not None
    assert used is not None
    # Used is what a token costs at the capacity itself: 4 $/h of a replica over 12 a second.
    assert float(used) == pytest.approx(4 / (12 * 3600) * 1e6)
    assert used < allocated


def modelled() -> Modelled:
    load = Load(rate_rps=1.0, lengths=fixed_lengths(1500, 200))
    return Modelled(profile=profiles.shipped("h100-llama-8b"), load=load, promise=Promise(ttft_s=0.5))


def varied(text: str, sizing: Sizing | None = None) -> Outlook:
    sizing = replace(PLAIN, model=modelled()) if sizing is None else sizing
    return variants.of([look(sizing)], [text], here)[text][0]


def capacity(found: Outlook) -> float:
    carrying = found.service.sizing.carrying
    assert carrying is not None
    return carrying.per_replica


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("capacity=20", 20, 20),
        ("capacity=1.5x", 18, 18),
        ("bits=8", 18, 30),
        ("accelerator=h200", 12.1, 16),
        ("accelerator=v5e", 0, 4),
        ("cached=80%", 20, 60),
        ("itl=12ms", 0.1, 11.9),
        ("ttft=60ms", 0.1, 11.9),
        ("headroom=30%", 12, 12),
        ("profile=xeon-llama-8b", 0, 1),
    ],
)
def test_what_a_change_does_to_the_capacity(text: str, low: float, high: float) -> None:
    assert low <= capacity(varied(text)) <= high


def test_growth_brings_the_crossing_forward_and_headroom_asks_for_more() -> None:
    base, grown, roomy = look(), varied("growth=20%"), varied("headroom=30%")
    assert base.crosses_at is not None
    assert grown.crosses_at is not None
    assert grown.crosses_at < base.crosses_at
    assert base.plan is not None
    assert roomy.plan is not None
    assert roomy.plan.replicas > base.plan.replicas
    assert varied("replicas=20").standing is Standing.ENOUGH


@pytest.mark.parametrize(
    "text",
    ["", "speed=2", "growth", "capacity=0", "capacity=-1x", "bits=4", "cached=2", "ttft=soon", "growth=1%,growth=2%",
     "accelerator=h300", "profile=mine", "growth=100000%/1h"],
)  # fmt: skip
def test_what_if_that_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError):
        varied(text)


def test_a_change_that_only_a_model_can_tell_needs_one() -> None:
    with pytest.raises(UsageError, match="not known"):
        varied("bits=8", PLAIN)


def test_the_threshold_is_the_capacity_less_the_headroom() -> None:
    found = look(replace(PLAIN, carrying=Measured(low=12.34567), reserve=Reserve(headroom_ratio=0.2)))
    keda, hpa = yaml.safe_load(scaling.scaled_object(found, query=True)), yaml.safe_load(scaling.autoscaler(found))
    trigger = keda["spec"]["triggers"][0]["metadata"]
    assert trigger["query"] == "requests"
    assert float(trigger["threshold"]) == pytest.approx(12.34567 / 1.2, rel=0.01)
    assert float(trigger["threshold"]) <= 12.34567 / 1.2  # never more than was measured
    target = hpa["spec"]["metrics"][0]["external"]["target"]["averageValue"]
    assert target == "10200m"
    assert found.plan is not None
    assert keda["spec"]["maxReplicaCount"] == hpa["spec"]["maxReplicas"] == found.plan.replicas
    assert keda["spec"]["minReplicaCount"] == 2


@pytest.mark.parametrize(
    ("value", "threshold"), [(0.0123, "0.0123"), (0.99999, "0.999"), (4321.0, "4320"), (12.0, "12.0")]
)
def test_thresholds_are_rounded_down(value: float, threshold: str) -> None:
    found = look(replace(PLAIN, carrying=Measured(low=value)))
    assert (
        yaml.safe_load(scaling.scaled_object(found, query=False))["spec"]["triggers"][0]["metadata"]["threshold"]
        == threshold
    )


def test_no_threshold_without_a_capacity() -> None:
    with pytest.raises(scaling.ScalingError):
        scaling.autoscaler(look(Sizing()))


def test_days_are_counted_in_utc() -> None:
    crosses = look().crosses_at
    assert crosses is not None
    assert crosses == crosses.replace(hour=0, minute=0, tzinfo=UTC)
    assert isinstance(crosses, datetime)
