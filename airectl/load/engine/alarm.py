"""Wakes the event loop at a time that is exact to some 50 microseconds.

The loop's own timers count in whole milliseconds. Linux has timers that are files, which a loop can wait for; where
there are none, the loop's own have to do.
Source: https://man7.org/linux/man-pages/man2/timerfd_create.2.html
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import typing
from collections.abc import Callable
from time import monotonic_ns
from typing import Final

NEVER_NS: Final = 2**63 - 1
_SECOND_NS: Final = 10**9
_CLOCK_MONOTONIC: Final = 1
_ABSOLUTE: Final = 1


class Alarm(typing.Protocol):
    """Calls back at the time that was set last; it may be early, and whoever is called looks at the clock."""

    def set(self, at_ns: int) -> None:
        """Wake at this time of the monotonic clock, NEVER_NS: not at all."""

    def close(self) -> None:
        """Wake no more."""


def alarm(loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> Alarm:
    """The best that there is here."""
    if sys.platform == "linux":
        try:
            return TimerFile(loop, ring)
        except (OSError, AttributeError):
            pass
    return LoopTimer(loop, ring)


class _Time(ctypes.Structure):
    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Time), ("value", _Time))


class TimerFile:
    """A timer of the kernel. Raises OSError or AttributeError where there is none."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop, self._ring = loop, ring
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._setting = _Setting()
        self._file = self._libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            raise OSError(ctypes.get_errno(), "no timer")
        self._at_ns = NEVER_NS
        loop.add_reader(self._file, self._rung)

    def set(self, at_ns: int) -> None:
        """Wake at this time."""
        if at_ns == self._at_ns:
            return
        self._at_ns = at_ns
        value = self._setting.value
        # Zero would switch it off.
        value.s, value.ns = (0, 0) if at_ns == NEVER_NS else divmod(max(at_ns, 1), _SECOND_NS)
        self._libc.timerfd_settime(self._file, _ABSOLUTE, ctypes.byref(self._setting), None)

    def close(self) -> None:
        """Wake no more."""
        self._loop.remove_reader(self._file)
        os.close(self._file)

    def _rung(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:
            return  # it was set anew since
        self._at_ns = NEVER_NS
        self._ring()


class LoopTimer:
    """A timer of the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop, self._ring = loop, ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at_ns: int) -> None:
        """Wake at this time, or a millisecond later."""
        self.close()
        if at_ns != NEVER_NS:
            self._handle = self._loop.call_later(max(0, at_ns - monotonic_ns()) / _SECOND_NS, self._ring)

    def close(self) -> None:
        """Wake no more."""
        if self._handle:
            self._handle.cancel()
            self._handle = None
