"""`airectl watch`: budgets and burn rates as they change, on a terminal or line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Annotated, Final

import typer

from airectl.commands.evaluated import Asked, Recorded, Source
from airectl.commands.selection import Only
from airectl.commands.specs import Paths
from airectl.commands.watch_rounds import Round, Rounds
from airectl.commands.watch_screen import Screen, screen_on
from airectl.commands.watch_words import Changes, page
from airectl.core.findings import Finding
from airectl.core.report import Report, Status, Verdict
from airectl.core.units import parse_seconds
from airectl.errors import UsageError
from airectl.run import Run

Every = Annotated[str, typer.Option("--every", metavar="TIME", help="How long after an answer to ask again.")]
Count = Annotated[int | None, typer.Option("--count", metavar="N", min=1, help="End after so many rounds.")]
# How often keys and signals are looked for.
_TICK_S: Final = 0.1


def watch(
    run: Run,
    paths: Paths = None,
    *,
    count: Count = None,
    every: Every = "30s",
    recorded: Recorded = False,
    slo: Only = None,
    source: Source = None,
) -> Report:
    """Watch error budgets and burn rates: asked again and again, with the specs as they are at that time.

    On a terminal: q quits, r asks at once, space halts, j and k or the arrows scroll. Elsewhere each objective
    has a line when it is first seen, and one whenever what is said of it changes.

    Examples:
      airectl watch slo-specs/demo-chat.yaml --count 1
      airectl watch slo-specs --slo demo-chat/ttft --every 10s --count 1
    """
    rounds = Rounds(run, Asked(paths=paths, slo=slo, source=source, recorded=recorded), _seconds(every))
    with run.env.stop.watched(), ExitStack() as open_:
        screen = open_.enter_context(screen_on(run)) if _is_watched(run) else None
        seen = list(_shown(run, rounds, screen, count))
    return _ended(seen, rounds)


def _ended(seen: Sequence[Round], rounds: Rounds) -> Report:
    nothing = _nothing(seen[0]) if seen else ()
    if nothing:
        return Report(status=Status.UNREADABLE, data={"rounds": len(seen)}, findings=nothing)
    done = f"{len(seen)} round{'s' * (len(seen) != 1)}"
    failed = sum(each.error is not None for each in seen)
    text = f"{done}, {failed} without an answer" if failed else done
    data = {"rounds": len(seen), "unanswered_rounds": failed, "every_s": rounds.every_s}
    return Report(status=Status.DONE, data=data, blocks=[Verdict(word="done", text=text)])


def _nothing(ended: Round) -> Sequence[Finding]:
    """Why there is nothing to watch, if there is not."""
    whole = ended.whole
    return () if whole is None or whole.evaluations or whole.left_out else whole.checked.findings


def _seconds(text: str) -> float:
    try:
        seconds = float(parse_seconds(text))
    except ValueError:
        seconds = 0.0
    if seconds < 1:
        raise UsageError(f"--every cannot be `{text}`", help="write a time of at least 1s, such as 30s")
    return seconds


def _is_watched(run: Run) -> bool:
    """Whether a person looks at the terminal, and can type."""
    return run.env.tty and run.env.stdin.isatty() and not run.shared.quiet and run.env.environ.get("TERM") != "dumb"


def _shown(run: Run, rounds: Rounds, screen: Screen | None, count: int | None) -> Iterator[Round]:
    """Each round as it ends; shown meanwhile, until somebody ends it."""
    changes = Changes()
    done = 0
    latest: Round | None = None
    while not run.env.stop and done != count:
        ended = rounds.wait(_TICK_S)
        if ended:
            latest, done = ended, done + 1
            if screen is None:
                _print(run, changes, ended)
            yield ended
            if done == 1 and _nothing(ended):
                return
        if screen and not screen.serve(rounds, partial(page, run, latest, rounds), fresh=bool(ended)):
            return


def _print(run: Run, changes: Changes, ended: Round) -> None:
    """To stdout, where the text report goes there and nothing else does."""
    text = any(output.format == "text" and output.path in ("", "-") for output in run.outputs)
    if run.shared.quiet or not text:
        return
    for line in changes.lines(ended):
        print(line, file=run.env.stdout, flush=True)
