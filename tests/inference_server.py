"""An inference server on loopback that streams answers, and misbehaves as it is told. Its `/health` is always fine.

It speaks OpenAI's chat and completions, Ollama's own API, and plain HTTP under any other path. Its `/metrics` are
those of a vLLM.
"""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

MODEL: Final = "llama-3.1-8b"
_PAGE: Final = Path(__file__).parent / "telemetry" / "expositions" / "vllm.txt"
# How long a server that stalls does so: longer than any deadline of a test.
_STALLED_S: Final = 30.0
# What a model in order says; the first whose key is in the prompt.
ANSWERS: Final[Mapping[str, str]] = {
    "17 + 25": "The result is 42.",
    "capital of France": "Paris",
    "blue-harbour-7341": "blue-harbour-7341",
    "JSON": 'Here you are:\n```json\n{"status": "ok", "count": 3}\n```',
}
OOM: Final = "CUDA error: out of memory"
HELLO: Final = "Hello, how may I help you today?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that came in. `prompt` is the last thing that was said to the model."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How one request is answered. `text` None: as a model in order does.

    `first_s` passes before the first token, `gap_s` between two. `model` is what the answer says it is of, None:
    what was asked for. `fault` is one of FAULTS; `left_open`: the stream has no end of its own. A `status` other than
    200 comes with `body` and no stream.
    """

    text: str | None = None
    status: int = 200
    model: str | None = None
    finish: str = "stop"
    first_s: float = 0
    gap_s: float = 0
    fault: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: bool = True
    left_open: bool = False
    reasoning: str = ""


# Each happens after the second token, if nothing else is said; the text is then a long one.
FAULTS: Final = (
    "hang_up",  # no answer at all: the connection is closed
    "silent",  # no answer at all: the connection stays open
    "late",  # a 200, and no token
    "stall",  # no further token
    "truncate",  # the stream ends properly, without a finish reason
    "cut",  # the connection ends within the stream
    "reset",  # the same, with a reset
    "malformed",  # something that is no chunk
    "error",  # an error payload
    "empty",  # an end without a token
    "html",  # a web page in place of a stream
    "flood",  # megabytes
)

Answering = Callable[[Asked], Reply]


def scripted(rules: Sequence[Mapping[str, Any]]) -> Answering:
    """The reply of the first rule whose `prompt` is part of the prompt; a model in order where there is none.

    A rule's other keys are those of Reply.
    """

    def answering(asked: Asked) -> Reply:
        for rule in rules:
            if rule.get("prompt", "") in asked.prompt:
                return Reply(**{key: value for key, value in rule.items() if key != "prompt"})
        return Reply()

    return answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The server: where it is, and what it was asked."""

    url: str
    asked: list[Asked]

    @property
    def posts(self) -> list[Asked]:
        """The requests for an answer."""
        return [each for each in self.asked if each.method == "POST"]


