"""`airectl config show`: every setting, its value and where it comes from."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from airectl.core.load_bounds import Bounds
from airectl.core.report import Block, Column, Lines, Report, Status, Table
from airectl.core.secrets import redact, redact_url
from airectl.core.settings import KEYS, Key
from airectl.run import Run


def show(
    run: Run, *, origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False
) -> Report:
    """Print every setting, the sources and the probes; secrets print as ****.

    Examples:
      airectl config show --origin
      AIRECTL_FAIL_ON=warning airectl config show --origin
      airectl config show -o json
    """
    config = run.config
    sources, probes = redact(config.sources), redact(config.probes)
    settings = {
        key.name: {
            "value": redact(config.get(key.name)),
            "unit": key.unit or None,
            "origin": config.settings[key.name].origin,
        }
        for key in KEYS
    }
    return Report(
        status=Status.DONE,
        data={
            "file": config.file or None,
            "settings": settings,
            "sources": sources,
            "probes": probes,
            "loadtest": config.loadtest.to_json(),
        },
        blocks=[
            *_blocks(run, origin=origin),
            *_tables("SOURCE", sources),
            *_tables("PROBE", probes),
            *_bounds(config.loadtest),
        ],
    )


def _blocks(run: Run, *, origin: bool) -> list[Block]:
    file = run.config.file
    columns = [Column(title="SETTING"), Column(title="VALUE"), *([Column(title="ORIGIN")] if origin else [])]
    rows = []
    for key in KEYS:
        setting = run.config.settings[key.name]
        rows.append([key.name, _written(key, setting.value), *([setting.origin] if origin else [])])
    return [
        Lines(lines=[f"settings of {file}" if file else "no airectl.toml here or above; defaults and AIRECTL_* hold"]),
        Table(columns=columns, rows=rows),
    ]


def _tables(kind: str, tables: dict[str, dict[str, Any]]) -> list[Block]:
    """What named tables hold; nothing where there are none."""
    rows = [[name, key, value if isinstance(value, str) else json.dumps(value, default=str)]
            for name, table in tables.items() for key, value in table.items()]  # fmt: skip
    columns = [Column(title=kind), Column(title="KEY"), Column(title="VALUE")]
    return [Table(columns=columns, rows=rows)] if rows else []


def _bounds(bounds: Bounds) -> list[Block]:
    """What load tests may do; nothing where nobody set it."""
    rows = [
        ["allow", ", ".join(bounds.allow) or "-"],
        ["max_rate", f"{bounds.max_rate_rps:g}"],
        ["max_duration", f"{bounds.max_duration_s:g}s"],
        ["max_requests", str(bounds.max_requests)],
    ]
    columns = [Column(title="LOADTEST"), Column(title="VALUE")]
    return [Table(columns=columns, rows=rows)] if bounds != Bounds() else []


def _written(key: Key, value: Any) -> str:
    """A value as airectl.toml would have it; `-` for one that is not set."""
    if value in (None, (), ""):
        return "-"
    if key.unit == "s":
        return _duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    return redact_url(", ".join(value) if isinstance(value, tuple) else str(value))


def _duration(seconds: int) -> str:
    """Whole seconds in the largest unit that fits: 1296000 is `15d`."""
    sizes = {"d": 86_400, "h": 3600, "m": 60, "s": 1}
    unit = next(unit for unit, size in sizes.items() if seconds % size == 0)
    return f"{seconds // sizes[unit]}{unit}"
