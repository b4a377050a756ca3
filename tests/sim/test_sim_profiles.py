"""Profiles: those that are shipped say where their figures are from, and others say what is wrong with them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from airectl.sim import profiles
from airectl.sim.profiles import ProfileError


def text_of(name: str) -> str:
    return files("airectl").joinpath("data", "profiles", f"{name}.yaml").read_text("utf-8")


def test_there_is_a_cpu_a_gpu_and_a_tpu() -> None:
    assert {profiles.shipped(name).accelerator.kind for name in profiles.names()} == {"cpu", "gpu", "tpu"}


@pytest.mark.parametrize("name", profiles.names())
def test_every_part_says_where_its_figures_are_from(name: str) -> None:
    profile = profiles.shipped(name)
    assert profile.name == name
    for part in (profile.accelerator, profile.model, profile.serving, profile.efficiency):
        assert part.source.startswith("https://")


def test_the_h100_is_as_its_vendor_publishes_it() -> None:
    profile = profiles.shipped("h100-llama-8b")
    chip = profile.accelerator
    assert (chip.memory_bytes, chip.bandwidth_bytes_per_s, chip.flops_per_s) == (80e9, 3.35e12, 989e12)
    assert profile.model.kv_bytes == 128 * 1024
    # 80 GB · 0.9 - 5 GB - 16.06 GB of weights, in blocks of 16 tokens of 128 KiB.
    assert profile.kv_blocks == int((72e9 - 5e9 - 16.06e9) / (16 * 128 * 1024))


def test_the_tpu_host_is_eight_chips() -> None:
    chips = profiles.shipped("v5e-8-llama-8b").accelerator
    assert (chips.count, chips.memory_bytes, chips.bandwidth_bytes_per_s, chips.flops_per_s) == (8, 16e9, 819e9, 197e12)


def test_the_cpu_is_what_its_channels_and_cores_make() -> None:
    chip = profiles.shipped("xeon-llama-8b").accelerator
    assert chip.bandwidth_bytes_per_s == pytest.approx(8 * 8 * 4.8e9)
    assert chip.flops_per_s == pytest.approx(56 * 2.0e9 * 1024, rel=0.001)


@pytest.mark.parametrize(
    ("pattern", "instead", "said"),
    [
        ("kind: gpu", "kind: abacus", "kind"),
        ("memory_gb: 80", "memory_gb: 0", "memory_gb"),
        ("count: 1", "count: 1\n  colour: green", "colour"),
        ("memory_gb: 80", "memory_gb: 16", "nothing is left for a KV cache"),
        ("name: h100-llama-8b", "name: h100\n---\nname: other", ""),
    ],
)
def test_what_is_wrong_is_told_at_its_place(pattern: str, instead: str, said: str) -> None:
    text = re.sub(pattern, instead, text_of("h100-llama-8b"), count=1)
    with pytest.raises(ProfileError) as raised:
        profiles.read("mine.yaml", text)
    assert said in raised.value.findings[0].message
    assert raised.value.findings[0].at
    assert raised.value.findings[0].at.line > 0


@pytest.mark.parametrize("text", ["", "[]", "a: [", "1"])
def test_no_text_is_a_traceback(text: str) -> None:
    with pytest.raises(ProfileError):
        profiles.read("mine.yaml", text)
