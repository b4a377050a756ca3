"""Renders one template in a process of its own: `python -m airectl.incident.templates.child`.

Takes a JSON object on stdin (`name`, `sources`, `context`, `memory_bytes`, `cpu_s`, `longest`) and answers with one
on stdout: `text`, or `problem` with `kind`, `message`, `name` and `line`. It reads and writes no file.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError, UndefinedError

from airectl.incident.templates.folder import leads_out
from airectl.incident.templates.sandbox import environment


class TooLongError(Exception):
    """The text is longer than it may be."""


_KINDS: Final[dict[str, tuple[type[Exception], ...]]] = {
    "syntax": (TemplateSyntaxError,),
    "unsafe": (SecurityError,),
    "missing": (UndefinedError,),
    "large": (MemoryError, RecursionError, OverflowError, TooLongError),
}


def main() -> None:
    """One question, one answer."""
    asked = json.load(sys.stdin)
    _limit(asked["memory_bytes"], asked["cpu_s"])
    try:
        answer: dict[str, Any] = {"text": _rendered(asked)}
    except Exception as error:  # whatever a template makes Python raise is a fault of the template
        answer = {"problem": _problem(error, asked["sources"])}
    json.dump(answer, sys.stdout)


def _limit(memory_bytes: int, cpu_s: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # Not every system has every limit; the time that is waited for an answer is bounded in any case.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (allowed, allowed))


def _rendered(asked: dict[str, Any]) -> str:
    template = environment(asked["sources"]).get_template(asked["name"])
    parts, length = [], 0
    for part in template.generate(asked["context"]):
        length += len(part)
        if length > asked["longest"]:
            raise TooLongError
        parts.append(part)
    return "".join(parts)


def _problem(error: Exception, sources: dict[str, str]) -> dict[str, Any]:
    name, line = _place(error.__traceback__, sources)
    if isinstance(error, TemplateSyntaxError):
        name, line = error.name or name, error.lineno
    return {"kind": _kind(error), "message": _said(error), "name": name, "line": line}


def _kind(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return "unsafe" if leads_out(str(error.name)) else "missing"
    for kind, types in _KINDS.items():
        if isinstance(error, types):
            return kind
    return "failed"


def _said(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no `{error.name}` in the folder of templates"
    words = {
        MemoryError: "it takes more memory than it may",
        RecursionError: "it calls itself without end",
        TooLongError: "its text is too long",
    }
    return words.get(type(error)) or str(error)[:500] or type(error).__name__


def _place(trace: TracebackType | None, sources: dict[str, str]) -> tuple[str, int]:
    """The innermost line of a template in a traceback."""
    name, line = "", 0
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file in sources:
            name, line = file, trace.tb_lineno
        trace = trace.tb_next
    return name, line


if __name__ == "__main__":
    main()
