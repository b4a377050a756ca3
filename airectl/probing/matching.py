"""Whether an answer is what was expected.

Regular expressions and JSON Schemas can take for ever on a text that somebody else wrote, so each is judged by a
process of its own that has a few seconds.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any, Final

from airectl.probing.golden import AnyOf, Contains, Exact, Expectation, Json, Matches

LIMIT_S: Final = 5.0
# An answer that is longer than this is not what a golden prompt asks for.
_LONGEST: Final = 256 * 1024
_THOUGHT: Final = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_FENCE: Final = re.compile(r"^[ \t]*```[^\n`]*\n(.*?)^[ \t]*```[ \t]*$", re.DOTALL | re.MULTILINE)
_REGEX: Final = """
import json, re, sys
asked = json.load(sys.stdin)
print(bool(re.search(asked["pattern"], asked["text"], re.IGNORECASE if asked["ignore_case"] else 0)))
"""
_SCHEMA: Final = """
import json, sys
asked = json.load(sys.stdin)
sys.path[:] = asked["path"]
from jsonschema import Draft202012Validator
from referencing import Registry
checker = Draft202012Validator(asked["schema"], registry=Registry())
print(any(checker.is_valid(each) for each in asked["values"]))
"""


class TooSlowError(Exception):
    """An expectation could not be judged within its time; `expectation` is the one."""

    def __init__(self, expectation: Matches | Json) -> None:
        super().__init__(f"not judged within {LIMIT_S:g} s")
        self.expectation = expectation


def holds(expectation: Expectation, text: str) -> bool:
    """Whether `text` is as expected; what a model thought before it answered does not count. Raises TooSlowError."""
    text = text[:_LONGEST]
    thought = _THOUGHT.match(text)
    answer = text[thought.end() if thought else 0 :].strip()
    match expectation:
        case AnyOf():
            return any(holds(part, text) for part in expectation.parts)
        case Exact():
            return _folded(answer, expectation) == _folded(expectation.text.strip(), expectation)
        case Contains():
            return _folded(expectation.text, expectation) in _folded(answer, expectation)
        case Matches():
            given = {"pattern": expectation.pattern, "text": answer, "ignore_case": expectation.ignore_case}
            return _judged(expectation, _REGEX, given)
        case Json():
            values = [value for each in _candidates(answer) if (value := _read(each)) is not _NOTHING]
            given = {"schema": expectation.schema, "values": values, "path": sys.path}
            return bool(values) and _judged(expectation, _SCHEMA, given)


def _folded(text: str, expectation: Exact | Contains) -> str:
    return text.casefold() if expectation.ignore_case else text


def _candidates(answer: str) -> list[str]:
    """The answer itself, and the one block of code in it: models like to put JSON into one."""
    blocks = _FENCE.findall(answer)
    return [answer, *(blocks if len(blocks) == 1 else [])]


_NOTHING: Final = object()


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NOTHING


def _judged(expectation: Matches | Json, script: str, given: dict[str, Any]) -> bool:
    command = [sys.executable, "-I", "-S", "-c", script]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(given, default=float),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooSlowError(expectation) from None
    if done.stdout not in ("True\n", "False\n"):  # out of memory, or nested too deep
        raise TooSlowError(expectation)
    return done.stdout == "True\n"
