"""Which systems a page is of: every golden page is its own system's, and names of several are told apart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from airectl.core import exposition
from airectl.core.catalogue import Catalogue, MetricFamily, MetricType, System
from airectl.core.exposition import Page
from airectl.telemetry import catalogue
from airectl.telemetry.detection import Detected, detected, edges, model_label

FOLDER = Path(__file__).parent / "expositions"
PAGES = sorted(path.stem for path in FOLDER.glob("*.txt"))


def golden(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8")


def found(text: str) -> tuple[Detected, ...]:
    page: Page = exposition.read(text)
    assert page.faults == ()
    return detected(page, catalogue.load())


@pytest.mark.parametrize("name", PAGES)
def test_a_golden_page_is_of_its_system_alone(name: str) -> None:
    (only,) = found(golden(name))
    assert only.system.name == name
    assert (only.alias, only.own) == ("", "")
    assert set(only.families) <= set(only.system.families)


def test_conventions_that_several_follow_are_told_apart_by_their_labels() -> None:
    # Envoy's page has what the client asked for; the conventions know no such label.
    envoy, otel = golden("envoy-ai-gateway"), golden("otel-genai")
    assert [each.system.name for each in found(envoy)] == ["envoy-ai-gateway"]
    assert [each.system.name for each in found(envoy.replace("gen_ai_original_model", "gen_ai_other"))] == [
        "otel-genai"
    ]
    assert "gen_ai_original_model" not in otel


@pytest.mark.parametrize("order", [("exact", "lax"), ("lax", "exact")])
def test_of_two_with_the_same_names_the_one_whose_labels_are_known_wins(order: tuple[str, str]) -> None:
    def system(name: str) -> System:
        family = MetricFamily(name="x_total", type=MetricType.COUNTER, labels=("model",), open_labels=name == "lax")
        return System(
            name=name, versions="1", title=name, prefixes=(), names=("x_total",), families={"x_total": family}
        )

    two = Catalogue(systems={name: system(name) for name in order})
    assert [each.system.name for each in detected(exposition.read('x_total{model="a"} 1\n'), two)] == ["exact"]
    assert [each.system.name for each in detected(exposition.read('x_total{other="a"} 1\n'), two)] == ["lax"]


def test_a_generic_name_needs_the_mark_of_its_system() -> None:
    text = golden("tpu-device-plugin")
    assert [each.system.name for each in found(text)] == ["tpu-device-plugin"]
    elsewhere = [line for line in text.replace("cloud-tpu", "nvidia").splitlines() if "kubernetes_io" not in line]
    assert found("\n".join(elsewhere) + "\n") == ()


def test_names_passed_on_by_ray_are_known_with_their_beginning() -> None:
    (only,) = found(golden("vllm").replace("vllm:", "ray_vllm_"))
    assert (only.system.name, only.alias, only.own) == ("vllm", "ray_vllm_", "vllm:")
    assert "vllm:time_to_first_token_seconds" in only.families


def test_two_systems_on_one_page_the_larger_one_first() -> None:
    both = found(golden("ray-serve") + golden("vllm").replace("vllm:", "ray_vllm_"))
    assert [each.system.name for each in both] == ["vllm", "ray-serve"]


def test_a_page_of_no_known_system() -> None:
    assert found("# TYPE http_requests_total counter\nhttp_requests_total 1\n") == ()


def test_models_in_the_order_met() -> None:
    text = "".join(f'vllm:num_requests_running{{model_name="{name}",engine="0"}} 1\n' for name in ("b", "a", "b", ""))
    assert [each.models for each in found(text)] == [("b", "a")]


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        (("engine", "model_name"), "model_name"),
        (("model", "version"), "model"),
        (("model", "accelerator_id"), ""),
        (("model", "gpu"), ""),
        (("gen_ai_request_model", "gen_ai_response_model"), "gen_ai_request_model"),
        (("modelName", "gpu"), ""),
        ((), ""),
    ],
)
def test_the_label_of_the_model_is_no_label_of_a_device(labels: tuple[str, ...], label: str) -> None:
    assert model_label(labels) == label


def test_a_name_that_is_gone_tells_the_age() -> None:
    (only,) = found('vllm:gpu_cache_usage_perc{model_name="a",engine="0"} 0.5\n')
    assert only.version == "older than 0.33: it has vllm:gpu_cache_usage_perc"
    assert found(golden("vllm"))[0].version == ""


def test_a_histogram_without_a_type_has_the_edges_of_its_buckets() -> None:
    text = golden("vllm").replace("vllm:", "vllm_")
    bare = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    (only,) = found(bare)
    assert (only.alias, only.own) == ("vllm_", "vllm:")
    known = only.system.families["vllm:time_to_first_token_seconds"]
    assert edges(only.families[known.name]) == known.buckets


def test_edges_are_those_of_the_page() -> None:
    text = "".join(f'vllm:time_to_first_token_seconds_bucket{{le="{edge}"}} 1\n' for edge in ("2.0", "0.3", "+Inf"))
    page = exposition.read(f"# TYPE vllm:time_to_first_token_seconds histogram\n{text}")
    assert edges(page.families["vllm:time_to_first_token_seconds"]) == (Decimal("0.3"), Decimal(2))
