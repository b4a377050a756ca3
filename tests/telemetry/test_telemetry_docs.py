"""docs/telemetry.md says of each system what the catalogue says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airectl.core.catalogue import System
from airectl.spec import schema
from airectl.telemetry import catalogue, starting
from airectl.telemetry.drafts import Narrowing, drafts
from airectl.telemetry.server import Server
from airectl.telemetry.wishes import Wish
from golden_text import same_as_file

PAGE = Path(__file__).parents[2] / "docs" / "telemetry.md"
SYSTEMS = list(catalogue.load().systems.values())
_HEAD = (
    "| system | version | path | on by default | `airectl init` begins with | presets |\n|---|---|---|---|---|---|\n"
)


def row(system: System) -> str:
    enabled = "yes" if system.enabled else f"no: {system.flag}"
    presets = ", ".join(f"`{name}`" for name in system.presets) or "none"
    begin = ", ".join(begins_with(system)) or "none"
    return (
        f"| {system.title} (`{system.name}`) | {system.versions} | {system.path} | {enabled} | {begin} | {presets} |\n"
    )


def begins_with(system: System) -> list[str]:
    """The objectives that `airectl init` writes where nobody says what to promise."""
    server = Server(system=system)
    wishes = [
        Wish(preset=preset, target=starting.target_of(preset.name), limit=starting.threshold_of(preset, server))
        for preset in starting.presets(server)
    ]
    return [draft.title for draft in drafts(wishes, server, "chat", Narrowing())]


def systems() -> str:
    return _HEAD + "".join(row(system) for system in SYSTEMS if system.presets)


def instead() -> str:
    lines = [f"- {system.title} (`{system.name}`): use {system.instead}.\n" for system in SYSTEMS if not system.presets]
    return "".join(lines)


def filled(page: str) -> str:
    for name, text in (("systems", systems()), ("instead", instead())):
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        assert page.count(begin) == 1
        assert page.count(end) == 1
        before, _, rest = page.partition(begin)
        page = before + begin + text + end + rest.partition(end)[2]
    return page


def test_the_tables_are_the_catalogue() -> None:
    same_as_file(PAGE, filled(PAGE.read_text("utf-8")))


def test_a_system_without_presets_says_what_to_use_instead() -> None:
    assert [system.name for system in SYSTEMS if bool(system.instead) is bool(system.presets)] == []
    assert "ollama" in [system.name for system in SYSTEMS if system.instead]
    assert "airectl probe" in instead()


def test_every_preset_is_described() -> None:
    described = set(
        re.findall(r"`([a-z0-9-]+)`", PAGE.read_text("utf-8").partition("## Presets")[2].partition("A latency")[0])
    )
    assert described == set(schema.document("telemetry-v1")["$defs"]["presetName"]["enum"])


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_no_cell_breaks_the_table(system: System) -> None:
    assert row(system).count("|") == 7
    assert row(system).count("\n") == 1


def test_every_system_with_presets_has_something_to_begin_with() -> None:
    assert [system.name for system in SYSTEMS if system.presets and not begins_with(system)] == []
