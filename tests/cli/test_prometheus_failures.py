"""A Prometheus that fails, through the real commands: the code, the exit, the other SLOs, and no secret anywhere."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from prometheus_faults import (
    Asked,
    Certificates,
    Reply,
    certificates,
    closed_port,
    faulty,
    healthy,
    refusal,
)
from runner import Runner

AT = "2026-11-20T12:00:00Z"
TOKEN = "hunter2-hunter2"  # noqa: S105  # a word to look for
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: chat
  indicator:
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource: {{type: Prometheus, metricSourceRef: {source}, spec: {{query: 'sum(good_total)'}}}}
        total:
          metricSource: {{type: Prometheus, metricSourceRef: {source}, spec: {{query: 'sum(all_total)'}}}}
  timeWindow: [{{duration: 1h, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.9}}]
"""
TABLE = """
[sources.{name}]
url = "{url}"
token_env = "PROM_TOKEN"
timeout = "{timeout}"
"""
# All formats that a run may leave somewhere.
FORMATS = ("json", "sarif", "junit", "github", "gitlab", "markdown", "csv", "concise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run left: its exit code, its JSON, and every byte of all that it wrote."""

    code: int
    report: dict[str, Any]
    everything: str

    @property
    def codes(self) -> dict[str, str]:
        """Severity by code, of what a source's failure may be."""
        return {f["code"]: f["severity"] for f in self.report["findings"] if re.fullmatch("AIR21[2-7]", f["code"])}

    def status(self, name: str) -> str:
        """How an SLO stands."""
        (found,) = (each for each in self.report["data"]["slos"] if each["slo"] == f"chat/{name}")
        return str(found["status"])


@pytest.fixture
def project(airectl: Runner) -> Iterator[Runner]:
    """Two SLOs: `fine` asks a healthy server, `down` one that is to be told how to fail."""
    for name in ("down", "fine"):
        (airectl.cwd / f"{name}.yaml").write_text(SLO.format(name=name, source=name))
    with faulty(healthy) as server:
        (airectl.cwd / "airectl.toml").write_text(TABLE.format(name="fine", url=server.url, timeout="30s"))
        yield Runner(cwd=airectl.cwd, home=airectl.home, loopback=True, extra={"PROM_TOKEN": TOKEN})


def run(project: Runner, url: str, *args: str, command: str = "check", more: str = "", timeout: str = "30s") -> Ran:
    """`check` with the failing source at `url`, loud as can be, to every format."""
    settings = project.cwd / "airectl.toml"
    settings.write_text(settings.read_text() + TABLE.format(name="down", url=url, timeout=timeout) + more)
    outputs = [word for each in FORMATS for word in ("-o", f"{each}={each}.out")]
    words = [command, ".", "--at", AT, "--no-cache", "-v", "--debug", *outputs, *args]
    stdout, stderr, code = project.call(words)
    written = [(project.cwd / f"{each}.out").read_text() for each in FORMATS]
    everything = "\n".join((stdout.decode(), stderr.decode(), *written))
    assert "Traceback" not in everything
    return Ran(code=code, report=json.loads(written[0]), everything=everything)


PARSE = refusal("bad_data", 'invalid parameter "query": 1:5: parse error: unexpected end of input')
CASES: dict[str, tuple[Reply, str, int]] = {
    "401": (Reply(status=401, body=f"bad token {TOKEN}".encode()), "AIR213", 3),
    "403": (Reply(status=403, body=b"no"), "AIR213", 3),
    "400 with a place": (Reply(status=400, body=PARSE), "AIR214", 1),
    "422 of the query": (
        Reply(status=422, body=refusal("execution", "many-to-many matching not allowed")),
        "AIR214",
        1,
    ),
    "422 of size": (Reply(status=422, body=refusal("execution", f"too many samples {TOKEN}")), "AIR214", 3),
    "429 for an hour": (Reply(status=429, headers={"Retry-After": "3600"}), "AIR215", 3),
    "503 by a limit": (Reply(status=503, body=refusal("timeout", "query timed out")), "AIR215", 3),
    "a web page": (Reply(body=f"<html>{TOKEN}".encode()), "AIR216", 3),
    "not JSON": (Reply(body=b'{"status":"succ'), "AIR216", 3),
    "partial": (
        Reply(body={"status": "success", "warnings": ["no store"], "data": {"resultType": "matrix", "result": []}}),
        "AIR216",
        3,
    ),
    "redirect": (Reply(status=302, headers={"Location": f"http://127.0.0.1:1/?token={TOKEN}"}), "AIR216", 3),
}


@pytest.mark.parametrize(("reply", "code", "exit_code"), CASES.values(), ids=CASES)
def test_a_failure_has_its_code_and_exit_and_the_other_slo_is_reported(
    reply: Reply, code: str, exit_code: int, project: Runner
) -> None:
    with faulty(reply) as server:
        ran = run(project, server.url)
    assert ran.codes == {code: "error"}
    assert ran.code == exit_code
    assert (ran.status("fine"), ran.status("down")) == ("met", "unknown")
    assert TOKEN not in ran.everything
    assert all(each.headers["Authorization"] == f"Bearer {TOKEN}" for each in server.asked)


# The reply, its code, and a timeout: long enough for the first attempt where that is to fail by itself.
SLOW: dict[str, tuple[Reply, str, str]] = {
    "stalled": (Reply(stall=True), "AIR212", "300ms"),
    "dripping": (Reply(drip_s=0.2), "AIR212", "300ms"),
    "429 for a while": (Reply(status=429, headers={"Retry-After": "15"}), "AIR215", "10s"),
    "503": (Reply(status=503), "AIR215", "1s"),
    "cut off": (Reply(cut=9), "AIR216", "1s"),
    "hung up": (Reply(hang_up=True), "AIR212", "1s"),
}


@pytest.mark.parametrize("command", ["budget", "check"])
@pytest.mark.parametrize(("reply", "code", "timeout"), SLOW.values(), ids=SLOW)
def test_what_takes_long_ends_by_the_timeout_of_its_source(
    reply: Reply, code: str, timeout: str, command: str, project: Runner
) -> None:
    with faulty(reply) as server:
        ran = run(project, server.url, command=command, timeout=timeout)
    assert ran.codes == {code: "error"}
    assert ran.code == 3
    assert (ran.status("fine"), ran.status("down")) == ("met", "unknown")
    assert TOKEN not in ran.everything


def test_a_connection_that_is_refused(project: Runner) -> None:
    ran = run(project, f"http://127.0.0.1:{closed_port()}", timeout="1s")
    assert (ran.codes, ran.code, ran.status("fine")) == ({"AIR212": "error"}, 3, "met")
    assert "refused the connection" in ran.everything


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


def test_tls_that_nobody_signed_and_tls_that_the_settings_trust(made: Certificates, project: Runner) -> None:
    settings = (project.cwd / "airectl.toml").read_text()
    with faulty(healthy, tls=made.serving()) as server:
        refused = run(project, server.url)
        (project.cwd / "airectl.toml").write_text(settings)
        trusted = run(project, server.url, more=f'ca_file = "{made.file("authority.pem")}"\n')
        (project.cwd / "airectl.toml").write_text(settings)
        unseen = run(project, server.url, more="insecure_skip_verify = true\n")
    assert (refused.codes, refused.code, refused.status("fine")) == ({"AIR212": "error"}, 3, "met")
    assert (trusted.codes, trusted.code, trusted.status("down")) == ({}, 0, "met")
    assert (unseen.codes, unseen.code, unseen.status("down")) == ({"AIR217": "warning"}, 0, "met")


def test_a_wrong_client_s_certificate(made: Certificates, project: Runner) -> None:
    own = f'ca_file = "{made.file("authority.pem")}"\nclient_cert = "{made.file("stranger.pem")}"\n'
    with faulty(healthy, tls=made.serving(asks_clients=True)) as server:
        ran = run(project, server.url, more=own)
    assert (ran.codes, ran.code, ran.status("fine")) == ({"AIR213": "error"}, 3, "met")


def test_a_redirect_s_target_is_never_asked(project: Runner) -> None:
    with faulty(healthy) as other, faulty(Reply(status=307, headers={"Location": other.url})) as server:
        run(project, server.url)
    assert other.asked == []


@pytest.mark.parametrize("reply", [Reply(status=401), Reply(status=302), Reply(stall=True)])
def test_a_server_that_is_of_no_use_is_asked_a_few_times_only(reply: Reply, project: Runner) -> None:
    for number in range(20):
        name = f"more-{number}"
        (project.cwd / f"{name}.yaml").write_text(
            SLO.format(name=name, source="down").replace("all_total", f"all_{number}_total")
        )
    with faulty(reply) as server:
        ran = run(project, server.url, timeout="300ms")
    assert len(server.asked) <= 12
    assert [ran.status(f"more-{number}") for number in range(20)] == ["unknown"] * 20
    assert ran.status("fine") == "met"


def test_a_refused_query_is_marked_where_the_server_says_it_is_wrong(project: Runner) -> None:
    def answering(asked: Asked) -> Reply:
        query = asked.form["query"]
        if "all_total" not in query:
            return healthy(asked)
        at = query.index("all_total") + 1
        return Reply(status=400, body=refusal("bad_data", f"1:{at}: parse error: no such metric"))

    with faulty(answering) as server:
        ran = run(project, server.url)
    (finding,) = (each for each in ran.report["findings"] if each["code"] == "AIR214")
    row = (project.cwd / "down.yaml").read_text().splitlines()[finding["location"]["line"] - 1]
    assert row[finding["location"]["col"] - 1 :].startswith("all_total")


def test_warnings_of_an_answer_are_findings_and_decide_nothing(project: Runner) -> None:
    def answering(asked: Asked) -> Reply:
        return Reply(body={**healthy(asked).body, "warnings": ["PromQL warning: a label is odd (1:3)"]})

    with faulty(answering) as server:
        ran = run(project, server.url)
    assert (ran.codes, ran.code, ran.status("down")) == ({"AIR217": "warning"}, 0, "met")


def spec_names(project: Runner, details: str) -> None:
    """`down` goes to a DataSource with these details."""
    with (project.cwd / "down.yaml").open("a") as file:
        file.write("---\napiVersion: openslo/v1\nkind: DataSource\nmetadata: {name: theirs}\n")
        file.write(f"spec: {{type: Prometheus, connectionDetails: {details}}}\n")
    text = (project.cwd / "down.yaml").read_text().replace("metricSourceRef: down", "metricSourceRef: theirs")
    (project.cwd / "down.yaml").write_text(text)


def test_a_spec_s_own_server_is_asked_without_anyone_s_credentials(project: Runner) -> None:
    with faulty(healthy) as theirs:
        spec_names(project, f"{{url: '{theirs.url}', token_env: PROM_TOKEN}}")
        ran = run(project, "http://127.0.0.1:1")
    assert theirs.asked
    assert not any("Authorization" in each.headers for each in theirs.asked)
    assert (ran.codes, ran.status("down")) == ({"AIR213": "warning"}, "met")


def test_a_spec_may_name_the_server_that_the_credentials_are_for(project: Runner) -> None:
    with faulty(healthy) as server:
        spec_names(project, f"{{url: '{server.url}'}}")
        run(project, server.url)
    assert {each.headers.get("Authorization") for each in server.asked} == {f"Bearer {TOKEN}"}


def test_source_with_a_url_has_the_credentials_of_that_server_s_table_and_of_no_other(project: Runner) -> None:
    with faulty(healthy) as server, faulty(healthy) as other:
        run(project, server.url, "--source", server.url)
        (project.cwd / "airectl.toml").write_text(TABLE.format(name="fine", url=server.url, timeout="30s"))
        run(project, server.url.replace("http:", "https:"), "--source", other.url)
    assert {each.headers.get("Authorization") for each in server.asked} == {f"Bearer {TOKEN}"}
    assert {each.headers.get("Authorization") for each in other.asked} == {None}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('token = "hunter2-hunter2"\n', "is a secret in plain text"),
        ('password_file = "nowhere"\n', "`nowhere` cannot be read"),
        ('client_cert = "nowhere"\n', "`nowhere` cannot be read"),
        ('tokne_file = "x"\n', "did you mean `token_file`?"),
    ],
)
def test_settings_that_cannot_be_used(table: str, said: str, project: Runner) -> None:
    ran = run(project, "http://127.0.0.1:1", more=table)
    assert (ran.codes, ran.code, ran.status("fine")) == ({"AIR213": "error"}, 3, "met")
    assert said in ran.everything
    assert TOKEN not in ran.everything


