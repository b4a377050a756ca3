"""What a person sees of `airectl demo` while it runs: each command as typed, what tells most of it, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from airectl.commands.demo_steps import PICTURE, Step
from airectl.core.chart import Chart
from airectl.core.report import Block, Lines, Report, Section, Status, Table, Verdict
from airectl.errors import AirectlError
from airectl.exits import Exit
from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.render.paper import Paper

_RULE: Final = "-"
_PLAIN_WIDTH: Final = 80
_NARROW: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Writes to `stream`; None: to nobody."""

    run: Run
    stream: TextIO | None
    paper: Paper

    def starts(self, simulator: str) -> None:
        """The loop, and the server that stands for one with an accelerator."""
        self._say(*PICTURE.splitlines(), "")
        self._say("A server first: vLLM with Llama 3.1 8B on one H100, simulated, on this machine alone.")
        self._command(f"{simulator} &")

    def listens(self, url: str) -> None:
        """The server is there."""
        self._say(f"  it listens at {url}")

    def begins(self, number: int, all_: int, step: Step) -> None:
        """The next step: its place, why it matters, the command."""
        width = min(self.paper.width or _PLAIN_WIDTH, _PLAIN_WIDTH)
        head = f"{number} of {all_}  {step.name} "
        self._say("", self.paper.paint(head, "strong") + self.paper.paint(_RULE * (width - len(head)), "quiet"))
        self._say(*self._wrapped(step.why))
        self._command(step.line(number))

    def hears(self, line: str) -> None:
        """What the command says of its progress."""
        said = inert(line.removeprefix("airectl: "))
        self._say(*(self.paper.paint(f"  {part}", "quiet") for part in self._wrapped(said, 2)))

    def ordered(self, fault: str) -> None:
        """Something goes wrong with the server, or no longer does."""
        text = f"POST /faults: {fault}" if fault else "DELETE /faults: all is well again"
        self._say(self.paper.paint(f"  {text}", "warning"))

    def again(self) -> None:
        """A measurement is tried once more."""
        self._say("  this machine was busy with something else, so the figures are not valid: once more")

    def ends(self, step: Step, code: int, seconds: float, report: Path) -> None:
        """What tells most of its report, and its exit code."""
        if step.kept and report.is_file():
            self._say(*self._report(step, report))
        expected = code == step.exit
        how = "as it should" if expected else f"and should with {step.exit}"
        text = f"exit {code}, {how}, after {seconds:.1f} s"
        self._say(self.paper.paint(text, "quiet" if expected else "error"))

    def _report(self, step: Step, report: Path) -> Iterator[str]:
        from airectl import __version__
        from airectl.commands.saved_reports import read
        from airectl.render import View, render

        try:
            saved = read(report.parent, report.name)
        except AirectlError as error:
            yield f"  {error.message}"
            return
        blocks = [*_telling(saved.blocks, step)]
        view = View(
            report=Report(status=Status.DONE, blocks=blocks), command=saved.command, version=__version__,
            exit=Exit.OK, generated_at=saved.at, colour=self.paper.colour, tty=self.paper.tty, fine=self.paper.fine,
            width=self.paper.width or _PLAIN_WIDTH,
        )  # fmt: skip
        yield from render("text", view).rstrip("\n").splitlines()

    def _command(self, line: str) -> None:
        from airectl.render.text import pasted

        first, *rest = pasted(line, (self.paper.width or _PLAIN_WIDTH) - 2)
        self._say(self.paper.paint(f"$ {first}", "info"), *(self.paper.paint(f"  {each}", "info") for each in rest))

    def _wrapped(self, text: str, margin: int = 0) -> list[str]:
        from airectl.render.measure import wrapped

        return wrapped(text, (self.paper.width or _PLAIN_WIDTH) - margin)

    def _say(self, *lines: str) -> None:
        if self.stream is not None:
            print(*lines, sep="\n", file=self.stream, flush=True)


def _telling(blocks: Sequence[Block], step: Step) -> Iterator[Block]:
    """The verdict, and the first of each kind; a long table is cut, and a chart drawn wherever it was meant for."""
    blocks = [part for each in blocks for part in (each.blocks if isinstance(each, Section) else (each,))]
    yield from (each for each in blocks if isinstance(each, Verdict))
    tables = [each for each in blocks if isinstance(each, Table)]
    charts = [each for each in blocks if isinstance(each, Chart)]
    if "table" in step.shows and tables:
        yield from _cut(tables[0], step.rows)
    if "last table" in step.shows and len(tables) > 1:
        yield from _cut(tables[-1], step.rows)
    if "chart" in step.shows and charts:
        yield replace(charts[0], page_only=False)


def _cut(table: Table, rows: int) -> Iterator[Block]:
    left = len(table.rows) - rows
    yield replace(table, rows=table.rows[:rows]) if left > 1 else table
    if left > 1:
        yield Lines(lines=[f"and {left} more"])


def shown_by(run: Run) -> Shown:
    """To stdout, where the text report goes there; else beside the report; with --quiet nowhere."""
    from airectl.render.paper import Paper

    text = any(output.format == "text" and output.path in ("", "-") for output in run.outputs)
    stream = run.env.stdout if text else run.env.stderr
    tty = run.env.tty and stream.isatty()
    paper = Paper(
        width=max(run.env.width, _NARROW) if tty else None,
        colour=run.env.colour and tty == run.env.tty,
        fine=(stream.encoding or "").lower().replace("-", "") == "utf8",
    )
    return Shown(run=run, stream=None if run.shared.quiet else stream, paper=paper)
