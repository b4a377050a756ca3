"""The engine against servers on loopback: what is sent, over which connections, and what is written down of it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic_ns

import pytest

from airectl.load.engine.running import EngineError, Stop
from airectl.load.feed import Ask
from airectl.load.job import Job, Timeouts, WhenFull
from airectl.runs.record import NEVER, Record, TokenSource
from load_run import SHORT, Asks, asks, ran
from prometheus_faults import certificates, closed_port
from raw_server import Do, Script, chunk, event, good, raw_server, stream, whole
from simulator import settings, simulator

JOB = Job(url="", timeouts=Timeouts(connect_s=5, first_token_s=20, between_tokens_s=20, total_s=30), drain_s=30)


def in_order(record: Record) -> bool:
    """Whether the times of an answered request follow each other."""
    times = (
        record.intended_ns, record.sent_ns, record.headers_ns, record.first_byte_ns, record.first_content_ns,
        record.last_content_ns, record.end_ns,
    )  # fmt: skip
    return NEVER not in times and list(times) == sorted(times)


def test_every_request_and_every_token_is_recorded(tmp_path: Path) -> None:
    with simulator(settings(golden=(0.01, 0.001), speed=1.0)) as here:
        job = replace(JOB, url=here.url, options={"ignore_eos": True})
        run = ran(tmp_path, job, asks(40, 0.005, output_tokens=7, warm_up=True))
    assert run.errors == [""] * 40
    assert all(in_order(each) and each.warm_up for each in run.records)
    assert {(each.output_tokens, each.output_source, len(each.chunk_us)) for each in run.records} == {
        (7, TokenSource.USAGE, 7)
    }
    assert {each.input_source for each in run.records} == {TokenSource.USAGE}
    assert [each.intended_ns for each in run.records] == [each.index * 5_000_000 for each in run.records]
    assert (run.last.planned, run.last.sent, run.last.ended, run.last.ok) == (40, 40, 40, 40)
    assert run.last.output_tokens == 280
    assert here.outcome
    assert here.outcome.tokens["generation_tokens"] == 280


def test_the_first_content_is_the_first_chunk_time(tmp_path: Path) -> None:
    with raw_server(lambda *_: good("a", "b", "c")) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(1))
    (record,) = run.records
    assert record.first_content_ns - record.sent_ns == pytest.approx(record.chunk_us[0] * 1000, abs=1000)
    assert record.last_content_ns - record.sent_ns == pytest.approx(record.chunk_us[-1] * 1000, abs=1000)


def test_what_is_sent(tmp_path: Path) -> None:
    environ = {"KEY": "s3cret-token"}
    options = {"ignore_eos": True, "min_tokens": True, "parameters": {"temperature": 0}}
    credentials = {"token_env": "KEY", "headers": {"X-Team": "sre"}}
    with raw_server(lambda *_: good()) as server:
        job = replace(JOB, url=f"{server.url}/api/v1", model="llama", options=options, credentials=credentials)
        ran(tmp_path, job, asks(1, output_tokens=5), environ=environ)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /api/v1/chat/completions HTTP/1.1"
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert {"Authorization: Bearer s3cret-token", "X-Team: sre", "Accept: text/event-stream"} <= set(lines)
    assert "Accept-Encoding: identity" in lines
    assert json.loads(body) == {
        "model": "llama", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 5, "min_tokens": 5,
        "ignore_eos": True, "stream": True, "stream_options": {"include_usage": True}, "temperature": 0,
    }  # fmt: skip


def test_a_secret_that_the_server_repeats_is_not_recorded(tmp_path: Path) -> None:
    said = '{"error": {"message": "bad key s3cret-token"}}'
    with raw_server(lambda *_: [whole(said, status="401 Unauthorized")]) as server:
        job = replace(JOB, url=server.url, credentials={"token_env": "KEY"})
        run = ran(tmp_path, job, asks(1), environ={"KEY": "s3cret-token"})
    assert run.records[0].message == "status 401: bad key ****"
    assert b"s3cret-token" not in (tmp_path / "requests-000.bin").read_bytes()


def test_connections_are_used_again(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(20, 0.02))
    assert run.errors == [""] * 20
    assert server.connections < 8
    # One that was opened ahead may not have been needed.
    assert 1 <= sum(each.connected_ns != NEVER for each in run.records) <= server.connections
    first = min(run.records, key=lambda each: each.index)
    assert first.connected_ns < first.sent_ns, "a connection stands before it is needed"


def test_connections_are_opened_before_they_are_needed(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        job = replace(JOB, url=server.url, start_monotonic_ns=monotonic_ns() + 60 * 10**9)
        run = ran(tmp_path, job, asks(3), stop=stopping("now", lambda: server.connections == 3))
    assert (server.requests, run.records) == ([], [])


def test_without_keep_alive_each_request_has_its_own_connection(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url, keep_alive=False), asks(10, 0.02))
    assert run.errors == [""] * 10
    assert all(each.connected_ns != NEVER for each in run.records)


def test_as_many_connections_as_are_in_flight(tmp_path: Path) -> None:
    script: Script = [0.3, *good()]
    with raw_server(lambda *_: script) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(30, 0.001))
    assert run.errors == [""] * 30
    assert server.connections >= 30


def test_a_connection_that_the_server_closed_is_replaced_before_anything_is_sent(tmp_path: Path) -> None:
    with raw_server(lambda *_: [*good(), Do.CLOSE]) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(6, 0.1))
    assert run.errors == [""] * 6
    assert len(server.requests) == 6


@pytest.mark.parametrize("policy", WhenFull)
def test_a_cap_on_requests_in_flight_is_never_silent(policy: WhenFull, tmp_path: Path) -> None:
    script: Script = [0.1, *good()]
    with raw_server(lambda *_: script) as server:
        job = replace(JOB, url=server.url, most_in_flight=2, when_full=policy)
        run = ran(tmp_path, job, asks(8, 0.001))
    assert server.connections <= 2
    assert len(run.records) == 8
    if policy is WhenFull.QUEUE:
        assert run.errors == [""] * 8
        assert sum(each.queued for each in run.records) == run.last.queued == 6
        late = [each for each in run.records if each.queued]
        assert all(each.sent_ns - each.intended_ns > 50_000_000 for each in late), "they waited for a place"
    else:
        assert sorted(run.errors) == ["", "", *["dropped"] * 6]
        assert run.last.dropped == 6
        assert all(each.sent_ns == NEVER for each in run.records if each.error)
        assert len(server.requests) == 2


def test_a_closed_loop_keeps_its_places_busy(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        job = replace(JOB, url=server.url, concurrency=3)
        run = ran(tmp_path, job, asks(30, None))
    assert run.errors == [""] * 30
    assert server.connections <= 3
    later = sorted(run.records, key=lambda each: each.index)[3:]
    ends = {each.end_ns for each in run.records}
    assert all(any(0 <= each.intended_ns - end < 5_000_000 for end in ends) for each in later)


def test_a_closed_loop_ends_with_its_time(tmp_path: Path) -> None:
    script: Script = [0.02, *good()]
    with raw_server(lambda *_: script) as server:
        run = ran(tmp_path, replace(JOB, url=server.url, concurrency=2, send_for_s=0.3), asks(10_000, None))
    assert set(run.errors) == {""}
    assert 2 < len(run.records) < 40
    assert all(each.intended_ns < 300_000_000 for each in run.records)
    assert run.last.t_s < JOB.drain_s, "nothing is waited for that will never be due"


def test_a_share_without_a_request_ends_at_once(tmp_path: Path) -> None:
    """As of a plan with fewer requests than processes. It would wait for its last answers until the drain is over."""
    run = ran(tmp_path, replace(JOB, url=f"http://127.0.0.1:{closed_port()}", send_for_s=0.1), asks(0))
    assert run.last.t_s < JOB.drain_s / 2
    assert (run.records, run.last.planned) == ([], 0)


def test_a_conversation_goes_on_with_what_was_said(tmp_path: Path) -> None:
    def then(ask: Ask, text: str) -> Ask | None:
        messages = (*ask.messages, ("assistant", text), ("user", "and then?"))
        again = Ask(index=ask.index + 10, messages=messages, session=ask.session, turn=ask.turn + 1, think_s=0.01)
        return again if ask.turn < 2 else None

    first = [Ask(index=number, intended_s=0.0, messages=(("user", "hello"),), session=number) for number in range(2)]
    with raw_server(lambda *_: good("x", "y")) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), Asks(first, then))
    assert sorted((each.session, each.turn) for each in run.records) == [(s, t) for s in (0, 1) for t in (0, 1, 2)]
    said = max((body["messages"] for body in server.bodies()), key=len)
    assert [each["content"] for each in said] == ["hello", "xy", "and then?", "xy", "and then?"]


def test_a_conversation_ends_where_an_answer_failed(tmp_path: Path) -> None:
    with raw_server(lambda *_: stream(event("x"))) as server:
        feed = Asks(
            [Ask(index=0, intended_s=0.0, session=0)], lambda ask, text: None if ask.index else Ask(index=1, session=0)
        )
        run = ran(tmp_path, replace(JOB, url=server.url), feed)
    assert run.errors == ["truncated"]


def test_what_refuses_connections_is_told_and_nothing_is_tried_again(tmp_path: Path) -> None:
    run = ran(tmp_path, replace(JOB, url=f"http://127.0.0.1:{closed_port()}"), asks(5, 0.01))
    assert run.errors == ["connect"] * 5
    assert all((each.sent_ns, each.message) == (NEVER, "connection refused") for each in run.records)


def test_a_closed_loop_does_not_spin_where_nothing_listens(tmp_path: Path) -> None:
    job = replace(JOB, url=f"http://127.0.0.1:{closed_port()}", concurrency=2, send_for_s=0.5)
    run = ran(tmp_path, job, asks(100_000, None))
    assert set(run.errors) == {"connect"}
    assert len(run.records) < 20


def test_tls_is_verified(tmp_path: Path) -> None:
    made = certificates(tmp_path / "tls")
    with raw_server(lambda *_: good(), tls=made.serving()) as server:
        url = server.url.replace("http:", "https:")
        trusted = replace(JOB, url=url, credentials={"ca_file": made.file("authority.pem")})
        (tmp_path / "trusted").mkdir()
        (tmp_path / "not").mkdir()
        run = ran(tmp_path / "trusted", trusted, asks(4, 0.05))
        unknown = ran(tmp_path / "not", replace(JOB, url=url), asks(1))
    assert run.errors == [""] * 4
    assert all(in_order(each) for each in run.records)
    assert unknown.errors == ["tls"]
    assert "certificate is not trusted" in unknown.records[0].message


def test_tls_with_a_server_that_has_none(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url.replace("http:", "https:"), timeouts=SHORT), asks(1))
    assert run.errors in (["tls"], ["timeout connect"])


def test_a_client_certificate_is_shown(tmp_path: Path) -> None:
    made = certificates(tmp_path / "tls")
    shown = {"ca_file": made.file("authority.pem"), "client_cert": made.file("client.pem")}
    with raw_server(lambda *_: good(), tls=made.serving(asks_clients=True)) as server:
        run = ran(tmp_path, replace(JOB, url=server.url.replace("http:", "https:"), credentials=shown), asks(1))
    assert run.errors == [""]


def test_ipv6(tmp_path: Path) -> None:
    with raw_server(lambda *_: good(), host="::1") as server:
        run = ran(tmp_path, replace(JOB, url=f"http://[::1]:{server.port}"), asks(2))
    assert run.errors == ["", ""]
    assert f"Host: [::1]:{server.port}".encode() in server.requests[0]


def test_no_proxy_is_used_unless_the_user_says_so(tmp_path: Path) -> None:
    environ = {"http_proxy": f"http://127.0.0.1:{closed_port()}"}
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(1), environ=environ)
    assert run.errors == [""]


def test_a_proxy_is_told_the_whole_address(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as proxy:
        environ = {"HTTP_PROXY": f"http://me:pass%40@127.0.0.1:{proxy.port}", "no_proxy": "localhost,.example.com"}
        job = replace(JOB, url="http://10.255.255.1:8000", proxies=True)
        run = ran(tmp_path, job, asks(1), environ=environ)
    assert run.errors == [""]
    lines = proxy.requests[0].split(b"\r\n")
    assert lines[0] == b"POST http://10.255.255.1:8000/v1/chat/completions HTTP/1.1"
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:pass@") in lines


def test_a_proxy_is_passed_by_for_its_exceptions(tmp_path: Path) -> None:
    environ = {"http_proxy": f"http://127.0.0.1:{closed_port()}", "NO_PROXY": "10.0.0.1, 127.0.0.1"}
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url, proxies=True), asks(1), environ=environ)
    assert run.errors == [""]


def test_a_proxy_that_refuses_to_connect_is_told(tmp_path: Path) -> None:
    refusal = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with raw_server(lambda *_: [refusal]) as proxy:
        environ = {"https_proxy": f"http://127.0.0.1:{proxy.port}"}
        job = replace(JOB, url="https://example.com", proxies=True)
        run = ran(tmp_path, job, asks(1), environ=environ)
    assert run.errors == ["connect"]
    assert run.records[0].message == "the proxy refuses to connect: 403"
    assert proxy.requests[0].startswith(b"CONNECT example.com:443 HTTP/1.1\r\n")


def stopping(name: str, when: Callable[[], bool]) -> object:
    """Stops a run in this way as soon as something is so."""

    def stop(stop: Stop, loop: asyncio.AbstractEventLoop) -> None:
        def look() -> None:
            if when():
                getattr(stop, name).set()
            else:
                loop.call_later(0.02, look)

        look()

    return stop


def test_a_gentle_stop_lets_what_is_in_flight_end(tmp_path: Path) -> None:
    script: Script = [0.5, *good()]
    with raw_server(lambda *_: script) as server:
        stop = stopping("gently", lambda: len(server.requests) >= 2)
        run = ran(tmp_path, replace(JOB, url=server.url), asks(10_000, 0.05), stop=stop)
    assert set(run.errors) == {""}
    assert 2 <= len(run.records) < 1000


def lines(folder: Path) -> list[str]:
    """What the process said of itself so far."""
    path = folder / "client-000.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def test_a_stop_ends_what_is_in_flight_too(tmp_path: Path) -> None:
    with raw_server(lambda *_: [Do.HOLD]) as server:
        job = replace(JOB, url=server.url, most_in_flight=2)
        seen = replace(job, snapshot_every_s=0.05)
        stop = stopping("now", lambda: len(server.requests) == 2 and len(lines(tmp_path)) > 6)
        run = ran(tmp_path, seen, asks(1000, 0.01), stop=stop)
    assert set(run.errors) == {"cancelled"}
    assert sum(each.sent_ns == NEVER for each in run.records) == len(run.records) - 2, "those that waited for a place"
    assert run.last.planned == run.last.ended


def test_draining_is_bounded(tmp_path: Path) -> None:
    with raw_server(lambda *_: [Do.HOLD]) as server:
        run = ran(tmp_path, replace(JOB, url=server.url, drain_s=0.3), asks(3, 0.01))
    assert run.errors == ["cancelled"] * 3


def test_snapshots_are_numbered_and_cumulative(tmp_path: Path) -> None:
    with raw_server(lambda *_: good()) as server:
        run = ran(tmp_path, replace(JOB, url=server.url, snapshot_every_s=0.1), asks(20, 0.03))
    found = [*run.snapshots, run.last]
    assert len(found) > 3
    numbers = [each.number for each in found]
    assert numbers == sorted(set(numbers))
    for name in ("planned", "sent", "ended", "ok", "output_tokens"):
        values = [getattr(each, name) for each in found]
        assert values == sorted(values)
    assert sum(run.last.ttft.values()) == 20
    lines = [json.loads(line) for line in (tmp_path / "client-000.jsonl").read_text().splitlines()]
    assert lines[-1]["ended"] == 20
    assert {"t_s", "cpu_s", "in_flight", "queued", "dropped", "errors", "lag_p99_s"} <= set(lines[0])


def test_a_folder_with_records_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "requests-000.bin").write_bytes(b"kept")
    with pytest.raises(EngineError, match="is there already"):
        ran(tmp_path, replace(JOB, url="http://127.0.0.1:1"), asks(1))
    assert (tmp_path / "requests-000.bin").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"protocol": "grpc"}, "no protocol is called `grpc`"),
        ({"options": {"streams": True}}, "no option `streams`"),
        ({"options": {"stream": 1}}, "the option `stream` cannot be `1`"),
        ({"url": "ftp://a"}, "does not begin with http://"),
        ({"url": "http://no-such-host.invalid"}, "`no-such-host.invalid` has no address"),
        ({"credentials": {"token_env": "NO_SUCH_VARIABLE"}}, "NO_SUCH_VARIABLE is not set"),
        ({"protocol": "kserve"}, "model's name"),
        ({"proxies": True}, "is no http:// URL"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_begun_says_why(more: dict[str, object], message: str, tmp_path: Path) -> None:
    job = replace(JOB, url="http://127.0.0.1:1")
    with pytest.raises(EngineError, match=message):
        ran(tmp_path, replace(job, **more), asks(1), environ={"all_proxy": "socks5://127.0.0.1:1"})  # type: ignore[arg-type]  # fields by name
    assert list(tmp_path.iterdir()) == []


def test_a_prompt_that_json_cannot_hold_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    feed = Asks([Ask(index=4, intended_s=0.0, prompt="\ud800")])
    with pytest.raises(EngineError, match="request 4 cannot be written"):
        ran(tmp_path, replace(JOB, url="http://127.0.0.1:1"), feed)


def test_an_ask_that_no_request_can_be_made_of_ends_the_run(tmp_path: Path) -> None:
    feed = Asks([Ask(index=n, intended_s=n * 0.4, extra={} if n > 2 else {"tensor": 1}) for n in range(6)])
    with raw_server(lambda *_: [whole("{}")]) as server:
        job = replace(JOB, url=server.url, protocol="http", options={"body": "{{ tensor }}"})
        run = ran(tmp_path, job, feed)
    assert run.last.state == "failed"
    assert "'tensor' is undefined" in run.last.message
    assert run.last.ended == run.last.planned == len(run.records)


def test_late_tokens_are_timed_when_they_come(tmp_path: Path) -> None:
    script: Script = [
        *good()[:1],
        chunk(event("a")),
        0.2,
        *[chunk(event("b")), chunk(event(finish="stop"))],
        b"0\r\n\r\n",
    ]
    with raw_server(lambda *_: script) as server:
        run = ran(tmp_path, replace(JOB, url=server.url), asks(1))
    first, second = run.records[0].chunk_us
    assert second - first >= 190_000
