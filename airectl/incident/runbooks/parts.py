"""Pieces that every section of a runbook is made of: fences with a name, lists, tables, lengths of time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from airectl.core.units import plain

SHELL: Final = "sh"
PROMQL: Final = "promql"
_BACKTICKS: Final = re.compile(r"`+")
_UNITS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def fence(language: str, name: str, text: str, *, confirm: bool = False) -> str:
    """A block of code with a name; `confirm` says that it changes something."""
    marks = {"name": name, **({"confirm": True} if confirm else {})}
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    bar = "`" * max(3, longest + 1)
    return f"{bar}{language} {json.dumps(marks, separators=(',', ':'))}\n{text}\n{bar}"


def quoted(text: str) -> str:
    """Words of a spec in one line, as a quotation that opens no comment of its own."""
    return f"> {' '.join(text.split())}".replace("<!--", "&lt;!--")


def listed(lines: Iterable[str]) -> str:
    """A list of points."""
    return "\n".join(f"- {line}" for line in lines)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what would end a cell is written as it can be."""
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---' for _ in head)}|"]
    lines += [f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def joined(parts: Iterable[str]) -> str:
    """Paragraphs, those that say nothing left out."""
    return "\n\n".join(part for part in parts if part)


def percent(ratio: Decimal) -> str:
    """`99.9 %`, not rounded beyond two places of the figure."""
    return f"{plain(round(ratio * 100, 2)) if ratio else '0'} %"


def length(seconds: Decimal | int) -> str:
    """`50 hours`, `40 minutes`: in the largest unit of which there are two, to one place."""
    size, unit = next((each for each in _UNITS if seconds >= 2 * each[0]), _UNITS[-1])
    count = plain(round(Decimal(seconds) / size, 1))
    return f"{count} {unit}{'' if count == '1' else 's'}"
