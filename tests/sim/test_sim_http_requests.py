"""HTTP/1.1 requests from bytes, however these are cut, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.sim.http_requests import MAX_HEAD_BYTES, Reader, Refusal, Request

GET = b"GET /health?x=1 HTTP/1.1\r\nHost: a\r\nX-One:  two \r\n\r\n"
POST = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = (
    b"POST /c HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
)
EMPTY_CHUNKED = b"POST /e HTTP/1.1\r\nhost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
CLOSING = b"GET /z HTTP/1.1\r\nhost: a\r\nConnection: close\r\n\r\n"
OLD = b"GET /old HTTP/1.0\r\n\r\n"


def read(data: bytes) -> Request | Refusal:
    (found,) = Reader().feed(data)
    return found


def test_a_request_has_its_parts() -> None:
    found = read(GET)
    assert isinstance(found, Request)
    assert (found.method, found.path, found.headers) == ("GET", "/health", {"host": "a", "x-one": "two"})
    assert (found.body, found.keep, found.chunks) == (b"", True, True)


@pytest.mark.parametrize(
    ("data", "body", "keep", "chunks"),
    [
        (POST, b"body", True, True),
        (CHUNKED, b"abc0123456789", True, True),
        (EMPTY_CHUNKED, b"", True, True),
        (CLOSING, b"", False, True),
        (OLD, b"", False, False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"", True, False),
    ],
)
def test_bodies_and_connections(data: bytes, body: bytes, keep: bool, chunks: bool) -> None:
    found = read(data)
    assert isinstance(found, Request)
    assert (found.body, found.keep, found.chunks) == (body, keep, chunks)


@given(st.lists(st.sampled_from([GET, POST, CHUNKED, EMPTY_CHUNKED]), min_size=1, max_size=4), st.data())
def test_bytes_may_be_cut_anywhere(requests: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(requests)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    reader = Reader()
    found = [
        each
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for each in reader.feed(whole[start:end])
    ]
    assert found == [read(each) for each in requests]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/2\r\nhost: a\r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nbad header: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nfolded: x\r\n y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +4\r\n\r\nbody", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nbody", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFF\r\n", 413),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * MAX_HEAD_BYTES, 431),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_is_refused_and_nothing_follows_it(data: bytes, status: int) -> None:
    reader = Reader()
    (found,) = reader.feed(data)
    assert isinstance(found, Refusal)
    assert found.status == status
    assert reader.feed(GET) == []


def test_a_client_that_asks_first_is_seen() -> None:
    reader = Reader()
    assert reader.feed(b"POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n") == []
    assert reader.awaited
    assert len(reader.feed(b"ok")) == 1
    assert not reader.awaited


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    reader = Reader()
    reader.feed(data)
    reader.feed(b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + data)
