"""What --capacity takes: numbers, reports, folders of runs; and what it refuses."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airectl.core.findings import Finding
from airectl.demand.capacity import Capacity, read
from airectl.demand.units import OUTPUT_TOKENS, REQUESTS
from airectl.env import Env

FOUND = {"rps": {"low": 21.5, "high": 22.6}, "output_tokens_per_s": {"low": 4300.0, "high": None}}


def world(folder: Path, stdin: bytes = b"") -> Env:
    return Env(
        stdin=io.BytesIO(stdin),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        environ={},
        cwd=folder,
        clock=lambda: datetime(2026, 11, 20, tzinfo=UTC),
    )


def report(**data: Any) -> str:
    return json.dumps({"schema": "airectl/report/v1", "generated_at": "2026-11-18T09:00:00Z", "data": data})


def test_a_number_is_in_the_unit_of_the_series(tmp_path: Path) -> None:
    found = read("12.5", world(tmp_path))
    assert isinstance(found, Capacity)
    assert found.plain is not None
    assert (found.plain.low, found.measured, found.of("whatever")) == (12.5, False, found.plain)


def test_a_report_a_folder_and_stdin_say_the_same(tmp_path: Path) -> None:
    on = {"accelerator": "NVIDIA H100 80GB HBM3", "accelerators": 2}
    promised = [{"objective": "chat/ttft", "threshold_s": 0.5}, {"objective": "chat/availability", "threshold_s": None}]
    text = report(capacity={**FOUND, **on}, model="llama", objectives=promised)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "report.json").write_text(text)
    for name in ("run", "run/report.json", "-"):
        found = read(name, world(tmp_path, text.encode()))
        assert isinstance(found, Capacity)
        requests, tokens = found.of(REQUESTS), found.of(OUTPUT_TOKENS)
        assert requests is not None
        assert tokens is not None
        assert (requests.low, requests.high, tokens.low, tokens.high) == (21.5, 22.6, 4300.0, None)
        assert (found.model, found.accelerator, found.accelerators) == ("llama", "NVIDIA H100 80GB HBM3", 2)
        assert found.objectives == ("chat/ttft within 0.5 s", "chat/availability")
        assert found.tokens_per_request == pytest.approx(200.0)
        assert found.of("accelerators") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no JSON report"),
        ("[]", "no report of airectl"),
        ('{"data": 3}', "no report of airectl"),
        (report(requests=1200), "did not look for the capacity"),
        (report(capacity={"rps": None}), "no rate that the objectives allow"),
        (report(capacity={"rps": {"low": 0}}), "no rate that the objectives allow"),
        (report(capacity={"rps": {"low": "many"}, "output_tokens_per_s": True}), "no rate that the objectives allow"),
        (report(capacity={"rps": {"low": 1e999}}).replace("Infinity", "1e999"), "no rate that the objectives allow"),
    ],
    ids=range(8),
)
def test_reports_without_a_capacity(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(content)
    found = read("report.json", world(tmp_path))
    assert isinstance(found, Finding)
    assert message in found.message
    assert found.at is not None
    assert found.at.path == "report.json"


@pytest.mark.parametrize("text", ["0", "-3", "nan", "inf", "nowhere.json", "empty"])
def test_what_is_no_capacity(text: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert isinstance(read(text, world(tmp_path)), Finding)
