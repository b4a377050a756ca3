"""The shipped catalogue: every file by its schema, and what a schema cannot say."""

import pickle
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from airectl.core.catalogue import Catalogue, MetricType, Preset, System
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector
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
    head, content = composed.documents
    assert schema.check(head, "telemetry-v1", "system") == []
    assert schema.check(content, "telemetry-v1", "content") == []
    assert head["system"] == name


@pytest.mark.parametrize("name", NAMES)
def test_families_are_sound(name: str) -> None:
    families = system(name).families
    for family in families.values():
        assert list(family.buckets) == sorted(set(family.buckets)), family.name
        assert not family.buckets or family.type is MetricType.HISTOGRAM, family.name
        assert set(family.values) | set(family.measure_by) <= set(family.labels), family.name
        assert not {"le", "quantile"} & set(family.labels), family.name
        assert not family.replaced_by or family.replaced_by in families, family.name
        assert not (family.removed_in and family.never), family.name
        assert family.removed_in or family.never or family.source, family.name
        for label, by_value in family.measure_by.items():
            assert set(by_value) <= set(family.values[label]), family.name


@pytest.mark.parametrize("name", NAMES)
def test_counters_have_the_suffix_they_have_on_the_wire(name: str) -> None:
    if name == "vllm":
        counters = [f.name for f in system(name).families.values() if f.type is MetricType.COUNTER]
        assert [each for each in counters if not each.endswith("_total")] == []


PRESETS = [(name, preset) for name in NAMES for preset in system(name).presets]


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_preset_selects_series_that_exist(name: str, preset: str) -> None:
    found = system(name).presets[preset]
    for query in (*goods(name, found), found.total):
        for selector in parse(query).selectors:
            assert selector.names, query
            for series in selector.names:
                exists(series, selector)


def goods(name: str, preset: Preset) -> list[str]:
    """The query of the good events at every edge of its histogram."""
    if not preset.family:
        assert "{le}" not in preset.good
        return [preset.good_at(None)]
    assert preset.good.count("{le}") == 1
    edges = system(name).families[preset.family].buckets
    assert edges
    return [preset.good_at(edge) for edge in edges]


def exists(series: str, selector: Selector) -> None:
    known = catalogue.load().find(series)
    assert known is not None
    assert known.family.enabled
    assert not (known.family.removed_in)
    assert not (known.family.never)
    assert known.family.type in (MetricType.COUNTER, MetricType.HISTOGRAM)
    for matcher in selector.labels:
        if matcher.name == "le":
            assert known.suffix == "_bucket"
        elif matcher.name in known.family.labels:
            assert set(matcher.literals) <= set(known.family.values.get(matcher.name, matcher.literals))
        else:
            assert matcher.negative, f"{series} has no label {matcher.name}"


def test_presets_of_vllm() -> None:
    presets = system("vllm").presets
    assert set(presets) >= {"availability", "ttft", "itl", "e2e", "completeness"}
    ttft = presets["ttft"]
    assert ttft.good_at(Decimal("0.5")) == 'sum(vllm:time_to_first_token_seconds_bucket{le="0.5"})'
    assert ttft.good_at(Decimal("1.0")) == r'sum(vllm:time_to_first_token_seconds_bucket{le=~"1(\\.0)?"})'


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
    assert list(catalogue._Prefixes(systems).items()) == [("x:long:", "b"), ("x:", "a"), ("z:", "a")]


def test_it_travels_between_processes() -> None:
    copy: Catalogue = pickle.loads(pickle.dumps(catalogue.load()))  # noqa: S301  # our own bytes
    known = copy.find("vllm:time_to_first_token_seconds_count")
    assert known is not None
    assert known.suffix == "_count"


def test_a_broken_file_is_named() -> None:
    with pytest.raises(ValueError, match=r"bad\.yaml:1"):
        catalogue._documents("bad.yaml", "a: [")