@contextmanager
def inference(
    answering: Answering | Reply | None = None,
    *,
    models: Sequence[str] | None = (MODEL,),
    tls: ssl.SSLContext | None = None,
) -> Iterator[Running]:
    """A server with `models`, None: it lists none, that gives each request what `answering` says."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.models = models
    if isinstance(answering, Reply):
        server.answering = lambda _asked: answering
    elif answering:
        server.answering = answering
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Running(url=f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}", asked=server.asked)
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    answering: Answering = staticmethod(lambda _asked: Reply())
    models: Sequence[str] | None = ()

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[Asked] = []
        self.ended = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that go away are what this is for."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self.server.asked.append(self._asked({}))
        names = self.server.models
        listed: dict[str, Any] = {"/health": {"status": "ok"}}
        if names is not None:
            listed["/v1/models"] = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
            listed["/api/tags"] = {"models": [{"name": name, "model": name} for name in names]}
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._whole(200, _PAGE.read_text("utf-8"), {"Content-Type": "text/plain; version=0.0.4"})
        else:
            self._whole(200, listed[path]) if path in listed else self._whole(404, {"error": "not found"})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {"prompt": raw.decode()}
        asked = self._asked(body)
        self.server.asked.append(asked)
        self._reply(asked, self.server.answering(asked))

    def _asked(self, body: Any) -> Asked:
        said = body.get("prompt", "") if isinstance(body, dict) else str(body)
        if isinstance(body, dict) and body.get("messages"):
            said = body["messages"][-1]["content"]
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = body if isinstance(body, dict) else {}
        return Asked(method=self.command, path=self.path, headers=headers, body=body, prompt=str(said))

    def _reply(self, asked: Asked, reply: Reply) -> None:
        if reply.fault == "silent":
            self.server.ended.wait(_STALLED_S)
        if reply.fault in ("silent", "hang_up"):
            self.close_connection = True
        elif reply.status != 200 or reply.body is not None:
            self._whole(reply.status, reply.body, reply.headers)
        elif reply.fault == "html":
            self._whole(200, "<html><body>Sign in</body></html>", {"Content-Type": "text/html"})
        else:
            self._stream(asked, reply)

    def _whole(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, asked: Asked, reply: Reply) -> None:
        ollama = asked.path.endswith("/api/chat")
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson" if ollama else "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        write = _ollama if ollama else _sse
        model = asked.body.get("model", "") if reply.model is None else reply.model
        for number, part in enumerate(_parts(asked, reply)):
            if self._waits(reply, number) or self._breaks(reply, number):
                return
            self._chunk(write(part | {"model": model}))
        if reply.left_open:
            self.server.ended.wait(_STALLED_S)
            return
        if not ollama and reply.fault != "truncate":
            self._chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _waits(self, reply: Reply, number: int) -> bool:
        """Wait before a part; whether the test was over before that."""
        stalls = (reply.fault == "late" and number == 1) or (reply.fault == "stall" and number == 3)
        wait_s = _STALLED_S if stalls else reply.first_s if number == 1 else reply.gap_s if number > 1 else 0
        return bool(wait_s) and self.server.ended.wait(wait_s)

    def _breaks(self, reply: Reply, number: int) -> bool:
        """What happens in place of a part; whether the stream is over with that."""
        if number != 3:
            return False
        if reply.fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        ollama = self.path.endswith("/api/chat")
        if reply.fault == "malformed":
            self._chunk(b'{"message": {"con\n' if ollama else b'data: {"choices": [{"delta": {"con\n\n')
        if reply.fault == "error":
            said = json.dumps({"error": OOM if ollama else {"message": OOM, "code": 500}}).encode()
            self._chunk(said + b"\n" if ollama else b"data: " + said + b"\n\n")
        return reply.fault in ("reset", "cut")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _parts(asked: Asked, reply: Reply) -> Iterator[dict[str, Any]]:
    """What is sent one after the other: the role, each token, the end, the usage."""
    text = HELLO if reply.text is None and reply.fault else reply.text
    if text is None:
        text = next((answer for key, answer in ANSWERS.items() if key in asked.prompt), HELLO)
    tokens = _tokens("x" * 6_000_000 if reply.fault == "flood" else text)
    yield {"role": "assistant"}
    if reply.reasoning:
        yield {"reasoning": reply.reasoning}
    if reply.fault != "empty":
        yield from ({"content": token} for token in tokens)
    if reply.fault != "truncate":
        yield {"finish": reply.finish, "usage": len(tokens) if reply.usage else None}


def _tokens(text: str) -> list[str]:
    """Words with the blank before them, at most 4 KiB each."""
    starts = [0, *(at for at, char in enumerate(text) if char == " " and at), len(text)]
    words = [text[start:end] for start, end in pairwise(starts)]
    return [word[at : at + 4096] for word in words for at in range(0, len(word), 4096)]


def _sse(part: Mapping[str, Any]) -> bytes:
    delta = {"role": part.get("role"), "content": part.get("content"), "reasoning_content": part.get("reasoning")}
    choice = {"index": 0, "delta": delta, "text": part.get("content"), "finish_reason": part.get("finish")}
    usage = {"completion_tokens": part["usage"]} if part.get("usage") else None
    return b"data: " + json.dumps({"model": part["model"], "choices": [choice], "usage": usage}).encode() + b"\n\n"


def _ollama(part: Mapping[str, Any]) -> bytes:
    said = {"role": "assistant", "content": part.get("content") or "", "thinking": part.get("reasoning") or ""}
    line = {"model": part["model"], "message": said, "done": "finish" in part}
    if "finish" in part:
        line |= {"done_reason": part["finish"], "eval_count": part["usage"]}
    return json.dumps(line).encode() + b"\n"
