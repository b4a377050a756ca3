"""Where a log is broken: the first line that cannot be read, and last lines that are only half written."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airectl.sources.logs import MAX_LINE_BYTES, Log, one_object_a_line

if TYPE_CHECKING:
    import duckdb

# Lines are looked for in Python, which is slow: no further than about a third of a second.
_LOOK_BYTES: Final = 32 * 1024 * 1024
_TAIL_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What is known of a log's broken lines.

    `file` and `line` (from 1) are those of the first one, empty and 0 where that would take long to
    find. `torn` are the files whose last line is not whole: they are being written, or were cut off.
    """

    file: str = ""
    line: int = 0
    torn: tuple[str, ...] = ()


def look(log: Log, timestamp: str, connection: duckdb.DuckDBPyConnection) -> Broken:
    """Find the broken lines of `log`, which has some. `connection` has read it."""
    with suppress(OSError, EOFError):  # a file that went away meanwhile has no lines to name
        if log.format == "csv":
            return _rejected(connection)
        if log.format == "json" and one_object_a_line(log.files):
            torn = [path for path in log.files if _is_torn(path)]
            file, line = _first(log.files, torn, timestamp)
            return Broken(file=file, line=line, torn=tuple(path.name for path in torn))
    return Broken()


def _rejected(connection: duckdb.DuckDBPyConnection) -> Broken:
    found = connection.execute(
        "SELECT file_path, min(line), max_by(csv_line, line), count(DISTINCT line) "
        "FROM reject_errors JOIN reject_scans USING (scan_id, file_id) GROUP BY file_path ORDER BY file_path"
    ).fetchall()
    torn = {path for path, _, last, _ in found if last and _tail(Path(path)) == str(last).encode()}
    places = [(Path(path).name, int(line)) for path, line, _, count in found if path not in torn or count > 1]
    file, line = places[0] if places else ("", 0)
    return Broken(file=file, line=line, torn=tuple(sorted(Path(path).name for path in torn)))


def _tail(path: Path) -> bytes:
    """What stands after the last line break of a file that is not packed."""
    if path.suffix in (".gz", ".zst"):
        return b""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
        return file.read().rpartition(b"\n")[2]


def _is_torn(path: Path) -> bool:
    tail = _tail(path)
    return bool(tail.strip()) and _parsed(tail) is None


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The object of a line; None where it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _first(files: Sequence[Path], torn: Sequence[Path], timestamp: str) -> tuple[str, int]:
    left = _LOOK_BYTES
    for path in files:
        if path.suffix == ".zst":
            return "", 0
        for number, line in enumerate(_lines(path), 1):
            left -= len(line)
            if left < 0:
                return "", 0
            if line.strip() and not _is_whole(line, timestamp) and not (path in torn and not line.endswith(b"\n")):
                return path.name, number
    return "", 0


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES):
            yield line


def _is_whole(line: bytes, timestamp: str) -> bool:
    """Whether a line is an object with a time, as far as is certain: one in doubt counts as whole."""
    row = _parsed(line)
    if row is None:
        return False
    time = row.get(timestamp)
    if not isinstance(time, str) or not time:
        return isinstance(time, int | float) and 0 <= time < float("inf")
    return time.lstrip(" +.")[:1].isdigit()
