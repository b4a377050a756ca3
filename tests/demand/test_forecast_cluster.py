"""Many series on a local dask: what the workers make is what this process makes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from demand_series import demand_of_models

# A chunk of its own for each series, so that there are several to be brought into order.
_COMMAND = """
import sys
from airectl.cli import main
from airectl.demand import forecasting

if __name__ == "__main__":
    forecasting.CHUNK = 1
    sys.exit(main(sys.argv[1:]))
"""
_ENVIRONMENT = {"SOURCE_DATE_EPOCH": "1795176000", "PATH": "/usr/bin:/bin"}


def forecast(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: dask starts threads and warns of its own libraries."""
    command = [sys.executable, "-c", _COMMAND, "forecast", "demand.csv", "--group-by", "model", "--capacity", "12"]
    return subprocess.run(
        [*command, "--replicas", "4", "-o", "json", *more],
        cwd=folder, env=_ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_dask_makes_the_same(tmp_path: Path) -> None:
    (tmp_path / "demand.csv").write_bytes(demand_of_models())
    here, there = forecast(tmp_path), forecast(tmp_path, "--engine", "dask")
    assert there.returncode == here.returncode == 0, there.stderr
    assert [each["name"] for each in json.loads(here.stdout)["data"]["series"]] == ["chat", "code"]
    assert there.stdout == here.stdout


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="pyspark is installed here")
def test_an_engine_that_is_not_installed_names_the_extra(tmp_path: Path) -> None:
    (tmp_path / "demand.csv").write_bytes(demand_of_models())
    done = forecast(tmp_path, "--engine", "spark")
    assert done.returncode == 2
    assert "`pip install 'airectl[cluster]' 'fugue[spark]'`" in done.stderr
