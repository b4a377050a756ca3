"""Fixtures that every test may use."""

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"
UPDATE = "AIRECTL_UPDATE_GOLDEN"
Golden = Callable[[str, str], None]


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
def golden() -> Golden:
    """`golden("render/text.txt", actual)` compares with tests/golden; AIRECTL_UPDATE_GOLDEN=1 writes it instead."""

    def compare(name: str, actual: str) -> None:
        same_as_file(GOLDEN / name, actual)

    return compare


def same_as_file(path: Path, actual: str) -> None:
    """Fail with a diff unless `actual` is what `path` holds, byte for byte; with the refresh switch, write it."""
    __tracebackhide__ = True
    if os.environ.get(UPDATE) == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(actual.encode())
        return
    expected = path.read_bytes().decode() if path.is_file() else ""
    if actual != expected:
        before, after = expected.splitlines(keepends=True), actual.splitlines(keepends=True)
        diff = "".join(difflib.unified_diff(before, after, f"{path.name}: expected", "actual"))
        pytest.fail(f"{diff}\n({UPDATE}=1 writes {path.name} anew)", pytrace=False)
