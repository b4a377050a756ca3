"""Traces in CSV, told by the names in their first line; columns that are not named here are not used."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from airectl.load.traces.moments import moment_ns, seconds_ns
from airectl.load.traces.rows import Row, RowError


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFormat:
    """The names of columns, and how times are written. `session` may be absent in a file."""

    name: str
    time: str
    input: str
    output: str
    session: str = ""
    read_time: Callable[[str], int]
    source: str = ""


FORMATS: Final = (
    CsvFormat(
        name="azure",
        time="TIMESTAMP",
        input="ContextTokens",
        output="GeneratedTokens",
        read_time=moment_ns,
        source="https://github.com/Azure/AzurePublicDataset/blob/master/AzureLLMInferenceDataset2024.md",
    ),
    CsvFormat(
        name="burstgpt",
        time="Timestamp",
        input="Request tokens",
        output="Response tokens",
        session="Session ID",
        read_time=seconds_ns,
        source="https://github.com/HPMLL/BurstGPT",
    ),
    CsvFormat(
        name="csv", time="at_s", input="input_tokens", output="output_tokens", session="session", read_time=seconds_ns
    ),
    CsvFormat(
        name="csv",
        time="timestamp",
        input="input_tokens",
        output="output_tokens",
        session="session",
        read_time=moment_ns,
    ),
)


def cells(line: str) -> list[str]:
    """The cells of a line. Raises RowError for quotes that do not fit."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise RowError(f"no line of CSV: {error}") from None


class CsvReader:
    """Reads the rows of a format under a header."""

    block_tokens = 0

    def __init__(self, format: CsvFormat, header: Sequence[str]) -> None:
        names = [name.strip() for name in header]
        self.format = format.name
        self._read_time = format.read_time
        self._width = len(names)
        self._columns = tuple(names.index(name) for name in (format.time, format.input, format.output))
        self._session = names.index(format.session) if format.session in names else -1
        self._sessions: dict[str, int] = {}

    def row(self, line: bytes) -> Row:
        """The row of a line. Raises RowError."""
        try:
            found = cells(line.decode())
        except UnicodeDecodeError:
            raise RowError("the line is not UTF-8") from None
        if len(found) != self._width:
            raise RowError(f"it has {len(found)} cells, and the first line has {self._width}")
        time, inputs, outputs = self._columns
        return Row(
            self._read_time(found[time].strip()),
            _count(found[inputs]),
            _count(found[outputs]),
            self._number(found[self._session].strip()) if self._session >= 0 else -1,
        )

    def _number(self, session: str) -> int:
        return self._sessions.setdefault(session, len(self._sessions)) if session else -1


def _count(text: str) -> int:
    """A number of tokens; some files write them as 472.0."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) < 10:
        return int(plain)
    whole, dot, rest = plain.partition(".")
    if dot and whole.isascii() and whole.isdigit() and len(whole) < 10 and not rest.strip("0"):
        return int(whole)
    raise RowError(f"`{text[:60]}` is no number of tokens")


def csv_reader(first: bytes) -> CsvReader | None:
    """The reader for a first line; None: it is the header of no format."""
    try:
        header = cells(first.decode())
    except (UnicodeDecodeError, RowError):
        return None
    names = {name.strip() for name in header}
    for each in FORMATS:
        if {each.time, each.input, each.output} <= names:
            return CsvReader(each, header)
    return None
