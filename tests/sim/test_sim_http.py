"""The simulator over HTTP: its API, its connections, and what it refuses."""

from __future__ import annotations

import base64
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import httpx
import pytest

from airectl.sim.http_requests import MAX_BODY_BYTES
from simulator import Running, settings, simulator

CHAT = {"messages": [{"role": "user", "content": "What is 17 + 25?"}]}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with simulator() as here:
        yield here


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as made:
        yield made


def raw(running: Running, data: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=30)) as line:
        line.sendall(data)
        return b"".join(iter(lambda: line.recv(65536), b""))


def post(path: str, body: Any, *, more: bytes = b"", close: bool = True) -> bytes:
    content = json.dumps(body).encode()
    ending = b"connection: close\r\n" if close else b""
    head = f"POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {len(content)}\r\n".encode()
    return head + ending + more + b"\r\n" + content


def events(text: str) -> list[Any]:
    found = [line.removeprefix("data: ") for line in text.split("\n\n") if line]
    assert found[-1] == "[DONE]"
    return [json.loads(each) for each in found[:-1]]


def read_to_the_end(line: socket.socket) -> None:
    """Until the server closes the connection, with or without a reset; a timeout where it does not."""
    with suppress(ConnectionError):
        while line.recv(65536):
            pass


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so, which takes as long as it takes."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.01)


def test_a_chat_is_answered_as_a_whole(client: httpx.Client) -> None:
    body = client.post("/v1/chat/completions", json=CHAT).json()
    assert body["object"] == "chat.completion"
    assert body["model"] == "llama-3.1-8b"
    (choice,) = body["choices"]
    assert choice["message"] == {"role": "assistant", "content": "42"}
    assert choice["finish_reason"] == "stop"
    usage = body["usage"]
    assert usage["completion_tokens"] == 1
    assert usage["total_tokens"] == usage["prompt_tokens"] + 1


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_a_stream_has_one_event_a_token_and_its_usage_at_the_end(path: str, client: httpx.Client) -> None:
    asked = {"messages": [{"role": "user", "content": "Go on"}]} if "chat" in path else {"prompt": "Go on"}
    more = {"max_tokens": 7, "ignore_eos": True, "stream": True, "stream_options": {"include_usage": True}}
    answer = client.post(path, json={**asked, **more})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    found = events(answer.text)
    assert {each["id"] for each in found} == {found[0]["id"]}
    *rest, usage = found
    assert (usage["choices"], usage["usage"]["completion_tokens"]) == ([], 7)
    choices = [each["choices"][0] for each in rest]
    texts = [each.get("text") or each.get("delta", {}).get("content") for each in choices]
    assert len([text for text in texts if text]) == 7
    assert [each["finish_reason"] for each in choices][-2:] == [None, "length"]
    if "chat" in path:
        assert choices[0]["delta"] == {"role": "assistant", "content": ""}


def test_without_being_asked_a_stream_has_no_usage(client: httpx.Client) -> None:
    found = events(client.post("/v1/chat/completions", json={**CHAT, "stream": True}).text)
    assert all("usage" not in each for each in found)


def test_a_stream_says_what_the_whole_answer_says(client: httpx.Client) -> None:
    asked = {"prompt": "Tell me of rivers.", "max_tokens": 40}
    whole = client.post("/v1/completions", json=asked).json()["choices"][0]["text"]
    found = events(client.post("/v1/completions", json={**asked, "stream": True}).text)
    assert "".join(each["choices"][0]["text"] for each in found) == whole


def test_a_prompt_may_be_the_numbers_of_tokens(client: httpx.Client) -> None:
    body = client.post("/v1/completions", json={"prompt": list(range(300)), "max_tokens": 2}).json()
    assert body["usage"]["prompt_tokens"] == 300


def test_a_prompt_that_was_there_before_is_found(client: httpx.Client) -> None:
    asked = {"prompt": "rivers and roads " * 40, "max_tokens": 2}
    first, second = (client.post("/v1/completions", json=asked).json()["usage"] for _ in range(2))
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["prompt_tokens_details"]["cached_tokens"] == second["prompt_tokens"] // 16 * 16


