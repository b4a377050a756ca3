"""The report for people: the verdict, what to look at, what to do next."""

from collections.abc import Iterator, Sequence
from typing import Final

from airectl.core.chart import Chart
from airectl.core.findings import Finding
from airectl.core.report import Block, Code, Lines, Next, Section, Table, Verdict, untold
from airectl.render import View
from airectl.render.cells import tally
from airectl.render.diagnostics import diagnostic
from airectl.render.drawing import drawn
from airectl.render.inert import inert, inert_lines
from airectl.render.measure import hanging, width, wrapped
from airectl.render.paper import Paper, paper_of
from airectl.render.tables import table_lines

_WORDS: Final = {"passed": "good", "failed": "error", "undecided": "warning", "unreadable": "error"}
_NEXT: Final = "next  "
_MORE: Final = " \\"
_PARTIAL: Final = "partial: the run ended before it was complete"


def render(view: View) -> str:
    """Blank lines part the sections; every line is inert and, on a terminal, fits its width."""
    paper = paper_of(view)
    sections = ["\n".join(lines) for lines in _sections(view, paper) if lines]
    return "\n\n".join(sections) + "\n" if sections else ""


def _sections(view: View, paper: Paper) -> Iterator[list[str]]:
    blocks = view.report.blocks
    verdicts = [block for block in blocks if isinstance(block, Verdict)]
    nexts = [block for block in blocks if isinstance(block, Next)]
    yield [line for verdict in verdicts for line in _verdict(verdict, paper, view.width)]
    if view.report.partial:
        yield [paper.paint(_PARTIAL, "warning")]
    yield from _bodies([block for block in blocks if not isinstance(block, Verdict | Next)], paper, view.width)
    findings = untold(view.report)
    for finding in findings:
        yield diagnostic(finding, paper)
    yield _summary(findings, paper)
    yield _next([command for block in nexts for command in block.commands], paper)


def _bodies(blocks: Sequence[Block], paper: Paper, page: int) -> Iterator[list[str]]:
    """Sentences that follow each other stand together; all else is set apart."""
    together: list[str] = []
    for block in blocks:
        if isinstance(block, Chart) and block.page_only:
            continue
        if isinstance(block, Lines):
            together += _sentences(block, paper)
            continue
        yield together
        together = []
        if isinstance(block, Table):
            yield table_lines(block, paper)
        elif isinstance(block, Chart):
            yield drawn(block, paper)
        elif isinstance(block, Section):
            yield from _section(block, paper, page)
        elif isinstance(block, Code):
            yield inert_lines(block.text)
    yield together


def _section(section: Section, paper: Paper, page: int) -> Iterator[list[str]]:
    title = f"{section.title} ({section.aside})" if section.aside else section.title
    yield [paper.paint(line, "strong") for line in _fitted(f"== {inert(title)}", paper)]
    for block in section.blocks:
        if isinstance(block, Verdict):
            yield _verdict(block, paper, page)
        elif isinstance(block, Next):
            yield _next(block.commands, paper)
        else:
            yield from _bodies([block], paper, page)


def _verdict(verdict: Verdict, paper: Paper, page: int) -> list[str]:
    word = inert(verdict.word.upper())
    first, *rest = hanging(f"{word}  ", inert(verdict.text), paper.width)
    lines = [first.rstrip(), *rest]
    aside = inert(verdict.aside)
    if aside:
        space = (paper.width or page) - width(lines[-1]) - width(aside)
        if space >= 2 or not paper.tty:
            lines[-1] += " " * max(2, space) + aside
        else:
            lines += [" " * max(0, (paper.width or page) - width(line)) + line for line in _fitted(aside, paper)]
    style = _WORDS.get(verdict.word.lower(), "strong")
    return [paper.paint(word, style) + lines[0][len(word) :], *lines[1:]]


def _sentences(block: Lines, paper: Paper) -> list[str]:
    title = [paper.paint(line, "strong") for line in _fitted(inert(block.title), paper)] if block.title else []
    indent = " " * 4 if block.title else ""
    return title + [
        line for text in block.lines for line in (hanging(indent, inert(text), paper.width) if text else [""])
    ]


def _fitted(text: str, paper: Paper) -> list[str]:
    return [text] if paper.width is None else wrapped(text, paper.width)


def _summary(findings: Sequence[Finding], paper: Paper) -> list[str]:
    """`3 errors, 2 warnings`; nothing for none."""
    parts = [paper.paint(text, severity.value) for severity, text in tally(findings)]
    return [", ".join(parts)] if parts else []


def _next(commands: Sequence[str], paper: Paper) -> list[str]:
    room = None if paper.width is None else paper.width - len(_NEXT)
    lines = [line for command in commands for line in pasted(inert(command), room)]
    head = paper.paint(_NEXT.rstrip(), "info") + _NEXT[len(_NEXT.rstrip()) :]
    return [(" " * len(_NEXT) if at else head) + line for at, line in enumerate(lines)]


def pasted(command: str, room: int | None) -> list[str]:
    """A command that is longer than `room` goes on after a backslash, so that it can still be pasted."""
    if room is None or width(command) <= room:
        return [command]
    lines, line = [], ""
    for word in _arguments(command):
        if line and width(line) + 1 + width(word) > room - len(_MORE):
            lines.append(line + _MORE)
            line = "  "
        line += word if not line.strip() else f" {word}"
    return [*lines, line]


def _arguments(command: str) -> list[str]:
    """Split at spaces outside quotes, a flag with its value; joined by spaces it is the same command."""
    parts, quote, word = [""], "", ""
    for character in command:
        if character == " " and not quote and not word.startswith("-"):
            parts.append("")
            word = ""
            continue
        if character in "'\"" and quote in ("", character):
            quote = "" if quote else character
        word = "" if character == " " and not quote else word + character
        parts[-1] += character
    return parts
