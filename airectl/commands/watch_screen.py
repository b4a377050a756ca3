"""A terminal taken for a while: a page of its own, keys without Enter, and all as before at the end."""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from airectl.commands.watch_rounds import Rounds
from airectl.run import Run

# Source: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (the alternate screen, the cursor)
_ENTER = "\x1b[?1049h\x1b[?25l"
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME = "\x1b[H"
_END_OF_LINE = "\x1b[K"
_END_OF_PAGE = "\x1b[J"
_DOWN, _UP = ("j", "\x1b[B"), ("k", "\x1b[A")

Page = Callable[[int], tuple[list[str], str]]


class Screen:
    """Draws pages and answers keys."""

    def __init__(self, out: TextIO, keys: int) -> None:
        self._out, self._keys = out, keys
        self._first = 0
        self._drawn = ""

    def serve(self, rounds: Rounds, page: Page, *, fresh: bool) -> bool:
        """Answer the keys that were pressed and draw what has changed; False: somebody quits."""
        for key in self._pressed():
            if key == "q":
                return False
            self._take(key, rounds)
        if fresh:
            self._drawn = ""
        self._draw(page)
        return True

    def _take(self, key: str, rounds: Rounds) -> None:
        if key == "r":
            rounds.now()
        elif key == " ":
            rounds.halted = not rounds.halted
        elif key in _DOWN:
            self._first += 1
        elif key in _UP:
            self._first = max(self._first - 1, 0)

    def _pressed(self) -> list[str]:
        ready, _, _ = select.select([self._keys], [], [], 0)
        if not ready:
            return []
        text = os.read(self._keys, 1024).decode("utf-8", "replace")
        if not text:
            return ["q"]  # the terminal is gone
        keys = []
        while text:
            size = 3 if text.startswith("\x1b[") else 1
            keys.append(text[:size])
            text = text[size:]
        return keys

    def _draw(self, page: Page) -> None:
        size = shutil.get_terminal_size()
        lines, below = page(size.columns)
        room = max(size.lines - 2, 1)
        self._first = min(self._first, max(len(lines) - room, 0))
        shown = lines[self._first : self._first + room]
        shown += [""] * (room - len(shown)) + ["", below]
        text = _HOME + "\r\n".join(f"{line}{_END_OF_LINE}" for line in shown) + _END_OF_PAGE
        if text != self._drawn:
            self._out.write(text)
            self._out.flush()
            self._drawn = text


@contextmanager
def screen_on(run: Run) -> Iterator[Screen]:
    """The terminal of this run; given back as it was, whatever happens."""
    import termios
    import tty

    keys = sys.stdin.fileno()
    before = termios.tcgetattr(keys)
    out = run.env.stdout
    try:
        tty.setcbreak(keys)
        out.write(_ENTER)
        yield Screen(out, keys)
    finally:
        termios.tcsetattr(keys, termios.TCSADRAIN, before)
        out.write(_LEAVE)
        out.flush()
