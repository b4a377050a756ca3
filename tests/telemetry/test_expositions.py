"""The golden expositions: as the catalogue says, readable for Prometheus, and enough for every preset."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import servers
from airectl.core.catalogue import System
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector
from airectl.telemetry import catalogue
from golden_text import same_as_file
from make_expositions import exposition

FOLDER = Path(__file__).parent / "expositions"
SYSTEMS = catalogue.load().systems
NAMES = [name for name, system in SYSTEMS.items() if any(family.current for family in system.families.values())]
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="([^"]*)"')
# promtool's exit code where it could read everything, and has advice on names.
_LINTED = 3


def golden(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Sample:
    """One line, with the type that stands above it. The client's own parser would rename counters."""

    name: str
    labels: Mapping[str, str]
    value: str
    type: str


def samples(text: str) -> Iterator[Sample]:
    kind = ""
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            kind = line.split()[3]
        elif not line.startswith("#"):
            found = _SAMPLE.fullmatch(line)
            assert found, line
            yield Sample(found[1], dict(_LABEL.findall(found[2] or "")), found[3], kind)


def test_there_is_one_for_each_system_with_metrics() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_the_catalogue_says(name: str) -> None:
    same_as_file(FOLDER / f"{name}.txt", exposition(SYSTEMS[name]))


@pytest.mark.parametrize("name", NAMES)
def test_prometheus_can_read_it(name: str) -> None:
    servers.need("promtool")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=golden(name), capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, _LINTED), done.stderr
    assert "error while linting" not in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_each_series_is_known_with_its_type(name: str) -> None:
    for sample in samples(golden(name)):
        if sample.name.endswith("_created"):
            continue
        known = catalogue.load().find(sample.name, name)
        assert known is not None, sample.name
        assert known.family.type == sample.type
        assert set(sample.labels) <= {*known.family.labels, "le", "quantile"}
        assert float(sample.value) >= 0


# A preset of a model needs the name that the samples have.
_MODEL = "llama-3.1-8b"


@pytest.mark.parametrize("name", [name for name in NAMES if SYSTEMS[name].presets])
def test_each_preset_finds_its_series(name: str) -> None:
    there = list(samples(golden(name)))
    for preset in SYSTEMS[name].presets.values():
        edges = SYSTEMS[name].families[preset.family].buckets if preset.family else (None,)
        for edge in edges:
            queries = [preset.query] if preset.compares else list(preset.ratio_at(edge, _MODEL).values())
            for selector in [selector for query in queries for selector in parse(query).selectors]:
                if not rare(selector, SYSTEMS[name]):
                    assert any(passes(selector, sample) for sample in there), (preset.name, selector)


def rare(selector: Selector, system: System) -> bool:
    """Whether there may be none: the series come with their first event, or an error of one kind is asked for."""
    known = [system.find(series) for series in selector.names]
    asked = any(
        matcher.name in ("status_code", "http_code", "code", "status", "error_code") for matcher in selector.labels
    )
    return asked or all(each is not None and each.family.rare for each in known)


def passes(selector: Selector, sample: Sample) -> bool:
    return sample.name in selector.names and all(
        matcher.selects(sample.labels.get(matcher.name, "")) is not False for matcher in selector.labels
    )
