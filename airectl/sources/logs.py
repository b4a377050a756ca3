"""Event logs as DuckDB reads them: JSONL, CSV and Parquet files, their columns and their times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import duckdb

MEMORY: Final = "2GB"
# A line that is longer than this is no event; DuckDB refuses it instead of filling the memory.
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
_JSON: Final = (".jsonl", ".ndjson", ".json")
_CSV: Final = (".csv", ".tsv", ".txt")
_SCALARS: Final = ("VARCHAR", "UBIGINT", "BIGINT", "DOUBLE", "BOOLEAN")
_PACKED: Final = (".gz", ".zst")


class UnreadableError(Exception):
    """The files cannot be read as a log; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Files of one format that are read as one table. `columns` maps names to DuckDB types."""

    files: tuple[Path, ...]
    format: str
    columns: Mapping[str, str]

    @property
    def shapeless(self) -> bool:
        """Whether no row has fields: an empty file, or lines that are no objects."""
        return not self.columns or (self.format == "json" and list(self.columns) == ["json"])

    def column(self, name: str) -> str | None:
        """The name as the log spells it; SQL takes upper and lower case alike."""
        return next((known for known in self.columns if known.casefold() == name.casefold()), None)


def connect(files: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """A database in memory that may read `files` and nothing else, with its configuration locked."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": MEMORY,
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET allowed_paths = {_list(files)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def describe(files: tuple[Path, ...], connection: duckdb.DuckDBPyConnection, *, whole: bool = False) -> Log:
    """Which columns the log has, from its first rows; from all rows where `whole` is true.

    Raises UnreadableError.
    """
    import duckdb

    format_ = _format(files)
    sample = "-1" if whole else "20480"
    readers = {
        "json": f"read_json({_list(files)}, {_json_format(files)}, ignore_errors=true, union_by_name=true, "
        f"sample_size={sample}, maximum_object_size={MAX_LINE_BYTES})",
        "csv": f"read_csv({_list(files)}, ignore_errors=true, header=true, sample_size={sample})",
        "parquet": f"read_parquet({_list(files)}, union_by_name=true)",
    }
    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM {readers[format_]}").fetchall()  # noqa: S608  # names are quoted
        log = Log(files=files, format=format_, columns={str(row[0]): str(row[1]) for row in rows})
        return _from_objects(log, connection) if log.format == "json" and log.shapeless else log
    except duckdb.Error as error:
        raise UnreadableError(message_of(error, files)) from None


def is_empty(files: Sequence[Path]) -> bool:
    """Whether no file holds a single byte."""
    try:
        return all(path.stat().st_size == 0 for path in files)
    except OSError:
        return False  # reading it will say why


def has_rows(log: Log, timestamp: str, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the log has any row, readable or not. Raises UnreadableError."""
    import duckdb

    try:
        row = connection.execute(f"SELECT 1 FROM {table(log, timestamp)} LIMIT 1").fetchone()  # noqa: S608  # names are quoted
    except duckdb.Error as error:
        raise UnreadableError(message_of(error, log.files)) from None
    return row is not None


def _from_objects(log: Log, connection: duckdb.DuckDBPyConnection) -> Log:
    """The columns of the lines that are objects. DuckDB gives up on fields when one line is something else."""
    shape = "columns={'json': 'JSON'}, records=false"
    lines = f"read_json({_list(log.files)}, {_json_format(log.files)}, ignore_errors=true, {shape})"
    wanted = f"SELECT json_group_structure(json) FROM (FROM {lines} WHERE json_type(json) = 'OBJECT')"  # noqa: S608  # names are quoted
    row = connection.execute(wanted).fetchone()
    fields = json.loads(row[0]) if row and row[0] else {}
    columns = {name: type_ if type_ in _SCALARS else "JSON" for name, type_ in fields.items() if isinstance(type_, str)}
    nested = {name: "JSON" for name, type_ in fields.items() if not isinstance(type_, str)}
    return Log(files=log.files, format=log.format, columns=columns | nested) if fields else log


def _json_format(files: Sequence[Path]) -> str:
    """One object a line; a file called .json may also hold one array."""
    lines = all(".json" not in path.suffixes for path in files)
    return "format='newline_delimited'" if lines else "format='auto'"


def _format(files: Sequence[Path]) -> str:
    formats = {_format_of(path) for path in files}
    if len(formats) == 1 and (only := formats.pop()):
        return only
    raise UnreadableError("the files are not all JSONL (.jsonl), all CSV (.csv) or all Parquet (.parquet)")


def _format_of(path: Path) -> str:
    suffix = Path(path.stem).suffix if path.suffix in _PACKED else path.suffix
    if suffix in _JSON:
        return "json"
    if suffix in _CSV:
        return "csv"
    return "parquet" if suffix == ".parquet" else ""


def table(log: Log, timestamp: str) -> str:
    """The table function that reads `log`, with the column `timestamp` as written where it is text.

    A line that cannot be read is a row of NULLs in JSONL, and is set aside in `reject_errors` in CSV.
    """
    if log.format == "parquet":
        return f"read_parquet({_list(log.files)}, union_by_name=true)"
    types = {name: "VARCHAR" if name == timestamp else type_ for name, type_ in log.columns.items()}
    columns = "{" + ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items()) + "}"
    if log.format == "csv":
        return f"read_csv({_list(log.files)}, header=true, columns={columns}, ignore_errors=true, store_rejects=true)"
    return (
        f"read_json({_list(log.files)}, {_json_format(log.files)}, ignore_errors=true, "
        f"columns={columns}, records=true, maximum_object_size={MAX_LINE_BYTES})"
    )


def seconds(log: Log, timestamp: str) -> str:
    """SQL for the time of a row in epoch seconds; NULL where it cannot be read.

    RFC 3339 text, where a time without a zone is UTC; a number of seconds, or of milli-, micro- or
    nanoseconds, told by its size (seconds reach 10¹¹ in the year 5138); a timestamp.
    """
    column, type_ = identifier(timestamp), log.columns[timestamp].upper()
    if log.format != "parquet" or type_ == "VARCHAR":
        number = _scaled(f"try_cast({column} AS DOUBLE)")
        return f"coalesce(epoch(try_cast({column} AS TIMESTAMPTZ)), {number})"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return f"epoch(try_cast({column} AS TIMESTAMPTZ))"
    return _scaled(f"try_cast({column} AS DOUBLE)")


def _scaled(number: str) -> str:
    return (
        f"CASE WHEN {number} >= 1e17 THEN {number} / 1e9 WHEN {number} >= 1e14 THEN {number} / 1e6 "
        f"WHEN {number} >= 1e11 THEN {number} / 1e3 ELSE {number} END"
    )


def identifier(name: str) -> str:
    """A column's name as SQL takes it whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


def _list(files: Sequence[Path]) -> str:
    return "[" + ", ".join(literal(str(path)) for path in files) + "]"


def message_of(error: Exception, files: Sequence[Path]) -> str:
    """What DuckDB says, without its own class in front, the statement below, and the folders of the files.

    A report is the same wherever the project lies.
    """
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    _, colon, rest = text.partition("Error: ")
    text = rest if colon else text
    for path in files:
        text = text.replace(str(path), path.name)
    return f"{text[:1].lower()}{text[1:]}".rstrip(". ")
