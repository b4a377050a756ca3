"""Traces of requests as demand, and as lengths and bursts for the model."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_capacity import world

from airectl.core.resample import counted
from airectl.demand import trace
from airectl.demand.units import OUTPUT_TOKENS, REQUESTS

AZURE = "TIMESTAMP,ContextTokens,GeneratedTokens\n" + "".join(
    f"2023-11-16 18:{at // 60:02d}:{at % 60:02d}.0000000,{100 + at},{10}\n" for at in range(0, 600, 2)
)


def test_requests_and_tokens_a_second(tmp_path: Path) -> None:
    (tmp_path / "azure.csv").write_text(AZURE)
    env = world(tmp_path)
    assert trace.is_trace("azure.csv", env)
    for unit, rate in ((REQUESTS, 0.5), (OUTPUT_TOKENS, 5.0)):
        reading = trace.read("azure.csv", unit, env.now(), env)
        (series,) = reading.series
        assert series.unit == unit
        assert series.counts
        assert series.times_s[-1] == env.now().timestamp()
        grid = counted(series.times_s, 60, series.values)
        assert grid.values.tolist() == pytest.approx([rate] * len(grid.values))


def test_lengths_and_bursts(tmp_path: Path) -> None:
    (tmp_path / "azure.csv").write_text(AZURE)
    said: list[str] = []
    lengths, bursts, findings = trace.shape("azure.csv", 0.25, world(tmp_path), said)
    assert lengths is not None
    assert (lengths.output_tokens, lengths.cached_ratio) == (10, 0.25)
    assert bursts == 1.0  # regular arrivals are no less bursty than Poisson ones to a plan
    assert not findings
    assert "index of dispersion 0" in said[0]


@pytest.mark.parametrize("text", ["time,value\n2026-11-19,3\n", "", "x"])
def test_what_is_no_trace(text: str, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(text)
    assert not trace.is_trace("other.csv", world(tmp_path))


def test_a_trace_without_rows(tmp_path: Path) -> None:
    (tmp_path / "azure.csv").write_text(AZURE.splitlines()[0] + "\n")
    env = world(tmp_path)
    reading = trace.read("azure.csv", REQUESTS, env.now(), env)
    assert not reading.series
    assert any(f.severity == "error" for f in reading.findings)
    assert trace.shape("azure.csv", 0.0, env, [])[0] is None
