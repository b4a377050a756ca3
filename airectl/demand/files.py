"""A series from a file: small CSV files as text, all else through DuckDB, which takes longer to start."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.demand.series import Reading, Wanted
from airectl.env import Env
from airectl.spec import source

# Text of this size is read in about a second.
_SMALL: Final = 24 * 1024 * 1024
_COLUMNAR: Final = (".parquet", ".jsonl", ".ndjson", ".json", ".gz", ".zst")


def read(path: str, wanted: Wanted, env: Env) -> Reading:
    """The series of a file, or of stdin for `-`, which is CSV. Raises what the readers raise."""
    full = env.cwd / path
    if path != source.STDIN and full.is_dir():
        return _failed(path, "it is a folder", "name a file: CSV, JSONL or Parquet")
    if path != source.STDIN and (path.endswith(_COLUMNAR) or _size(full) > _SMALL):
        from airectl.demand import columnar

        return columnar.read(path, full.resolve(), wanted, env.stop)
    inputs = source.read([path], env)
    if inputs.findings:
        return Reading(source=path, findings=inputs.findings)
    from airectl.demand import csv_file

    text = inputs.texts[0]
    return csv_file.read(text.path, text.text, wanted)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it says why


def _failed(path: str, message: str, help: str) -> Reading:
    finding = Finding(code="AIR501", severity=Severity.ERROR, message=message, at=Location(path=path), help=help)
    return Reading(source=path, findings=(finding,))
