"""The dependency rule: imports go down, never up and never sideways; core is pure; only cli knows the registry."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "airectl"
# From the top down. What stands in one row may not import each other.
LEVELS = (
    {"__main__"},
    {"cli"},
    {"registry"},
    {"commands"},
    {"run"},
    {"evaluate", "demand"},
    {"sources", "rules", "load", "sim", "incident", "telemetry", "probing", "render", "completing"},
    {"spec", "net"},
    {"promql", "files", "config", "codes", "vcs", "processes", "runs"},
    {"env"},
    {"core"},
)
ANYWHERE = {"", "errors", "exits"}
LEVEL = {name: depth for depth, row in enumerate(LEVELS) for name in row}
# What asks the world or the clock, or draws numbers without being given a generator.
IMPURE = {"os", "sys", "io", "time", "random", "secrets", "socket", "subprocess", "tempfile", "pathlib", "logging"}


def modules() -> Iterator[tuple[str, str]]:
    """Name below airectl, such as `spec.lint.objectives`, and source of every module."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        yield ".".join(part for part in parts if part != "__init__"), path.read_text("utf-8")


def imported(source: str) -> Iterator[str]:
    """Full name of every module that `source` imports, at its top or in a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "airectl")


def part(module: str) -> str:
    """The row's word for a module: `spec` for `spec.lint.objectives`."""
    return module.partition(".")[0]


def violations(module: str, source: str) -> list[str]:
    """Every import of `module` (its name below airectl) that breaks the rule."""
    own = part(module)
    if own not in LEVEL and own not in ANYWHERE:
        return [f"{module} stands in no row of LEVELS"]
    found = []
    for name in imported(source):
        first, _, below = name.partition(".")
        target = part(below)
        if own == "core" and first in IMPURE:
            found.append(f"{module} imports {name}, and core is pure")
        if first != "airectl" or target in ANYWHERE or target == own or target.startswith("__version"):
            continue
        if own in ANYWHERE:
            found.append(f"{module} imports {name}, and may be imported from anywhere itself")
        elif target not in LEVEL:
            found.append(f"{module} imports {name}, which stands in no row of LEVELS")
        elif LEVEL[target] <= LEVEL[own]:
            found.append(f"{module} imports {name}, which is not below it")
        elif target == "registry" and own != "cli":
            found.append(f"{module} imports {name}; only cli may")
    return found


def test_imports_go_down_only() -> None:
    assert [line for name, source in modules() for line in violations(name, source)] == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("spec.lint.promql", "from airectl.telemetry import catalogue"),
        ("render.text", "from airectl.sources import events"),
        ("core.slo", "from airectl.env import Env"),
        ("core.slo", "import random"),
        ("config", "from airectl.files import write_all"),
        ("commands.check", "def check():\n    from airectl.registry import dispatch"),
        ("errors", "from airectl.core import units"),
        ("spec.load", "from airectl import render"),
        ("spec.load", "import airectl.newcomer"),
        ("newcomer", ""),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str) -> None:
    assert len(violations(module, source)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("commands.check", "from airectl.spec.load import load"),
        ("spec.load", "from airectl.errors import SpecError"),
        ("core.report", "from airectl.exits import Exit"),
        ("cli", "from airectl import __version__"),
        ("spec.short", "from airectl.spec import tree"),
    ],
)
def test_a_right_import_passes(module: str, source: str) -> None:
    assert violations(module, source) == []
