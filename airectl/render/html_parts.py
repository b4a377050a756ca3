"""The parts of a page. All text of the user is escaped and inert; no part has a script, a style or an address."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any, Final

from airectl.core.chart import Chart
from airectl.core.findings import Finding, Location
from airectl.core.report import Block, Cell, Code, Column, Kind, Lines, Next, Section, Table, Verdict
from airectl.render.cells import NUMERIC, OVER, header, known, shown
from airectl.render.diagnostics import marked_line
from airectl.render.inert import inert, inert_lines

_SPAN: Final = re.compile(r"`([^`]+)`")
_EXCERPT: Final = 120
_RIGHT: Final = NUMERIC | {Kind.DURATION}
_STATES: Final = frozenset({"passed", "failed", "undecided", "unreadable", "done", "valid", "error", "warning", "info"})


def block(each: Block) -> str:
    """One block of a report."""
    return _PARTS[type(each)](each)


def escaped(text: str) -> str:
    """Text that is nothing but text, in an element or in an attribute."""
    return escape(inert(text))


def prose(text: str) -> str:
    """A sentence; what stands in backticks is code."""
    return _SPAN.sub(r"<code>\1</code>", escaped(text))


def tag(name: str, text: str, kind: str = "") -> str:
    """A sentence in an element of a class."""
    return f'<{name} class="{kind}">{prose(text)}</{name}>' if kind else f"<{name}>{prose(text)}</{name}>"


def anchor(section: Section) -> str:
    """The name of a section for links to it; sections of one title differ in what stands beside it."""
    said = f"{section.title} {section.aside}".lower()
    return "s-" + (re.sub(r"[^a-z0-9]+", "-", said).strip("-") or "section")


def finding(each: Finding) -> str:
    """A finding: what, where, the line, and what to do."""
    head = f'<strong class="{each.severity.value}">{each.severity.value} {escaped(each.code)}</strong>'
    parts = [f"<p>{head} {prose(each.message)}</p>"]
    if each.at:
        parts.append(f'<p class="place">{escaped(str(each.at))}</p>')
    if each.excerpt and each.at and each.at.line:
        parts.append(f'<pre tabindex="0">{_marked(each.excerpt, each.at)}</pre>')
    notes = [each.label, *each.notes, f"help: {each.help}" if each.help else ""]
    parts += [tag("p", note, "note") for note in notes if note]
    return f'<div class="finding">{"".join(parts)}</div>'


def _marked(excerpt: str, at: Location) -> str:
    """The line with what is meant below it, as a compiler shows it."""
    mark = marked_line(excerpt.rstrip("\r\n"), at, _EXCERPT)
    return escape(f"{mark.text}\n{' ' * mark.before}{'^' * mark.cells}" if mark.cells else mark.text)


def _verdict(verdict: Verdict) -> str:
    state = verdict.word.lower()
    word = f'<span class="word {state if state in _STATES else "info"}">{escaped(verdict.word.upper())}</span>'
    aside = f' <span class="aside">{escaped(verdict.aside)}</span>' if verdict.aside else ""
    return f"{word} {prose(verdict.text)}{aside}"


def _text(lines: list[str]) -> str:
    return escape("\n".join(lines))


def _lines(lines: Lines) -> str:
    title = tag("h3", lines.title) if lines.title.strip() else ""
    items = "".join(f"<li>{prose(line)}</li>" for line in lines.lines if line.strip())
    return f'{title}<ul class="lines">{items}</ul>' if items else title


def _table(table: Table) -> str:
    """A table scrolls by itself where the page is narrow, also by keyboard."""
    caption = f"<caption>{prose(table.title)}</caption>" if table.title else ""
    heads = "".join(
        f'<th scope="col"{_class(column)}>{escaped(header(column)) or _SILENT}</th>' for column in table.columns
    )
    rows = "".join(
        "<tr>" + "".join(_cell(value, column) for value, column in zip(row, table.columns, strict=True)) + "</tr>"
        for row in table.rows
    )
    name = escaped(table.title or "table")
    body = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">{body}</div>'


# A column of bars needs no title to be seen, but one to be heard.
_SILENT: Final = '<span aria-label="bar"></span>'


def _class(column: Column) -> str:
    return ' class="number"' if column.kind in _RIGHT else ""


def _cell(value: Cell, column: Column) -> str:
    if column.kind is Kind.BAR:
        return f"<td>{_meter(value)}</td>"
    return f"<td{_class(column)}>{prose(shown(value, column))}</td>"


def _meter(value: Cell) -> str:
    number = None if isinstance(value, str | datetime) else known(value)
    if number is None:
        return escaped(value) if isinstance(value, str) else ""
    if number < 0:
        return OVER
    return f'<meter min="0" max="1" value="{min(number, Decimal(1)):.4f}">{number:.0%}</meter>'


def _chart(chart: Chart) -> str:
    from airectl.render.charts import svg

    words = f"<strong>{escaped(chart.title)}</strong>: {prose(chart.summary)}"
    picture = f'<div class="scroll" role="region" aria-label="{escaped(chart.title)}" tabindex="0">{svg(chart)}</div>'
    return f"<figure>{picture}<figcaption>{words}</figcaption></figure>"


def _section(section: Section) -> str:
    aside = f' <span class="aside">{escaped(section.aside)}</span>' if section.aside else ""
    title = f'<h2 id="{anchor(section)}">{prose(section.title)}{aside}</h2>'
    parts = [f"<p>{_verdict(each)}</p>" if isinstance(each, Verdict) else block(each) for each in section.blocks]
    return f"<section>{title}{''.join(parts)}</section>"


def _code(code: Code) -> str:
    return f'<pre tabindex="0">{_text(inert_lines(code.text))}</pre>'


def _next(commands: Next) -> str:
    return f'<h3>Next</h3><pre tabindex="0">{_text([inert(command) for command in commands.commands])}</pre>'


def _headline(verdict: Verdict) -> str:
    return f"<h1>{_verdict(verdict)}</h1>"


_PARTS: Final[Mapping[type, Callable[[Any], str]]] = {
    Verdict: _headline,
    Table: _table,
    Chart: _chart,
    Lines: _lines,
    Code: _code,
    Section: _section,
    Next: _next,
}
