"""Runs airectl as a user would: fixed clock, empty home, a folder of its own and no network."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn
from unittest import mock

from airectl import __version__
from airectl.cli import main
from transcript import Step

# 2026-11-20 12:00:00 UTC
EPOCH: Final = "1795176000"
_OFFLINE: Final = Path(__file__).parent / "offline"
_SHELL: Final = frozenset("|;&>$(")
_TIME_LIMIT_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Runs commands in `cwd`. `home` is empty; `own_process` starts a process for every command.

    With `loopback` commands may ask servers on this machine.
    """

    cwd: Path
    home: Path
    own_process: bool = False
    loopback: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """All that a command sees of the environment."""
        scripts = str(Path(sys.executable).parent)
        return {
            "HOME": str(self.home),
            "PATH": f"{scripts}:/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(_OFFLINE),
            "PYTHONWARNINGS": "error",
            "SOURCE_DATE_EPOCH": EPOCH,
            "LC_ALL": "C.UTF-8",
            **self.extra,
        }

    def run(self, command: str) -> Step:
        """One command line. Plain calls of airectl run right here, all else in bash."""
        plain = re.match(r"(?:\w+=\S* )*airectl( |$)", command) and not _SHELL & set(command)
        return self._here(command) if plain and not self.own_process else self._shell(command)

    def _shell(self, command: str) -> Step:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], check=False,
            cwd=self.cwd, env=self.environ, capture_output=True, stdin=subprocess.DEVNULL, timeout=_TIME_LIMIT_S,
        )  # fmt: skip
        return self._step(command, done.stdout, done.stderr, done.returncode)

    def _here(self, command: str) -> Step:
        words = shlex.split(command)
        extra = {}
        while words and "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            extra[name] = value
        stdin = b""
        if "<" in words:
            at = words.index("<")
            stdin = (self.cwd / words[at + 1]).read_bytes()
            del words[at : at + 2]
        return self._step(command, *self.call(words[1:], stdin=stdin, extra=extra))

    def call(
        self, args: list[str], *, stdin: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> tuple[bytes, bytes, int]:
        """`main(args)` in this process: stdout, stderr and exit code."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        environ = {**self.environ, **(extra or {})}
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
            mock.patch.object(socket.socket, "connect", _loopback_only if self.loopback else _no_network),
            chdir(self.cwd),
            _signals_restored(),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = main(args)
        return out.buffer.getvalue(), err.buffer.getvalue(), int(code)

    def _step(self, command: str, stdout: bytes, stderr: bytes, code: int) -> Step:
        return Step(command=command, stdout=self._stable(stdout), stderr=self._stable(stderr), code=code)

    def _stable(self, output: bytes) -> str:
        """What differs from run to run or release to release, by name. A cut line is shown as cut."""
        text = output.decode("utf-8", "backslashreplace").replace("\r", "\\r").replace("\x1b", "\\e")
        text = text.replace(str(self.cwd), "{cwd}").replace(__version__, "{version}")
        return text if not text or text.endswith("\n") else f"{text}(no newline at the end)\n"


_connect: Final = socket.socket.connect


def _loopback_only(own: socket.socket, address: tuple[str, int]) -> None:
    if address[0] != "127.0.0.1":
        _no_network()
    _connect(own, address)


def _no_network(*_args: object) -> NoReturn:
    raise RuntimeError("the tests run without a network")


@contextmanager
def _signals_restored() -> Iterator[None]:
    """`main` installs handlers; the test run keeps its own."""
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
