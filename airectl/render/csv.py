"""The main table as CSV: raw values, nothing a spreadsheet would run."""

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from typing import Final

from airectl.core.findings import Finding, Location
from airectl.core.report import Cell, Column, Kind, Table
from airectl.render import View
from airectl.render.cells import known
from airectl.render.exact import instant, number
from airectl.render.inert import inert

# A cell that begins with one of these is a formula to a spreadsheet. The last four are full-width forms.
# Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNITS: Final = {Kind.RATIO: "ratio", Kind.DURATION: "s"}
_FINDING: Final = ("severity", "code", "path", "line", "col", "end_line", "end_col", "message", "help")


def render(view: View) -> str:
    """The first table of the report, else its findings; one header line, lines end with LF."""
    table = next((block for block in view.report.blocks if isinstance(block, Table)), None)
    return _written(_of_table(table) if table else _of_findings(view.report.findings))


def _of_table(table: Table) -> Iterable[Sequence[Cell]]:
    """Bars are drawings of another column and left out."""
    kept = [at for at, column in enumerate(table.columns) if column.kind is not Kind.BAR]
    yield [_title(table.columns[at]) for at in kept]
    yield from ([row[at] for at in kept] for row in table.rows)


def _title(column: Column) -> str:
    unit = _UNITS.get(column.kind, column.unit)
    return f"{column.title} ({unit})" if unit else column.title


def _of_findings(findings: Sequence[Finding]) -> Iterable[Sequence[Cell]]:
    yield _FINDING
    for finding in findings:
        at = finding.at or Location(path="")
        place = (at.path, at.line or None, at.col or None, at.end_line or None, at.end_col or None)
        yield (finding.severity.value, finding.code, *place, finding.message, finding.help)


def _written(rows: Iterable[Sequence[Cell]]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([_raw(cell) for cell in row] for row in rows)
    return text.getvalue()


def _raw(value: Cell) -> str:
    """Numbers with all their digits, times in RFC 3339, unknown as empty; text that is a formula after a `'`."""
    if isinstance(value, str):
        return f"'{inert(value)}" if value.startswith(_FORMULA) else inert(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if known(value) is None or value is None else number(value)
