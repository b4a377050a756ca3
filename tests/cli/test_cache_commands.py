"""`airectl cache`: what it says of a cache that holds something, and that clearing forgets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from airectl.sources.slice_cache import DEFAULT_BYTES, Key, SliceCache
from runner import Runner


def told(runner: Runner, schema: dict[str, Any], command: str) -> dict[str, Any]:
    out, _, code = runner.call(["cache", command, "-o", "json"])
    report = json.loads(out)
    jsonschema.validate(report, schema)
    assert code == 0
    data: dict[str, Any] = report["data"]
    return data


def test_a_cache_is_shown_and_forgotten(airectl: Runner, report_schema: dict[str, Any]) -> None:
    folder = airectl.home / ".cache" / "airectl"
    key = Key(source="s", query="c", step_s=60, start_s=0)
    kept = SliceCache(folder, log=print, clock=lambda: 1_795_176_000.0)
    kept.write({key: b"x" * 1000})
    kept.close()
    shown = told(airectl, report_schema, "show")
    assert shown == {
        "file": str(folder / "slices-v1.sqlite"),
        "spans": 1,
        "size_bytes": shown["size_bytes"],
        "limit_bytes": DEFAULT_BYTES,
        "last_used": "2026-11-20T12:00:00Z",
    }
    assert shown["size_bytes"] > 1000
    assert b"1 spans" not in airectl.call(["cache", "show"])[0]
    assert told(airectl, report_schema, "clear")["spans"] == 0
    again = SliceCache(folder, log=print)
    assert again.read([key]) == {}
    again.close()


def test_looking_makes_no_file(airectl: Runner, report_schema: dict[str, Any]) -> None:
    assert told(airectl, report_schema, "show")["spans"] == 0
    assert list(Path(airectl.home).iterdir()) == []
