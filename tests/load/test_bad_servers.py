"""What servers do wrong lands in its class, the run ends by itself, and every request has its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airectl.load.job import Job
from airectl.runs.record import NEVER
from load_run import SHORT, asks, ran
from raw_server import DONE, STREAM, Act, Do, chunk, event, good, raw_server, stream, whole

A, B = event("a"), event("b")
END = event(finish="stop")
PING = chunk(b": ping\n\n")


def slowly(data: bytes, gap_s: float, times: int) -> list[Act]:
    """The same bytes again and again."""
    return [each for _ in range(times) for each in (data, gap_s)]


UNFRAMED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
OOM = json.dumps({"error": {"message": "CUDA error: out of memory", "code": 500}})
CASES: dict[str, tuple[list[Act], str, str]] = {
    "stalls before the head": ([Do.HOLD], "timeout first token", "no token"),
    "slow headers": ([b"HTTP/1.1 200 OK\r\n", *slowly(b"X-A: b\r\n", 0.1, 100)], "timeout first token", "no token"),
    "a 200 and no token": ([STREAM, Do.HOLD], "timeout first token", "no token"),
    "the role alone is no token": ([STREAM, chunk(event("")), Do.HOLD], "timeout first token", "no token"),
    "stalls between tokens": ([STREAM, chunk(A), chunk(B), Do.HOLD], "timeout between tokens", "nothing more"),
    "comments are no tokens": ([STREAM, chunk(A), *slowly(PING, 0.1, 100)], "timeout between tokens", ""),
    "an endless stream": ([STREAM, *slowly(chunk(A), 0.05, 200)], "timeout total", "no complete answer"),
    "hangs up before the head": ([Do.CLOSE], "disconnect", "closed before the answer"),
    "hangs up within the head": ([b"HTTP/1.1 200 OK\r\nX-", Do.CLOSE], "disconnect", "closed before the answer"),
    "resets before the head": ([Do.RESET], "disconnect", "before the answer"),
    "resets within the stream": ([STREAM, chunk(A), 0.1, Do.RESET], "truncated", "reset within the answer"),
    "cut within a chunk of HTTP": ([STREAM, b"ff\r\ndata: ", 0.05, Do.CLOSE], "truncated", "closed within the answer"),
    "cut without a length": ([UNFRAMED, A, Do.CLOSE], "truncated", "without a finish reason"),
    "ends without a finish reason": (stream(A, B), "truncated", "without a finish reason"),
    "ends within an event": (stream(A, END[:-20]), "truncated", "without a finish reason"),
    "a broken chunk": (stream(A, b'data: {"choices":[{"del\n\n', END, DONE), "malformed", '{"choices":[{"del'),
    "a chunk that is no object": (stream(A, b"data: 7\n\n", END, DONE), "malformed", "7"),
    "a chunk without choices": (stream(A, b"data: {}\n\n", END, DONE), "malformed", "`choices`"),
    "an event that does not end": ([STREAM, *[chunk(b"data: " + b"x" * 65536)] * 40, Do.HOLD], "malformed", "1 MiB"),
    "an error in the stream": (stream(A, f"data: {OOM}\n\n".encode()), "error payload", "out of memory"),
    "an error in place of the stream": ([whole(OOM)], "error payload", "out of memory"),
    "no stream at all": ([whole('{"choices": []}')], "malformed", "no event stream"),
    "a page to sign in": ([whole("<html>Sign in</html>", kind="text/html")], "malformed", "no JSON: <html>"),
    "no token": (stream(event(""), END, DONE), "empty output", "no content"),
    "no event": (stream(DONE), "empty output", "no content"),
    "another model": (stream(event("a", model="n"), event(finish="stop", model="n"), DONE), "wrong model", "of `n`"),
    "too many requests": (
        [whole('{"error": {"message": "slow down"}}', status="429 Too Many Requests", more="Retry-After: 7\r\n")],
        "http 429", "status 429: retry after 7: slow down",
    ),
    "unavailable": ([whole("no healthy upstream", status="503 Service Unavailable")], "http 5xx", "no healthy"),
    "a status 500 that stalls": ([b"HTTP/1.1 500 A\r\nContent-Length: 9\r\n\r\n", Do.HOLD], "http 5xx", "status 500"),
    "not found": ([whole('{"detail": "Not Found"}', status="404 Not Found")], "http 4xx", "status 404: Not Found"),
    "a redirect": ([b"HTTP/1.1 307 A\r\nLocation: /v2\r\nContent-Length: 0\r\n\r\n"], "http 3xx", "status 307"),
    "an empty success": ([b"HTTP/1.1 204 No Content\r\n\r\n"], "malformed", "status 204"),
    "no HTTP": ([b"SSH-2.0-OpenSSH_9.6\r\n"], "malformed", "no HTTP"),
    "another protocol": ([b"HTTP/1.1 101 A\r\nUpgrade: h2c\r\n\r\n", Do.HOLD], "malformed", "no HTTP"),
    "a head without end": ([b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"y" * 8000 + b"\r\n"] * 20, Do.HOLD], "malformed", ""),
    "packed, unasked": ([whole(b"\x1f\x8b", more="Content-Encoding: gzip\r\n")], "malformed", "compressed"),
    "a bad length of a chunk": ([STREAM, b"zz\r\n", Do.HOLD], "malformed", "no HTTP"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_fault_lands_in_its_class(case: str, tmp_path: Path) -> None:
    script, error, said = CASES[case]
    with raw_server(lambda _, total, __: script if total == 0 else good()) as server:
        job = Job(url=server.url, model="m", wanted_model="m", timeouts=SHORT, drain_s=20)
        run = ran(tmp_path, job, asks(2, 0.02))
    assert sorted(run.errors) == ["", error]
    (broken,) = (each for each in run.records if each.error)
    assert said in broken.message
    assert broken.sent_ns != NEVER
    assert broken.end_ns >= broken.sent_ns >= broken.intended_ns
    assert len(server.requests) == 2, "nothing is tried again"
    assert (run.last.state, run.last.ended, run.last.errors) == ("ended", 2, {error: 1})


def test_an_answer_is_no_larger_than_was_agreed(tmp_path: Path) -> None:
    with raw_server(lambda *_: [STREAM, *([chunk(A)] * 5000), Do.HOLD]) as server:
        run = ran(tmp_path, Job(url=server.url, most_answer_bytes=100_000, drain_s=20), asks(1))
    assert run.errors == ["malformed"]
    assert "more than 100,000 bytes" in run.records[0].message
    assert run.records[0].output_tokens > 100, "what came before that is kept"


@pytest.mark.parametrize(
    "tail", [[Do.HOLD], [b"0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]], ids=["open", "more"]
)
def test_an_answer_that_says_it_is_complete_is(tail: list[Act], tmp_path: Path) -> None:
    """Nobody closes the stream, or bytes follow that belong to no request."""
    script: list[Act] = [STREAM, chunk(A), chunk(END), chunk(DONE), *tail]
    with raw_server(lambda *_: script) as server:
        run = ran(tmp_path, Job(url=server.url, timeouts=SHORT, drain_s=20), asks(2, 0.05))
    assert run.errors == ["", ""]
    assert server.connections == 2, "such a connection is not used again"


def test_a_finished_stream_may_be_cut(tmp_path: Path) -> None:
    with raw_server(lambda *_: [STREAM, chunk(A), chunk(END), 0.05, Do.RESET]) as server:
        run = ran(tmp_path, Job(url=server.url, drain_s=20), asks(1))
    assert run.errors == [""]


def test_the_first_thing_that_went_wrong_is_told(tmp_path: Path) -> None:
    script: list[Act] = [STREAM, chunk(A), chunk(f"data: {OOM}\n\n".encode()), Do.HOLD]
    with raw_server(lambda *_: script) as server:
        run = ran(tmp_path, Job(url=server.url, timeouts=SHORT, drain_s=20), asks(1))
    assert run.errors == ["error payload"]
