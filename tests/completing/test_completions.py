"""Completions in the real shells, and as they are committed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import shells
from airectl.commands.completion import SHELLS
from airectl.commands.completion_words import known
from airectl.completing.plan import spots
from airectl.completing.values import Kind
from airectl.registry import tree

ROOT = Path(__file__).parents[2]
FILES = {"bash": "airectl.bash", "zsh": "_airectl", "fish": "airectl.fish"}
ASK: dict[str, Callable[[str, Path, str], list[str]]] = {"bash": shells.bash, "zsh": shells.zsh, "fish": shells.fish}
BIN = str(Path(sys.executable).parent)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "slo-specs").mkdir()
    shutil.copy(ROOT / "slo-specs" / "chat-vllm.yaml", folder / "slo-specs")
    (folder / "slo-specs" / "notes.txt").write_text("nothing")
    (folder / "airectl.toml").write_text('[sources.prod]\ntype = "prometheus"\nurl = "http://127.0.0.1:9"\n')
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_the_committed_ones_are_those_of_today(shell: str) -> None:
    """`make completions` writes them anew."""
    made = subprocess.run(
        [sys.executable, "-m", "airectl", "completion", shell], capture_output=True, text=True, check=True
    )
    assert (ROOT / "completions" / FILES[shell]).read_text("utf-8") == made.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("airectl budg", ["budget"]),
        ("airectl cache ", ["show", "clear"]),
        ("airectl budget --exp", ["--explain"]),
        ("airectl check --color ", ["auto", "always", "never"]),
        ("airectl check -o jun", ["junit"]),
        ("airectl check --slo chat/chat-t", ["chat/chat-ttft"]),
        ("airectl check --source pr", ["prod"]),
        ("airectl rules --dash", ["--dashboards"]),
        ("airectl rules generate --dashboards ", ["grafana"]),
        ("airectl explain AIR01", [f"AIR01{n}" for n in range(10)]),
        ("airectl check slo-specs/", ["slo-specs/chat-vllm.yaml"]),
        ("airectl rules slo-specs --disable ", ["alerts", "records"]),
    ],
)
def test_what_a_shell_offers(shell: str, line: str, offered: Sequence[str], project: Path) -> None:
    found = ASK[shell](line, project, BIN)
    if len(offered) == 1:
        # Some shells give the whole word, others what is left of its path; fish lists files of other kinds last.
        assert found[0].rpartition("/")[2].strip() == offered[0].rpartition("/")[2]
    else:
        assert sorted(found) == sorted(offered)


@pytest.mark.parametrize("shell", SHELLS)
def test_nothing_is_offered_for_what_nobody_knows(shell: str, project: Path) -> None:
    assert ASK[shell]("airectl init --service x", project, BIN) in ([], ["x"])


def test_every_metavar_that_means_files_or_words_is_known() -> None:
    """A new option whose values could be completed is looked at here: add it to airectl/completing/values.py."""
    loose = {
        option.metavar
        for spot in spots(tree(), known())
        for option, values in spot.options
        if not option.flag and values.kind is Kind.NOTHING
    }
    assert not {each for each in loose if "FILE" in each or "DIR" in each or "SLO" in each}
