"""The shipped catalogue: every file by its schema, and what a schema cannot say."""

import pickle
from importlib.resources import files
from pathlib import Path

import pytest

from airectl.core.catalogue import Catalogue, MetricType, System
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.telemetry import catalogue

NAMES = sorted(
    each.name.removesuffix(".yaml")
    for each in files("airectl").joinpath("data", "telemetry").iterdir()
    if each.name.endswith(".yaml")
)


def text(name: str) -> str:
    return files("airectl").joinpath("data", "telemetry", f"{name}.yaml").read_text("utf-8")


def system(name: str) -> System:
    found = catalogue.system(name)
    assert found is not None
    return found


def test_vllm_is_shipped() -> None:
    assert "vllm" in NAMES
    assert sorted(catalogue.load().systems) == NAMES
    assert catalogue.system("no-such-system") is None


@pytest.mark.parametrize("name", NAMES)
def test_file_is_valid(name: str) -> None:
    composed = compose(f"{name}.yaml", text(name))
    assert composed.findings == []
    head, *content = composed.documents
    assert schema.check(head, "telemetry-v1", "system") == []
    assert [schema.check(each, "telemetry-v1", "content") for each in content] in ([], [[]])
    assert head["system"] == name
    assert ("instead" in head) is not (content and "presets" in content[0])


@pytest.mark.parametrize("name", NAMES)
def test_head_is_sound(name: str) -> None:
    found = system(name)
    assert set(found.names) <= set(found.families)
    for alias, own in found.aliases.items():
        assert any(family.startswith(own) for family in found.families)
        assert alias not in found.prefixes
    for prefix in found.prefixes:
        assert any(family.startswith(prefix) for family in found.families), prefix
    for label in found.marks:
        for family in found.names:
            assert label in found.families[family].labels, family


@pytest.mark.parametrize("name", NAMES)
def test_families_are_sound(name: str) -> None:
    families = system(name).families
    for family in families.values():
        assert list(family.buckets) == sorted(set(family.buckets)), family.name
        assert not family.buckets or family.type is MetricType.HISTOGRAM, family.name
        assert not family.quantiles or family.type is MetricType.SUMMARY, family.name
        assert not family.sticky or family.type is MetricType.GAUGE, family.name
        assert set(family.values) | set(family.measure_by) <= set(family.labels), family.name
        assert not {"le", "quantile"} & set(family.labels), family.name
        assert not family.replaced_by or family.replaced_by in families, family.name
        assert not family.replaced_by or families[family.replaced_by].current, family.name
        assert not (family.removed_in and family.never), family.name
        assert not family.current or family.source, family.name
        for label, by_value in family.measure_by.items():
            assert set(by_value) <= set(family.values[label]), family.name


# Clients that add nothing to a name; Python's and OpenTelemetry's add `_total` to every counter.
WITHOUT_TOTAL = {"dcgm-exporter", "tf-serving", "tgi", "torchserve", "triton"}


@pytest.mark.parametrize("name", NAMES)
def test_names_follow_the_type_or_say_why_not(name: str) -> None:
    for family in system(name).families.values():
        total = family.name.endswith("_total")
        if family.type is MetricType.COUNTER and family.current and name not in WITHOUT_TOTAL:
            assert total or family.note, family.name
        if total and family.type is not MetricType.COUNTER:
            assert family.note, f"{family.name} is a {family.type} in spite of its name, and nobody says so"


@pytest.mark.parametrize("name", sorted(WITHOUT_TOTAL & set(NAMES)))
def test_a_client_without_total_says_so(name: str) -> None:
    found = system(name)
    counters = [f for f in found.families.values() if f.type is MetricType.COUNTER and f.current]
    assert any(not counter.name.endswith("_total") for counter in counters)
    assert "_total" in found.note


@pytest.mark.parametrize("name", NAMES)
def test_every_series_is_found_under_its_name(name: str) -> None:
    found = system(name)
    for family in found.families.values():
        for series in family.series():
            known = catalogue.load().find(series, name)
            assert known is not None, series
            assert (known.system.name, known.family.name) == (name, family.name)
            reached = catalogue.load().find(series)
            by_beginning = series.startswith(found.prefixes) if found.prefixes else False
            assert bool(reached) is (by_beginning or family.name in found.names), series


def test_traps_of_vllm() -> None:
    families = system("vllm").families
    assert families["vllm:iteration_tokens_total"].type is MetricType.HISTOGRAM
    assert families["vllm:gpu_cache_usage_perc"].replaced_by == "vllm:kv_cache_usage_perc"
    assert families["vllm:request_failed_total"].never
    assert not families["vllm:corrupted_requests_total"].enabled
    assert "VLLM_COMPUTE_NANS_IN_LOGITS" in families["vllm:corrupted_requests_total"].flag


def test_names_without_a_prefix_of_their_own_are_nobodys() -> None:
    assert catalogue.load().find("http_requests_total") is None
    assert catalogue.load().system_of("http_requests_total") is None


def test_a_series_of_no_system_reads_no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> System:
        raise AssertionError("a system was read")

    catalogue.load.cache_clear()
    monkeypatch.setattr(catalogue, "_system", refuse)
    assert catalogue.load().find("my_requests_total") is None
    with pytest.raises(AssertionError):
        catalogue.load().find("vllm:num_requests_running")
    catalogue.load.cache_clear()


def test_the_longest_prefix_comes_first(tmp_path: Path) -> None:
    head = "title: X\nversions: '1'\nsource: x\nsystem: {}\nprefixes: [{}]\n---\nfamilies: {{}}\n"
    for name, prefixes in (("a", "'x:', 'z:'"), ("b", "'x:long:'")):
        (tmp_path / f"{name}.yaml").write_text(head.format(name, prefixes))
    systems = catalogue._Systems()
    systems._files = {name: tmp_path / f"{name}.yaml" for name in "ab"}
    for known in (Catalogue(systems=systems), Catalogue(systems=systems, heads=catalogue._Heads(systems))):
        assert known.system_of("x:long:y") is systems["b"]
        assert known.system_of("x:y") is systems["a"]
        assert known.system_of("y:x:") is None


def test_it_travels_between_processes() -> None:
    copy: Catalogue = pickle.loads(pickle.dumps(catalogue.load()))  # noqa: S301  # our own bytes
    known = copy.find("vllm:time_to_first_token_seconds_count")
    assert known is not None
    assert known.suffix == "_count"


def test_a_broken_file_is_named() -> None:
    with pytest.raises(ValueError, match=r"bad\.yaml:1"):
        catalogue._documents("bad.yaml", "a: [")
