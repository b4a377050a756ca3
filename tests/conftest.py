"""Fixtures that every test may use."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from golden_text import same_as_file
from runner import Runner

GOLDEN = Path(__file__).parent / "golden"
REPORT_SCHEMA = Path(__file__).parents[1] / "airectl" / "data" / "schemas" / "airectl-report-v1.json"

# A shared machine may be slow at any moment: no test judges by the clock.
settings.register_profile("airectl", deadline=None)
settings.load_profile("airectl")


@pytest.fixture
def conformance() -> Path:
    """The folder of conformance data; without it the test is skipped, or fails where it is required."""
    folder = os.environ.get("AIRECTL_CONFORMANCE_DATA", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("AIRECTL_REQUIRE_CONFORMANCE") == "1":
        pytest.fail("AIRECTL_CONFORMANCE_DATA names no folder, and the data are required")
    pytest.skip("AIRECTL_CONFORMANCE_DATA is not set")


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """`golden("render/text.txt", actual)` compares with tests/golden; AIRECTL_UPDATE_GOLDEN=1 writes it instead."""
    return lambda name, actual: same_as_file(GOLDEN / name, actual)


@pytest.fixture(scope="session")
def report_schema() -> dict[str, Any]:
    """The shipped JSON Schema that the output of every command with `-o json` is valid by."""
    schema: dict[str, Any] = json.loads(REPORT_SCHEMA.read_text("utf-8"))
    return schema


@pytest.fixture
def airectl(tmp_path: Path) -> Runner:
    """Runs airectl in an empty folder, with an empty home, a fixed clock and no network."""
    cwd, home = tmp_path / "cwd", tmp_path / "home"
    cwd.mkdir()
    home.mkdir()
    return Runner(cwd=cwd, home=home)
