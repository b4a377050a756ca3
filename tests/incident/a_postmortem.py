"""A postmortem that nothing is wrong with, to be changed by tests."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airectl.incident.document import Document, read

GOOD: Final = (Path(__file__).parents[1] / "codes" / "AIR622" / "good.md").read_text("utf-8")


def changed(*changes: tuple[str, str]) -> str:
    """The good one with texts replaced; each has to be there."""
    text = GOOD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def document(*changes: tuple[str, str], path: str = "postmortem.md") -> Document:
    """The same, read."""
    return read(path, changed(*changes))
