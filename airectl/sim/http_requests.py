"""HTTP/1.1 requests, read from bytes as they arrive. Sans I/O, and strict: what is ambiguous is refused.

Source: https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 16 * 1024 * 1024
_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.([01])")
_FIELD: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A whole request. `path` is without its query, `headers` have their names in lower case.

    `keep`: the connection may stay open after the answer; `chunks`: the client understands a chunked answer.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    keep: bool = True
    chunks: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Bytes that are no request, with the status to answer; nothing can be read after them."""

    status: int
    message: str


@dataclass(slots=True)
class Reader:
    """Takes bytes and gives the requests that they complete. `awaited`: the client asks whether to send its body."""

    max_body_bytes: int = MAX_BODY_BYTES
    awaited: bool = False
    _rest: bytearray = field(default_factory=bytearray)
    _head: Request | None = None
    _left: int = 0  # of the body, or of a chunk
    _chunked: bool = False
    _body: bytearray = field(default_factory=bytearray)
    _broken: bool = False

    def feed(self, data: bytes) -> list[Request | Refusal]:
        """The requests that end with these bytes; the last one may be a Refusal."""
        self._rest += data
        done: list[Request | Refusal] = []
        while not self._broken:
            try:
                whole = self._next()
            except _Refused as error:
                self._broken = True
                self._rest.clear()
                done.append(Refusal(error.status, str(error)))
                break
            if whole is None:
                break
            done.append(whole)
        return done

    def _next(self) -> Request | None:
        if self._head is None and not self._read_head():
            return None
        if not (self._read_chunks() if self._chunked else self._read_body()):
            return None
        head, body = self._head, bytes(self._body)
        assert head is not None  # noqa: S101  # for the type checker: it was read above
        self._head, self.awaited = None, False
        self._body.clear()
        return Request(
            method=head.method, path=head.path, headers=head.headers, body=body, keep=head.keep, chunks=head.chunks
        )

    def _read_head(self) -> bool:
        while self._rest.startswith(b"\r\n"):  # some clients send an empty line between two requests
            del self._rest[:2]
        end = self._rest.find(_END)
        if end < 0 or end > MAX_HEAD_BYTES:
            if len(self._rest) > MAX_HEAD_BYTES:
                raise _Refused(431, f"the head of the request is larger than {MAX_HEAD_BYTES} bytes")
            if not _may_begin(self._rest):
                raise _Refused(400, "this is no HTTP request")
            return False
        lines = bytes(self._rest[:end]).split(b"\r\n")
        del self._rest[: end + len(_END)]
        self._head = _head(lines)
        self._measure(self._head.headers)
        return True

    def _measure(self, headers: Mapping[str, str]) -> None:
        """How long the body is."""
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None and (coding.lower() != "chunked" or length is not None):
            raise _Refused(400, "the length of the body is ambiguous")
        if length is not None and not (length.isascii() and length.isdigit()):
            raise _Refused(400, "the length of the body is no number")
        self._chunked, self._left = coding is not None, int(length or 0)
        if self._left > self.max_body_bytes:
            raise _Refused(413, f"the body is larger than {self.max_body_bytes} bytes")
        self.awaited = headers.get("expect", "").lower() == "100-continue"

    def _read_body(self) -> bool:
        if len(self._rest) < self._left:
            return False
        self._body += self._rest[: self._left]
        del self._rest[: self._left]
        return True

    def _read_chunks(self) -> bool:
        """Whether the last chunk is there. `_left` is the size of the present one with its line's end."""
        while True:
            if self._left:
                if len(self._rest) < self._left:
                    return False
                if self._rest[self._left - 2 : self._left] != b"\r\n":
                    raise _Refused(400, "a chunk of the body is longer than it says")
                self._body += self._rest[: self._left - 2]
                del self._rest[: self._left]
                self._left = 0
            line = self._line()
            if line is None:
                return False
            found = _SIZE.fullmatch(line)
            if not found:
                raise _Refused(400, "a chunk of the body has no size")
            size = int(found[1], 16)
            if len(self._body) + size > self.max_body_bytes:
                raise _Refused(413, f"the body is larger than {self.max_body_bytes} bytes")
            if size:
                self._left = size + 2
                continue
            return self._trailer(line)

    def _line(self) -> bytes | None:
        end = self._rest.find(b"\r\n")
        if end < 0:
            if len(self._rest) > MAX_HEAD_BYTES:
                raise _Refused(400, "a chunk of the body has no size")
            return None
        line = bytes(self._rest[:end])
        del self._rest[: end + 2]
        return line

    def _trailer(self, line: bytes) -> bool:
        """Pass over the fields behind the last chunk; where they are not all there, its line is put back."""
        if self._rest.startswith(b"\r\n"):
            del self._rest[:2]
            return True
        end = self._rest.find(_END)
        if end >= 0:
            del self._rest[: end + len(_END)]
            return True
        if len(self._rest) > MAX_HEAD_BYTES:
            raise _Refused(431, f"the trailer of the request is larger than {MAX_HEAD_BYTES} bytes")
        self._rest[:0] = line + b"\r\n"
        return False


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _may_begin(rest: bytes | bytearray) -> bool:
    """Whether a request line may begin so: what is plainly none, such as TLS, is not waited for."""
    return all(32 < byte < 127 for byte in rest[:1])


def _head(lines: list[bytes]) -> Request:
    found = _LINE.fullmatch(lines[0])
    if not found:
        raise _Refused(400, "this is no HTTP/1.1 request")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        pair = _FIELD.fullmatch(line)
        if not pair:
            raise _Refused(400, "a header field is malformed")
        name, value = pair[1].decode().lower(), pair[2].decode("latin-1")
        if name in headers and name in ("content-length", "transfer-encoding", "host"):
            raise _Refused(400, f"the header field `{name}` is there twice")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    newer = found[3] == b"1"
    if newer and "host" not in headers:
        raise _Refused(400, "the header field `host` is missing")
    asked = headers.get("connection", "").lower()
    path = found[2].decode("latin-1").partition("?")[0]
    keep = "close" not in asked if newer else "keep-alive" in asked
    return Request(method=found[1].decode(), path=path, headers=headers, keep=keep, chunks=newer)
