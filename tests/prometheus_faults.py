"""A server on loopback that misbehaves as it is told, in place of a Prometheus."""

from __future__ import annotations

import gzip
import http.server
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from servers import free_port

# How long a server that stalls does so: longer than any deadline of a test.
_STALLED_S: Final = 30.0


def vector(value: str = "1", **more: Any) -> dict[str, Any]:
    """The answer to an instant query: one series."""
    return {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {"job": "a"}, "value": [1700000000, value]}]},
        **more,
    }


def matrix(start: int, step: int, values: list[str], **more: Any) -> dict[str, Any]:
    """The answer to a query over a range: one series, or none."""
    points = [[start + step * i, value] for i, value in enumerate(values)]
    series = [{"metric": {"job": "a"}, "values": points}] if points else []
    return {"status": "success", "data": {"resultType": "matrix", "result": series}, **more}


def refusal(kind: str, error: str) -> dict[str, Any]:
    """An error of Prometheus' API."""
    return {"status": "error", "errorType": kind, "error": error}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request that came in. `form` are the parameters of its body and of its URL."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is sent back. `cut` ends the body early, `drip_s` waits after each byte, `stall` sends no status at all.

    `packed` is gzip; `hang_up` ends the connection without an answer.
    """

    status: int = 200
    body: Any = field(default_factory=vector)
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    drip_s: float = 0
    stall: bool = False
    packed: bool = False
    hang_up: bool = False

    @property
    def sent(self) -> bytes:
        """The body as bytes."""
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body, separators=(",", ":")).encode()
        return gzip.compress(body) if self.packed else body


Answering = Callable[[Asked], Reply]


def healthy(asked: Asked) -> Reply:
    """What a Prometheus says of one counter that gains an event a second, scraped every 15 s and never set back."""
    form, query = asked.form, asked.form.get("query", "")
    if "resets(" in query:
        return Reply(body=matrix(0, 1, []))
    if "step" not in form:
        return Reply(body=vector(form.get("time", "0")))
    start, end, step = (int(float(form[name])) for name in ("start", "end", "step"))
    values = ["40" if "count_over_time(" in query else str(time) for time in range(start, end + 1, step)]
    return Reply(body=matrix(start, step, values))


def scripted(rules: Sequence[Mapping[str, Any]]) -> Answering:
    """The answer of the first rule whose `query` and `path` are parts of those asked for; `healthy` without one.

    Either may be left out. A rule's other keys are those of Reply, or `more`: what is added to a healthy answer.
    """

    def answering(asked: Asked) -> Reply:
        for rule in rules:
            if rule.get("query", "") in asked.form.get("query", "") and rule.get("path", "") in asked.path:
                given = {key: value for key, value in rule.items() if key not in ("query", "path", "more")}
                if "more" in rule:
                    given["body"] = {**healthy(asked).body, **rule["more"]}
                return Reply(**given)
        return healthy(asked)

    return answering


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """The running server: where it is, what it was asked, and whether someone left before the end of an answer."""

    url: str
    asked: list[Asked]
    left: threading.Event

    @property
    def queries(self) -> list[str]:
        """The PromQL of every request."""
        return [each.form.get("query", "") for each in self.asked]


@contextmanager
def faulty(answering: Answering | Reply, *, tls: ssl.SSLContext | None = None) -> Iterator[Faulty]:
    """A server that gives each request what `answering` says."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.answering = (lambda _asked: answering) if isinstance(answering, Reply) else answering
    if tls:
        server.tls = tls
    scheme = "https" if tls else "http"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Faulty(url=f"{scheme}://127.0.0.1:{server.server_address[1]}", asked=server.asked, left=server.left)
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    answering: Answering
    tls: ssl.SSLContext | None = None

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[Asked] = []
        self.left = threading.Event()
        self.ended = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that go away are what this is for."""

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls:
            request.settimeout(5)
            with self.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as secured:
                try:
                    secured.do_handshake()
                except ssl.SSLError:
                    _let_it_read(secured)
                    raise
                super().finish_request(secured, client_address)
        else:
            super().finish_request(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(f"{query}&{body}").items()}
        asked = Asked(method=self.command, path=path, headers=dict(self.headers.items()), form=form)
        self.server.asked.append(asked)
        reply = self.server.answering(asked)
        try:
            self._send(reply)
        except OSError:
            self.server.left.set()

    def _send(self, reply: Reply) -> None:
        self.close_connection = bool(reply.cut or reply.hang_up)
        if reply.stall:
            self.server.ended.wait(_STALLED_S)
        if reply.stall or reply.hang_up:
            return
        body = reply.sent
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body[: len(body) - reply.cut], reply.drip_s)

    def _write(self, body: bytes, drip_s: float) -> None:
        if not drip_s:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.server.ended.wait(drip_s):
                return


def _let_it_read(secured: ssl.SSLSocket) -> None:
    """Wait until the client has gone: a socket closed with something unread takes the alert back."""
    with suppress(OSError):
        socket.socket.shutdown(secured, socket.SHUT_WR)
        while socket.socket.recv(secured, 4096):
            pass


def closed_port() -> int:
    """A port on loopback that nothing listens on."""
    return free_port()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """An authority, a server at 127.0.0.1 and a client that it signed, and a client that it did not."""

    folder: Path

    def file(self, name: str) -> str:
        """The path of `authority.pem`, `server.pem`, `client.pem` or `stranger.pem`; those hold their keys too."""
        return str(self.folder / name)

    def serving(self, *, asks_clients: bool = False) -> ssl.SSLContext:
        """The TLS of the server."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file("server.pem"))
        if asks_clients:
            context.load_verify_locations(self.file("authority.pem"))
            context.verify_mode = ssl.CERT_REQUIRED
        return context


def certificates(folder: Path) -> Certificates:
    """Made with openssl, valid for two days."""
    folder.mkdir(parents=True, exist_ok=True)
    _self_signed(folder, "authority", "/CN=An authority")
    _self_signed(folder, "stranger", "/CN=stranger")
    _signed(folder, "server", "/CN=127.0.0.1", "subjectAltName=IP:127.0.0.1")
    _signed(folder, "client", "/CN=client", "extendedKeyUsage=clientAuth")
    return Certificates(folder=folder)


def _openssl(folder: Path, *args: str) -> None:
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True, timeout=60)


_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _self_signed(folder: Path, name: str, subject: str) -> None:
    _openssl(
        folder, "req", "-x509", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", subject
    )
    _with_key(folder, name)


def _signed(folder: Path, name: str, subject: str, extension: str) -> None:
    (folder / f"{name}.ext").write_text(extension)
    _openssl(folder, "req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
    _openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
        "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext",
    )  # fmt: skip
    _with_key(folder, name)


def _with_key(folder: Path, name: str) -> None:
    """The key behind the certificate, in the same file."""
    with (folder / f"{name}.pem").open("a") as file:
        file.write((folder / f"{name}.key").read_text())