def test_embeddings_are_vectors_of_length_one(client: httpx.Client) -> None:
    asked = {"input": ["one", "two", "one"], "dimensions": 300}
    body = client.post("/v1/embeddings", json=asked).json()
    first, second, third = (each["embedding"] for each in body["data"])
    assert (first == third, first == second, len(first)) == (True, False, 300)
    assert sum(value * value for value in first) == pytest.approx(1, abs=1e-5)
    packed = client.post("/v1/embeddings", json={**asked, "encoding_format": "base64"}).json()["data"][0]["embedding"]
    assert struct.unpack("<300f", base64.b64decode(packed)) == pytest.approx(first)
    assert body["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


def test_what_else_there_is(client: httpx.Client) -> None:
    assert client.get("/health").status_code == 200
    assert client.head("/health").content == b""
    assert [each["id"] for each in client.get("/v1/models").json()["data"]] == ["llama-3.1-8b"]
    assert "version" in client.get("/version").json()
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("/v1/chat/completions", b"{", 400, "no JSON"),
        ("/v1/chat/completions", b"[" * 100_000, 400, "no JSON"),
        ("/v1/chat/completions", b"[]", 400, "JSON object"),
        ("/v1/chat/completions", b"{}", 400, "`messages`"),
        ("/v1/chat/completions", b'{"messages": ["hello"]}', 400, "`messages`"),
        ("/v1/completions", b"{}", 400, "`prompt`"),
        ("/v1/completions", b'{"prompt": ["a", "b"]}', 400, "`prompt`"),
        ("/v1/completions", b'{"prompt": "a", "max_tokens": 0}', 400, "max_tokens must be at least 1"),
        ("/v1/completions", b'{"prompt": "a", "max_tokens": "9"}', 400, "max_tokens must be at least 1"),
        ("/v1/completions", b'{"prompt": "a", "max_tokens": 999999}', 400, "max_tokens is too large"),
        ("/v1/completions", b'{"prompt": "' + b"a" * 600_000 + b'"}', 400, "maximum context length"),
        ("/v1/completions", b'{"prompt": "a", "n": 2}', 400, "one answer"),
        ("/v1/completions", b'{"prompt": "a", "stream": "yes"}', 400, "`stream`"),
        ("/v1/completions", b'{"prompt": "a", "model": "other"}', 404, "The model `other` does not exist."),
        ("/v1/embeddings", b'{"input": 3}', 400, "`input`"),
        ("/v1/embeddings", b'{"input": "a", "dimensions": 0}', 400, "`dimensions`"),
        ("/v1/nothing", b"{}", 404, "/v1/nothing"),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else None,
)
def test_what_is_wrong_is_an_error_object(path: str, body: bytes, status: int, said: str, client: httpx.Client) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["code"] == status


def test_a_wrong_method_is_told_the_right_one(client: httpx.Client) -> None:
    answer = client.get("/v1/completions")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.post("/health").headers["allow"] == "GET, HEAD"


def test_what_is_no_http_is_refused_and_the_connection_closed(running: Running) -> None:
    answer = raw(running, b"\x16\x03\x01\x00")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer
    assert b'"error"' in answer


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(running: Running) -> None:
    head = f"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode()
    assert raw(running, head).startswith(b"HTTP/1.1 413 ")


def test_requests_in_a_row_are_answered_in_their_order(running: Running) -> None:
    asked = [
        {"prompt": "a", "max_tokens": tokens, "ignore_eos": True, "stream": tokens == 9} for tokens in (30, 1, 9, 2)
    ]
    *first, last = asked
    data = b"".join(post("/v1/completions", each, close=False) for each in first) + post("/v1/completions", last)
    answer = raw(running, data)
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    places = [answer.index(text) for text in (b'"completion_tokens":30', b'"completion_tokens":1,', b"[DONE]")]
    assert places == sorted(places)
    assert places[-1] < answer.rindex(b'"completion_tokens":2')


