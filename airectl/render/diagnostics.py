"""A finding with its line, as compilers show it: message, place, excerpt with a caret, notes, help."""

from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding, Location
from airectl.render.inert import inert
from airectl.render.measure import cells_of, hanging, width, wrapped
from airectl.render.paper import Paper

# Off a terminal nothing is cut, but a line of a megabyte is not an excerpt.
_LONGEST: Final = 160
_CUT: Final = "..."
_TAB: Final = " " * 4
_LABEL_ROOM: Final = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """A shown line and the cells that the caret stands under; `cells` 0 for no caret."""

    text: str
    before: int
    cells: int


def diagnostic(finding: Finding, paper: Paper) -> list[str]:
    """The lines of one finding."""
    style = finding.severity.value
    head = f"{inert(style)}[{inert(finding.code)}]"
    first, *rest = hanging(f"{head}: ", inert(finding.message), paper.width)
    lines = [paper.paint(head, style) + first[len(head) :], *rest]
    gutter = " " * len(str(max(finding.at.line, 1) if finding.at else 1))
    if finding.at:
        lines.append(f"{gutter}{paper.paint('-->', 'frame')} {inert(str(finding.at))}")
    marked = bool(finding.excerpt and finding.at and finding.at.line)
    if marked and finding.at:
        lines += _source(finding, finding.at, gutter, paper)
    notes = finding.notes if marked or not finding.label else (finding.label, *finding.notes)
    for word, text in (*(("note", note) for note in notes), ("help", finding.help)):
        if text:
            lines += _remark(f"{gutter} = {word}: ", inert(text), paper)
    return lines


def _remark(prefix: str, text: str, paper: Paper) -> list[str]:
    first, *rest = hanging(prefix, text, paper.width)
    return [paper.paint(prefix.rstrip(), "frame") + first[len(prefix.rstrip()) :], *rest]


def _source(finding: Finding, at: Location, gutter: str, paper: Paper) -> list[str]:
    room = (paper.width or _LONGEST) - len(gutter) - 3
    mark = marked_line(finding.excerpt.rstrip("\r\n"), at, room)
    bar = paper.paint("|", "frame")
    lines = [f"{gutter} {bar}", f"{paper.paint(str(at.line), 'frame')} {bar} {mark.text}".rstrip()]
    if mark.cells:
        caret = paper.paint("^" * mark.cells, finding.severity.value)
        below, *more = _labelled(mark, inert(finding.label), room if paper.tty else None)
        lines.append(f"{gutter} {bar} {' ' * mark.before}{caret}{below}")
        lines += [f"{gutter} {bar} {line}" for line in more]
    return lines


def _labelled(mark: Mark, label: str, room: int | None) -> list[str]:
    """What stands after the caret, then lines of their own for a label that does not fit there."""
    used = mark.before + mark.cells
    if not label or room is None or used + 1 + width(label) <= room:
        return [f" {label}" if label else ""]
    indent = mark.before if room - mark.before >= _LABEL_ROOM else 0
    return ["", *(" " * indent + line for line in wrapped(label, room - indent))]


def marked_line(line: str, at: Location, room: int) -> Mark:
    """`line` as it can be shown in `room` cells, cut to a window around the marked place if it is longer."""
    start = min(max(at.col - 1, 0), len(line))
    # A character takes at least a cell, save combining marks: what lies further away cannot be shown.
    low, high = max(0, start - room), min(len(line), start + room + 1)
    shown = [_TAB if character == "\t" else inert(character) for character in line[low:high]]
    sizes = [cells_of(text) if len(text) == 1 else len(text) for text in shown]
    here, stop = start - low, _end(line, at, start) - low
    left, right = 0, len(shown)
    if low or high < len(line) or sum(sizes) > room:
        left, right = _window(sizes, here, room - 2 * len(_CUT))
    opening = _CUT if low + left else ""
    closing = _CUT if low + right < len(line) else ""
    before = len(opening) + sum(sizes[left:here])
    cells = max(1, sum(sizes[here : min(stop, right)])) if at.col else 0
    return Mark(opening + "".join(shown[left:right]) + closing, before, cells)


def _end(line: str, at: Location, start: int) -> int:
    """Where the marked part of this line ends, exclusive; it is at least one character long."""
    if at.end_line > at.line:
        return max(len(line), start + 1)
    return max(at.end_col - 1, start + 1)


def _window(sizes: list[int], here: int, room: int) -> tuple[int, int]:
    """A part of at most `room` cells with `here` in it: a third before it, or more where less follows."""
    before = max(room // 3, room - sum(sizes[here:]))
    left = here
    while left and before >= sizes[left - 1]:
        left -= 1
        before -= sizes[left]
    while left < here and not sizes[left]:  # a combining mark would join the dots
        left += 1
    right, used = left, 0
    while right < len(sizes) and used + sizes[right] <= room:
        used += sizes[right]
        right += 1
    return left, right
