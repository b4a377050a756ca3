"""Every transcript goes as it is written. AIRECTL_UPDATE_GOLDEN=1 writes what was seen into the file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import bad_input
import demand_series
import run_files
from golden_text import same_as_file
from runner import Runner
from transcript import Case, agrees, all_cases, matches, parse, write

FOLDER = Path(__file__).parent / "transcripts"


@pytest.mark.parametrize("path", all_cases(FOLDER), ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_transcript(path: Path, airectl: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    case = parse(path.read_text("utf-8"))
    place_files(case, airectl.cwd)
    runner = replace(airectl, own_process=case.own_process)
    seen = [runner.run(step.command) for step in case.steps]
    case.steps = [step if agrees(step, got) else got for step, got in zip(case.steps, seen, strict=True)]
    same_as_file(path, write(case))


def place_files(case: Case, folder: Path) -> None:
    contents = {name: text.encode() for name, text in case.files.items()}
    contents |= {name: _maker(maker)() for name, maker in case.made.items()}
    for name, content in contents.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _maker(name: str) -> Callable[[], bytes]:
    maker: Callable[[], bytes] = next(
        getattr(module, name) for module in (bad_input, demand_series, run_files) if hasattr(module, name)
    )
    return maker


def test_no_command_reaches_a_network(airectl: Runner) -> None:
    step = airectl.run("python -c 'import socket; socket.create_connection((\"127.0.0.1\", 9))' 2>&1 | tail -1")
    assert "the tests run without a network" in step.stdout


def test_a_transcript_reads_back_as_it_is_written() -> None:
    for path in all_cases(FOLDER):
        assert write(parse(path.read_text("utf-8"))) == path.read_text("utf-8"), path.name


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\n", "a\n", True),
        ("a\n", "a\nb\n", False),
        ("a.c\n", "abc\n", False),
        ("", "a\n", False),
    ],
)
def test_three_dots_stand_for_any_lines(expected: str, actual: str, same: bool) -> None:
    assert matches(expected, actual) is same
