"""Event logs for the figures: written by DuckDB, the same for every run, and the SLOs that are asked of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

START_S: Final = 1_767_225_600  # 2026-01-01
SPAN_S: Final = 28 * 86_400
AT: Final = "2026-01-29T00:00:00Z"
SLOS: Final = 1_000
SMALL_ROWS: Final = 12_000

_SLO: Final = """apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        good: {{metricSource: {{type: Events, spec: {{path: {log}, where: "{where}"}}}}}}
        total: {{metricSource: {{type: Events, spec: {{path: {log}}}}}}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: {method}
  objectives: [{{target: 0.99{slices}}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many rows the logs have, and the time that is allowed for them, if any."""

    parquet: int
    jsonl: int
    parquet_limit_s: float | None = None
    jsonl_limit_s: float | None = None


USUAL: Final = Size(parquet=10_000_000, jsonl=1_000_000)
LARGE: Final = Size(parquet=100_000_000, jsonl=10_000_000, parquet_limit_s=4.0, jsonl_limit_s=20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one run took. `memory_mb` is the largest resident set."""

    what: str
    wall_s: float
    memory_mb: float
    limit_s: float | None = None


def figures(airectl: str, folder: Path, size: Size) -> Iterator[Spent]:
    """Budgets over one log: by the minute, in slices of five, as JSONL, and a thousand SLOs at once."""
    _write(folder, size)
    for slice_, name in (("", "1-minute counts"), ("1m", "1-minute slices"), ("5m", "5-minute slices")):
        text = _slo("parquet", "log.parquet", "status < 500 and ttft_s < 0.999", slice_)
        what = f"budget, {size.parquet:,} events in Parquet, {name}"
        yield _checked(airectl, folder, text, what, size.parquet_limit_s)
    text = _slo("jsonl", "log.jsonl", "status < 500 and ttft_s < 0.999", "")
    yield _checked(airectl, folder, text, f"budget, {size.jsonl:,} JSONL lines", size.jsonl_limit_s)
    for slice_, name in (("", "1-minute counts"), ("5m", "5-minute slices")):
        slos = (_slo(f"slo-{i}", "small.jsonl", f"status < 500 and ttft_s < 0.999{i:03}", slice_) for i in range(SLOS))
        yield _checked(airectl, folder, "---\n".join(slos), f"{SLOS:,} SLOs on one log of {SMALL_ROWS:,}, {name}", None)


def _slo(name: str, log: str, where: str, slice_: str) -> str:
    slices = f", timeSliceTarget: 0.9, timeSliceWindow: {slice_}" if slice_ else ""
    method = "Timeslices" if slice_ else "Occurrences"
    return _SLO.format(name=name, log=log, where=where, method=method, slices=slices)


def _write(folder: Path, size: Size) -> None:
    import duckdb  # not above: tests import this module, and DuckDB complains of modules that stay alive

    with closing(duckdb.connect(config={"temp_directory": str(folder / "spill"), "memory_limit": "4GB"})) as connection:
        connection.execute("SET preserve_insertion_order = false")
        for name, count, time_ in (
            ("log.parquet", size.parquet, "make_timestamp({us})"),
            ("log.jsonl", size.jsonl, "strftime(make_timestamp({us}), '%Y-%m-%dT%H:%M:%SZ')"),
            ("small.jsonl", SMALL_ROWS, "strftime(make_timestamp({us}), '%Y-%m-%dT%H:%M:%SZ')"),
        ):
            # A hash of the row's number is as good as chance, and the same on every machine.
            us = f"(({START_S} + i * {SPAN_S / count!r}) * 1000000)::BIGINT"
            columns = (
                f"{time_.format(us=us)} AS timestamp, CASE WHEN hash(i, 1) % 2000 = 0 THEN 500 ELSE 200 END AS status, "
                "((hash(i, 2) % 10000) / 10000.0)::FLOAT AS ttft_s, (hash(i, 3) % 500)::INTEGER AS tokens"
            )
            connection.execute(f"COPY (SELECT {columns} FROM range({count}) t(i)) TO '{folder / name}'")  # noqa: S608  # constants


def _checked(airectl: str, folder: Path, text: str, what: str, limit_s: float | None) -> Spent:
    (folder / "slos.yaml").write_text(text, "utf-8")
    wall_s, memory_mb = _once([airectl, "check", "slos.yaml", "--at", AT, "-q"], folder)
    return Spent(what=what, wall_s=wall_s, memory_mb=memory_mb, limit_s=limit_s)


def _once(command: Sequence[str], folder: Path) -> tuple[float, float]:
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024
