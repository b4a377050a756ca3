"""Appends records to disk as requests end, from a thread of its own: a slow disk delays nothing that is measured."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from airectl.runs.record import MAGIC, Record, pack

# So much is handed over at once; what is less is after a second.
_BATCH_BYTES: Final = 256 * 1024


class RecorderError(Exception):
    """What was measured cannot be written; the message says why."""


class Recorder:
    """The files of one process in a run's folder: its records, and a line about itself each second.

    They must not be there yet: the records of two runs are not mixed. Raises RecorderError.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._queue: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self.error = ""
        self._records = _new(folder / f"requests-{number:03d}.bin")
        self._client = _new(folder / f"client-{number:03d}.jsonl")
        self._thread = threading.Thread(target=self._write, name="recorder", daemon=True)
        self._thread.start()
        self._queue.put((self._records, MAGIC))

    def add(self, record: Record) -> None:
        """A request has ended."""
        frame = pack(record)
        self._parts.append(frame)
        self._size += len(frame)
        if self._size >= _BATCH_BYTES:
            self.flush()

    def tell(self, line: str) -> None:
        """A line about the process itself."""
        self._queue.put((self._client, line.encode() + b"\n"))

    def flush(self) -> None:
        """Hand over what there is."""
        if self._parts:
            self._queue.put((self._records, b"".join(self._parts)))
            self._parts, self._size = [], 0

    def close(self) -> None:
        """Wait until all of it is written. Raises RecorderError."""
        self.flush()
        self._queue.put(None)
        self._thread.join()
        os.close(self._records)
        os.close(self._client)
        if self.error:
            raise RecorderError(self.error)

    def _write(self) -> None:
        while (item := self._queue.get()) is not None:
            file, data = item
            try:
                if not self.error:  # what follows half a record could not be read
                    _all(file, data)
            except OSError as error:
                self.error = (error.strerror or str(error)).lower()


def _new(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise RecorderError(f"`{path}` is there already") from None
    except OSError as error:
        raise RecorderError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from None


def _all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
