"""The accelerators that are known by name: figures of the vendors, and prices that say they are an example."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from airectl.demand import prices
from airectl.demand.accelerators import known, named
from airectl.errors import UsageError
from airectl.sim import profiles

DEMO = Path(prices.__file__).parents[1] / "data" / "demo" / "prices.yaml"


@pytest.mark.parametrize(
    ("name", "memory_gb", "bandwidth_gb", "tflops"),
    [("v5e", 16, 819, 197), ("v6e", 32, 1638, 918), ("h100", 80, 3350, 989), ("h200", 141, 4800, 989)],
)
def test_figures(name: str, memory_gb: float, bandwidth_gb: float, tflops: float) -> None:
    chip = named(name).chip
    assert chip.memory_bytes == memory_gb * 1e9
    assert chip.bandwidth_bytes_per_s == bandwidth_gb * 1e9
    assert chip.flops_per_s == tflops * 1e12


def test_every_kind_says_where_its_figures_are_from() -> None:
    for kind in known().values():
        assert kind.chip.source.startswith("https://")
        assert kind.slices or kind.node >= 1


def test_slices_of_one_host_and_of_several() -> None:
    for name in ("v5e", "v6e"):
        kind = named(name)
        assert [each for each in kind.slices if each <= kind.single_host] == [1, 4, 8]
        assert next(each for each in kind.slices if each > kind.single_host) == 16


def test_profiles_and_kinds_agree() -> None:
    for profile, kind in (("h100-llama-8b", "h100"), ("v5e-8-llama-8b", "v5e"), ("xeon-llama-8b", "xeon")):
        chip, other = profiles.shipped(profile).accelerator, named(kind).chip
        assert (chip.bandwidth_bytes_per_s, chip.flops_per_s, chip.kind) == (
            other.bandwidth_bytes_per_s,
            other.flops_per_s,
            other.kind,
        )


def test_a_node_that_is_named_comes_before_the_usual_one() -> None:
    assert named("H100").packing(2).node == 8
    assert named("h100").packing(2, 4).node == 4
    assert named("v5e").packing(2, 4).slices == ()


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(UsageError) as error:
        named("h10")
    assert "h100" in error.value.help


def test_the_shipped_prices_say_that_they_are_an_example() -> None:
    found = prices.read("prices.yaml", DEMO.read_text(), datetime(2026, 11, 20, tzinfo=UTC))
    assert isinstance(found, prices.PriceList)
    assert [f.message for f in found.findings] == ["the prices are an example"]
    assert set(found.prices) <= set(known())