def test_more_requests_in_a_row_than_may_wait_are_all_answered(running: Running) -> None:
    data = post("/v1/completions", {"prompt": "a", "max_tokens": 1}, close=False) * 99
    assert raw(running, data + b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").count(b" 200 OK") == 100


def test_a_body_in_chunks_is_read(client: httpx.Client) -> None:
    parts = (b'{"prompt": "a",', b' "max_tokens"', b": 3}")
    body = client.post("/v1/completions", content=iter(parts)).json()
    assert body["usage"]["completion_tokens"] <= 3


def test_a_client_that_asks_first_is_told_to_go_on(running: Running) -> None:
    with closing(socket.create_connection(("127.0.0.1", running.port), timeout=30)) as line:
        whole = post("/v1/completions", {"prompt": "a", "max_tokens": 1}, more=b"expect: 100-continue\r\n")
        head, _, body = whole.partition(b"\r\n\r\n")
        line.sendall(head + b"\r\n\r\n")
        assert line.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(body)
        assert line.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_an_old_client_gets_a_stream_without_chunks(running: Running) -> None:
    content = b'{"prompt": "a", "max_tokens": 3, "ignore_eos": true, "stream": true}'
    answer = raw(running, b"POST /v1/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(content) + content)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert len(events(body.decode())) == 4


def test_a_client_that_goes_away_frees_its_place() -> None:
    with simulator(settings(speed=1.0)) as here:
        line = socket.create_connection(("127.0.0.1", here.port), timeout=30)
        asked = {"prompt": "a", "max_tokens": 50_000, "ignore_eos": True, "stream": True}
        line.sendall(post("/v1/completions", asked, close=False))
        assert b"data: " in line.recv(65536) + line.recv(65536)
        until(lambda: here.total("vllm:num_requests_running") == 1)
        line.close()
        until(lambda: here.total("vllm:num_requests_running") == 0)
        assert here.total("vllm:kv_cache_usage_perc") == 0
        assert here.total(r'vllm:request_success_total\{.*finished_reason="abort"') == 1
    assert here.outcome
    assert here.outcome.cancelled == 1


def test_a_slow_client_gets_everything_and_keeps_nobody_waiting(running: Running, client: httpx.Client) -> None:
    with closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect(("127.0.0.1", running.port))
        asked = {"prompt": "slow", "max_tokens": 20_000, "ignore_eos": True, "stream": True}
        line.sendall(post("/v1/completions", asked))
        before = running.total(r"vllm:request_success_total\{.*length")
        assert client.post("/v1/completions", json={"prompt": "quick", "max_tokens": 3}).status_code == 200
        until(lambda: running.total(r"vllm:request_success_total\{.*length") >= before + 1)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.count(b'"text":" ') == 20_000
    assert answer.endswith(b"0\r\n\r\n")


def test_several_replicas_share_the_load() -> None:
    with simulator(settings(replicas=3, speed=1.0)) as here:
        lines = [socket.create_connection(("127.0.0.1", here.port), timeout=30) for _ in range(6)]
        for line in lines:
            asked = {"prompt": "a", "max_tokens": 50_000, "ignore_eos": True, "stream": True}
            line.sendall(post("/v1/completions", asked, close=False))
        until(lambda: here.total("vllm:num_requests_running") == 6)
        each = [here.total(rf'vllm:num_requests_running\{{.*engine="{number}"') for number in range(3)]
        for line in lines:
            line.close()
    assert each == [2, 2, 2]


def test_a_full_queue_refuses_and_says_so() -> None:
    from dataclasses import replace

    with_ = settings(speed=1.0)
    serving = replace(with_.profile.serving, max_sequences=1, max_queued=0)
    with simulator(replace(with_, profile=replace(with_.profile, serving=serving))) as here:
        body = {"prompt": "a", "max_tokens": 3}
        with httpx.Client(base_url=here.url, trust_env=False, timeout=30) as client:
            assert client.post("/v1/completions", json=body).status_code == 503
        assert here.total("vllm:admission_rejections_total") == 1


def test_the_end_of_the_server_closes_what_is_open() -> None:
    with simulator(settings(speed=1.0)) as here:
        line = socket.create_connection(("127.0.0.1", here.port), timeout=30)
        line.sendall(post("/v1/completions", {"prompt": "a", "max_tokens": 9000, "ignore_eos": True}, close=False))
        until(lambda: here.total("vllm:num_requests_running") == 1)
    with closing(line):
        read_to_the_end(line)
