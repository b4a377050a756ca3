"""Transcripts: what a user types and what they see, in one readable file a case.

Prose, then commands with what they print, then the files they find:

    A typo in a command names the near one.

    $ airectl valdate
    ! error: no command `valdate`; did you mean `validate`?
    !   help: see `airectl --help`
    exit 2

    -- slo-specs/chat.yaml --
    apiVersion: openslo/v1

`|` begins a line of stdout, `!` one of stderr; a line `...` behind either stands for any lines. A file
`-- deep.yaml = brackets --` is made by the function of that name in bad_input.py
or demand_series.py. A line `@ own process`
in the prose runs every command as a process, so that a killed one is seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_FILE: Final = re.compile(r"-- (\S+)(?: = (\w+))? --")
OWN_PROCESS: Final = "@ own process"
ANY_LINES: Final = "..."


@dataclass(slots=True, kw_only=True)
class Step:
    """One command and what it printed. A pipe interleaves nothing: stdout and stderr are kept apart."""

    command: str
    stdout: str = ""
    stderr: str = ""
    code: int | None = None


@dataclass(slots=True, kw_only=True)
class Case:
    """One transcript file. `files` maps a path to its text, `made` to the name of its maker."""

    prose: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)
    tail: str = ""

    @property
    def own_process(self) -> bool:
        """Whether every command runs as a process."""
        return OWN_PROCESS in self.prose


def parse(text: str) -> Case:
    """Read a transcript. Raises ValueError with the line that is none of the forms above."""
    case = Case()
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if _FILE.fullmatch(line)), len(lines))
    for number, line in enumerate(lines[:start], 1):
        if line.startswith("$ "):
            case.steps.append(Step(command=line[2:]))
        elif not case.steps:
            case.prose.append(line)
        elif not _read(case.steps[-1], line):
            raise ValueError(f"line {number} is neither a command nor output: {line}")
    _read_files(case, lines[start:])
    return case


def _read(step: Step, line: str) -> bool:
    if line.startswith("|"):
        step.stdout += f"{line[2:]}\n"
    elif line.startswith("!"):
        step.stderr += f"{line[2:]}\n"
    elif line.startswith("exit "):
        step.code = int(line[5:])
    return not line or line[0] in "|!" or line.startswith("exit ")


def _read_files(case: Case, lines: list[str]) -> None:
    name = ""
    for line in lines:
        if head := _FILE.fullmatch(line):
            name = head[1]
            if head[2]:
                case.made[name] = head[2]
            else:
                case.files[name] = ""
        elif name in case.files:
            case.files[name] += f"{line}\n"
    case.tail = "\n".join(lines)


def write(case: Case) -> str:
    """The transcript's text; `parse` reads the same case from it."""
    parts = ["\n".join(case.prose).strip()] if case.prose else []
    parts += [_write_step(step) for step in case.steps]
    if case.tail:
        parts.append(case.tail)
    return "\n\n".join(parts) + "\n"


def _write_step(step: Step) -> str:
    lines = [f"$ {step.command}"]
    lines += [f"| {line}".rstrip() for line in step.stdout.splitlines()]
    lines += [f"! {line}".rstrip() for line in step.stderr.splitlines()]
    return "\n".join([*lines, f"exit {step.code}"])


def matches(expected: str, actual: str) -> bool:
    """Whether `actual` is `expected`, where a line `...` stands for any lines. Trailing blanks do not count."""
    pattern = "".join(
        r"(?:.*\n)*" if line == ANY_LINES else re.escape(line) + r" *\n" for line in expected.splitlines()
    )
    return re.fullmatch(pattern, actual) is not None


def agrees(expected: Step, actual: Step) -> bool:
    """Whether a step went as written."""
    return (
        expected.code == actual.code
        and matches(expected.stdout, actual.stdout)
        and matches(expected.stderr, actual.stderr)
    )


def all_cases(folder: Path) -> list[Path]:
    """Every transcript below `folder`."""
    return sorted(folder.rglob("*.txt"))
