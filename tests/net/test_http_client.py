"""The httpx client against a server that misbehaves: what happens, in which order, under which policy."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from airectl.env import Stop
from airectl.net import http_client
from airectl.net.credentials import Credentials
from airectl.net.flight import StoppedError
from airectl.net.http_client import Answered, Broken, Client, Ended, Event, PackedError, Piece, Question, Sent
from airectl.net.secret import Secret
from airectl.net.urls import endpoint
from inference_server import Reply, inference
from prometheus_faults import certificates, closed_port

POST = Question(path="/v1/chat/completions", body=b'{"messages": [{"content": "hi"}], "model": "m"}')
_LONG_S = 20.0


def client(url: str, *, limit: int = 1_000_000, **given: Any) -> Client:
    return Client(endpoint(url), Credentials(**given), connect_s=5, limit_bytes=limit)


def events(asking: Client, question: Question = POST) -> list[Event]:
    """Everything that happens until the end."""
    found: list[Event] = []
    with asking.ask(question, Stop()) as call:
        while not found or not isinstance(found[-1], Ended | Broken):
            event = call.next(monotonic() + _LONG_S)
            assert event is not None, found
            found.append(event)
    return found


def test_events_come_in_order_with_their_times() -> None:
    with inference() as server:
        found = events(client(server.url))
    kinds = [type(event) for event in found]
    assert kinds[:3] == [Sent, Answered, Piece]
    assert kinds[-1] is Ended
    assert set(kinds[2:-1]) == {Piece}
    assert [event.at_s for event in found] == sorted(event.at_s for event in found)
    assert b"".join(event.data for event in found if isinstance(event, Piece)).endswith(b"data: [DONE]\n\n")


def test_tokens_are_handed_on_one_by_one() -> None:
    with inference(Reply(text="one two three four", gap_s=0.02)) as server:
        found = events(client(server.url))
    assert sum(isinstance(event, Piece) for event in found) >= 5


def headers_of(found: list[Event]) -> Mapping[str, str]:
    return next(event.headers for event in found if isinstance(event, Answered))


def test_credentials_go_along_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with inference() as server:
        events(client(server.url, token=Secret("t0ken-of-ours")))
        events(client(server.url))
    first, second = server.asked
    assert first.headers["authorization"] == "Bearer t0ken-of-ours"
    assert "authorization" not in second.headers
    assert first.headers["accept-encoding"] == "identity"
    assert first.headers["user-agent"].startswith("airectl/")
    assert "cookie" not in second.headers


def test_a_redirect_is_an_answer_and_a_cookie_is_not_kept() -> None:
    reply = Reply(status=302, body="", headers={"Location": "http://example.com/", "Set-Cookie": "a=b"})
    with inference(reply) as server:
        asking = client(server.url)
        found = events(asking)
        events(asking)
    assert [event.status for event in found if isinstance(event, Answered)] == [302]
    assert len(server.asked) == 2
    assert "cookie" not in server.asked[1].headers


def broken(found: list[Event]) -> Exception:
    last = found[-1]
    assert isinstance(last, Broken)
    return last.error


def test_what_is_too_large_is_not_read_on() -> None:
    with inference(Reply(fault="flood")) as server:
        found = events(client(server.url, limit=50_000))
    assert isinstance(broken(found), http_client.TooLargeError)
    assert sum(len(event.data) for event in found if isinstance(event, Piece)) <= 50_000


def test_what_is_packed_is_refused() -> None:
    reply = Reply(body=gzip.compress(b"0" * 1000).decode("latin-1"), headers={"Content-Encoding": "gzip"})
    with inference(reply) as server:
        assert isinstance(broken(events(client(server.url))), PackedError)


@pytest.mark.parametrize("fault", ["hang_up", "cut", "reset"])
def test_a_connection_that_ends_is_told(fault: str) -> None:
    with inference(Reply(fault=fault)) as server:
        assert type(broken(events(client(server.url)))).__module__ == "httpx"


def test_nobody_listens() -> None:
    found = events(client(f"http://127.0.0.1:{closed_port()}"))
    assert [type(event) for event in found] == [Broken]


def test_whoever_is_not_trusted_is_sent_nothing(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    with inference(tls=made.serving()) as server:
        refused = events(client(server.url, token=Secret("t0ken-of-ours")))
        trusted = events(client(server.url, ca_file=made.file("authority.pem")))
    assert [type(event) for event in refused] == [Broken]
    assert "CERTIFICATE_VERIFY_FAILED" in str(broken(refused))
    assert isinstance(trusted[-1], Ended)
    assert len(server.asked) == 1


def test_nothing_happens_until_the_deadline() -> None:
    with inference(Reply(fault="silent")) as server, client(server.url).ask(POST, Stop()) as call:
        assert isinstance(call.next(monotonic() + _LONG_S), Sent)
        assert call.next(monotonic()) is None
        assert call.next(monotonic() + 0.06) is None


def test_the_user_ends_it() -> None:
    stop = Stop()
    with stop.watched(), inference(Reply(fault="silent")) as server, client(server.url).ask(POST, stop) as call:
        stop.request(2)
        with pytest.raises(StoppedError):
            call.next(monotonic() + _LONG_S)


def test_leaving_cuts_the_connection() -> None:
    with inference(Reply(fault="stall")) as server:
        with client(server.url).ask(POST, Stop()) as call:
            while not isinstance(call.next(monotonic() + _LONG_S), Piece):
                pass
        event: Event | None = None
        while not isinstance(event, Broken):
            event = call.next(monotonic() + _LONG_S)
            assert event is not None


def test_an_error_of_our_own_is_raised_where_it_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(http_client.Call, "_answer", refuse)
    with inference() as server, client(server.url).ask(POST, Stop()) as call, pytest.raises(ZeroDivisionError):
        call.next(monotonic() + _LONG_S)
