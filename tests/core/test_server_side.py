"""What servers say of themselves during a run: which series count, in which units, and what they come to."""

from __future__ import annotations

import pytest

from airectl.core.catalogue import MetricType
from airectl.core.server_side import Level, Scrape, Watching
from airectl.load.scraper import roles
from airectl.telemetry.catalogue import load

VLLM = """
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{model_name="m",engine="0"} 3
vllm:num_requests_waiting{model_name="m",engine="1"} 4
vllm:num_requests_running{model_name="m",engine="0"} 10
vllm:kv_cache_usage_perc{model_name="m",engine="0"} 0.25
vllm:kv_cache_usage_perc{model_name="m",engine="1"} 0.5
vllm:prefix_cache_queries_total{model_name="m",engine="0"} 1000
vllm:prefix_cache_hits_total{model_name="m",engine="0"} 100
vllm:e2e_request_latency_seconds_bucket{le="1"} 5
python_info{version="3.12"} 1
"""
DCGM = """
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="a",modelName="NVIDIA H100"} 80
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="b",modelName="NVIDIA H100"} 100
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="a",modelName="NVIDIA H100"} 500
DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="b",modelName="NVIDIA H100"} 600
"""


@pytest.fixture(scope="module")
def watching() -> Watching:
    return Watching(roles(), load())


def scrape(watching: Watching, t_s: float, text: str, place: str = "a") -> Scrape:
    return Scrape(t_s=t_s, place=place, samples=watching.chosen(text))


def test_only_series_with_a_role_are_kept_as_the_page_writes_them(watching: Watching) -> None:
    kept = watching.chosen(VLLM)
    assert len(kept) == 7
    assert kept['vllm:num_requests_waiting{model_name="m",engine="1"}'] == 4


def test_series_of_a_moment_are_folded_and_moments_summed_up(watching: Watching) -> None:
    later = VLLM.replace('engine="0"} 3', 'engine="0"} 13').replace("} 1000", "} 1500").replace("} 100\n", "} 350\n")
    seen = watching.seen([scrape(watching, 0, VLLM), scrape(watching, 2, later)])
    assert seen.levels["waiting"] == Level(low=7, mean=12, high=17)
    assert seen.levels["kv_cache"] == Level(low=0.5, mean=0.5, high=0.5)
    assert seen.levels["prefix_queries"] == Level(grown=500)
    assert seen.prefix_hit_ratio == 0.5
    assert "utilisation" not in seen.levels


def test_units_become_ratios_and_watts_and_chips_are_counted(watching: Watching) -> None:
    seen = watching.seen([scrape(watching, 0, DCGM)])
    assert seen.levels["utilisation"] == Level(low=0.9, mean=0.9, high=0.9)
    assert seen.levels["power"] == Level(low=1100, mean=1100, high=1100)
    assert seen.accelerators == {"NVIDIA H100": 2}
    gaudi = watching.seen([scrape(watching, 0, 'habanalabs_power_mW{device="0"} 350000\n')])
    assert gaudi.levels["power"].mean == 350


def test_pages_of_one_moment_are_added(watching: Watching) -> None:
    seen = watching.seen([scrape(watching, 0, VLLM), scrape(watching, 0, VLLM, "b"), scrape(watching, 0, DCGM, "c")])
    assert seen.levels["waiting"].mean == 14
    assert seen.levels["power"].mean == 1100


def test_a_counter_that_begins_anew_is_not_taken_for_less(watching: Watching) -> None:
    values = (1000, 1400, 50, 80)
    pages = [VLLM.replace("} 1000", f"}} {value}") for value in values]
    seen = watching.seen([scrape(watching, at, page) for at, page in enumerate(pages)])
    assert seen.levels["prefix_queries"].grown == 400 + 50 + 30


def test_the_host_is_known_by_its_idle_time(watching: Watching) -> None:
    page = 'node_cpu_seconds_total{{cpu="0",mode="idle"}} {}\nnode_cpu_seconds_total{{cpu="0",mode="user"}} {}\n'
    seen = watching.seen([scrape(watching, 0, page.format(10, 10)), scrape(watching, 1, page.format(13, 11))])
    assert seen.cpu_ratio == pytest.approx(0.25)


def test_a_time_outside_is_left_out(watching: Watching) -> None:
    seen = watching.seen([scrape(watching, 0, VLLM), scrape(watching, 9, DCGM)], from_s=1)
    assert "waiting" not in seen.levels
    assert seen.scrapes == 1


def test_nothing_said_is_nothing_seen(watching: Watching) -> None:
    assert watching.seen([]).levels == {}
    assert watching.seen([]).prefix_hit_ratio is None


def test_every_family_is_of_the_catalogue_and_of_its_type() -> None:
    catalogue = load()
    for role in roles().roles:
        for name in role.families:
            known = catalogue.find(name)
            if name.startswith("node_"):
                continue
            assert known is not None, name
            assert (known.family.type is MetricType.COUNTER) is role.counter, name
