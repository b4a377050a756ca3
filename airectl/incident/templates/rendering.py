"""A template and its context to a text, in a child process with limits. What goes wrong is a finding at its line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.incident.templates.folder import Chosen

MEMORY_BYTES: Final = 512 * 1024 * 1024
CPU_S: Final = 3
# The processor may be busy with others.
WAIT_S: Final = 60
LONGEST: Final = 2_000_000
_CODES: Final = {"syntax": "AIR601", "missing": "AIR602", "unsafe": "AIR603", "large": "AIR604", "failed": "AIR602"}
_HELP: Final = {
    "AIR601": "`airectl help postmortems` links to the syntax of Jinja",
    "AIR602": "`airectl help postmortems` lists what a template may use; `is defined` asks whether a name is there",
    "AIR603": "a template uses the names it is given and the files of its folder, and nothing of Python",
    "AIR604": "make it shorter: a postmortem is a few pages",
}


def rendered(chosen: Chosen, context: Mapping[str, Any]) -> str | Finding:
    """The text, or what is wrong with the template."""
    if any(finding.severity is Severity.ERROR for finding in chosen.findings):
        return chosen.findings[0]
    answer = _asked(chosen, context)
    if isinstance(answer, Finding) or "text" not in answer:
        return answer if isinstance(answer, Finding) else _finding(chosen, answer["problem"])
    text: str = answer["text"]
    return text


def _asked(chosen: Chosen, context: Mapping[str, Any]) -> dict[str, Any] | Finding:
    question = {
        "name": chosen.name,
        "sources": dict(chosen.sources),
        "context": context,
        "memory_bytes": MEMORY_BYTES,
        "cpu_s": CPU_S,
        "longest": LONGEST,
    }
    command = [sys.executable, "-I", "-m", "airectl.incident.templates.child"]
    try:
        done = subprocess.run(
            command, input=json.dumps(question).encode(), capture_output=True, timeout=WAIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return _stopped(chosen, f"it was not done within {WAIT_S} s")
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return _stopped(chosen, f"it takes more than {CPU_S} s of processor time")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return _stopped(chosen, "it takes more memory than it may")
    return answer


def _stopped(chosen: Chosen, message: str) -> Finding:
    return _finding(chosen, {"kind": "large", "message": message, "name": chosen.name, "line": 0})


def _finding(chosen: Chosen, problem: Mapping[str, Any]) -> Finding:
    code = _CODES[problem["kind"]]
    name, line = problem["name"] or chosen.name, int(problem["line"] or 0)
    written = chosen.sources.get(name, "").split("\n")
    excerpt = written[line - 1] if 0 < line <= len(written) else ""
    col = len(excerpt) - len(excerpt.lstrip()) + 1
    at = Location(path=chosen.paths.get(name, name), line=line, col=col if line else 0)
    if line:
        at = Location(path=at.path, line=line, col=col, end_line=line, end_col=len(excerpt.rstrip()) + 1)
    message = f"the template cannot be rendered: {_lower(problem['message'])}"
    return Finding(code=code, severity=Severity.ERROR, message=message, at=at, help=_HELP[code], excerpt=excerpt)


def _lower(message: str) -> str:
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]
