"""Markdown for job summaries and merge requests. User text can add no markup, HTML, link or mention."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from airectl.core.chart import Chart
from airectl.core.findings import Finding
from airectl.core.report import Block, Cell, Code, Column, Kind, Lines, Next, Section, Table, Verdict, untold
from airectl.render import View
from airectl.render.cells import header, shown, tally
from airectl.render.inert import inert, inert_lines

# Words and stops in which neither Markdown nor a reference of GitHub or GitLab can hide; what holds
# anything else becomes a code span, where both leave it alone.
_WORDS: Final = re.compile(r"(?:[^\W_]|[ ,;:./=?'\"()%+…≤≥→·-])*")
# Of these characters: a URL, an emoji, a milestone, an issue, a commit.
_LINKED: Final = re.compile(
    r"www\.|[a-z]:[^ ]|:[a-z0-9+-]+:|%[^ ]|\bg[hl]-[0-9]|\b[0-9a-f]{7,}\b|--|\.\.\.", re.IGNORECASE
)
_SPAN: Final = re.compile(r"(`[^`]+`)")
_NUMBERED: Final = re.compile(r"^([0-9]+)([.)])")
_RUN: Final = re.compile("`+")
_NUMERIC: Final = frozenset({Kind.RATIO, Kind.COUNT, Kind.MONEY, Kind.NUMBER, Kind.DURATION})
_FINDINGS: Final = ("Severity", "Code", "Place", "Message", "Help")


def render(view: View) -> str:
    """Verdict, tables and findings in the order of the text report; no bars, no excerpts."""
    blocks = view.report.blocks
    first = [block for block in blocks if isinstance(block, Verdict)]
    last = [block for block in blocks if isinstance(block, Next)]
    sections = [*map(_block, first)]
    if view.report.partial:
        sections.append("**partial**: the run ended before it was complete")
    sections += [_block(block) for block in blocks if not isinstance(block, Verdict | Next)]
    sections += _findings(untold(view.report))
    sections += [_block(Next(commands=[command for block in last for command in block.commands]))] if last else []
    return "\n\n".join(filter(None, sections)) + "\n" if any(sections) else ""


def _block(block: Block) -> str:  # noqa: PLR0911  # one return a kind of block
    match block:
        case Verdict():
            aside = f" ({prose(block.aside)})" if block.aside else ""
            return f"{_strong(block.word.upper())} {prose(block.text)}{aside}".strip()
        case Table():
            return "\n".join(_table(block))
        case Chart(page_only=True):
            return ""
        case Chart():
            return "\n\n".join(filter(None, (_strong(block.title), prose(block.summary))))
        case Lines():
            return "\n".join(_titled(block.title) + [f"- {prose(line)}" for line in block.lines if line.strip(" ")])
        case Code():
            return _fenced(inert_lines(block.text), re.sub(r"[^A-Za-z0-9_-]", "", block.language))
        case Section():
            return _section(block)
        case Next():
            return "Next:\n\n" + _fenced([inert(command) for command in block.commands], "sh")


def _section(section: Section) -> str:
    aside = f" ({prose(section.aside)})" if section.aside else ""
    return "\n\n".join([f"## {prose(section.title)}{aside}", *filter(None, map(_block, section.blocks))])


def _titled(title: str) -> list[str]:
    return [_strong(title), ""] if title.strip(" ") else []


def _strong(text: str) -> str:
    words = prose(text)
    return f"**{words}**" if words else ""


def _table(table: Table) -> Iterator[str]:
    kept = [(at, column) for at, column in enumerate(table.columns) if column.kind is not Kind.BAR]
    yield from _titled(table.title)
    yield _row([prose(header(column)) for _, column in kept])
    yield _row(["---:" if column.kind in _NUMERIC else "---" for _, column in kept])
    for row in table.rows:
        yield _row([_cell(row[at], column) for at, column in kept])


def _cell(value: Cell, column: Column) -> str:
    text = shown(value, column)
    return prose(text) if isinstance(value, str) else escape(text, quote=False)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(in_table(cell) for cell in cells)} |"


def in_table(cell: str) -> str:
    r"""A `|` would end the cell, in a code span too. As some readers take `\\|` for an end, a space parts them."""
    return cell.replace("\\|", "\\ |").replace("|", "\\|")


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        return
    yield ", ".join(text for _, text in tally(findings))
    rows = [_row(_FINDINGS), _row(["---"] * len(_FINDINGS))]
    for finding in findings:
        place = code(str(finding.at)) if finding.at else ""
        rows.append(_row([finding.severity.value, prose(finding.code), place, _message(finding), prose(finding.help)]))
    yield "\n".join(rows)


def _message(finding: Finding) -> str:
    return f"{prose(finding.message)}: {prose(finding.label)}" if finding.label else prose(finding.message)


def prose(text: str) -> str:
    """`text` for a paragraph or a cell: words stay words, `code` stays code, all that could mean more is code."""
    text = inert(text).strip(" ")
    words, spans = _SPAN.split(text)[::2], _SPAN.findall(text)
    if not (_begins_as_words(text) and all(map(_harmless, words))):
        return code(text)
    parts = [word + code(span[1:-1]) for word, span in zip(words, [*spans, ""], strict=True)]
    return _NUMBERED.sub(r"\1\\\2", "".join(parts))


def _begins_as_words(text: str) -> bool:
    return not text or text[0].isalnum() or text[0] in "`("


def _harmless(words: str) -> bool:
    return bool(_WORDS.fullmatch(words)) and not _LINKED.search(words)


def code(text: str) -> str:
    """A code span that holds `text`, whatever backticks it has; nothing for nothing."""
    text = inert(text)
    if not text.strip(" "):
        return ""
    fence = "`" * _fence(text, 1)
    padding = " " if text[0] == "`" or text[-1] == "`" or text[0] == text[-1] == " " else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _fence(text: str, least: int) -> int:
    """Length of a fence that `text` cannot close: longer than any run of backticks in it."""
    return max([least, *(len(run) + 1 for run in _RUN.findall(text))])


def _fenced(lines: Sequence[str], language: str) -> str:
    fence = "`" * _fence("\n".join(lines), 3)
    return "\n".join([fence + language, *lines, fence])
