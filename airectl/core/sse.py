"""Server-sent events, read from bytes as they arrive. Sans I/O: whoever has the bytes knows when they came.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class SseError(ValueError):
    """The bytes are no event stream that can be read on; the message says why, in lower case."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `name` is empty where the stream gives none, which stands for `message`."""

    data: str
    name: str = ""
    id: str = ""


@dataclass(slots=True)
class Reader:
    """Takes chunks of any size and gives the events that they complete.

    An event ends with an empty line; lines end with LF, CRLF or CR. Comments and unknown fields are
    passed over, as the standard says, and so is an event without data.
    """

    max_event_bytes: int = MAX_EVENT_BYTES
    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)
    _size: int = 0
    _name: bytes = b""
    _id: bytes = b""
    _begun: bool = False
    _after_cr: bool = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that end in this chunk, in order. Raises SseError for one beyond the bound."""
        if not chunk:
            return []
        buffer = self._rest + chunk if self._rest else chunk
        if not self._begun:
            if len(buffer) < len(_BOM) and _BOM.startswith(buffer):
                self._rest = buffer
                return []
            buffer = buffer.removeprefix(_BOM)
            self._begun = True
        if self._after_cr:
            buffer = buffer.removeprefix(b"\n")
        # A CR ends its line at once; if the next chunk begins with LF, both were one end.
        self._after_cr = buffer.endswith(b"\r")
        if b"\r" in buffer:
            buffer = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        whole, newline, rest = buffer.rpartition(b"\n")
        self._rest = rest
        if self._size + len(self._rest) > self.max_event_bytes:
            raise SseError(f"an event is larger than {self.max_event_bytes} bytes")
        return self._events(whole.split(b"\n")) if newline else []

    def _events(self, lines: list[bytes]) -> list[Event]:
        events = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(self._dispatched())
            else:
                self._name = b""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > self.max_event_bytes:
                raise SseError(f"an event is larger than {self.max_event_bytes} bytes")
        elif name == b"event":
            self._name = value
        elif name == b"id" and b"\0" not in value:
            self._id = value

    def _dispatched(self) -> Event:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = Event(data.decode("utf-8", "replace"), _text(self._name), _text(self._id))
        self._data, self._size, self._name = [], 0, b""
        return event

    def end(self) -> bool:
        """Whether the stream ended between two events. An event that was cut off is lost, by the standard."""
        return not (self._data or self._rest)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace") if name else ""
