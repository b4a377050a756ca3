"""The files of docs/ci and what CI systems read at the top of the repository; the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "ci"
ACTION: Final = ROOT / "action.yml"
OWN: Final = ROOT / ".github" / "workflows" / "ci.yml"
HOOKS: Final = ROOT / ".pre-commit-hooks.yaml"
WORKFLOWS: Final = ("github-actions.yml", "github-composite-action.yml")
PAGES: Final = (FOLDER / "README.md", ROOT / "docs" / "metrics.md", ROOT / "airectl" / "data" / "help" / "formats.md")
_COMMAND: Final = re.compile(r"^(?:\S*/)?(airectl (?:validate|check)\b.*)$")


def document(path: Path) -> Any:
    """A YAML file; `on` stays a word, as GitHub reads it."""
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # the loader with the fewest types


def strings(value: Any) -> Iterator[str]:
    """Every string in a YAML document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def commands(path: Path) -> list[str]:
    """The command lines of airectl in a recipe or in the shell blocks of a page, without what they pipe into."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        lines = "\n".join(re.findall(r"^```(?:sh)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)).splitlines()
    elif path.suffix == ".yml":
        lines = [line for each in strings(document(path)) for line in each.splitlines()]
    else:
        lines = re.findall(r"'([^'\n]*)'", text)
    return [found[1].partition(" | ")[0] for line in lines if (found := _COMMAND.match(line.strip()))]


def hooks() -> dict[str, dict[str, Any]]:
    """The hooks of pre-commit by their id."""
    return {hook["id"]: hook for hook in document(HOOKS)}
