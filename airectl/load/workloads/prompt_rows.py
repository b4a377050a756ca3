"""Prompts from JSONL, one request or one conversation a line.

A row has one of `prompt` (what a user says), `messages` (a conversation as OpenAI's API has it) and `turns` (what a
user says, turn after turn; the answers between them are the server's own). A row of a batch file of OpenAI's has
them in its `body`. Others are `output_tokens`, or `max_tokens`; `input_tokens`; `extra`, an object of what a
template or a tensor is filled from, which may stand alone.

Source: https://platform.openai.com/docs/guides/batch
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.lengths import LONGEST
from airectl.env import Env
from airectl.load.traces import opening
from airectl.load.traces.faults import Faults
from airectl.load.traces.jsonl_formats import parsed
from airectl.load.traces.opening import UnusableError
from airectl.load.traces.rows import RowError

MOST_BYTES: Final = 256 * 1024**2
MOST_TURNS: Final = 100
_ROLES: Final = ("system", "developer", "user", "assistant", "tool")
_SAID: Final = ("prompt", "messages", "turns")
_OUTPUT: Final = ("output_tokens", "max_tokens", "max_completion_tokens")
KNOWN: Final = (*_SAID, *_OUTPUT, "input_tokens", "extra", "body")
BAD_ROW: Final = "AIR415"
_HELP: Final = 'write one object a line, such as {"prompt": "What is an SLO?", "output_tokens": 100}'


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPrompts:
    """Rows as plans hold them, none where one of the findings is an error.

    A row has `p` (a prompt), `m` (messages as pairs) or `t` (turns), and may have `i`, `o` (tokens) and `x` (extra).
    """

    rows: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()


def read(path: str, env: Env, *, skip_faulty: bool = False) -> ReadPrompts:
    """The prompts of a file, or of stdin as `-`."""
    shown = "<stdin>" if path == opening.STDIN else path
    faults = Faults(shown, BAD_ROW, _HELP, Severity.WARNING if skip_faulty else Severity.ERROR)
    rows: list[dict[str, Any]] = []
    misspelt: dict[str, Finding] = {}
    size = 0
    try:
        for number, line in opening.lines(path, env, BAD_ROW):
            if not line.strip():
                continue
            size += len(line)
            if size > MOST_BYTES:
                message = f"the prompts are larger than {MOST_BYTES // 2**20} MiB"
                raise UnusableError(_finding(shown, message, "use fewer", number))
            try:
                found = parsed(line)
                rows.append(_row(found))
            except RowError as error:
                faults.add(number, str(error))
                continue
            _look_at_names(found, misspelt, shown, number)
    except UnusableError as error:
        return ReadPrompts(findings=(*faults.told(), error.finding))
    findings = [*faults.told(), *misspelt.values()]
    if not rows and not any(each.severity is Severity.ERROR for each in findings):
        findings.append(_finding(shown, "the file holds no prompt", _HELP))
    if any(each.severity is Severity.ERROR for each in findings):
        return ReadPrompts(findings=tuple(findings))
    return ReadPrompts(rows=tuple(rows), findings=tuple(findings))


def _row(found: Mapping[str, Any]) -> dict[str, Any]:
    said = found["body"] if isinstance(found.get("body"), dict) else found
    kinds = [name for name in _SAID if said.get(name) is not None]
    extra = found.get("extra")
    if len(kinds) > 1 or not (kinds or extra):
        raise RowError("a row has one of `prompt`, `messages`, `turns`, or has `extra`")
    row: dict[str, Any] = _said(kinds[0], said[kinds[0]]) if kinds else {}
    for name, value in (("i", said.get("input_tokens")), ("o", _first(said, _OUTPUT))):
        if value is not None:
            row[name] = _tokens(value)
    if extra is not None:
        if not isinstance(extra, dict):
            raise RowError("`extra` must be an object")
        row["x"] = extra
    return row


def _said(kind: str, value: Any) -> dict[str, Any]:
    if kind == "prompt":
        if isinstance(value, str) and value:
            return {"p": value}
        raise RowError("`prompt` must be a text, and not an empty one")
    if not isinstance(value, list) or not value:
        raise RowError(f"`{kind}` must be a list, and not an empty one")
    if kind == "messages":
        return {"m": [_message(each) for each in value]}
    if len(value) > MOST_TURNS or not all(isinstance(each, str) and each for each in value):
        raise RowError(f"`turns` must be at most {MOST_TURNS} texts, none of them empty")
    return {"t": value}


def _message(value: Any) -> list[str]:
    if not isinstance(value, dict) or value.get("role") not in _ROLES:
        raise RowError(f"a message must be an object whose `role` is one of: {', '.join(_ROLES)}")
    return [value["role"], _content(value.get("content"))]


def _content(content: Any) -> str:
    """The text of a message, also where it comes in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [str(part["text"]) for part in content if isinstance(part, dict) and _is_text(part)]
        if texts and len(texts) == len(content):
            return "\n".join(texts)
    raise RowError("the `content` of a message must be a text; images and sound are not sent")


def _is_text(part: Mapping[str, Any]) -> bool:
    return part.get("type") == "text" and isinstance(part.get("text"), str)


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((said[name] for name in names if said.get(name) is not None), None)


def _tokens(value: Any) -> int:
    if type(value) is int and 1 <= value <= LONGEST:
        return value
    raise RowError(f"`{str(value)[:60]}` is no number of tokens: 1 to {LONGEST:,}")


def _look_at_names(found: Mapping[str, Any], misspelt: dict[str, Finding], path: str, line: int) -> None:
    """Names that nothing reads and that look like one that is read: one finding each."""
    for name in found.keys() - set(KNOWN) - misspelt.keys():
        if near := get_close_matches(name, KNOWN, 1, 0.85):
            finding = _finding(path, f"`{name[:60]}` is not read", f"did you mean `{near[0]}`?", line)
            misspelt[name] = finding.with_severity(Severity.WARNING)


def _finding(path: str, message: str, help: str, line: int = 0) -> Finding:
    at = Location(path=path, line=line, col=1 if line else 0)
    return Finding(code=BAD_ROW, severity=Severity.ERROR, message=message, at=at, help=help)
