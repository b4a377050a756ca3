"""The world outside, decided once at the start and passed down: nothing else asks the process."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from airectl.errors import Interrupted, UsageError

COLOURS: Final = ("auto", "always", "never")
_DEFAULT_WIDTH: Final = 80


class Stop:
    """Whether the user asked to end. Work that can end early with a partial result watches it."""

    def __init__(self) -> None:
        self.signum: int | None = None
        self._watched = False

    def __bool__(self) -> bool:
        return self.signum is not None

    def request(self, signum: int) -> None:
        """A signal came: remember it. Unwatched, or a second time, it ends the run at once."""
        again = self.signum is not None
        self.signum = signum
        if again or not self._watched:
            raise Interrupted(signum)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """The body looks at the token often and ends early by itself; so does a body within it."""
        before, self._watched = self._watched, True
        try:
            yield
        finally:
            self._watched = before


@dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """Streams, environment, folder, clock, terminal and stop token of this run."""

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    cwd: Path
    clock: Callable[[], datetime]
    colour: bool = False
    tty: bool = False
    width: int = _DEFAULT_WIDTH
    stop: Stop = field(default_factory=Stop)

    @property
    def repository(self) -> str:
        """The folder that a CI service takes paths of reports to be relative to; empty elsewhere."""
        return self.environ.get("GITHUB_WORKSPACE") or self.environ.get("CI_PROJECT_DIR") or ""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return self.clock()


def from_process(*, color: str = "auto") -> Env:
    """The Env of this process. `color` is the --color flag: auto, always or never."""
    environ = dict(os.environ)
    tty = sys.stdout.isatty()
    return Env(
        stdin=sys.stdin.buffer,
        stdout=sys.stdout,
        stderr=sys.stderr,
        environ=environ,
        cwd=Path.cwd(),
        clock=_clock(environ),
        colour=_colour(color, environ, tty),
        tty=tty,
        width=shutil.get_terminal_size((_DEFAULT_WIDTH, 24)).columns if tty else _DEFAULT_WIDTH,
    )


def install_signals(stop: Stop) -> None:
    """SIGINT and SIGTERM go to the stop token."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda received, _frame: stop.request(received))


def allow_many_files() -> None:
    """Let this process have as many connections as its user may have; nothing where a system has no such limit."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _clock(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """SOURCE_DATE_EPOCH fixes the clock: https://reproducible-builds.org/specs/source-date-epoch/."""
    epoch = environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return lambda: datetime.now(UTC)
    try:
        fixed = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is no Unix time in whole seconds: {epoch}",
            help="unset it, or write one such as 1795176000",
        ) from None
    return lambda: fixed


def _colour(flag: str, environ: Mapping[str, str], tty: bool) -> bool:
    """--color over NO_COLOR over FORCE_COLOR over the terminal."""
    if flag != "auto":
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (tty and environ.get("TERM") != "dumb")
