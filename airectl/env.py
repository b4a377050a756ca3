"""The world outside, decided once at the start and passed down: nothing else asks the process."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from airectl.errors import UsageError

_DEFAULT_WIDTH: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Env:
    """Streams, environment, folder, clock and terminal of this run.

    `stop` is set by SIGINT and SIGTERM: long work looks at it and ends with what it has.
    """

    stdin: BinaryIO
    stdout: TextIO
    stderr: TextIO
    environ: Mapping[str, str]
    cwd: Path
    clock: Callable[[], datetime]
    colour: bool = False
    tty: bool = False
    width: int = _DEFAULT_WIDTH
    stop: threading.Event = field(default_factory=threading.Event)

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


def _clock(environ: Mapping[str, str]) -> Callable[[], datetime]:
    """SOURCE_DATE_EPOCH fixes the clock: https://reproducible-builds.org/specs/source-date-epoch/."""
    epoch = environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return lambda: datetime.now(UTC)
    try:
        fixed = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is not a whole number of seconds: {epoch}", help="unset it, or set it to a Unix time"
        ) from None
    return lambda: fixed


def _colour(flag: str, environ: Mapping[str, str], tty: bool) -> bool:
    """--color over NO_COLOR over FORCE_COLOR over the terminal."""
    if flag != "auto":
        return flag == "always"
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (tty and environ.get("TERM") != "dumb")
