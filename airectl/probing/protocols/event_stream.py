"""The answer of an OpenAI-compatible server: events with chunks of a completion, or what came in their place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from airectl.core.completion import Completion, Stream
from airectl.core.sse import Event, Reader, SseError


@dataclass(slots=True)
class EventStream:
    """Reads a streamed completion. What is no event stream is kept, for its error payload."""

    stream: Stream
    streamed: bool
    _reader: Reader = field(default_factory=Reader)
    _body: bytearray = field(default_factory=bytearray)
    _broken: bool = False

    @property
    def content_s(self) -> float | None:
        """When the last content so far came."""
        return self.stream.content_s

    @property
    def finished(self) -> bool:
        """Whether the server said that the answer is complete."""
        return self.stream.finished

    @property
    def done(self) -> bool:
        """Whether nothing more is to be read."""
        return self.stream.done or self._broken

    def take(self, data: bytes, at_s: float) -> None:
        """The next bytes."""
        if not self.streamed:
            self._body += data
            return
        try:
            for event in self._reader.feed(data):
                self.stream.take(event, at_s)
        except SseError as error:
            self._broken = True
            self.stream.take(Event(str(error)), at_s)

    def end(self, *, whole: bool) -> Completion:
        """What the answer was."""
        if not self.streamed:
            self.stream.take(Event(_in_place(bytes(self._body))), 0.0)
        return self.stream.end(whole=whole and (not self.streamed or self._reader.end()))


def event_stream(headers: Mapping[str, str], sent_s: float) -> EventStream:
    """The reader of an answer. One that is said to be a web page, or JSON, is no stream."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return EventStream(Stream(sent_s), streamed=kind not in ("application/json", "text/html"))


def _in_place(body: bytes) -> str:
    """What came in place of a stream: an error payload as it is, all else as no chunk."""
    text = body.decode("utf-8", "replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return f"no event stream: {text}"
    is_error = isinstance(value, dict) and value.get("error")
    return text if is_error else f"no event stream, although one was asked for: {text}"
