"""Parquet and JSONL say the same as CSV, and DuckDB reads no more than the file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from airectl.demand import columnar, csv_file
from airectl.demand.series import Reading, Wanted
from airectl.env import Stop

ROWS = (
    "time,model,value\n2026-10-24 23:00:00,a,1\n2026-10-25 04:00:00,b,2.5\n2026-10-25 04:00:00,a,3\n"
    "2026-11-19 00:00:00,a,\n2026-11-20 00:00:00,b,4\n"
)


@pytest.fixture(params=["parquet", "jsonl", "csv", "json", "csv.gz"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The rows in a format."""
    (tmp_path / "rows.csv").write_text(ROWS)
    path = tmp_path / f"demand.{request.param}"
    with duckdb.connect() as connection:
        options = "(FORMAT json, ARRAY true)" if request.param == "json" else ""
        connection.execute(f"COPY (FROM read_csv('{tmp_path}/rows.csv')) TO '{path}' {options}")
    return path


def told(path: Path, wanted: Wanted) -> Reading:
    return columnar.read(path.name, path, wanted, Stop())


@pytest.mark.parametrize(
    "wanted",
    [Wanted(), Wanted(group_by="model"), Wanted(zone="Europe/Berlin"), Wanted(until_s=1_793_000_000.0)],
    ids=["one", "grouped", "zone", "until"],
)
def test_every_format_says_the_same(stored: Path, wanted: Wanted) -> None:
    expected, seen = csv_file.read("x", ROWS, wanted), told(stored, wanted)
    assert [each.name for each in seen.series] == [each.name for each in expected.series]
    for one, other in zip(seen.series, expected.series, strict=True):
        assert one.times_s.tolist() == other.times_s.tolist()
        assert str(one.values.tolist()) == str(other.values.tolist())  # NaN is NaN as text
    assert [f.code for f in seen.findings] == [f.code for f in expected.findings]
    assert seen.assumptions == expected.assumptions


def test_a_column_that_is_not_there(stored: Path) -> None:
    (finding,) = told(stored, Wanted(value="valu")).findings
    assert finding.code == "AIR502"
    assert "`--value value`" in finding.help


@pytest.mark.parametrize("content", [b"", b"no json", b"PAR1 cut off", b'{"time": "2026-11-19"}\n'])
@pytest.mark.parametrize("name", ["x.parquet", "x.jsonl", "x.json", "x.csv.gz"])
def test_broken_files_are_findings(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    reading = told(tmp_path / name, Wanted())
    assert not reading.series
    assert [f.code for f in reading.findings] in (["AIR501"], ["AIR502"])


def test_values_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    lines = [
        '{"time": "2026-11-19", "value": "many"}',
        '{"time": "never", "value": 3}',
        '{"time": "2026-11-20", "value": 4}',
    ]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    reading = told(tmp_path / "x.jsonl", Wanted(time="time", value="value"))
    assert [f.message for f in reading.findings] == [
        "1 row has a time that cannot be used",
        "1 row has a value that cannot be used",
    ]
