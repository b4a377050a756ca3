"""Runs the steps of `airectl demo`, each as a process of its own, and shows each as it ends."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from airectl.commands.demo_folder import COMMANDS, script
from airectl.commands.demo_shown import Shown
from airectl.commands.demo_steps import FAULT, RUN, SIMULATOR, Pace, Step, steps
from airectl.errors import AirectlError
from airectl.exits import Exit
from airectl.files import write_all
from airectl.processes import Ended, Place, ran, serving
from airectl.run import Run

# A measurement that this machine was too busy for is tried so many times.
_TRIES: Final = 3
_ANYWHERE: Final = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step that is over. `code` None: it was not run to its end. `seconds` are those of all its tries."""

    step: Step
    line: str
    code: int | None = None
    seconds: float = 0.0
    in_time: bool = True
    said: Sequence[str] = ()

    @property
    def as_expected(self) -> bool:
        """Whether it ended as it was to."""
        return self.in_time and self.code == self.step.exit


@dataclass(slots=True, kw_only=True)
class Played:
    """All steps, and where the server was."""

    url: str = ""
    done: list[Done] = field(default_factory=list)
    stopped: bool = False


def played(run: Run, folder: Path, pace: Pace, shown: Shown) -> Played:
    """Run the loop, as far as each step ends as it should."""
    place = Place(folder=folder, environ=environ_of(run.env.environ), stopped=lambda: bool(run.env.stop))
    found = Played()
    with run.env.stop.watched():
        simulator = SIMULATOR.format(listen=_ANYWHERE)
        shown.starts(simulator)
        with serving([*shlex.split(simulator)[1:]], place) as server:
            found.url = server.url
            shown.listens(server.url)
            loop = steps(server.url, pace)
            write_all({COMMANDS: script(server.url, pace, loop).encode()}, folder)
            for done in _each(loop, place, pace, shown, server.url):
                found.done.append(done)
        found.stopped = bool(run.env.stop)
    over = len(found.done)
    found.done += [Done(step=each, line=each.line(n)) for n, each in enumerate(loop[over:], start=over + 1)]
    return found


def planned(pace: Pace) -> Played:
    """What would be run, with the server where a server usually is."""
    url = "http://127.0.0.1:8000"
    lines = enumerate(steps(url, pace), start=1)
    return Played(url=url, done=[Done(step=step, line=step.line(number)) for number, step in lines])


def environ_of(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the commands: no setting of the user's and no proxy, so that all stays on this machine."""
    unwanted = ("http_proxy", "https_proxy", "all_proxy")
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith("AIRECTL_") and name.lower() not in unwanted
    }


def _each(loop: Sequence[Step], place: Place, pace: Pace, shown: Shown, url: str) -> Iterator[Done]:
    for number, step in enumerate(loop, start=1):
        shown.begins(number, len(loop), step)
        done = _run(step, number, place, _Fault(url=url, folder=place.folder, pace=pace, shown=shown))
        if done.code is not None:
            shown.ends(done.step, done.code, done.seconds, place.folder / step.report(number))
        yield done
        if not done.as_expected:
            return


def _run(step: Step, number: int, place: Place, fault: _Fault) -> Done:
    """Run it; again where it could not be decided, since that is this machine and not the server."""
    seconds, tries = 0.0, _TRIES if step.measures else 1
    while True:
        ended = _once(step, number, place, fault)
        seconds += ended.seconds
        tries -= 1
        if ended.code != Exit.UNDECIDED or not tries or place.stopped():
            break
        fault.shown.again()
        shutil.rmtree(place.folder / step.makes)
    return Done(
        step=step,
        line=step.line(number),
        code=None if place.stopped() and not ended.in_time else ended.code,
        seconds=seconds,
        in_time=ended.in_time,
        said=ended.said,
    )


def _once(step: Step, number: int, place: Place, fault: _Fault) -> Ended:
    args = _expanded(shlex.split(step.line(number))[1:], place.folder)
    if not step.faulty:
        return ran(args, place, step.limit_s, heard=fault.shown.hears)
    try:
        return ran(args, place, step.limit_s, heard=fault.shown.hears, meanwhile=fault.look)
    finally:
        fault.lift()


def _expanded(args: Sequence[str], folder: Path) -> list[str]:
    """What a shell makes of `*`."""
    found: list[str] = []
    for arg in args:
        found += sorted(str(each.relative_to(folder)) for each in folder.glob(arg)) if "*" in arg else [arg]
    return found


@dataclass(slots=True, kw_only=True)
class _Fault:
    """Orders the fault in the middle of the load test, by when its folder says that it begins."""

    url: str
    folder: Path
    pace: Pace
    shown: Shown
    begun_s: float | None = None
    there: bool = False

    def look(self) -> None:
        """Order it, or lift it, where it is time."""
        if self.begun_s is None:
            self.begun_s = _start_of(self.folder / RUN)
        if self.begun_s is None:
            return
        start, end = self.pace.fault_s
        due = start <= monotonic() - self.begun_s < end
        if due != self.there:
            self._order(due=due)

    def lift(self) -> None:
        """Nothing is to be wrong any more; the next try begins anew."""
        if self.there:
            with suppress(AirectlError):
                self._order(due=False)
        self.begun_s = None

    def _order(self, *, due: bool) -> None:
        from airectl.sim.ordering import order

        order(self.url, [FAULT] if due else [])
        self.there = due
        self.shown.ordered(FAULT if due else "")


def _start_of(folder: Path) -> float | None:
    """When a run begins by this machine's monotonic clock, in seconds; None: nothing says so yet."""
    try:
        about = json.loads((folder / "run.json").read_text("utf-8"))
        return float(about["start_monotonic_ns"]) / 1e9
    except (OSError, ValueError, KeyError):
        return None
