"""Questions to a server that misbehaves: each failure has its code, in bounded time, and tells no secret."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from airectl.env import Stop
from airectl.errors import SourceError
from airectl.net.credentials import Credentials
from airectl.net.retries import Retries
from airectl.net.secret import Secret
from airectl.net.urls import endpoint
from airectl.sources.prometheus.server.client import Client, Limits
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import Denied, NoAnswer, Overloaded, Refused
from airectl.sources.watch import StoppedError
from prometheus_faults import Asked, Certificates, Reply, certificates, closed_port, faulty, matrix, refusal

TOKEN = "hunter2-hunter2"  # noqa: S105  # a word to look for
QUICK = Retries(attempts=3, first_s=0.001)
LIMITS = Limits(retries=QUICK, question_s=20, patience=99)
START = 1_700_000_000
# Longer than any test may take: whoever waits for it has not been stopped.
NEVER_S = 600.0
PARSE = refusal("bad_data", 'invalid parameter "query": 1:5: parse error: unexpected end of input')


def client(url: str, limits: Limits = LIMITS, **given: Any) -> Client:
    return Client(Connection(name="prod", endpoint=endpoint(url), credentials=Credentials(**given)), limits)


def error_of(work: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        work()
    assert caught.value.help
    return caught.value


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


def test_a_question_goes_in_the_body_with_the_time_it_may_take() -> None:
    with faulty(Reply(body=matrix(START, 60, ["1", "2"]))) as server:
        found = client(f"{server.url}/prometheus/").range("up", START, START + 60, 60)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/prometheus/api/v1/query_range")
    assert asked.headers["User-Agent"].startswith("airectl/")
    assert asked.form == {
        "query": "up", "start": str(START), "end": str(START + 60), "step": "60", "timeout": "20s",
        "partial_response": "false", "nocache": "1",
    }  # fmt: skip
    assert (found[0].times, list(found[0].values)) == (range(START, START + 61, 60), [1.0, 2.0])


def test_a_server_that_refuses_unknown_parameters_is_sent_none() -> None:
    with faulty(Reply()) as server:
        strict = Connection(name="prod", endpoint=endpoint(server.url), lenient=False)
        Client(strict, LIMITS).instant("up", START)
    assert set(server.asked[0].form) == {"query", "time", "timeout"}


def test_where_nothing_may_be_posted_the_same_is_asked_by_get() -> None:
    with faulty(lambda asked: Reply(status=405 if asked.method == "POST" else 200)) as server:
        asking = client(server.url)
        assert [len(asking.instant("up", START)) for _ in range(2)] == [1, 1]
    assert [each.method for each in server.asked] == ["POST", "GET", "GET"]
    assert server.queries == ["up", "up", "up"]


def test_an_answer_may_be_packed() -> None:
    with faulty(Reply(packed=True)) as server:
        assert len(client(server.url).instant("up", START)) == 1


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"token": Secret(TOKEN)}, ("Authorization", f"Bearer {TOKEN}")),
        ({"username": "me", "password": Secret(TOKEN)}, ("Authorization", "Basic bWU6aHVudGVyMi1odW50ZXIy")),
        ({"headers": {"X-Scope-OrgID": "team-a"}}, ("X-Scope-OrgID", "team-a")),
    ],
)
def test_credentials_are_sent(given: dict[str, Any], header: tuple[str, str]) -> None:
    with faulty(Reply()) as server:
        client(server.url, **given).instant("up", START)
    assert header in server.asked[0].headers.items()


def test_nothing_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter3\n")
    for name, value in {
        "HOME": str(tmp_path),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    with faulty(Reply(headers={"Set-Cookie": "a=b"})) as server:
        asking = client(server.url)
        asking.instant("up", START)
        asking.instant("up", START)
    assert not any({"Authorization", "Cookie"} & set(each.headers) for each in server.asked)


Case = tuple[Reply, type[SourceError], str, str, int]
CASES: dict[str, Case] = {
    "401": (Reply(status=401, body=b"no"), Denied, "AIR213", "refused the credentials: no", 1),
    "403": (Reply(status=403, body=b"<html>no"), Denied, "AIR213", "does not let these credentials ask", 1),
    "400": (Reply(status=400, body=PARSE), Refused, "AIR214", "refused the query: unexpected end of input", 1),
    "422": (
        Reply(status=422, body=refusal("execution", "found duplicate series for the match group")),
        Refused, "AIR214", "refused the query: found duplicate series", 1,
    ),
    "422 too much": (
        Reply(status=422, body=refusal("execution", "query processing would load too many samples into memory")),
        Refused, "AIR214", "refused it as too large", 1,
    ),
    "400 of a proxy": (Reply(status=400, body=b"<html>bad"), NoAnswer, "AIR216", "answered with status 400", 1),
    "429": (Reply(status=429), Overloaded, "AIR215", "with status 429; tried 3 times over 1 s", 3),
    "503": (Reply(status=503, body=b"overloaded"), Overloaded, "AIR215", "status 503: overloaded; tried 3 times", 3),
    "503 timeout": (
        Reply(status=503, body=refusal("timeout", "query timed out in expression evaluation")),
        Overloaded, "AIR215", "ended the query, which took longer than it allows", 1,
    ),
    "404": (Reply(status=404), NoAnswer, "AIR216", "has no API of a Prometheus there", 1),
    "418": (Reply(status=418), NoAnswer, "AIR216", "answered with status 418", 1),
    "web page": (Reply(body=b"<!doctype html>Sign in"), NoAnswer, "AIR216", "it is a web page", 1),
    "cut off": (Reply(cut=20), NoAnswer, "AIR216", "an answer that is cut off; tried 3 times", 3),
    "no JSON": (Reply(body=b"{"), NoAnswer, "AIR216", "it is cut off", 1),
    "hung up": (Reply(hang_up=True), SourceError, "AIR212", "closed the connection without an answer", 3),
    "bad gzip": (
        Reply(body=b"no gzip at all", headers={"Content-Encoding": "gzip"}),
        NoAnswer, "AIR216", "cannot be unpacked", 1,
    ),
    "histograms": (
        Reply(body={"status": "success", "data": {"result": [{"metric": {}, "histogram": [1, {}]}]}}),
        Refused, "AIR214", "native histograms", 1,
    ),
    "partial": (
        Reply(body={"status": "success", "isPartial": True, "data": {"resultType": "vector", "result": []}}),
        NoAnswer, "AIR216", "a part of the answer only", 1,
    ),
    "a store failed": (
        Reply(body={"status": "success", "warnings": ["rpc error"], "data": {"resultType": "vector", "result": []}}),
        NoAnswer, "AIR216", "a part of the answer only: rpc error", 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "type_", "code", "said", "attempts"), CASES.values(), ids=CASES)
def test_each_failure_has_its_code(reply: Reply, type_: type[SourceError], code: str, said: str, attempts: int) -> None:
    with faulty(reply) as server:
        error = error_of(lambda: client(server.url, token=Secret(TOKEN)).instant("up", START))
    assert isinstance(error, type_)
    assert error.code == code
    assert said in error.message
    assert f"`prod` ({server.url})" in error.message
    assert len(server.asked) == attempts


def test_a_refused_query_is_the_spec_s_fault_where_it_is_wrong() -> None:
    with faulty(lambda asked: Reply(status=400, body=PARSE)) as server:
        error = error_of(lambda: client(server.url).instant("sum(", START))
    assert isinstance(error, Refused)
    assert (error.invalid, error.line, error.col, error.query, error.too_large) == (True, 1, 5, "sum(", False)
    unknown = refusal("bad_data", "something that no one has seen before")
    with faulty(Reply(status=400, body=unknown)) as server:
        assert error_of(lambda: client(server.url).instant("up", START)).invalid
    with faulty(Reply(status=422, body={**unknown, "errorType": "execution"})) as server:
        assert not error_of(lambda: client(server.url).instant("up", START)).invalid
    with faulty(CASES["422 too much"][0]) as server:
        error = error_of(lambda: client(server.url).instant("up", START))
    assert isinstance(error, Refused)
    assert (error.invalid, error.too_large) == (False, True)


def test_without_credentials_it_says_how_to_give_them() -> None:
    with faulty(Reply(status=401)) as server:
        error = error_of(lambda: client(server.url).instant("up", START))
    assert "asks for credentials" in error.message
    assert "token_env" in error.help


def test_a_server_that_repeats_the_token_does_not_print_it() -> None:
    said = f"no rights for Bearer {TOKEN} at http://u:{TOKEN}@host/?token={TOKEN}"
    for status, body in ((403, said.encode()), (400, refusal("bad_data", said)), (500, said.encode())):
        with faulty(Reply(status=status, body=body)) as server:
            error = error_of(lambda url=server.url: client(url, token=Secret(TOKEN)).instant("up", START))  # type: ignore[misc]  # lambda
        assert "no rights for" in error.message
        assert TOKEN not in f"{error.message}{error.help}{error!r}"


def test_it_recovers_by_itself() -> None:
    replies = iter([Reply(status=503), Reply(hang_up=True), Reply()])
    with faulty(lambda _asked: next(replies)) as server:
        assert len(client(server.url).instant("up", START)) == 1
    assert len(server.asked) == 3


@pytest.mark.parametrize("wait", ["0", "Fri, 01 Jan 2021 00:00:00 GMT"])
def test_it_comes_back_when_it_is_told_to(wait: str) -> None:
    replies = iter([Reply(status=429, headers={"Retry-After": wait}), Reply()])
    slow = replace(LIMITS, retries=Retries(attempts=2, first_s=NEVER_S, longest_s=NEVER_S))
    with faulty(lambda _asked: next(replies)) as server:
        assert len(client(server.url, slow).instant("up", START)) == 1


def test_told_to_come_back_in_an_hour_it_gives_up() -> None:
    with faulty(Reply(status=429, headers={"Retry-After": "3600"})) as server:
        error = error_of(lambda: client(server.url).instant("up", START))
    assert error.code == "AIR215"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [Reply(stall=True), Reply(drip_s=0.2), Reply(drip_s=0.2, packed=True)],
    ids=["stalled", "dripping", "packed"],
)
def test_an_answer_that_does_not_come_ends_at_the_deadline(reply: Reply) -> None:
    with faulty(reply) as server:
        error = error_of(lambda: client(server.url, replace(LIMITS, question_s=0.3)).instant("up", START))
    assert error.code == "AIR212"
    assert "no complete answer within 0.3 s" in error.message
    assert len(server.asked) == 1


def test_a_connection_that_is_given_up_is_cut() -> None:
    with faulty(Reply(drip_s=0.01, body=b"x" * 100_000)) as server:
        error_of(lambda: client(server.url, replace(LIMITS, question_s=0.1)).instant("up", START))
        assert server.left.wait(10)


def test_the_source_s_own_timeout_comes_first() -> None:
    with faulty(Reply(stall=True)) as server:
        short = Connection(name="prod", endpoint=endpoint(server.url), timeout_s=0.2)
        error = error_of(lambda: Client(short, LIMITS).instant("up", START))
    assert "within 0.2 s" in error.message


def test_retries_and_their_waits_are_within_the_deadline() -> None:
    patient = replace(LIMITS, question_s=0.3, retries=Retries(attempts=1000, first_s=0.05, longest_s=0.05))
    with faulty(Reply(status=503)) as server:
        error = error_of(lambda: client(server.url, patient).instant("up", START))
    assert error.code == "AIR215"
    assert 1 < len(server.asked) < 20


def test_what_is_late_when_it_is_tried_again_failed_before() -> None:
    replies = iter([Reply(status=503), Reply(stall=True)])
    with faulty(lambda _asked: next(replies)) as server:
        error = error_of(lambda: client(server.url, replace(LIMITS, question_s=0.5)).instant("up", START))
    assert isinstance(error, Overloaded)
    assert "status 503; tried 2 times" in error.message


@pytest.mark.parametrize(
    "reply", [Reply(stall=True), Reply(drip_s=0.2), Reply(status=503)], ids=["stalled", "dripping", "waiting"]
)
def test_ctrl_c_ends_it_at_once(reply: Reply) -> None:
    stop = Stop()
    endless = Limits(stop=stop, question_s=NEVER_S, retries=Retries(first_s=NEVER_S / 2, longest_s=NEVER_S))
    with faulty(reply) as server, stop.watched():
        asking = client(server.url, endless)

        def when_asked() -> None:
            while not server.asked:
                pass
            stop.request(signal.SIGINT)

        threading.Thread(target=when_asked).start()
        with pytest.raises(StoppedError):
            asking.instant("up", START)


def test_an_answer_that_is_too_large_is_not_read_to_its_end() -> None:
    huge = Reply(body=b'{"status":"success","data":"' + b"x" * 3_000_000 + b'"}', packed=True)
    with faulty(huge) as server:
        error = error_of(lambda: client(server.url, replace(LIMITS, answer_bytes=1_000_000)).instant("up", START))
    assert error.code == "AIR216"
    assert "more than 1,000,000 bytes" in error.message


def test_no_redirect_is_followed_and_its_token_is_not_told() -> None:
    with faulty(Reply()) as other:
        away = Reply(status=307, headers={"Location": f"{other.url}/login?token={TOKEN}"})
        with faulty(away) as server:
            error = error_of(lambda: client(server.url, token=Secret(TOKEN)).instant("up", START))
    assert other.asked == []
    assert (error.code, len(server.asked)) == ("AIR216", 1)
    assert "sends the question on to http://127.0.0.1" in error.message
    assert TOKEN not in f"{error.message}{error.help}"


def test_a_refused_connection() -> None:
    port = closed_port()
    error = error_of(lambda: client(f"http://127.0.0.1:{port}").instant("up", START))
    assert error.code == "AIR212"
    assert f"refused the connection: nothing listens on port {port}; tried 3 times" in error.message


def test_a_name_without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_named: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = error_of(lambda: client("http://prometheus.invalid:9090").instant("up", START))
    assert error.code == "AIR212"
    assert "there is no address for `prometheus.invalid`" in error.message


def test_a_name_that_is_looked_up_for_ever_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: ended.wait(NEVER_S) or [])
    error = error_of(lambda: client("http://host:9090", replace(LIMITS, question_s=0.2)).instant("up", START))
    ended.set()
    assert "no complete answer within 0.2 s" in error.message


def test_tls_that_is_not_trusted(made: Certificates) -> None:
    with faulty(Reply(), tls=made.serving()) as server:
        error = error_of(lambda: client(server.url).instant("up", START))
    assert error.code == "AIR212"
    assert "is not trusted: unable to get local issuer certificate" in error.message
    assert "`ca_file` of `[sources.prod]`" in error.help
    assert server.asked == []


def test_tls_signed_by_the_authority_of_the_settings(made: Certificates) -> None:
    with faulty(Reply(), tls=made.serving()) as server:
        asking = client(server.url, ca_file=made.file("authority.pem"))
        assert len(asking.instant("up", START)) == 1
        assert len(client(server.url, verify=False).instant("up", START)) == 1


def test_tls_of_another_name(made: Certificates) -> None:
    with faulty(Reply(), tls=made.serving()) as server:
        address = server.url.replace("127.0.0.1", "localhost")
        error = error_of(lambda: client(address, ca_file=made.file("authority.pem")).instant("up", START))
    assert "is not trusted: " in error.message
    assert "write a name that stands in its certificate" in error.help


def test_a_client_s_certificate(made: Certificates) -> None:
    authority, own, other = (made.file(f"{name}.pem") for name in ("authority", "client", "stranger"))
    with faulty(Reply(), tls=made.serving(asks_clients=True)) as server:
        asking = client(server.url, ca_file=authority, certificate=(own, own))
        assert len(asking.instant("up", START)) == 1
        none = error_of(lambda: client(server.url, ca_file=authority).instant("up", START))
        wrong = error_of(lambda: client(server.url, ca_file=authority, certificate=(other, other)).instant("up", START))
    assert (none.code, wrong.code) == ("AIR213", "AIR213")
    assert "asks for a client's certificate" in none.message
    assert "refused the client's certificate" in wrong.message


def test_files_that_are_no_certificates(made: Certificates, tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    text = str(tmp_path / "text.pem")
    for given in ({"ca_file": text}, {"certificate": (text, text)}):
        assert error_of(lambda given=given: client("https://host", **given)).code == "AIR213"  # type: ignore[misc]  # lambda


def test_http_where_tls_is_spoken_and_the_other_way_round(made: Certificates) -> None:
    with faulty(Reply()) as server:
        error = error_of(lambda: client(server.url.replace("http://", "https://")).instant("up", START))
    assert (error.code, "does not speak TLS" in error.message) == ("AIR212", True)
    with faulty(Reply(), tls=made.serving()) as server:
        error = error_of(lambda: client(server.url.replace("https://", "http://")).instant("up", START))
    assert (error.code, "closed the connection" in error.message) == ("AIR212", True)


@pytest.mark.parametrize(
    ("reply", "patience", "attempts"),
    [(Reply(status=401), 99, 1), (Reply(status=503), 2, 6), (Reply(status=307), 99, 1)],
    ids=["unknown", "overloaded twice", "elsewhere"],
)
def test_a_server_that_is_of_no_use_is_not_asked_on(reply: Reply, patience: int, attempts: int) -> None:
    with faulty(reply) as server:
        asking = client(server.url, replace(LIMITS, patience=patience))
        codes = [error_of(lambda: asking.instant("up", START)).code for _ in range(5)]
    assert len(set(codes)) == 1
    assert len(server.asked) == attempts


def test_refused_queries_do_not_make_it_give_up() -> None:
    with faulty(Reply(status=400, body=PARSE)) as server:
        asking = client(server.url, replace(LIMITS, patience=2))
        for _ in range(4):
            error_of(lambda: asking.instant("sum(", START))
    assert len(server.asked) == 4


def test_an_answer_between_failures_gives_it_new_patience() -> None:
    replies = iter([Reply(status=418), Reply(), Reply(status=418), Reply()])
    with faulty(lambda _asked: next(replies)) as server:
        asking = client(server.url, replace(LIMITS, patience=2))
        for _ in range(2):
            error_of(lambda: asking.instant("up", START))
            assert len(asking.instant("up", START)) == 1


def test_what_the_server_says_of_its_answers_is_heard() -> None:
    body = {"status": "success", "infos": ["PromQL info: a"], "warnings": ["PromQL warning: b"],
            "data": {"resultType": "vector", "result": []}}  # fmt: skip
    with faulty(Reply(body=body)) as server:
        asking = client(server.url)
        with asking.hearing() as heard:
            asking.instant("up", START)
        asking.instant("up", START)
    assert [(each.infos, each.warnings) for each in heard] == [(("PromQL info: a",), ("PromQL warning: b",))]


def test_other_parts_of_the_api() -> None:
    def answering(asked: Asked) -> Reply:
        known = asked.path == "/api/v1/status/buildinfo"
        return Reply(body={"status": "success", "data": {"version": "2.42.0"}}) if known else Reply(status=404)

    with faulty(answering) as server:
        asking = client(server.url, token=Secret(TOKEN))
        assert asking.get("/api/v1/status/buildinfo", {"a": "b"}) == {"version": "2.42.0"}
        assert (server.asked[0].method, server.asked[0].form) == ("GET", {"a": "b"})
        assert error_of(lambda: asking.get("/api/v1/status/nothing")).code == "AIR216"


def test_it_is_logged_without_secrets() -> None:
    said: list[str] = []
    with faulty(Reply(status=503, body=f"no {TOKEN}".encode())) as server:
        error_of(lambda: client(server.url, replace(LIMITS, log=said.append), token=Secret(TOKEN)).instant("up", START))
    assert len(said) == 3
    assert all("status 503: no ****" in line for line in said)


def test_a_connection_prints_no_secret() -> None:
    with faulty(Reply()) as server:
        asking: Client = client(server.url, token=Secret(TOKEN))
        assert TOKEN not in repr((asking.connection, asking.limits, vars(asking)))
