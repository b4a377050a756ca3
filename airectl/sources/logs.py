"""Event logs as DuckDB reads them: JSONL, CSV and Parquet files, their columns and their times."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airectl.sources.database import literal, message_of, paths
from airectl.sources.watch import Watch

# A line that is longer than this is no event; DuckDB refuses it instead of filling the memory.
MAX_LINE_BYTES: Final = 16 * 1024 * 1024
SAMPLE: Final = 20_480
_JSON: Final = (".jsonl", ".ndjson", ".json")
_CSV: Final = (".csv", ".tsv", ".txt")
_PACKED: Final = (".gz", ".zst")
# DuckDB's own limits for CSV, and how far it is looked for a longer one: it takes DuckDB many seconds to say so.
_MAX_CSV_LINE_BYTES: Final = 2 * 1024 * 1024
_HEAD_BYTES: Final = 4 * 1024 * 1024
# To look at more files at once takes DuckDB twice the longest line of memory for each.
_TOGETHER: Final = 16


class UnreadableError(Exception):
    """The files cannot be read as a log; the message says why, `help` what to do."""

    def __init__(self, message: str, help: str = "look whether the file is whole, and what it holds") -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """CSV files with the same header: their columns, in the order of the file."""

    files: tuple[Path, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Files of one format that are read as one table. `columns` maps names to DuckDB types.

    A column that not all files have is NULL elsewhere. `layouts` are those of CSV.
    """

    files: tuple[Path, ...]
    format: str
    columns: Mapping[str, str]
    layouts: tuple[Layout, ...] = ()

    @property
    def shapeless(self) -> bool:
        """Whether no row has fields: an empty file, or lines that are no objects."""
        return not self.columns or (self.format == "json" and list(self.columns) == ["json"])

    def column(self, name: str) -> str | None:
        """The name as the log spells it; SQL takes upper and lower case alike."""
        return next((known for known in self.columns if known.casefold() == name.casefold()), None)


def describe(files: tuple[Path, ...], watch: Watch, *, whole: bool = False) -> Log:
    """Which columns the log has, from its first rows; from all rows where `whole` is true.

    Raises UnreadableError, and what a watch raises.
    """
    import duckdb

    format_ = _format(files)
    try:
        if format_ == "parquet":
            columns = _columns(f"read_parquet({paths(files)}, union_by_name=true)", watch)
            return Log(files=files, format=format_, columns=columns)
        sample = "-1" if whole else str(SAMPLE)
        if format_ == "csv":
            return _csv(files, sample, watch)
        if whole and len(files) > _TOGETHER:
            return _from_objects(Log(files=files, format=format_, columns={}), watch)
        return _json(files, sample, watch)
    except duckdb.Error as error:
        raise unreadable(error, files) from None
    except OSError as error:
        raise UnreadableError(
            f"`{Path(error.filename).name}` cannot be read: {(error.strerror or '').lower()}"
        ) from None


def unreadable(error: Exception, files: Sequence[Path]) -> UnreadableError:
    """What is wrong with the files, where DuckDB said it."""
    text = message_of(error, files)
    if "maximum_object_size" in text:
        return _too_long(text.partition('file "')[2].partition('"')[0], MAX_LINE_BYTES)
    if "max_line_size" in str(error):
        return _too_long(Path(str(error).partition("file = ")[2].partition("\n")[0]).name, _MAX_CSV_LINE_BYTES)
    if text.startswith(("error when sniffing", "cSV Error")):
        return UnreadableError(
            "the rows and columns of its CSV cannot be told apart",
            "write a header line, and one row a line, all parted by the same sign",
        )
    return UnreadableError(text)


def _too_long(name: str, limit_bytes: int) -> UnreadableError:
    return UnreadableError(
        f"`{name}` has a line of more than {limit_bytes // 2**20} MB", "an event is one line; take out what is none"
    )


def _columns(table: str, watch: Watch) -> dict[str, str]:
    return {str(row[0]): str(row[1]) for row in watch.fetch(f"DESCRIBE SELECT * FROM {table}")}  # noqa: S608  # names are quoted


def _json(files: tuple[Path, ...], sample: str, watch: Watch) -> Log:
    import duckdb

    many = len(files) > _TOGETHER
    options = f"union_by_name={not many}, sample_size={sample}, maximum_object_size={MAX_LINE_BYTES}"
    try:
        columns = _columns(f"read_json({paths(files)}, {_json_format(files)}, ignore_errors=true, {options})", watch)
    except duckdb.Error as error:
        if "recursion depth" not in str(error):
            raise
        columns = {}
    log = Log(files=files, format="json", columns=columns)
    return _from_objects(log, watch) if log.shapeless else log


