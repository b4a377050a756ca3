"""Statements that end: on a signal, on a limit, by themselves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from airectl.env import Stop
from airectl.sources.database import connect
from airectl.sources.watch import StoppedError, TooLongError, Watch

if TYPE_CHECKING:
    import duckdb

ENDLESS = "SELECT count(*) FROM range(1000000000000) t(i) WHERE hash(i) % 7 = 3"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connect([])) as connection:
        yield connection


def watched(connection: duckdb.DuckDBPyConnection, limit_s: float = 60) -> Watch:
    return Watch(connection=connection, stop=Stop(), limit_s=limit_s)


def test_rows_come_in_order_and_complete(connection: duckdb.DuckDBPyConnection) -> None:
    assert watched(connection).fetch("SELECT i FROM range(10000) t(i)") == [(i,) for i in range(10_000)]


def test_an_error_is_raised_where_it_was_asked(connection: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    with pytest.raises(duckdb.Error, match="nothing"):
        watched(connection).fetch("SELECT nothing")


def test_a_statement_has_its_time_and_the_next_one_too(connection: duckdb.DuckDBPyConnection) -> None:
    watch = watched(connection, limit_s=0.2)
    with pytest.raises(TooLongError, match=r"longer than 0\.2 seconds"):
        watch.fetch(ENDLESS)
    assert not watch.abandoned
    assert watch.fetch("SELECT 1") == [(1,)]


def test_a_signal_ends_what_is_running_and_what_comes(connection: duckdb.DuckDBPyConnection) -> None:
    watch = watched(connection)
    with watch.stop.watched():
        timer = Timer(0.2, watch.stop.request, [signal.SIGINT])
        timer.start()
        with pytest.raises(StoppedError):
            watch.fetch(ENDLESS)
        timer.join()
        with pytest.raises(StoppedError):
            watch.fetch("SELECT 1")


SECOND_SIGNAL = """
import os, signal, threading
from airectl.env import Stop, install_signals
from airectl.errors import Interrupted
from airectl.sources.watch import Watch

class Stubborn:
    running = threading.Event()

    def execute(self, statement):
        self.running.set()
        threading.Event().wait(1.5)  # whatever it is told

    def interrupt(self):
        os.kill(os.getpid(), signal.SIGTERM)

stop = Stop()
install_signals(stop)
watch = Watch(connection=Stubborn(), stop=stop, limit_s=60)
threading.Thread(target=lambda: (Stubborn.running.wait(), os.kill(os.getpid(), signal.SIGTERM))).start()
try:
    with stop.watched():
        watch.fetch("SELECT 1")
except Interrupted:
    print("left at once" if watch.abandoned else "waited")
"""


def test_a_second_signal_waits_for_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SECOND_SIGNAL], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout, done.returncode) == ("left at once\n", 0), done.stderr
