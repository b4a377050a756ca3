"""A check whose query is running when a signal comes: what is done is reported, and marked."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from runner import Runner

SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    metadata: {{name: {name}}}
    spec:
      ratioMetric:
        good: {{metricSource: {{type: Events, spec: {{path: {name}.parquet, where: "{where}"}}}}}}
        total: {{metricSource: {{type: Events, spec: {{path: {name}.parquet}}}}}}
  timeWindow: [{{duration: 1h, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
"""
# About a minute on two cores, if nothing ends it.
SLOW = " or ".join(f"regexp_matches(x, '(a|b)*(c|d)*{number:03}zz')" for number in range(90))
ROWS = {
    "fast": "SELECT 1767225600 + i AS timestamp, 200 AS status FROM range(10000) t(i)",
    "slow": "SELECT 1767225600 AS timestamp, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS x FROM range(3000000) t(i)",
}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a quick SLO and one that takes long."""
    import duckdb  # not above: hypothesis keeps the modules of tests alive, and DuckDB complains of that at the end

    folder = tmp_path_factory.mktemp("slow")
    with closing(duckdb.connect()) as connection:
        for name, rows in ROWS.items():
            connection.execute(f"COPY ({rows}) TO '{folder}/{name}.parquet'")
    slos = SLO.format(name="fast", where="status < 500"), SLO.format(name="slow", where=SLOW)
    (folder / "slos.yaml").write_text("---".join(slos))
    return folder


@contextmanager
def running(specs: Path, airectl: Runner) -> Iterator[subprocess.Popen[bytes]]:
    """A check that has begun to count the slow log."""
    command = ["check", "slos.yaml", "--at", "2026-01-01T01:00:00Z", "-q", "-o", "json=report.json"]
    (specs / "report.json").unlink(missing_ok=True)
    with subprocess.Popen(
        [sys.executable, "-m", "airectl", *command],
        cwd=specs, env=airectl.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            wait_until_busy(process)
            yield process
        finally:
            process.kill()


def wait_until_busy(process: subprocess.Popen[bytes]) -> None:
    """Until it has used more CPU time than all but the slow query takes."""
    status = Path(f"/proc/{process.pid}/stat")
    if not status.exists():
        pytest.skip("/proc says how much CPU time a process has used; there is none here")
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        fields = status.read_text().rpartition(")")[2].split()
        if int(fields[11]) + int(fields[12]) > 400:
            return
        time.sleep(0.05)
    pytest.fail("it never was busy")


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_done_is_reported(signum: int, code: int, specs: Path, airectl: Runner) -> None:
    with running(specs, airectl) as process:
        process.send_signal(signum)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (code, b"")
    report = json.loads((specs / "report.json").read_text())
    assert (report["partial"], report["exit_code"], report["status"]) == (True, code, "undecided")
    assert [slo["status"] for slo in report["data"]["slos"]] == ["met", "unknown"]
    left_out = [finding["message"] for finding in report["findings"] if finding["code"] == "AIR209"]
    assert left_out == ["`chat/slow` was not evaluated: the run was interrupted"]


def test_a_second_signal_ends_without_a_crash(specs: Path, airectl: Runner) -> None:
    with running(specs, airectl) as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode in (130, 143)
    assert stderr in (b"interrupted\n", b"")  # the first one may have had the time to report
