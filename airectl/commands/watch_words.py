"""What `airectl watch` shows of a round: a page for a terminal, lines for everything else."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from airectl import __version__
from airectl.commands.budget_words import sentences
from airectl.commands.budgets import budget_table, status
from airectl.commands.gates import not_evaluated, objective_gates, verdict, verdict_text
from airectl.commands.watch_rounds import Round, Rounds
from airectl.core.findings import Severity
from airectl.core.report import Block, Column, Kind, Lines, Report, Status, Verdict
from airectl.evaluate.evaluation import Evaluation
from airectl.exits import Exit
from airectl.render import View, render
from airectl.render.cells import shown, shown_moment
from airectl.render.inert import inert
from airectl.run import Run

_RATIO = Column(title="", kind=Kind.RATIO, digits=2)
_LEFT = Column(title="", kind=Kind.RATIO, digits=0)
_BURN = Column(title="", kind=Kind.NUMBER, digits=1)
_KEYS = "q quit   r ask now   space halt   j k scroll"


def page(run: Run, latest: Round | None, rounds: Rounds, width: int) -> tuple[list[str], str]:
    """The lines of a page that is so wide, and the line that stands below them."""
    report = Report(status=Status.DONE, blocks=list(_blocks(latest)))
    view = View(
        report=report, command="watch", version=__version__, exit=Exit.OK, generated_at=run.env.now(),
        colour=run.env.colour, tty=True, width=width,
    )  # fmt: skip
    return render("text", view).splitlines(), f"{_KEYS}   {_state(rounds)}"[:width]


def _state(rounds: Rounds) -> str:
    if rounds.asking:
        return "asking"
    if rounds.halted:
        return "halted"
    return f"again in {max(round(rounds.next_s - monotonic()), 0)} s"


def _blocks(latest: Round | None) -> Iterator[Block]:
    if latest is None:
        yield Lines(lines=["asking for the first time"])
        return
    at = f"at {shown_moment(latest.at)}, {latest.took_s:.1f} s"
    if latest.whole is None:
        yield Verdict(word="unknown", text=latest.error.message if latest.error else "", aside=at)
        yield Lines(lines=[latest.error.help] if latest.error and latest.error.help else [])
        return
    gates = tuple(objective_gates(latest.whole, Severity.ERROR))
    yield Verdict(word=verdict(latest.whole, gates, "fail").value, text=verdict_text(latest.whole), aside=at)
    if latest.whole.evaluations:
        yield budget_table(latest.whole.evaluations)
    yield from sentences(latest.whole.evaluations)
    yield from not_evaluated(latest.whole)


class Changes:
    """Says of each objective what is new."""

    def __init__(self) -> None:
        self._said = {"airectl": "watching"}

    def lines(self, ended: Round) -> Iterator[str]:
        """A line for each objective of which something else is to be said than last time."""
        found = dict(_of(ended))
        for name in list(self._said):
            if name not in found and ended.whole:
                found[name] = "gone"
        for name, text in found.items():
            if self._said.get(name) != text:
                yield inert(f"{shown_moment(ended.at).replace(' ', 'T')} {name} {text}".rstrip())
            self._said[name] = text
        for name in [name for name, text in self._said.items() if text == "gone"]:
            del self._said[name]


def _of(ended: Round) -> Iterator[tuple[str, str]]:
    if ended.whole is None:
        yield "airectl", f"unknown: {ended.error.message if ended.error else ''}"
        return
    yield "airectl", "watching"
    for each in ended.whole.evaluations:
        yield each.id, _line(each)
    for item in ended.whole.left_out:
        yield item.id, f"not evaluated: {item.reason}"


def _line(each: Evaluation) -> str:
    parts = [status(each)]
    if each.failure:
        return f"{parts[0]}: {each.failure.finding.message}"
    if each.sli is not None:
        parts.append(f"sli {shown(float(each.sli), _RATIO)}")
    if each.budget and each.budget.remaining is not None:
        parts.append(f"left {shown(float(each.budget.remaining), _LEFT)}")
    parts += [f"burn {name} {shown(float(rate), _BURN)}" for name, rate in each.burn.items() if rate is not None][:2]
    return ", ".join(parts)
