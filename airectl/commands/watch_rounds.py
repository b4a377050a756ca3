"""Rounds of questions in a thread of their own, so that keys are answered while a source is slow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic

from airectl.commands.evaluated import Asked, evaluated
from airectl.commands.gates import Whole
from airectl.errors import AirectlError
from airectl.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: what was found, or why nothing was; `took_s` is how long that took."""

    at: datetime
    took_s: float
    whole: Whole | None = None
    error: AirectlError | None = None


class Rounds:
    """Asks at once, and then `every_s` seconds after each answer. `asking` says whether it waits for one."""

    def __init__(self, run: Run, asked: Asked, every_s: float) -> None:
        self.every_s = every_s
        self.halted = False
        self.asking = False
        self.next_s = monotonic()
        self._run, self._asked = run, asked
        self._answers: SimpleQueue[Round | BaseException] = SimpleQueue()
        self._begin = Event()
        # A daemon: a source that hangs must not keep a person from quitting.
        Thread(target=self._work, daemon=True).start()

    def wait(self, seconds: float) -> Round | None:
        """The round that ends within so many seconds, if one does; begins the next when it is due.

        Raises what is no answer of a source.
        """
        if not self.asking and not self.halted and monotonic() >= self.next_s:
            self.asking = True
            self._begin.set()
        try:
            answer = self._answers.get(timeout=seconds)
        except Empty:
            return None
        self.asking, self.next_s = False, monotonic() + self.every_s
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def now(self) -> None:
        """Ask as soon as no other question is open."""
        self.next_s, self.halted = monotonic(), False

    def _work(self) -> None:
        while self._begin.wait():
            self._begin.clear()
            begun_s, at = monotonic(), self._run.env.now()
            try:
                whole = evaluated(self._run, self._asked)
                self._answers.put(Round(at=at, took_s=monotonic() - begun_s, whole=whole))
            except AirectlError as error:
                self._answers.put(Round(at=at, took_s=monotonic() - begun_s, error=error))
            except BaseException as error:  # it belongs to whoever waits
                self._answers.put(error)
