"""Terminal cells: how wide text is, and breaking it at a width."""

import re
from typing import Final
from unicodedata import category, east_asian_width

JOINTS: Final = "-/._:"
_INDENT: Final = " " * 4


def width(text: str) -> int:
    """How many terminal cells `text` takes: East Asian wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(cells_of, text))


def cells_of(character: str) -> int:
    """Cells of one printable character: 0, 1 or 2."""
    if character < "\u0300":
        return 1
    if category(character) in ("Mn", "Me") or "\u1161" <= character <= "\u11ff":  # medial and final jamo join
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def padded(text: str, cells: int) -> str:
    """`text` with spaces up to `cells` terminal cells."""
    return text + " " * (cells - width(text))


def wrapped(text: str, cells: int) -> list[str]:
    """`text` broken at spaces into lines of at most `cells`; a longer word is cut, no character is lost."""
    if width(text) <= cells:
        return [text]
    lines, line, room = [], "", cells
    for word in _pieces(text, cells):
        size = width(word)
        if size > room and not word.isspace():
            lines += [line.rstrip(" ")] if line.strip(" ") else []
            line, room = "", cells
        line += word
        room -= size
    return [*lines, line.rstrip(" ")]


def _pieces(text: str, cells: int) -> list[str]:
    """Words and the spaces between them; a word wider than `cells` in parts."""
    pieces: list[str] = []
    for word in re.split("( +)", text):
        if width(word) <= cells or word.isspace():
            pieces.append(word)
        else:
            pieces.extend(_cut(word, cells))
    return pieces


def _cut(word: str, cells: int) -> list[str]:
    """Parts of at most `cells`, cut after a joint such as `-` or `/` unless that would leave little on the line."""
    parts, part, taken = [], "", 0
    for character in word:
        size = cells_of(character)
        while taken + size > cells and part:
            joint = max(part.rfind(each) for each in JOINTS) + 1
            end = joint if joint > len(part) // 3 else len(part)
            parts.append(part[:end])
            part = part[end:]
            taken = width(part)
        part += character
        taken += size
    return [*parts, part]


def hanging(prefix: str, text: str, cells: int | None) -> list[str]:
    """`prefix` and `text`, further lines indented to where the text began; `cells` None: one line.

    A prefix longer than half a line stands alone.
    """
    if cells is None or width(prefix) + width(text) <= cells:
        return [prefix + text]
    if width(prefix) > cells // 2:
        return [prefix.rstrip(" "), *(_INDENT + line for line in wrapped(text, cells - len(_INDENT)))]
    first, *rest = wrapped(text, cells - width(prefix))
    return [prefix + first, *(" " * width(prefix) + line for line in rest)]
