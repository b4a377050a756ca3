"""The command line that asks for the same forecast again, to be pasted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from shlex import join
from typing import TYPE_CHECKING, Any, Final

from airectl.core.secrets import redact_url

if TYPE_CHECKING:
    from airectl.commands.forecasted import Asked

# Options that are called otherwise than what they are kept in.
_OPTIONS: Final = {"budget": "budget-gpus"}
_STDIN: Final = "-"


def again(asked: Asked) -> str | None:
    """The words of the command line; None where a part of it came on stdin."""
    series = asked.input.series
    kind = [f"--{asked.input.kind}"] if asked.input.kind else []
    # A unit is kept where the demand is, and where its capacity is.
    told = dict.fromkeys((*_options(asked.input), *_options(asked.ahead), *_options(asked.sizing), *_options(asked)))
    if _STDIN in (series, *(text for _, text in told)):
        return None
    return join(["airectl", "forecast", series, *kind, *(word for each in told for word in _words(*each))])


def _words(option: str, text: str) -> tuple[str, ...]:
    """A text that begins as an option does is joined to its own."""
    return (f"{option}={text}",) if text.startswith("-") else (option, text)


def _options(part: Any) -> Iterator[tuple[str, str]]:
    """What was given of one part of a command line, each option with its text."""
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name in ("series", "kind", "input", "ahead", "sizing") or value is None:
            continue
        if field.name == "model":
            yield from _options(value)
            continue
        option = f"--{_OPTIONS.get(field.name, field.name).replace('_', '-')}"
        for text in value if isinstance(value, tuple | list) else (value,):
            yield option, redact_url(str(text)) if option == "--source" else _plain(text)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
