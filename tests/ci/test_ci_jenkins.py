"""The Jenkinsfile. There is no schema, so this looks at its structure; only Jenkins itself can say more."""

import re
from itertools import accumulate

import pytest
from ci_recipes import FOLDER, commands

TEXT = (FOLDER / "Jenkinsfile").read_text("utf-8")
SILENT = re.compile(r"//.*|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
PAIRS = {")": "(", "}": "{", "]": "["}


def bare(text: str) -> str:
    """The text without strings and comments; a quote that is left has no partner."""
    return SILENT.sub("", text)


def balanced(text: str) -> bool:
    open_: list[str] = []
    for character in bare(text):
        if character in PAIRS.values():
            open_.append(character)
        elif character in PAIRS and (not open_ or open_.pop() != PAIRS[character]):
            return False
    return not open_ and not set("'\"") & set(bare(text))


def sections(text: str, depth: int) -> list[str]:
    """The words before the braces that stand `depth` levels deep."""
    plain = bare(text)
    levels = list(accumulate((c == "{") - (c == "}") for c in plain))
    return [
        found[1]
        for found in re.finditer(r"(\w+)(?:\([^)]*\))?\s*\{", plain)
        if levels[found.end() - 1] == depth + 1
    ]  # fmt: skip


def test_brackets_and_quotes_are_balanced() -> None:
    assert balanced(TEXT)


@pytest.mark.parametrize("cut", ["}\n", "(", "'"])
def test_a_lost_bracket_is_seen(cut: str) -> None:
    assert not balanced(TEXT[: TEXT.rindex(cut)] + TEXT[TEXT.rindex(cut) + 1 :])


def test_it_is_a_declarative_pipeline() -> None:
    assert sections(TEXT, 0) == ["pipeline"]
    assert sections(TEXT, 1) == ["agent", "options", "environment", "stages", "post"]
    assert sections(TEXT, 2) == ["docker", "stage", "stage", "stage", "always"]
    assert re.findall(r"stage\('(.+?)'\)", TEXT) == ["Install", "Validate specs", "Check error budgets"]


def test_failed_and_undecided_are_told_apart() -> None:
    assert re.findall(r"code == (\d)\) \{\s+(\w+)\(", TEXT) == [("3", "unstable"), ("1", "error")]
    assert "returnStatus: true" in TEXT


def test_the_junit_step_finds_what_the_commands_write() -> None:
    pattern = re.findall(r"junit testResults: '([^']+)'", TEXT)
    reports = [word.removeprefix("junit=") for line in commands(FOLDER / "Jenkinsfile") for word in line.split()]
    assert pattern == ["build/reports/*.xml"]
    assert [path for path in reports if path.endswith(".xml")] == [
        "build/reports/validate.xml",
        "build/reports/check.xml",
    ]
