"""A place within JSON.

Source: https://www.rfc-editor.org/rfc/rfc6901
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class PointerError(ValueError):
    """A text is no pointer; the message says why."""


def parse(text: str) -> tuple[str, ...]:
    """The steps of a pointer such as `/choices/0/text`; empty: the whole. Raises PointerError."""
    if not text:
        return ()
    if not text.startswith("/"):
        raise PointerError("it begins with `/`, as in /choices/0/text")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in text[1:].split("/"))


def find(value: Any, steps: Sequence[str]) -> Any:
    """What stands there. Raises KeyError where nothing does."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            raise KeyError(step)
    return value
