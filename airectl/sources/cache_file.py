"""The file of the cache: where it is, who may read it, how it is opened, and what becomes of a damaged one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airectl.sources.cache_rows import TABLES

if TYPE_CHECKING:
    import sqlite3

NAME: Final = "slices-v1.sqlite"
DAMAGED: Final = f"{NAME}.damaged"
# Another run writes for milliseconds; whoever waits longer is better off without a cache.
_WAIT_S: Final = 5.0
_LOG_BYTES: Final = 4 * 1024 * 1024


def cache_folder(environ: Mapping[str, str]) -> Path | None:
    """The user's cache folder for airectl; None where neither XDG_CACHE_HOME nor HOME is a full path.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    for name, below in (("XDG_CACHE_HOME", "airectl"), ("HOME", ".cache/airectl")):
        if (folder := Path(environ.get(name, ""))).is_absolute():
            return folder / below
    return None


def open_file(folder: Path) -> sqlite3.Connection:
    """The database in `folder`, made if it is not there; nobody but its owner may look into it.

    Raises OSError or sqlite3.Error where there can be none.
    """
    _make(folder)
    _refuse_of_others(folder)
    path = folder / NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
        empty = os.fstat(descriptor).st_size == 0
    finally:
        os.close(descriptor)
    if empty:
        _set_journal(path)
    connection = _connect(path)
    try:
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA journal_size_limit={_LOG_BYTES}")
        connection.executescript(TABLES)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3

    return sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)


def _set_journal(path: Path) -> None:
    """A write-ahead log, so that readers never wait; without, where memory cannot be shared over the file system."""
    import sqlite3

    connection = _connect(path)
    try:
        connection.executescript("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; ROLLBACK;")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return  # another run is just setting it
        connection.close()
        connection = _connect(path)
        connection.executescript("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE;")
    finally:
        connection.close()


def identity(folder: Path) -> int:
    """What tells the database in `folder` from another one that takes its place; 0 where there is none."""
    try:
        return (folder / NAME).stat().st_ino
    except OSError:
        return 0


def put_aside(folder: Path, which: int) -> None:
    """Move a damaged database out of the way, unless another run did and began it anew."""
    if identity(folder) == which:
        with suppress(OSError):
            (folder / NAME).replace(folder / DAMAGED)
        remove(folder, *(NAME + suffix for suffix in ("-wal", "-shm", "-journal")))


def remove(folder: Path, *names: str) -> None:
    """Take files away that may be there."""
    for name in names:
        with suppress(OSError):
            (folder / name).unlink()


def _make(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def _refuse_of_others(folder: Path) -> None:
    """Whoever can write the cache can write what budgets are made of."""
    about = folder.stat()
    if about.st_uid not in (0, os.geteuid()) or about.st_mode & 0o022:
        raise PermissionError("others than you may write there")
