"""A CSV file as text: rows that know their place. Small files are read so, in a few milliseconds."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Final

from airectl.core.findings import Finding, Location, Severity

_DELIMITERS: Final = ",;\t|"
_COMMENT: Final = "#"


@dataclass(slots=True, kw_only=True)
class Table:
    """`header` names the columns of `rows`, each of which is as long as it. `lines` are the first line of each row."""

    path: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    delimiter: str
    text: str
    dropped: list[int] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)

    def column(self, index: int) -> list[str]:
        """The cells of a column."""
        return [row[index] for row in self.rows]

    def at(self, row: int, column: int) -> Location:
        """Where a cell is; row -1 is the header."""
        if not self._lines:
            self._lines = [line for line, _ in _records(self.text, self.delimiter)]
            # Rows that were dropped are known by their lines.
            self._lines = [line for line in self._lines if line not in set(self.dropped)]
        number = self._lines[row + 1]
        return _cell(self.path, number, self.text.splitlines()[number - 1], (self.delimiter, column))


def read(path: str, text: str) -> Table | Finding:
    """The table of a text with a header; or why it is none. Lines that begin with `#` are comments."""
    text = text.removeprefix("\ufeff")
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    try:
        _, header = next(records, (0, []))
        if not header:
            return _finding("the file is empty", Location(path=path), "it takes a header line and one row a time")
        rows, dropped = [], []
        for line, row in records:
            if len(row) == len(header):
                rows.append(row)
            else:
                dropped.append(line)
    except csv.Error as error:
        return _finding(f"the rows cannot be told apart: {error}", Location(path=path), "write it as plain CSV")
    if not rows:
        at = Location(path=path, line=dropped[0], col=1) if dropped else Location(path=path)
        return _finding("there is no row below the header", at, "it takes a header line and one row a time")
    names = [name.strip() for name in header]
    return Table(path=path, header=names, rows=rows, delimiter=delimiter, text=text, dropped=dropped)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of its first line; neither blank lines nor comments."""
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    first = 1
    for row in reader:
        if row and not row[0].startswith(_COMMENT) and (len(row) > 1 or row[0].strip()):
            yield first, row
        first = reader.line_num + 1


def _delimiter(text: str) -> str:
    """The sign that parts the header's names; a comma where there is one name alone."""
    for line in text.splitlines():
        if line.strip() and not line.startswith(_COMMENT):
            return max(_DELIMITERS, key=line.count)
    return ","


def _cell(path: str, number: int, line: str, of: tuple[str, int]) -> Location:
    """The place of a cell in its line; the line's beginning where quotes hide where cells end."""
    delimiter, column = of
    cells = line.split(delimiter)
    if '"' in line or column >= len(cells):
        return Location(path=path, line=number, col=1)
    start = sum(len(cell) + 1 for cell in cells[:column]) + 1
    return Location(path=path, line=number, col=start, end_line=number, end_col=start + max(len(cells[column]), 1))


def _finding(message: str, at: Location, help: str) -> Finding:
    return Finding(code="AIR501", severity=Severity.ERROR, message=message, at=at, help=help)
