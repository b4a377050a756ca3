"""Statements that end: by themselves, when the user asks for it, or when they take too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from airectl.env import Stop

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
Rows = Sequence[tuple[Any, ...]]
_LOOK_EVERY_S: Final = 0.05
# DuckDB looks for an interrupt between chunks of rows; this is how long one of them may take.
_GRACE_S: Final = 2.0
_ROWS: Final = 4096


def awaited(future: Future[T]) -> T:
    """The result of a future.

    A signal that comes just before a thread begins to wait without an end is handled after that wait, so this
    one looks up now and then.
    """
    while not future.done():
        wait((future,), timeout=_LOOK_EVERY_S)
    return future.result()


class StoppedError(Exception):
    """The user asked to end."""


class TooLongError(Exception):
    """A statement ran for longer than `limit_s` seconds."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"it took longer than {limit_s:,.3g} seconds")


@dataclass(slots=True, kw_only=True)
class Watch:
    """Runs the statements of one connection in a thread of its own, so that this one can take signals.

    After a statement that did not even end when it was told to, the watch is `abandoned`: its
    connection cannot be closed without waiting.
    """

    connection: duckdb.DuckDBPyConnection
    stop: Stop
    limit_s: float
    abandoned: bool = field(default=False, init=False)

    def fetch(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows of `statement`. Raises duckdb.Error, StoppedError and TooLongError."""
        found: list[tuple[Any, ...]] = []
        self.run(statement, found.extend, self.limit_s)
        return found

    def run(self, statement: str, take: Callable[[Rows], object], limit_s: float) -> None:
        """Give the rows of `statement` to `take`, some at a time. Raises what `fetch` does."""
        if self.stop:
            raise StoppedError
        if self.abandoned:
            raise TooLongError(limit_s)
        work = _Work(connection=self.connection, statement=statement, take=take)
        # No daemon: one that comes back from DuckDB while Python ends would bring the process down.
        thread = Thread(target=work)
        thread.start()
        self.abandoned = True  # until it has ended: a second signal leaves it where it is
        try:
            ended = self._wait(work.done, limit_s)
        except BaseException:
            self.connection.interrupt()
            raise
        if not ended:
            self.connection.interrupt()
            self.abandoned = not work.done.wait(_GRACE_S)
            raise StoppedError if self.stop else TooLongError(limit_s)
        thread.join()
        self.abandoned = False
        if work.error:
            raise work.error

    def _wait(self, done: Event, limit_s: float) -> bool:
        """Whether it came to its end before the user or the clock said no."""
        until = monotonic() + limit_s
        while not done.wait(_LOOK_EVERY_S):
            if self.stop or monotonic() > until:
                return False
        return True

    def close(self) -> None:
        """Let go of the files."""
        if not self.abandoned:
            self.connection.close()


@dataclass(slots=True, kw_only=True)
class _Work:
    connection: duckdb.DuckDBPyConnection
    statement: str
    take: Callable[[Rows], object]
    done: Event = field(default_factory=Event)
    error: BaseException | None = None

    def __call__(self) -> None:
        try:
            result = self.connection.execute(self.statement)
            while rows := result.fetchmany(_ROWS):
                self.take(rows)
        except BaseException as error:  # it is raised again where the statement was asked for
            self.error = error
        finally:
            self.done.set()
