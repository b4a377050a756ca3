"""A DuckDB that may read the files of one log and nothing else, and how it is spoken to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

# With Python around it, the process stays below 2 GB.
MEMORY: Final = "1,500 MB"
# Each thread has its own table of slices: many cores would need many times the memory.
_THREADS: Final = 8


def connect(files: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read `files` and nothing else, with its configuration locked."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": MEMORY.replace(",", ""),
            "temp_directory": "",  # otherwise it makes a folder in the user's when memory runs short
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET threads = {_threads(connection)}")
    connection.execute(f"SET allowed_paths = {paths(files)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _threads(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT current_setting('threads')").fetchone()
    return min(int(row[0]), _THREADS) if row else 1


def identifier(name: str) -> str:
    """A column's name as SQL takes it whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def paths(files: Sequence[Path]) -> str:
    """A list of files as SQL takes it."""
    return "[" + ", ".join(literal(str(path)) for path in files) + "]"


def message_of(error: Exception, files: Sequence[Path]) -> str:
    """What DuckDB says, without its own class in front, the statement below, and the folders of the files.

    A report is the same wherever the project lies.
    """
    import duckdb

    if isinstance(error, duckdb.OutOfMemoryException):
        return f"it needs more than {MEMORY} of memory"
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    _, colon, rest = text.partition("Error: ")
    text = rest if colon else text
    for folder in {path.parent for path in files}:
        text = text.replace(f"{folder}/", "")
    return f"{text[:1].lower()}{text[1:]}".rstrip(". ")
