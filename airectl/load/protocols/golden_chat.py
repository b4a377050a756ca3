"""The simulator's chat in golden mode: each chunk says when it was sent, on the clock of this machine.

What the server says is kept beside what was measured: a file of its own has, for each request in the order of its
records, how many chunks there were and when each was sent.
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from airectl.load.feed import Ask
from airectl.load.protocols.completion_stream import CompletionStream
from airectl.load.protocols.interface import Answer, Head, Settings
from airectl.load.protocols.openai_chat import OpenAIChat
from airectl.runs.record import Record

# The simulator's name for it, airectl/sim/wire.py.
SENT: Final = "airectl_sent_ns"
_STAMP: Final = re.compile(rf'"{SENT}":([0-9]+)'.encode())
# The stamp, its name and what closes the chunk.
_LONGEST: Final = len(SENT) + 24
_FRAME: Final = struct.Struct("<qI")
_OPTION: Final = "stamps"


class GoldenChat(OpenAIChat):
    """Chat completions whose chunks are stamped. The option `stamps` is the file that the stamps go to."""

    def __init__(self, settings: Settings) -> None:
        given = dict(settings.options)
        self._file = Path(given.pop(_OPTION)).open("ab", buffering=0)  # noqa: SIM115  # it is closed with the process
        super().__init__(replace(settings, options=given))

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of a stamped stream."""
        return _Stamped(ask, head, self._file.write)


class _Stamped(CompletionStream):
    def __init__(self, ask: Ask, head: Head, write: Callable[[bytes], object]) -> None:
        super().__init__(ask, head)
        self._write = write
        self._tails: list[bytes] = []

    def payload(self, payload: bytes, at_ns: int, name: str = "") -> None:
        """As any, and its stamp, which stands at its end."""
        chunks = len(self._times)
        super().payload(payload, at_ns, name)
        if len(self._times) > chunks:
            self._tails.append(payload[-_LONGEST:])

    def end(self, record: Record, *, whole: bool) -> None:
        """As any; the stamps go to their file."""
        super().end(record, whole=whole)
        stamps = array("q", map(int, _STAMP.findall(b"".join(self._tails))))
        self._write(_FRAME.pack(record.index, len(stamps)) + stamps.tobytes())


def stamps(data: bytes) -> Iterator[tuple[int, array[int]]]:
    """The requests of a file of stamps: number of the request, and when each of its chunks was sent."""
    at = 0
    while at < len(data):
        index, count = _FRAME.unpack_from(data, at)
        at += _FRAME.size
        yield index, array("q", data[at : at + 8 * count])
        at += 8 * count
