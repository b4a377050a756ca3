"""What a calibration says of times whose errors are known."""

from __future__ import annotations

import json
from array import array
from pathlib import Path

import pytest

from airectl.load import calibration
from airectl.load.calibration import Asked, calibrated
from airectl.load.protocols.golden_chat import _FRAME
from airectl.runs.record import MAGIC, ErrorClass, Record, pack

START_NS = 10**15
MS = 1_000_000
ASKED = Asked(streams=2, tokens_per_s=100, duration_s=2)


def write(folder: Path, delays_ms: list[list[float]], **more: object) -> None:
    """A run whose chunks were sent at 50 ms and each 20 ms from then on, and recorded so much later."""
    records, stamps = [MAGIC], []
    for index, delays in enumerate(delays_ms):
        sent_ns = round((ASKED.warm_up_s + index * ASKED.every_s) * 1e9)
        true_ns = [sent_ns + 50 * MS + number * 20 * MS for number in range(len(delays))]
        seen_ns = [at_ns + round(delay * MS) for at_ns, delay in zip(true_ns, delays, strict=True)]
        record = Record(index=index, intended_ns=sent_ns - 2 * MS, sent_ns=sent_ns, **more)  # type: ignore[arg-type]
        record.chunk_us = array("I", [(at_ns - sent_ns) // 1000 for at_ns in seen_ns])
        records.append(pack(record))
        stamps.append(_FRAME.pack(index, len(delays)) + array("q", [START_NS + each for each in true_ns]).tobytes())
    (folder / "requests-000.bin").write_bytes(b"".join(records))
    (folder / "stamps.bin").write_bytes(b"".join(stamps))
    lines = [{"t_s": ASKED.warm_up_s + second, "cpu_s": 0.25 * second} for second in range(3)]
    (folder / "client-000.jsonl").write_text("\n".join(map(json.dumps, lines)))


def test_the_same_delay_everywhere_is_an_error_of_ttft_alone(tmp_path: Path) -> None:
    write(tmp_path, [[3.0] * 5] * 4)
    found = calibrated(tmp_path, ASKED, START_NS)
    ttft, itl = found.metrics["ttft_s"], found.metrics["itl_s"]
    assert (ttft.true.p50, ttft.measured.p50, ttft.error.p99) == pytest.approx((0.05, 0.053, 0.003))
    assert (itl.true.p99, itl.error.p99, itl.error.max) == pytest.approx((0.02, 0.0, 0.0))
    assert found.metrics["e2e_s"].error.p50 == pytest.approx(0.003)
    assert found.metrics["tpot_s"].error.p50 == pytest.approx(0)
    assert (found.delay.p50, found.delay.max) == pytest.approx((0.003, 0.003))
    assert found.lag.p99 == pytest.approx(0.002)
    assert found.host_error_s == pytest.approx({"ttft_s": 0.003, "itl_s": 0.0, "tpot_s": 0.0, "e2e_s": 0.003})


def test_one_late_token_is_an_error_of_two_gaps(tmp_path: Path) -> None:
    write(tmp_path, [[0.0, 0.0, 7.0, 0.0, 0.0]])
    found = calibrated(tmp_path, ASKED, START_NS)
    assert found.metrics["itl_s"].error.max == pytest.approx(0.007)
    assert found.metrics["ttft_s"].error.max == pytest.approx(0.0)
    assert found.delay.max == pytest.approx(0.007)


def test_the_share_of_a_core_is_that_of_the_time_that_counts(tmp_path: Path) -> None:
    write(tmp_path, [[0.0] * 40] * 2)
    found = calibrated(tmp_path, ASKED, START_NS)
    assert found.cpu_ratio == pytest.approx(0.25)
    assert found.cpu_us_per_token == pytest.approx(0.5 / 80 * 1e6)
    assert found.tokens_per_s == pytest.approx(40)


def test_what_failed_or_is_of_the_warm_up_is_no_measure(tmp_path: Path) -> None:
    write(tmp_path, [[1.0] * 5], error=ErrorClass.TRUNCATED)
    assert calibrated(tmp_path, ASKED, START_NS).failed == 1
    assert calibrated(tmp_path, ASKED, START_NS).metrics["ttft_s"].error.max is None
    write(tmp_path, [[1.0] * 5], warm_up=True)
    assert calibrated(tmp_path, ASKED, START_NS).metrics["ttft_s"].error.max is None


def test_nothing_at_all_is_no_error(tmp_path: Path) -> None:
    found = calibrated(tmp_path, ASKED, START_NS)
    assert (found.requests, found.tokens, found.cpu_ratio) == (0, 0, None)
    assert set(found.host_error_s.values()) == {None}


def test_the_plan_has_as_many_streams_and_tokens_as_were_asked_for() -> None:
    asked = Asked(streams=300, tokens_per_s=30_000, duration_s=10)
    answer_s = calibration.TTFT_S + (asked.tokens - 1) * asked.itl_s
    assert asked.tokens / asked.every_s == pytest.approx(30_000)
    assert answer_s / asked.every_s == pytest.approx(300, rel=0.05)
