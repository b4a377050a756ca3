"""A folder with a log, and the questions that tests ask of it."""

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from airectl.core.findings import Location
from airectl.core.slices import Slices
from airectl.core.slo import Query, RatioIndicator
from airectl.sources.events import Events
from airectl.sources.protocol import Answer, Ask, Failure, Result, Setting

START = 1_767_225_600  # 2026-01-01 00:00:00 UTC
Row = dict[str, Any]


def jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    """One object a line."""
    return "".join(json.dumps(row) + "\n" for row in rows)


class Bench:
    """A folder with a log, and the questions asked of it."""

    def __init__(self, folder: Path, **setting: Any) -> None:
        self.folder = folder
        self.events = Events(Setting(cwd=folder, **setting))

    def write(self, content: str | bytes, name: str = "log.jsonl") -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def query(self, **spec: Any) -> Query:
        at = Location(path="spec.yaml", line=1, col=1)
        return Query(type="Events", spec={"path": "log.jsonl", **spec}, at=at)

    def ask(self, good: Query, total: Query | None = None, **more: Any) -> Ask:
        indicator = RatioIndicator(good=good, total=total or self.query(path=good.spec["path"]))
        return Ask(**{"indicator": indicator, "start_s": START, "end_s": START + 300, "step_s": 60, **more})

    def read(self, good: Query, total: Query | None = None, **more: Any) -> Result:
        return self.results(self.ask(good, total, **more))[0]

    def results(self, *asks: Ask) -> list[Result]:
        return list(self.events.read(asks))

    def answer(self, good: Query, total: Query | None = None, **more: Any) -> Answer:
        result = self.read(good, total, **more)
        assert isinstance(result, Answer), result
        return result

    def slices(self, good: Query, total: Query | None = None, **more: Any) -> Slices:
        return self.answer(good, total, **more).slices

    def failure(self, good: Query, total: Query | None = None) -> Failure:
        result = self.read(good, total)
        assert isinstance(result, Failure), result
        return result


REQUESTS: list[Row] = [
    {"timestamp": "2026-01-01T00:00:00Z", "status": 200, "ttft_s": 0.1, "tokens": 10},
    {"timestamp": "2026-01-01T00:00:59Z", "status": 500, "ttft_s": None, "tokens": 0},
    {"timestamp": "2026-01-01T00:02:00Z", "status": 200, "ttft_s": 0.9, "tokens": 30},
    {"timestamp": "2026-01-01T00:04:30Z", "status": 200, "ttft_s": 0.2, "tokens": 2},
]


def as_csv(rows: Sequence[Row]) -> str:
    """Rows with the same columns, and a header."""
    names = list(rows[0])
    lines = [",".join("" if row[name] is None else str(row[name]) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def run_sql(statement: str) -> None:
    """In a DuckDB of its own, without limits."""
    import duckdb  # not above: hypothesis keeps the modules of tests alive, and DuckDB complains of that at the end

    with closing(duckdb.connect()) as connection:
        connection.execute(statement)
