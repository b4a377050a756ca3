"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def conformance() -> Path:
    """The folder of conformance data; without it the test is skipped, or fails where it is required."""
    folder = os.environ.get("AIRECTL_CONFORMANCE_DATA", "")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("AIRECTL_REQUIRE_CONFORMANCE") == "1":
        pytest.fail("AIRECTL_CONFORMANCE_DATA names no folder, and the data are required")
    pytest.skip("AIRECTL_CONFORMANCE_DATA is not set")