def test_a_variable_that_is_not_set(project: Runner) -> None:
    bare = Runner(cwd=project.cwd, home=project.home, loopback=True)
    ran = run(bare, "http://127.0.0.1:1")
    assert ran.codes == {"AIR213": "error"}
    assert "the variable PROM_TOKEN is not set" in ran.everything


def test_offline_asks_nobody(project: Runner) -> None:
    with faulty(Reply(status=500)) as server:
        ran = run(project, server.url, "--offline")
    assert (ran.codes, ran.code, server.asked) == ({}, 0, [])


def test_config_show_prints_no_secret(project: Runner) -> None:
    (project.cwd / "airectl.toml").write_text(
        '[sources.prod]\nurl = "https://u:hunter2-hunter2@host"\ntoken = "hunter2-hunter2"\n'
    )
    stdout, stderr, _ = project.call(["config", "show"])
    assert TOKEN not in (stdout + stderr).decode()


@contextmanager
def checking(project: Runner, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A check in a process of its own, whose failing source takes longer than anyone waits."""
    settings = project.cwd / "airectl.toml"
    settings.write_text(settings.read_text() + TABLE.format(name="down", url=url, timeout="600s"))
    command = [sys.executable, "-m", "airectl", "check", ".", "--at", AT, "--no-cache", "-q", "-o", "json=report.json"]
    environ = {name: value for name, value in project.environ.items() if name != "PYTHONPATH"}
    with subprocess.Popen(command, cwd=project.cwd, env=environ, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    "reply", [Reply(stall=True), Reply(drip_s=0.2), Reply(status=503, headers={"Retry-After": "15"})]
)
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_question_and_what_is_done_is_reported(
    signum: int, code: int, reply: Reply, project: Runner
) -> None:
    begun = threading.Event()

    def answering(_asked: Asked) -> Reply:
        begun.set()
        return reply

    with faulty(answering) as server, checking(project, server.url) as process:
        assert begun.wait(60)
        process.send_signal(signum)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (code, b"")
    report = json.loads((project.cwd / "report.json").read_text())
    assert (report["partial"], report["exit_code"]) == (True, code)
    (down,) = (each for each in report["data"]["slos"] if each["slo"] == "chat/down")
    assert down["status"] == "unknown"


def test_a_second_signal_ends_it_too(project: Runner) -> None:
    begun = threading.Event()

    def answering(_asked: Asked) -> Reply:
        begun.set()
        return Reply(stall=True)

    with faulty(answering) as server, checking(project, server.url) as process:
        assert begun.wait(60)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode in (130, 143)
    assert stderr in (b"interrupted\n", b"")  # the first one may have had the time to report
