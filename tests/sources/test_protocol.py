"""Which sources there are: airectl's own, and those that are installed."""

from importlib.metadata import EntryPoint

import pytest

from airectl.sources import protocol
from airectl.sources.events import Events
from airectl.sources.protocol import GROUP, find


def test_a_type_is_found_in_upper_and_lower_case() -> None:
    assert find("Events") is find("events") is Events


def test_an_installed_source_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="Ledger", value="airectl.sources.events:Events", group=GROUP)
    monkeypatch.setattr(protocol, "entry_points", lambda group: [point] if group == GROUP else [])
    assert find("ledger") is Events
    assert find("other") is None


def test_an_own_source_needs_no_look_at_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "entry_points", lambda **_: pytest.fail("looked"))
    assert find("Events") is Events
