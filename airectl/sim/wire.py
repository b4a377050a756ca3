"""The bytes of answers: heads, chunks, and the events and objects of OpenAI's API."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import sqrt
from typing import Any, Final

from airectl.sim.questions import ApiError, Kind, Question

# When an event was handed to the operating system, in nanoseconds of time.monotonic_ns.
SENT: Final = "airectl_sent_ns"
DONE: Final = b"data: [DONE]\n\n"
LAST_CHUNK: Final = b"0\r\n\r\n"
_REASONS: Final = {
    200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large",
    429: "Too Many Requests", 431: "Request Header Fields Too Large", 503: "Service Unavailable",
}  # fmt: skip
_JSON: Final = "application/json"


def head(status: int, headers: Mapping[str, str], *, keep: bool) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in headers.items())]
    if not keep:
        lines.append("connection: close")
    return "\r\n".join([*lines, "", ""]).encode()


def whole(
    status: int, body: bytes, *, keep: bool, kind: str = _JSON, headers: Mapping[str, str] | None = None
) -> bytes:
    """An answer of known length."""
    own = {"content-type": kind, "content-length": str(len(body)), **(headers or {})}
    return head(status, own, keep=keep) + body


def stream_head(*, keep: bool, chunks: bool) -> bytes:
    """The head of a stream; without chunks it ends with the connection."""
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
    if chunks:
        headers["transfer-encoding"] = "chunked"
    return head(200, headers, keep=keep)


def chunk(data: bytes) -> bytes:
    """Data as one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def as_json(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def error(failed: ApiError) -> bytes:
    """An error object."""
    said = {"message": failed.message, "type": failed.type, "param": failed.param, "code": failed.status}
    return as_json({"error": said})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How one completion is written. `id` is its own, `created` in seconds since 1970."""

    chat: bool
    id: str
    created: int
    model: str

    def pieces(self, *, stamped: bool) -> tuple[bytes, bytes]:
        """What stands before and behind the JSON text of a token; with `stamped` the time stands behind that."""
        key = '"delta":{"content":' if self.chat else '"text":'
        end = "}" if self.chat else ""
        behind = f'{end},"logprobs":null,"finish_reason":null}}]'
        behind += f',"{SENT}":' if stamped else "}\n\n"
        return f"data: {self._opening()}{key}".encode(), behind.encode()

    def role(self) -> bytes:
        """The event that begins a chat; it has no content."""
        delta = '"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}'
        return f"data: {self._opening()}{delta}\n\n".encode()

    def end(self, finish: str) -> bytes:
        """The event with the finish reason."""
        delta = '"delta":{}' if self.chat else '"text":""'
        return f'data: {self._opening()}{delta},"logprobs":null,"finish_reason":"{finish}"}}]}}\n\n'.encode()

    def usage(self, counts: Mapping[str, int]) -> bytes:
        """The event with the usage, without choices."""
        body = {**self._head(chunk=True), "choices": [], "usage": counts}
        return b"data: " + as_json(body) + b"\n\n"

    def answer(self, text: str, finish: str | None, counts: Mapping[str, int]) -> bytes:
        """The whole answer at once."""
        said: dict[str, Any] = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        choice = {"index": 0, **said, "logprobs": None, "finish_reason": finish}
        return as_json({**self._head(chunk=False), "choices": [choice], "usage": counts})

    def _opening(self) -> str:
        """All of a chunk up to what its one choice holds."""
        return as_json({**self._head(chunk=True), "choices": []}).decode()[:-2] + '{"index":0,'

    def _head(self, *, chunk: bool) -> dict[str, Any]:
        object = ("chat.completion.chunk" if chunk else "chat.completion") if self.chat else "text_completion"
        return {"id": self.id, "object": object, "created": self.created, "model": self.model}


def usage(prompt_tokens: int, output_tokens: int, cached_tokens: int) -> dict[str, Any]:
    """A usage object."""
    return {
        "prompt_tokens": prompt_tokens,
        "total_tokens": prompt_tokens + output_tokens,
        "completion_tokens": output_tokens,
        "prompt_tokens_details": {"cached_tokens": cached_tokens},
    }


def embeddings(question: Question, id: str, created: int, model: str) -> bytes:
    """The answer to inputs: a vector of length 1 for each, the same for the same text."""
    data = [
        {"index": index, "object": "embedding", "embedding": _vector(text, question)}
        for index, text in enumerate(question.texts)
    ]
    counts = {"prompt_tokens": question.prompt_tokens, "total_tokens": question.prompt_tokens}
    return as_json({"id": id, "object": "list", "created": created, "model": model, "data": data, "usage": counts})


def _vector(text: bytes, question: Question) -> Sequence[float] | str:
    raw = b"".join(
        blake2b(text, digest_size=64, salt=block.to_bytes(8)).digest() for block in range(-(-question.dimensions // 64))
    )
    values = [byte - 127.5 for byte in raw[: question.dimensions]]
    length = sqrt(sum(value * value for value in values))
    unit = array("f", (value / length for value in values))
    return base64.b64encode(unit.tobytes()).decode() if question.base64 else list(unit)


def id_prefix(kind: Kind) -> str:
    """How ids of this kind begin."""
    return {Kind.CHAT: "chatcmpl", Kind.COMPLETION: "cmpl", Kind.EMBEDDING: "embd"}[kind]
