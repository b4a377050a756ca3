"""README.md shows what happens: its files are written and its commands are run, in the order of the page."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airectl.core.command_tree import mistake
from airectl.registry import COMMANDS, Group, tree
from runner import Runner
from transcript import Step, matches

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?```(?P<language>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True)
class Block:
    language: str
    body: str
    file: str


def blocks() -> list[Block]:
    return [Block(m["language"], m["body"], m["file"] or "") for m in _BLOCK.finditer(README)]


def steps(body: str) -> Iterator[Step]:
    """The commands of a console block; a last line `exit N` is the exit code, 0 if there is none."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        ending = re.search(r"^exit (\d+)\n\Z", printed, re.MULTILINE)
        printed = printed[: ending.start()] if ending else printed
        yield Step(command=command, stdout=printed, code=int(ending[1]) if ending else 0)


def test_the_page_goes_as_it_is_written(airectl: Runner) -> None:
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    shutil.copytree(ROOT / "airectl" / "data" / "demo", airectl.cwd / "airectl" / "data" / "demo")
    run = 0
    for block in blocks():
        if block.file:
            (airectl.cwd / block.file).write_text(block.body, "utf-8")
        for expected in steps(block.body) if block.language == "console" else ():
            seen = airectl.run(expected.command)
            assert seen.stderr == ""
            assert matches(expected.stdout, seen.stdout), f"{expected.command}\n{seen.stdout}"
            assert seen.code == expected.code
            run += 1
    assert run > 0


def test_shell_blocks_name_targets_that_make_knows() -> None:
    shell = [line for block in blocks() if block.language == "sh" for line in block.body.splitlines()]
    assert shell
    for line in shell:
        words = shlex.split(line)
        if words[0] == "make":
            subprocess.run(["make", "--dry-run", "PYTHON=true", *words[1:]], cwd=ROOT, check=True, capture_output=True)
        else:
            assert words[:1] in (["."], ["airectl"]), f"not run by this test: {line}"


def test_commands_that_need_a_server_can_be_typed_as_they_stand() -> None:
    lines = [line for block in blocks() if block.language == "sh" for line in block.body.splitlines()]
    typed = [line for line in lines if line.startswith("airectl ")]
    assert typed
    assert [line for line in typed if mistake(tree(), line)] == []


def test_the_page_lists_the_commands_that_there_are() -> None:
    listed = re.findall(r"^\| `airectl ([a-z ]+?)(?= [\[A-Z-]|`)", README, re.MULTILINE)
    assert sorted(listed) == sorted(_known())


def _known() -> Iterator[str]:
    """Every command as it is written; the default one of a group needs no second word."""
    for name, each in COMMANDS.items():
        if isinstance(each, Group):
            yield from (name if below == each.default else f"{name} {below}" for below in each.entries)
        else:
            yield name


def test_every_other_block_is_a_file() -> None:
    assert [block for block in blocks() if block.language not in ("sh", "console") and not block.file] == []


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