def _from_objects(log: Log, watch: Watch) -> Log:
    """The columns of the lines that are objects.

    DuckDB gives up on fields when one line is something else, or is nested too deeply.
    """
    options = f"ignore_errors=true, columns={{'json': 'JSON'}}, records=false, maximum_object_size={MAX_LINE_BYTES}"
    lines = f"read_json({paths(log.files)}, {_json_format(log.files)}, {options})"
    keys = f"SELECT json, unnest(json_keys(json)) AS key FROM {lines} WHERE json_type(json) = 'OBJECT'"  # noqa: S608  # names are quoted
    types = f"""SELECT key, json_type(json, '$."' || key || '"') AS type FROM ({keys}) WHERE NOT contains(key, '"')"""  # noqa: S608  # names are quoted
    fields: dict[str, set[str]] = {}
    for key, type_ in watch.fetch(f"SELECT DISTINCT key, type FROM ({types}) ORDER BY ALL"):  # noqa: S608  # names are quoted
        fields.setdefault(str(key), set()).add(str(type_))
    columns = {key: _type_of(types - {"NULL"}) for key, types in fields.items()}
    return Log(files=log.files, format="json", columns=columns) if columns else log


def _type_of(types: set[str]) -> str:
    """The column type that takes values of all these JSON types."""
    if types <= {"UBIGINT", "BIGINT"}:
        return "BIGINT" if types else "JSON"
    if types <= {"UBIGINT", "BIGINT", "DOUBLE"}:
        return "DOUBLE"
    return types.pop() if len(types) == 1 and types <= {"VARCHAR", "BOOLEAN"} else "JSON"


def _csv(files: tuple[Path, ...], sample: str, watch: Watch) -> Log:
    """Files with one header are read together; those with another one apart, and by name."""
    groups: dict[bytes, list[Path]] = {}
    for path in files:
        if path.stat().st_size:
            groups.setdefault(_header(path), []).append(path)
    options = f"union_by_name=true, ignore_errors=true, header=true, sample_size={sample}"
    types: dict[str, str] = {}
    layouts = []
    for group in groups.values():
        found = _columns(f"read_csv({paths(group[:_TOGETHER])}, {options})", watch)
        types = {name: _common(types.get(name), found.get(name)) for name in types | found}
        layouts.append(Layout(files=tuple(group), columns=tuple(found)))
    return Log(files=files, format="csv", columns=types, layouts=tuple(layouts))


_NUMBERS: Final = ("BIGINT", "DOUBLE")


def _common(one: str | None, other: str | None) -> str:
    """The type of a column of which files say different things."""
    if not one or not other or one == other:
        return one or other or "VARCHAR"
    return "DOUBLE" if one in _NUMBERS and other in _NUMBERS else "VARCHAR"


def _header(path: Path) -> bytes:
    """The first line; the name, where reading it would take a library more.

    Raises UnreadableError where a line is too long.
    """
    if path.suffix == ".zst":
        return bytes(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            lines = file.read(_HEAD_BYTES).split(b"\n")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return bytes(path)  # what is wrong with it DuckDB says
    if max(map(len, lines)) > _MAX_CSV_LINE_BYTES:
        raise _too_long(path.name, _MAX_CSV_LINE_BYTES)
    return lines[0].removeprefix(b"\xef\xbb\xbf").strip()


def is_empty(files: Sequence[Path]) -> bool:
    """Whether no file holds a single byte."""
    try:
        return all(path.stat().st_size == 0 for path in files)
    except OSError:
        return False  # reading it will say why


def one_object_a_line(files: Sequence[Path]) -> bool:
    """Whether each line must be one object; a file called .json may also hold one array."""
    return all(".json" not in path.suffixes for path in files)


def _json_format(files: Sequence[Path]) -> str:
    return "format='newline_delimited'" if one_object_a_line(files) else "format='auto'"


def _format(files: Sequence[Path]) -> str:
    formats = {_format_of(path) for path in files}
    if len(formats) == 1 and (only := formats.pop()):
        return only
    raise UnreadableError(
        "the files are not all JSONL (.jsonl), all CSV (.csv) or all Parquet (.parquet)",
        "name JSONL, CSV or Parquet files with the same columns",
    )


def _format_of(path: Path) -> str:
    suffix = Path(path.stem).suffix if path.suffix in _PACKED else path.suffix
    if suffix in _JSON:
        return "json"
    if suffix in _CSV:
        return "csv"
    return "parquet" if suffix == ".parquet" else ""


def table(log: Log, timestamp: str) -> str:
    """What reads `log`, with the column `timestamp` as written where it is text.

    A line that cannot be read is a row of NULLs in JSONL, and is set aside in `reject_errors` in CSV.
    """
    if log.format == "parquet":
        return f"read_parquet({paths(log.files)}, union_by_name=true)"
    types = {name: "VARCHAR" if name == timestamp else type_ for name, type_ in log.columns.items()}
    if log.format == "csv":
        return f"({' UNION ALL BY NAME '.join(_csv_tables(log, types))})"
    return (
        f"read_json({paths(log.files)}, {_json_format(log.files)}, ignore_errors=true, "
        f"columns={_struct(types)}, records=true, maximum_object_size={MAX_LINE_BYTES})"
    )


def _csv_tables(log: Log, types: Mapping[str, str]) -> Iterator[str]:
    for layout in log.layouts:
        known = {name.casefold(): type_ for name, type_ in types.items()}
        columns = _struct({name: known.get(name.casefold(), "VARCHAR") for name in layout.columns})
        yield (
            f"FROM read_csv({paths(layout.files)}, header=true, columns={columns}, "
            "ignore_errors=true, store_rejects=true)"
        )


def _struct(types: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items()) + "}"
