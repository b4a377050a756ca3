"""`airectl metrics lint` against servers and pages that are not as they should be: an error with its place, always."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import prometheus_client
import pytest
from prometheus_client.openmetrics import exposition as open_metrics

from runner import Runner

PAGE: Final = (Path(__file__).parents[1] / "telemetry" / "expositions" / "vllm.txt").read_bytes()
LIMIT_MIB: Final = 64
SECRET: Final = "s3cret-t0ken"  # noqa: S105  # it must not be seen again


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int = 200
    body: bytes = PAGE
    headers: Mapping[str, str] = field(default_factory=dict)
    repeat: int = 1
    announced: int | None = None


@dataclass(slots=True)
class Served:
    """A server of pages: what it answers, and with which headers it was asked."""

    url: str
    asked: list[tuple[str, Mapping[str, str]]]


@contextmanager
def serving(reply: Reply) -> Iterator[Served]:
    asked: list[tuple[str, Mapping[str, str]]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, dict(self.headers)))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(reply.announced or len(reply.body) * reply.repeat))
            self.end_headers()
            try:
                for _ in range(reply.repeat):
                    self.wfile.write(reply.body)
            except OSError:
                pass  # whoever asked has heard enough

        def log_message(self, *_args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_address[1]}/metrics", asked)
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def online(airectl: Runner) -> Runner:
    return replace(airectl, loopback=True)


def lint(airectl: Runner, *args: str, stdin: bytes = b"") -> tuple[int, dict[str, Any]]:
    stdout, stderr, code = airectl.call(["metrics", "lint", *args, "-o", "json"], stdin=stdin)
    assert b"Traceback" not in stderr
    report: dict[str, Any] = json.loads(stdout)
    return code, report


def only(report: dict[str, Any]) -> dict[str, Any]:
    (finding,) = report["findings"]
    assert isinstance(finding, dict)
    return finding


def test_a_page_is_asked_for_as_text(online: Runner) -> None:
    with serving(Reply(headers={"Content-Type": "text/plain; version=0.0.4"})) as server:
        code, report = lint(online, f"{server.url}/?model=a")
    assert (code, report["findings"]) == (0, [])
    (path, headers), *more = server.asked
    assert path == "/metrics/?model=a"
    assert headers["Accept"].startswith("text/plain")
    assert "Authorization" not in headers
    assert more == []


REFUSED: Final[list[tuple[Reply, str, str]]] = [
    (Reply(status=404), "AIR216", "no such page"),
    (Reply(status=401), "AIR213", "asks for credentials"),
    (Reply(status=503), "AIR215", "503"),
    (Reply(status=302, headers={"Location": f"https://sso.example.com/?token={SECRET}"}), "AIR216", "sso.example.com"),
    (Reply(status=307, headers={"Location": "/metrics/"}), "AIR216", "no redirect is followed"),
    (Reply(body=b"<!doctype html><html></html>"), "AIR122", "this is HTML"),
    (Reply(body=b'{"status": "ok"}'), "AIR122", "this is JSON"),
    (Reply(body=b""), "AIR122", "the page is empty"),
    (Reply(body=b"x" * (1 << 20), repeat=200), "AIR216", f"more than {LIMIT_MIB} MiB"),
    (Reply(body=PAGE, announced=len(PAGE) + 1), "AIR216", "cut off"),
    (Reply(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "AIR216", "unpacked"),
    (Reply(body=gzip.compress(PAGE)[:-9]), "AIR122", "cut off"),
    (Reply(body=b"\x28\xb5\x2f\xfd\x00"), "AIR122", "zstd"),
    (Reply(body=b"\x40\x0a\x0cchat_seconds\x12\x00\x18\x00"), "AIR122", "this is protobuf"),
    (Reply(body=b"\x7fELF\x02\x01\x01\0\0\0"), "AIR122", "this is binary"),
]


@pytest.mark.parametrize(("reply", "code", "words"), REFUSED, ids=[f"{r.status}-{w or 'cut'}" for r, _, w in REFUSED])
def test_what_is_no_page_is_undecided_and_says_why(reply: Reply, code: str, words: str, online: Runner) -> None:
    with serving(reply) as server:
        exit_code, report = lint(online, server.url)
    finding = only(report)
    assert (exit_code, finding["code"]) == (3, code)
    assert words in finding["message"]
    assert finding["help"]
    assert finding["location"]["path"] == server.url
    assert SECRET not in json.dumps(report)


def test_where_nothing_listens(online: Runner) -> None:
    with serving(Reply()) as server:
        pass
    code, report = lint(online, server.url)
    assert (code, only(report)["code"]) == (3, "AIR212")


@pytest.mark.parametrize(
    "url", ["http://", "http://user:pw@127.0.0.1/metrics", "http://127.0.0.1:99999/", "http://[::1/"]
)
def test_an_address_that_is_none(url: str, online: Runner) -> None:
    code, report = lint(online, url)
    assert (code, only(report)["code"]) == (3, "AIR212")
    assert "pw" not in json.dumps(report)


def test_an_address_of_another_kind(online: Runner) -> None:
    _, stderr, code = online.call(["metrics", "lint", f"ftp://host/?token={SECRET}"])
    assert code == 2
    assert SECRET.encode() not in stderr


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["magic", "header"])
def test_a_packed_page_is_unpacked(headers: Mapping[str, str], online: Runner) -> None:
    with serving(Reply(body=gzip.compress(PAGE), headers=headers)) as server:
        code, report = lint(online, server.url)
    assert (code, report["findings"]) == (0, [])
    assert report["data"]["pages"][0]["systems"][0]["system"] == "vllm"


@pytest.mark.parametrize("headers", [{}, {"Content-Encoding": "gzip"}], ids=["magic", "header"])
def test_a_bomb_is_not_unpacked_whole(headers: Mapping[str, str], online: Runner) -> None:
    bomb = gzip.compress(b"chat_requests_total 1\n" * ((LIMIT_MIB << 20) // 22 + 1))
    with serving(Reply(body=bomb, headers=headers)) as server:
        code, report = lint(online, server.url)
    assert code == 3
    assert f"{LIMIT_MIB} MiB" in only(report)["message"]


def test_a_packed_page_that_is_cut_off(online: Runner) -> None:
    packed = gzip.compress(PAGE)
    with serving(Reply(body=packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"})) as server:
        code, report = lint(online, server.url)
    assert code == 1
    assert "cut off" in report["findings"][-1]["message"]


def test_openmetrics_that_does_not_end_is_cut_off(online: Runner) -> None:
    headers = {"Content-Type": "application/openmetrics-text; version=1.0.0"}
    with serving(Reply(body=b"# TYPE a counter\na_total 1\n", headers=headers)) as server:
        code, report = lint(online, server.url)
    assert code == 1
    assert "# EOF" in only(report)["message"]


CREDENTIALS: Final = """
[sources.chat]
type = "Prometheus"
url = "{url}"
token_env = "CHAT_TOKEN"
"""


def test_credentials_go_to_their_own_server_only(online: Runner) -> None:
    with serving(Reply()) as server, serving(Reply(status=401)) as other:
        (online.cwd / "airectl.toml").write_text(CREDENTIALS.format(url=server.url.removesuffix("/metrics")))
        with_token = replace(online, extra={"CHAT_TOKEN": SECRET})
        code, report = lint(with_token, server.url)
        assert (code, report["findings"]) == (0, [])
        assert server.asked[0][1]["Authorization"] == f"Bearer {SECRET}"
        code, report = lint(with_token, other.url)
        assert (code, only(report)["code"]) == (3, "AIR213")
        assert "Authorization" not in other.asked[0][1]
        assert SECRET not in json.dumps(report)
        code, report = lint(online, server.url)
        assert (code, only(report)["code"]) == (3, "AIR213")


def test_a_token_in_the_address_is_seen_nowhere(online: Runner) -> None:
    with serving(Reply(body=b"chat_requests_total ten\n")) as server:
        url = f"{server.url}?token={SECRET}"
        for output in ("text", "json", "sarif", "markdown", "github", "junit", "concise"):
            stdout, stderr, _ = online.call(["metrics", "lint", url, "-v", "-o", output])
            assert SECRET.encode() not in stdout + stderr
        assert all(path.endswith(SECRET) for path, _ in server.asked)


BAD: Final[list[tuple[bytes, tuple[int, int]]]] = [
    (b"<html>", (1, 1)),
    (b"ok 1\nchat{a=\"b} 1\n", (2, 5)),
    (b"ok 1\nchat 1\ncut{a=\"b\"", (3, 4)),
    ("grün 1\nok 1\n".encode(), (1, 3)),
    (b"ok 1\nlabel{a=\"\xff\"} 1\n", (2, 10)),
    (b"", (1, 1)),
    (b"ok 1\n" + b"\0" * 9, (2, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("page", "place"), BAD)
def test_a_broken_file_has_a_place(page: bytes, place: tuple[int, int], airectl: Runner) -> None:
    (airectl.cwd / "page.txt").write_bytes(page)
    code, report = lint(airectl, "page.txt")
    finding = report["findings"][0]
    assert (finding["code"], finding["severity"]) == ("AIR122", "error")
    assert (finding["location"]["line"], finding["location"]["col"]) == place
    assert code == (1 if report["data"]["pages"] else 2)
    assert lint(airectl, "-", stdin=page)[1]["findings"][0]["location"]["path"] == "<stdin>"


def test_a_large_file_is_read_up_to_the_limit(airectl: Runner) -> None:
    with (airectl.cwd / "page.txt").open("wb") as file:
        file.truncate(200 << 20)
    code, report = lint(airectl, "page.txt")
    assert code == 2
    assert f"{LIMIT_MIB} MiB" in only(report)["message"]


INJECTED: Final = 'chat{a="\x1b[2J\u202e\\n::error::\\"}\\n"} 1\nchat{a="\x07"} one\nchat_\x1b[31m 1\n'


@pytest.mark.parametrize("output", ["text", "json", "sarif", "markdown", "github", "gitlab", "junit", "concise", "csv"])
def test_what_a_label_says_steers_nothing(output: str, airectl: Runner) -> None:
    (airectl.cwd / "page.txt").write_text(INJECTED)
    (airectl.cwd / "rules.yaml").write_text("groups: [{rules: [{expr: 'chat{model=\"x\"} > chta'}]}]\n")
    stdout, stderr, code = airectl.call(["metrics", "lint", "page.txt", "--rules", "rules.yaml", "-o", output])
    assert code == 1
    for control in (b"\x1b", b"\x07", "\u202e".encode(), b"\n::error::"):
        assert control not in stdout + stderr


def test_values_of_labels_are_inert_in_help(airectl: Runner) -> None:
    (airectl.cwd / "page.txt").write_text('chat{model="a\x1b[2J"} 1\nchat{model="b\\nc"} 1\n')
    (airectl.cwd / "rules.yaml").write_text("groups: [{rules: [{expr: 'chat{model=\"x\"} > 1'}]}]\n")
    for output in ("text", "json"):
        stdout, _, _ = airectl.call(["metrics", "lint", "page.txt", "--rules", "rules.yaml", "-o", output])
        assert b"AIR121" in stdout
        assert b"\x1b" not in stdout


@pytest.mark.parametrize("text", [False, True], ids=["OpenMetrics", "text"])
def test_a_real_process_of_prometheus_client(text: bool, online: Runner) -> None:
    registry = prometheus_client.CollectorRegistry()
    requests = prometheus_client.Counter("chat_requests", "requests", ["model", "code"], registry=registry)
    requests.labels("small", "200").inc(5)
    latency = prometheus_client.Histogram("chat_latency_seconds", "time", buckets=(0.1, 0.4, 1), registry=registry)
    latency.observe(0.3)
    prometheus_client.Summary("model_prediction_duration_seconds", "time", registry=registry).observe(0.2)
    prometheus_client.Gauge("chat_queue", "waiting", registry=registry).set(1)
    body: Callable[[Any], bytes] = prometheus_client.generate_latest if text else open_metrics.generate_latest
    kind = prometheus_client.CONTENT_TYPE_LATEST if text else open_metrics.CONTENT_TYPE_LATEST
    rules = {
        'sum(rate(chat_latency_seconds_bucket{le="0.5"}[5m])) < 1': "AIR106",
        'sum(rate(chat_latency_seconds_bucket{le="1"}[5m])) < 1': "AIR116",
        "sum(chat_requests_total) > 5": "AIR117",
        "rate(chat_queue[5m]) > 1": "AIR118",
        "histogram_quantile(0.9, rate(chat_latency_seconds_sum[5m])) > 1": "AIR119",
        "histogram_quantile(0.9, rate(model_prediction_duration_seconds_sum[5m])) > 1": "AIR119",
        'model_prediction_duration_seconds{quantile="0.9"} > 1': "AIR107",
        "chat_latency_seconds > 1": "AIR107",
        "rate(chat_requests[5m]) > 1": "AIR120",
        'sum(rate(chat_requests_total{status="500"}[5m])) > 1': "AIR112",
        'sum(rate(chat_requests_total{model="large"}[5m])) > 1': "AIR121",
        'sum(rate(chat_requests_total{model="small",code="500"}[5m])) > 1': "",
        "sum(rate(chat_latency_seconds_bucket{le=\"0.4\"}[5m])) / sum(rate(chat_latency_seconds_count[5m])) < 0.9": "",
        "chat_queue > 5 and chat_requests_created > 0": "",
    }  # fmt: skip
    lines = ["groups:", "- rules:", *(f"  - {{alert: A, expr: {json.dumps(rule)}}}" for rule in rules)]
    (online.cwd / "rules.yaml").write_text("\n".join(lines))
    with serving(Reply(body=body(registry), headers={"Content-Type": kind})) as server:
        _, report = lint(online, server.url, "--rules", "rules.yaml")
    found = {each["location"]["line"] - 3: each["code"] for each in report["findings"]}
    assert [found.get(number, "") for number in range(len(rules))] == list(rules.values())
    assert report["data"]["pages"][0]["systems"][0]["system"] == "python-service"


def test_a_page_that_is_not_there_does_not_hide_what_rules_say(online: Runner) -> None:
    (online.cwd / "rules.yaml").write_text("groups: [{rules: [{expr: 'vllm:gpu_cache_usage_perc > 1'}]}]\n")
    code, report = lint(online, "http://127.0.0.1:1/metrics", "--rules", "rules.yaml")
    assert code == 3
    assert {each["code"] for each in report["findings"]} == {"AIR212", "AIR108"}
    assert lint(online, "http://127.0.0.1:1/metrics", "--rules", "rules.yaml", "--fail-on", "warning")[0] == 1
    assert lint(online, "--rules", "rules.yaml")[0] == 0


def test_nothing_to_look_at(airectl: Runner) -> None:
    for args in ([], [""], ["--rules", ""]):
        _, stderr, code = airectl.call(["metrics", "lint", *args])
        assert code == 2
        assert b"help:" in stderr
