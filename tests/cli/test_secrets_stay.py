"""A token that is given to a command is seen by its server, and by nobody and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from inference_server import MODEL, inference
from inference_server import Asked as AskedOfModel
from inference_server import Reply as Answer
from many_calls import called
from prometheus_faults import Asked, Reply, faulty, refusal
from runner import Runner
from test_prometheus_failures import SLO

TOKEN: Final = "s3ntinel-4f1c-token"  # noqa: S105  # what must not be seen
PERIOD: Final = ("--from", "2026-11-20T10:00Z", "--to", "2026-11-20T11:59Z")
FEW: Final = (
    "--requests", "5", "--rate", "40", "--input-tokens", "8", "--output-tokens", "2", "--processes", "1",
    "--no-calibration",
)  # fmt: skip
# Every command that takes credentials of a Prometheus.
OF_PROMETHEUS: Final = {
    "budget": ("budget", "slo.yaml"),
    "check": ("check", "slo.yaml"),
    "watch": ("watch", "slo.yaml", "--count", "1"),
    "doctor": ("doctor", "--specs", "slo.yaml"),
    "forecast": ("forecast", "sum(rate(x[5m]))", "--query", "--source", "prod", "--history", "2d"),
    "postmortem": ("postmortem", "new", *PERIOD, "--specs", "slo.yaml", "--alerts", "prod", "--out", "x.md"),
    "config": ("config", "show", "--origin"),
    "completion": ("completion", "values", "sources"),
}
OF_SERVERS: Final = {
    "probe": ("probe", "chat", "--model", MODEL),
    "loadtest": ("loadtest", "chat", "--model", MODEL, *FEW, "--out", "run"),
}
LOUD: Final = ((), ("-v",), ("-v", "--debug"))


def outputs() -> list[str]:
    """Every kind of report, each in a file."""
    kinds = ("json", "html", "markdown", "csv", "sarif", "junit", "github", "gitlab", "openmetrics", "concise", "saved")
    return [word for kind in kinds for word in ("-o", f"{kind}=reports/{kind}")]


def leaks(runner: Runner, args: Sequence[str], environment: dict[str, str]) -> tuple[list[str], int]:
    """Where the token is seen after a call: streams, files below the folder and the home, command lines."""
    command = [sys.executable, "-m", "airectl", *args, *outputs()]
    environ = {**runner.environ, "PYTHONPATH": "", **environment}
    lines: set[bytes] = set()
    with subprocess.Popen(
        command, cwd=runner.cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        over = threading.Event()
        looking = threading.Thread(target=look, args=(os.getpid(), lines, over))
        looking.start()
        stdout, stderr = process.communicate(timeout=120)
        over.set()
        looking.join()
    assert any(b"airectl" in line for line in lines)
    found = {"stdout": stdout, "stderr": stderr, "argv": b"".join(lines)}
    found |= {str(p): p.read_bytes() for root in (runner.cwd, runner.home) for p in root.rglob("*") if p.is_file()}
    return [name for name, content in found.items() if TOKEN.encode() in content], process.returncode


def look(above: int, lines: set[bytes], over: threading.Event) -> None:
    """Collect the command lines of all processes below one, again and again."""
    while not over.wait(0.02):
        lines |= {line for pid in below(above) for line in read(Path(f"/proc/{pid}/cmdline"))}


def below(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for content in read(children):
            for each in map(int, content.split()):
                yield each
                yield from below(each)


def read(path: Path) -> list[bytes]:
    """The content of a file of /proc; none when the process has ended meanwhile."""
    try:
        return [path.read_bytes()]
    except OSError:
        return []


@pytest.mark.parametrize("loud", LOUD, ids=len)
@pytest.mark.parametrize("name", OF_PROMETHEUS)
def test_a_token_of_prometheus(name: str, loud: tuple[str, ...], airectl: Runner) -> None:
    def repeats(asked: Asked) -> Reply:
        return Reply(status=422, body=refusal("execution", f"you sent {asked.headers.get('Authorization')} {TOKEN}"))

    (airectl.cwd / "slo.yaml").write_text(SLO.format(name="fine", source="prod"))
    with faulty(repeats) as server:
        (airectl.cwd / "airectl.toml").write_text(f'[sources.prod]\nurl = "{server.url}"\ntoken_env = "PROM_TOKEN"\n')
        args = OF_PROMETHEUS[name]
        seen, code = leaks(airectl, [*args, *loud], {"PROM_TOKEN": TOKEN})
        assert {each.headers.get("Authorization") for each in server.asked} <= {f"Bearer {TOKEN}"}
        assert server.asked or name in ("config", "completion")
    assert (seen, code in (0, 1, 2, 3)) == ([], True)


@pytest.mark.parametrize("loud", LOUD, ids=len)
@pytest.mark.parametrize("name", OF_SERVERS)
def test_a_token_of_an_inference_server(name: str, loud: tuple[str, ...], airectl: Runner) -> None:
    def repeats(asked: AskedOfModel) -> Answer:
        said = f"you sent {asked.headers.get('authorization')}"
        return Answer(status=500, body=said) if name == "probe" else Answer(text=said, model=MODEL)

    with inference(repeats) as server:
        (airectl.cwd / "airectl.toml").write_text(f'[probes.chat]\nurl = "{server.url}"\ntoken_env = "OUR_TOKEN"\n')
        seen, code = leaks(airectl, [*OF_SERVERS[name], *loud], {"OUR_TOKEN": TOKEN})
        assert {each.headers.get("authorization") for each in server.posts} == {f"Bearer {TOKEN}"}
    assert (seen, code in (0, 1, 3)) == ([], True)


@pytest.mark.parametrize("name", [*OF_PROMETHEUS, *OF_SERVERS])
def test_a_bug_shows_no_token(name: str, airectl: Runner) -> None:
    """The traceback of --debug has lines of code and a message, and no value of a variable."""
    (airectl.cwd / "slo.yaml").write_text(SLO.format(name="fine", source="prod"))
    kinds = ("sources.prod", "probes.chat")
    tables = (f'[{kind}]\nurl = "http://127.0.0.1:9"\ntoken_env = "OUR_TOKEN"\n' for kind in kinds)
    (airectl.cwd / "airectl.toml").write_text("".join(tables))
    # Without a network each attempt to connect is a bug.
    args = [*{**OF_PROMETHEUS, **OF_SERVERS}[name], "--debug", "-v"]
    (done,) = called([args], airectl.cwd, {**airectl.environ, "OUR_TOKEN": TOKEN, "PYTHONWARNINGS": "ignore"})
    assert "Traceback" in done.stderr or done.code in (0, 3)
    assert TOKEN not in done.stdout + done.stderr
