"""The report of `airectl demo`: how each step ended, the commands to run again, and the page to look at."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Final

from airectl.commands.demo_folder import COMMANDS
from airectl.commands.demo_steps import PAGE, PICTURE, SIMULATOR
from airectl.commands.demo_work import Done, Played
from airectl.core.report import (
    Block,
    Code,
    Column,
    Gate,
    Kind,
    Lines,
    Next,
    Outcome,
    Report,
    Status,
    Table,
    Verdict,
    decide,
)
from airectl.exits import Exit

_GROUP: Final = "demo"
_STEPS: Final = (
    Column(title="STEP", kind=Kind.COUNT),
    Column(title="OF THE LOOP"),
    Column(title="EXIT", kind=Kind.COUNT),
    Column(title="EXPECTED", kind=Kind.COUNT),
    Column(title="TOOK", kind=Kind.DURATION),
    Column(title="STATUS"),
)
_MOST_SAID: Final = 12
# A command goes on in the next line beyond it.
_WIDTH: Final = 80


def report(played: Played, folder: str) -> Report:
    """All of it."""
    gates = tuple(map(_gate, played.done))
    status = decide(gates)
    status = Status.DONE if status is Status.PASSED else status
    return Report(
        status=status,
        data=_data(played, folder),
        blocks=list(_blocks(played, folder, status)),
        gates=gates,
        partial=played.stopped,
    )


def plan(played: Played, folder: str) -> Report:
    """What would be run."""
    text = f"{len(played.done)} commands would be run in {folder}, against a simulated server"
    blocks: list[Block] = [
        Verdict(word="done", text=text),
        Code(text=PICTURE),
        Code(text="\n".join(_lines(played)), language="sh"),
        Next(commands=["airectl demo"]),
    ]
    return Report(status=Status.DONE, data=_data(played, folder), blocks=blocks)


def _gate(done: Done) -> Gate:
    return Gate(name=done.step.name, group=_GROUP, outcome=_outcome(done), message=_message(done))


def _outcome(done: Done) -> Outcome:
    if done.code is None:
        return Outcome.SKIPPED
    if done.as_expected:
        return Outcome.PASSED
    return Outcome.UNDECIDED if done.step.measures and done.code == Exit.UNDECIDED else Outcome.FAILED


def _message(done: Done) -> str:
    match _outcome(done):
        case Outcome.SKIPPED:
            return "it was not run to its end"
        case Outcome.PASSED:
            return ""
        case Outcome.UNDECIDED:
            return "this machine was too busy for valid figures"
    if not done.in_time:
        return f"it did not end within {done.step.limit_s:.0f} s"
    return f"it ended with exit code {done.code}, and should with {done.step.exit}"


def _blocks(played: Played, folder: str, status: Status) -> Iterator[Block]:
    yield Verdict(word=status.value.upper(), text=_text(played), aside=_length(played))
    yield Table(columns=_STEPS, rows=[_row(number, done) for number, done in enumerate(played.done, start=1)])
    wrong = [done for done in played.done if done.code is not None and not done.as_expected]
    if wrong and wrong[0].said:
        yield Code(text="\n".join(wrong[0].said[-_MOST_SAID:]))
    yield Lines(title="run again by hand", lines=[f"in {folder}; `sh {COMMANDS}` there runs all of it"])
    yield Code(text="\n".join(_lines(played)), language="sh")
    where = shlex.quote(folder)
    if status is Status.DONE:
        yield Lines(lines=[f"look at {folder}/{PAGE}"])
        yield Next(commands=["airectl help getting-started", f"cd {where} && sh {COMMANDS}"])
    else:
        yield Next(commands=[*(f"cd {where} && {done.line}" for done in wrong), "airectl demo --force"])


def _text(played: Played) -> str:
    wrong = next((done for done in played.done if done.code is not None and not done.as_expected), None)
    if played.stopped or wrong is None:
        over = sum(done.as_expected for done in played.done)
        return f"{over} of {len(played.done)} steps of the loop ended as they should"
    return f"{wrong.step.name}: {_message(wrong)}"


def _length(played: Played) -> str:
    return f"{sum(done.seconds for done in played.done):.0f} s"


def _row(number: int, done: Done) -> list[Any]:
    seconds = None if done.code is None else done.seconds
    return [number, done.step.name, done.code, done.step.exit, seconds, _outcome(done).value]


def _lines(played: Played) -> Iterator[str]:
    """The commands, as they were run."""
    from airectl.render.text import pasted

    lines = [SIMULATOR.format(listen=played.url.rpartition("/")[2]) + " &"] if played.url else []
    for line in (*lines, *(done.line for done in played.done)):
        yield from pasted(line, _WIDTH)


def _data(played: Played, folder: str) -> dict[str, Any]:
    return {
        "folder": folder,
        "url": played.url,
        "page": f"{folder}/{PAGE}" if all(done.as_expected for done in played.done) else None,
        "steps": [
            {
                "step": number,
                "name": done.step.name,
                "command": done.line,
                "exit_code": done.code,
                "expected_exit_code": done.step.exit,
                "took_s": None if done.code is None else done.seconds,
                "why": done.step.why,
            }
            for number, done in enumerate(played.done, start=1)
        ],
    }
