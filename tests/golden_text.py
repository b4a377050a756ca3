"""Comparing text with a file, and writing the file anew on demand."""

import difflib
import os
from pathlib import Path
from typing import Final

import pytest

UPDATE: Final = "AIRECTL_UPDATE_GOLDEN"


def same_as_file(path: Path, actual: str) -> None:
    """Fail with a diff unless `actual` is what `path` holds, byte for byte; with the refresh switch, write it."""
    __tracebackhide__ = True
    if os.environ.get(UPDATE) == "1":
        if os.environ.get("CI"):
            pytest.fail(f"{UPDATE} is set in CI, where nothing would be compared", pytrace=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(actual.encode())
        return
    expected = path.read_bytes().decode() if path.is_file() else ""
    if actual != expected:
        before, after = expected.splitlines(keepends=True), actual.splitlines(keepends=True)
        diff = "".join(difflib.unified_diff(before, after, f"{path.name}: expected", "actual"))
        pytest.fail(f"{diff}\n({UPDATE}=1 writes {path.name} anew)", pytrace=False)
