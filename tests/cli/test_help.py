"""Help of every command: it fits 80 columns, and its examples run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from airectl.exits import Exit
from airectl.registry import COMMANDS, Entry, Group
from demand_series import growing_demand
from inference_server import inference
from runner import Runner
from transcript import Step

ROOT = Path(__file__).parents[2]
# An input that examples name and that every reader has an own one of.
SLOTH = """version: prometheus/v1
service: chat
slos:
  - name: requests-availability
    objective: 99.9
    description: Requests that are answered
    sli:
      events:
        error_query: sum(rate(http_requests_total{job="chat",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total{job="chat"}[{{.window}}]))
    alerting:
      page_alert: {disable: true}
      ticket_alert: {disable: true}
"""


def commands() -> Iterator[tuple[str, Entry]]:
    for name, each in COMMANDS.items():
        if isinstance(each, Group):
            yield from ((f"{name} {below}", entry) for below, entry in each.entries.items())
        else:
            yield name, each


def said(path: str) -> str:
    """The words of a command; those of its group are enough for a group's default."""
    name, _, below = path.partition(" ")
    group = COMMANDS[name]
    return name if isinstance(group, Group) and below and group.default == below else path


def docstring(entry: Entry) -> str:
    module, _, attribute = entry.target.partition(":")
    return getattr(import_module(module), attribute).__doc__ or ""


def remember(folder: Path) -> None:
    """Make `folder` a git checkout with one commit, which examples compare with."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def examples(text: str) -> list[str]:
    return re.findall(r"^ +((?:[A-Z_]+=\S+ )*airectl .*)$", text.partition("Examples:")[2], re.MULTILINE)


# What needs another machine to run, or measures this one for a while.
_OTHERS = frozenset(("loadtest worker", "loadtest calibrate"))
# Where examples have a server; one that is in order runs in its place.
_SERVER = re.compile(r"http://127\.0\.0\.1:(?:8000|11434)\b")


@pytest.mark.parametrize(("path", "entry"), list(commands()), ids=[path for path, _ in commands()])
def test_each_command_has_examples_that_run(path: str, entry: Entry, airectl: Runner) -> None:
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    shutil.copytree(ROOT / "airectl" / "data" / "demo", airectl.cwd / "airectl" / "data" / "demo")
    (airectl.cwd / "sloth.yml").write_text(SLOTH)
    (airectl.cwd / "demand.csv").write_bytes(growing_demand())
    for name, run_ in (("chat", "chat"), ("slow", "chat-new")):
        shutil.copytree(ROOT / "tests" / "load" / "runs" / name, airectl.cwd / "airectl-runs" / run_)
    (airectl.cwd / "postmortems").mkdir()
    shutil.copy(ROOT / "tests" / "codes" / "AIR622" / "good.md", airectl.cwd / "postmortems")
    for name in ("check", "budget"):
        shutil.copy(ROOT / "tests" / "cli" / "saved" / "check.json", airectl.cwd / f"{name}.json")
    remember(airectl.cwd)
    found = examples(docstring(entry))
    assert 2 <= len(found) <= 4
    for example in found:
        assert f"airectl {said(path)}" in example
        if path in _OTHERS:
            continue
        step = run(example, airectl)
        assert step.code in (Exit.OK, Exit.FAILED), f"{example}\n{step.stdout}{step.stderr}"
        assert not re.search(r"^error", step.stderr, re.MULTILINE)


def run(example: str, airectl: Runner) -> Step:
    if not _SERVER.search(example):
        return airectl.run(example)
    with inference() as server:
        return replace(airectl, loopback=True).run(_SERVER.sub(server.url, example))


@pytest.mark.parametrize("path", sorted({"", *COMMANDS, *(path for path, _ in commands())}))
def test_help_fits_a_terminal_of_80_columns(path: str, airectl: Runner) -> None:
    stdout, _, code = airectl.call([*path.split(), "--help"])
    assert code == Exit.OK
    assert [line for line in stdout.decode().splitlines() if len(line) > 80] == []


def test_help_of_a_command_is_its_help_flag(airectl: Runner) -> None:
    assert airectl.call(["help", "config", "show"]) == airectl.call(["config", "show", "--help"])
