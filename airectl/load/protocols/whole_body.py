"""Reads an answer that comes as a whole: its content is there when its last byte is."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from typing import Any, Final

import orjson

from airectl.load.feed import Ask
from airectl.load.protocols.interface import Head, count, fail
from airectl.runs.record import NEVER, ErrorClass, Record

_MOST_US: Final = 2**32 - 1
_MOST_TOKENS: Final = 2**16 - 1
_QUOTED: Final = 120


class BodyError(Exception):
    """A body is not what the protocol says; `error` is the class that it falls into."""

    def __init__(self, error: ErrorClass, message: str) -> None:
        super().__init__(message)
        self.error = error


class Said:
    """What a body says. Tokens are NEVER where it counts none; `chunks` are outputs that stand for one token each."""

    def __init__(self, *, text: str = "", tokens: tuple[int, int] = (NEVER, NEVER), chunks: int = 0) -> None:
        self.text, self.tokens, self.chunks = text, tokens, chunks
        self.model = self.finish = ""
        self.reasoning_only = False


# Reads a body into what it says. Raises BodyError.
Read = Callable[[bytes], Said]


class WholeBody:
    """Keeps a body and has `read` read it at its end. `check` looks at the record that came of it."""

    def __init__(self, ask: Ask, head: Head, read: Read, check: Callable[[Record], None] | None = None) -> None:
        self._ask, self._head, self._read, self._check = ask, head, read, check
        self._parts: list[bytes] = []
        self._last_ns = NEVER
        self.content_ns = NEVER
        self.finished = False
        self.text = ""

    def data(self, data: bytes, at_ns: int) -> None:
        """The next bytes."""
        self._parts.append(data)
        self._last_ns = at_ns

    def end(self, record: Record, *, whole: bool) -> None:
        """Read the body, if it is one."""
        body = b"".join(self._parts)
        if not whole:
            fail(record, ErrorClass.TRUNCATED, f"the answer ended after {len(body):,} bytes of its body")
            return
        try:
            said = self._read(body)
        except BodyError as error:
            fail(record, error.error, str(error))
            return
        self.text = said.text
        if self._last_ns >= 0:
            self._content(record, said)
        record.finish_reason, record.model = said.finish, said.model
        count(record, self._ask, said.tokens, said.chunks)
        if self._check:
            self._check(record)

    def _content(self, record: Record, said: Said) -> None:
        """All of it at once, with its last byte."""
        record.first_content_ns = record.last_content_ns = self._last_ns
        record.first_answer_ns = NEVER if said.reasoning_only else self._last_ns
        record.chunk_us = array("I", [min((self._last_ns - self._head.sent_ns) // 1000, _MOST_US)])
        if 0 <= said.tokens[1] <= _MOST_TOKENS:
            record.chunk_tokens = array("H", [said.tokens[1]])


def parsed(body: bytes) -> Any:
    """The JSON that a body is. Raises BodyError."""
    try:
        return orjson.loads(body)
    except ValueError:
        pass
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise BodyError(ErrorClass.MALFORMED, f"no JSON: {quoted(body)}") from None


def quoted(body: bytes) -> str:
    """The beginning of a body, on one line."""
    return " ".join(body[:_QUOTED].decode("utf-8", "replace").split()) or "an empty body"
