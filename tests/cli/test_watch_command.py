"""`airectl watch` on a terminal: it draws, answers keys while a source is slow, and gives the terminal back."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
_ENOUGH_S: Final = 30.0
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """airectl on a terminal of 24 lines of 80."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.end = pty.fork()
        if not self.pid:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm", LINES="24", COLUMNS="80")
            os.execv(sys.executable, [sys.executable, "-m", "airectl", *arguments])  # noqa: S606  # a terminal of its own
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = ""

    def until(self, text: str) -> None:
        """Read until `text` was shown."""
        end_s = time.monotonic() + _ENOUGH_S
        while text not in self.shown:
            assert time.monotonic() < end_s, f"{text!r} never came: {self.shown[-2000:]!r}"
            ready, _, _ = select.select([self.end], [], [], 0.2)
            if ready:
                self.shown += self._read()

    def _read(self) -> str:
        try:
            return os.read(self.end, 65536).decode()
        except OSError:
            raise AssertionError(f"it has ended: {self.shown[-2000:]!r}") from None

    def type(self, keys: str) -> None:
        self.shown = ""
        os.write(self.end, keys.encode())

    def code(self) -> int:
        """The exit code, once the process has ended."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@contextmanager
def watching(*arguments: str) -> Iterator[Terminal]:
    terminal = Terminal("watch", "slo-specs/demo-chat.yaml", *arguments)
    try:
        yield terminal
    finally:
        os.close(terminal.end)


def test_it_draws_a_page_and_q_gives_the_terminal_back() -> None:
    with watching("--every", "1h") as terminal:
        before = termios.tcgetattr(terminal.end)
        terminal.until("demo-chat")
        terminal.until("again in")
        assert terminal.shown.startswith(ENTER) or ENTER in terminal.shown
        pages = terminal.shown.split("\x1b[H")
        assert all(page.count("\r\n") == 23 for page in pages[1:-1])
        terminal.type("q")
        terminal.until("DONE")
        assert LEAVE in terminal.shown
        assert terminal.code() == 0
        assert termios.tcgetattr(terminal.end)[3] == before[3]


def test_keys() -> None:
    with watching("--every", "1h") as terminal:
        terminal.until("again in")
        terminal.type(" ")
        terminal.until("halted")
        terminal.type("r")
        terminal.until("again in 3")  # and not in 0 s
        terminal.type("jj\x1b[Bk\x1b[A")
        terminal.type("q")
        terminal.until("2 rounds")
        assert terminal.code() == 0


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_gives_the_terminal_back(signum: int, code: int) -> None:
    with watching("--every", "1h") as terminal:
        terminal.until("again in")
        os.kill(terminal.pid, signum)
        terminal.until(LEAVE)
        terminal.until("DONE")
        assert terminal.code() == code


def test_a_source_that_hangs_keeps_nobody_from_quitting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with closing(Terminal("watch", "slo-specs/chat-vllm.yaml", "--source", url)) as terminal:
            terminal.until("asking")
            terminal.type("q")
            terminal.until("0 rounds")
            assert terminal.code() == 0


@contextmanager
def closing(terminal: Terminal) -> Iterator[Terminal]:
    try:
        yield terminal
    finally:
        os.close(terminal.end)
