"""Reads the answers of OpenAI-compatible servers as fast as they come: a stream of chunks, or one object.

It takes what airectl.core.sse and airectl.core.completion take and finds the same in it; a test holds that. What
servers usually send (an event of one line with one choice) has a short way through; all else goes the long one.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from typing import Any, Final

import orjson

from airectl.core.completion import REASONING, error_said
from airectl.core.sse import Reader, SseError
from airectl.load.feed import Ask
from airectl.load.protocols.interface import Head, count, fail
from airectl.runs.record import LONGEST_TEXT, NEVER, ErrorClass, Record

# One event is a token; this is far more than any, and bounds what is copied for one that does not end.
_LARGEST_EVENT: Final = 1024 * 1024
_LARGEST_COUNT: Final = 2**31 - 1
_LARGEST_DELTA: Final = 2**16 - 1
_DONE: Final = "[DONE]"
_loads = orjson.loads


class CompletionStream:
    """One streamed completion. `model_wanted`: what it has to say that it is of; empty: nothing is looked at."""

    def __init__(self, ask: Ask, head: Head, model_wanted: str = "") -> None:
        self._ask, self._head, self._wanted = ask, head, model_wanted
        self._sent_ns = head.sent_ns
        self._collects = ask.session >= 0
        self._texts: list[str] = []
        self._rest = b""
        self._reader: Reader | None = None
        self._begun = self._broken = False
        self._times = array("I")
        self._deltas = array("H")
        self._first_ns = self._first_answer_ns = self.content_ns = NEVER
        self._usage = (NEVER, NEVER)
        self._model = self._finish = ""
        self._done = False
        self._fault: tuple[ErrorClass, str] | None = None

    @property
    def finished(self) -> bool:
        """Whether the server said that it is done; usage may still follow."""
        return self._done or bool(self._finish)

    @property
    def text(self) -> str:
        """The text without the reasoning; only conversations keep it."""
        return "".join(self._texts)

    def data(self, data: bytes, at_ns: int) -> None:
        """The next bytes."""
        if self._reader is not None:
            self._standard(data, at_ns)
            return
        if self._rest:
            data, self._rest = self._rest + data, b""
        # `find`, since `in` makes and drops an exception before it looks.
        if data[:5] == b"data:" and data.find(b"\n") == len(data) - 2 and data[-1] == 10 and data.find(b"\r") < 0:
            self._begun = True
            self.payload(data[5:-2], at_ns)
        else:
            self._events(data, at_ns)

    def _events(self, data: bytes, at_ns: int) -> None:
        """Any number of events, and the beginning of one."""
        if b"\r" in data:
            self._standard(data, at_ns)
            return
        whole, ends, self._rest = data.rpartition(b"\n\n")
        if len(self._rest) > _LARGEST_EVENT:
            self._break("an event is larger than 1 MiB")
        elif ends:
            events = whole.split(b"\n\n")
            for number, event in enumerate(events):
                if b"\n" in event or not event.startswith((b"data:", b":")):
                    data, self._rest = b"\n\n".join((*events[number:], self._rest)), b""
                    self._standard(data, at_ns)
                    return
                self._begun = True
                if event[:5] == b"data:":
                    self.payload(event[5:], at_ns)

    def _standard(self, data: bytes, at_ns: int) -> None:
        """From here on by every rule of the standard: other line ends, other fields, events of many lines."""
        if self._broken:
            return
        if self._reader is None:
            self._reader = Reader(max_event_bytes=_LARGEST_EVENT)
            if self._begun:
                self._reader.feed(b"\n")  # a mark of the byte order stands at the beginning alone
            data, self._rest = self._rest + data, b""
        try:
            for event in self._reader.feed(data):
                self.payload(b" " + event.data.encode(), at_ns, event.name)
        except SseError as error:
            self._break(str(error))

    def payload(self, payload: bytes, at_ns: int, name: str = "") -> None:
        """The data of one event."""
        try:
            chunk = _loads(payload)
        except ValueError:
            chunk = self._odd(payload)
            if chunk is None:
                return
        if self._model and not name:
            # The usual chunk: one choice with a text or a thought, and nothing else in it.
            try:
                (choice,) = chunk["choices"]
                if choice.get("finish_reason") is None and chunk.get("usage") is None and "error" not in chunk:
                    delta = choice.get("delta")
                    text = choice.get("text") if delta is None else delta.get("content")
                    if text.__class__ is str and text:
                        self.content_ns = at_ns
                        if self._first_answer_ns < 0:
                            self._content(at_ns, reasoning=False)
                        else:
                            self._times.append((at_ns - self._sent_ns) // 1000)
                        if self._collects:
                            self._texts.append(text)
                        return
                    if not text and delta and _thinks(choice, delta):
                        self._content(at_ns, reasoning=True)
                        return
            except (KeyError, TypeError, ValueError, AttributeError):
                pass
        self._chunk(chunk, at_ns, name, payload)

    def _odd(self, payload: bytes) -> Any:
        """The end of the stream, or JSON that only a patient reader takes; None where there is no more to it."""
        text = payload.decode("utf-8", "replace").removeprefix(" ")
        if text == _DONE:
            self._done = True
            return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            self._say(ErrorClass.MALFORMED, text)
            return None

    def _chunk(self, chunk: Any, at_ns: int, name: str, payload: bytes) -> None:
        """Any chunk."""
        if not isinstance(chunk, dict):
            self._say(ErrorClass.MALFORMED, payload.decode("utf-8", "replace").removeprefix(" "))
            return
        if chunk.get("error") or name == "error":
            self._say(ErrorClass.ERROR_PAYLOAD, error_said(chunk.get("error") or chunk))
            return
        before = max(self._usage[1], 0)
        self._usage = usage_of(chunk, self._usage)
        if not self._model and isinstance(chunk.get("model"), str):
            self._model = chunk["model"]
        choices = chunk.get("choices")
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
            self._say(ErrorClass.MALFORMED, "a chunk without `choices`")
            return
        chunks = len(self._times)
        for choice in choices:
            delta = choice.get("delta")
            self._choice(choice, delta if isinstance(delta, dict) else {}, at_ns)
        if len(self._times) == chunks + 1 and chunks == len(self._deltas):
            brought = self._usage[1] - before
            if 0 <= brought <= _LARGEST_DELTA:
                self._deltas.append(brought)

    def _choice(self, choice: Mapping[str, Any], parts: Mapping[str, Any], at_ns: int) -> None:
        text = text_of(parts.get("content")) or text_of(choice.get("text"))
        if text or parts.get("tool_calls"):
            self._content(at_ns, reasoning=False)
            if self._collects:
                self._texts.append(text)
        elif any(text_of(parts.get(key)) for key in REASONING):
            self._content(at_ns, reasoning=True)
        self._finish = text_of(choice.get("finish_reason")) or self._finish

    def _content(self, at_ns: int, *, reasoning: bool) -> None:
        self.content_ns = at_ns
        if self._first_ns < 0:
            self._first_ns = at_ns
        if self._first_answer_ns < 0 and not reasoning:
            self._first_answer_ns = at_ns
        self._times.append((at_ns - self._sent_ns) // 1000)

    def _break(self, said: str) -> None:
        """Nothing more can be read."""
        self._say(ErrorClass.MALFORMED, said)
        self._broken, self._rest, self._reader = True, b"", Reader()

    def _say(self, error: ErrorClass, said: str) -> None:
        if self._fault is None:
            self._fault = error, said[:LONGEST_TEXT]

    def end(self, record: Record, *, whole: bool) -> None:
        """Put what was read into the record. A stream is complete by what it says, not by how HTTP ends it."""
        if self._rest:
            self._standard(b"", 0)  # lines without an event, or the beginning of one
        between = not self._broken and (self._reader is None or self._reader.end())
        record.first_content_ns, record.first_answer_ns = self._first_ns, self._first_answer_ns
        record.last_content_ns = self.content_ns
        record.chunk_us = self._times
        if len(self._deltas) == len(self._times):
            record.chunk_tokens = self._deltas
        record.finish_reason, record.model = self._finish, self._model
        count(record, self._ask, self._usage, len(self._times))
        if self._fault:
            fail(record, *self._fault)
        if not (between and self.finished):
            fail(record, ErrorClass.TRUNCATED, "the stream ended without a finish reason")
        if self._first_ns < 0:
            fail(record, ErrorClass.EMPTY, "the stream has no content")
        check_model(record, self._wanted)


def _thinks(choice: Mapping[str, Any], delta: Mapping[str, Any]) -> bool:
    """Whether a choice without content has a thought, and nothing else."""
    thought = delta.get("reasoning_content") or delta.get("reasoning")
    return bool(thought) and thought.__class__ is str and not choice.get("text") and not delta.get("tool_calls")


def usage_of(chunk: Mapping[str, Any], before: tuple[int, int] = (NEVER, NEVER)) -> tuple[int, int]:
    """Input and output tokens as the server counted them; as `before` where it says nothing."""
    usage = chunk.get("usage")
    if not isinstance(usage, dict):
        return before
    inputs, outputs = (_count(usage.get(key)) for key in ("prompt_tokens", "completion_tokens"))
    return (before[0] if inputs is None else inputs, before[1] if outputs is None else outputs)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT else None


def text_of(value: Any) -> str:
    """`value` where it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def check_model(record: Record, wanted: str) -> None:
    """An answer that says it is of another model is one."""
    if wanted and record.model and record.model != wanted:
        fail(record, ErrorClass.WRONG_MODEL, f"the answer is of `{record.model}`, not of `{wanted}`")
