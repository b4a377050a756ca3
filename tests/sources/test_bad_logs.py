"""Logs that are damaged, hostile or strange: a clear finding, and everything else is still answered."""

import gzip
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airectl.core.findings import Finding, Severity
from airectl.core.slices import KNOWN, MISSING
from airectl.sources.protocol import Answer, Failure
from log_bench import REQUESTS, START, Bench, as_csv, jsonl, run_sql


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty folder for a log."""
    return Bench(tmp_path)


LINE = '{"timestamp": "2026-01-01T00:03:00Z", "status": 200}\n'


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


def test_a_half_written_last_line_is_told_apart(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS) + LINE[:30])
    finding = only(bench.answer(bench.query()).findings)
    assert (finding.code, finding.severity) == ("AIR202", Severity.INFO)
    assert finding.message == "the last line of log.jsonl is half written and was left out"


def test_a_whole_last_line_needs_no_line_break(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS) + LINE.strip())
    answer = bench.answer(bench.query())
    assert (sum(answer.slices.valid), answer.findings) == (5, ())


def test_a_half_written_line_beside_broken_ones(bench: Bench) -> None:
    bench.write("nothing\n" + jsonl(REQUESTS) + LINE[:30])
    messages = [finding.message for finding in bench.answer(bench.query()).findings]
    assert [message.split(" of ")[0] for message in messages] == ["1 line", "the last line"]


def test_a_half_written_last_line_of_csv(bench: Bench) -> None:
    bench.write(as_csv(REQUESTS) + "2026-01-01T00:03:00Z,20", "log.csv")
    finding = only(bench.answer(bench.query(path="log.csv")).findings)
    assert (finding.code, finding.severity) == ("AIR202", Severity.INFO)


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
def test_the_first_broken_line_is_named(name: str, bench: Bench) -> None:
    content = (jsonl(REQUESTS) + '{"timestamp": "yesterday"}\n' + "nothing\n" + LINE).encode()
    bench.write(gzip.compress(content) if name.endswith("gz") else content, name)
    finding = only(bench.answer(bench.query(path=name)).findings)
    assert finding.message.startswith("2 lines")
    assert finding.notes[0] == f"the first is line 5 of {name}"


def test_the_first_broken_line_of_csv_is_named(bench: Bench) -> None:
    bench.write(as_csv(REQUESTS), "a.csv")
    bench.write(as_csv(REQUESTS) + "2026-01-01T00:03:00Z,200,0.1,1,surplus\n", "b.csv")
    finding = only(bench.answer(bench.query(path="*.csv")).findings)
    assert finding.notes[0] == "the first is line 6 of b.csv"


def test_a_file_of_broken_lines_only(bench: Bench) -> None:
    bench.write("nothing\n" * 3)
    failure = bench.failure(bench.query())
    assert failure.finding.message == "the log has no column `timestamp`"
    assert failure.finding.help == "write one JSON object a line; none was found"


NOW = datetime.fromtimestamp(START + 600, UTC)


def test_one_row_of_the_future_does_not_make_a_dead_service_look_quiet(tmp_path: Path) -> None:
    bench = Bench(tmp_path, now=NOW)
    bench.write(jsonl([{"timestamp": "2026-01-01T00:00:00Z"}, {"timestamp": "2099-01-01T00:00:00Z"}]))
    answer = bench.answer(bench.query())
    assert list(answer.slices.states) == [KNOWN, MISSING, MISSING, MISSING, MISSING]
    assert answer.last_s == START
    assert "1 row lies in the future and was left out" in only(answer.findings).message


def test_clocks_may_differ_a_little(tmp_path: Path) -> None:
    bench = Bench(tmp_path, now=NOW)
    bench.write(jsonl([{"timestamp": START}, {"timestamp": START + 3_600}]))
    assert bench.answer(bench.query()).findings == ()


def test_rows_with_one_time_each_count(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS[:1] * 7))
    answer = bench.answer(bench.query())
    assert (answer.slices.valid[0], answer.findings) == (7, ())


@pytest.mark.parametrize("time", ["1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", -1, "10000-01-01T00:00:00Z", 1e30])
def test_times_before_1970_and_after_9999_are_none(time: object, bench: Bench) -> None:
    bench.write(jsonl([*REQUESTS, {"timestamp": time}]))
    answer = bench.answer(bench.query())
    assert sum(answer.slices.valid) == 4
    assert answer.findings[0].message.startswith("1 line")


@pytest.mark.parametrize(
    ("times", "severity", "words"),
    [
        (["2026-01-01T00:00:10Z", START + 70], Severity.WARNING, "1 epoch seconds, 1 text with a zone"),
        ([START, (START + 1) * 1_000], Severity.WARNING, "1 epoch milliseconds, 1 epoch seconds"),
        ([START * 10**9, START * 10**6], Severity.WARNING, "1 epoch microseconds, 1 epoch nanoseconds"),
        (["2026-01-01T00:00:10", "2026-01-01T00:00:10+01:00"], Severity.WARNING, "1 text with a zone, 1 text without"),
        (["2026-01-01T00:00:10", "2026-01-01 00:00:11"], Severity.INFO, ""),
    ],
)
@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
def test_times_that_are_not_clear_are_told(
    times: list[object], severity: Severity, words: str, name: str, bench: Bench
) -> None:
    rows = [{"timestamp": time, "status": 200} for time in times]
    bench.write(as_csv(rows) if name == "log.csv" else jsonl(rows), name)
    finding = only(bench.answer(bench.query(path=name)).findings)
    assert (finding.code, finding.severity) == ("AIR211", severity)
    assert words in "".join(finding.notes)


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "-Infinity", "-0.5", "1e40", '"x"', "null"])
def test_weights_that_are_no_amounts(weight: str, bench: Bench) -> None:
    bench.write(f'{{"timestamp": {START}, "w": {weight}}}\n' + jsonl([{"timestamp": START, "w": 2.5}] * 3))
    query = bench.query(weight="try_cast(w as double)")
    answer = bench.answer(query, query)
    assert answer.slices.valid[0] == 7.5
    assert only(answer.findings).code == "AIR202"


@pytest.mark.parametrize("value", ["'nan'", "'inf'", "'-inf'"])
def test_weights_of_parquet_that_are_no_amounts(value: str, bench: Bench) -> None:
    run_sql(f"COPY (SELECT {START} AS timestamp, unnest([{value}::DOUBLE, 2.5]) AS w) TO '{bench.folder}/log.parquet'")
    query = bench.query(path="log.parquet", weight="w")
    answer = bench.answer(query, query)
    assert answer.slices.valid[0] == 2.5
    assert "1 row has no weight" in only(answer.findings).message


LONG_LINE = """
import resource, sys
from pathlib import Path
from fuzz_logs import ask
from airectl.sources.events import Events
from airectl.sources.protocol import Setting

folder = Path(sys.argv[1])
found = [result.finding.message for result in Events(Setting(cwd=folder)).read([ask("log.jsonl"), ask("log.csv")])]
print(*found, sep="\\n")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_an_enormous_line_is_refused_and_fills_no_memory(bench: Bench) -> None:
    line = "a" * (64 << 20)
    bench.write(LINE + f'{{"timestamp": {START}, "x": "{line}"}}\n' + LINE)
    bench.write(f"timestamp,status\n{START},200\n{line}\n{START},200\n", "log.csv")
    command = [sys.executable, "-c", LONG_LINE, str(bench.folder)]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    first, second, memory_mb = done.stdout.splitlines()
    assert first == "`log.jsonl` has a line of more than 16 MB"
    assert second == "`log.csv` has a line of more than 2 MB"
    assert int(memory_mb) < 1_000


@pytest.mark.parametrize("value", ["[" * 100_000 + "]" * 100_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
def test_a_deeply_nested_value_spoils_nothing(value: str, bench: Bench) -> None:
    bench.write(jsonl(REQUESTS) + f'{{"timestamp": {START}, "x": {value}}}\n')
    answer = bench.answer(bench.query(where="status < 500 and ttft_s < 0.5"))
    assert sum(answer.slices.good) == 2


CSV = "timestamp,status,note\n2026-01-01T00:00:00Z,200,x\n2026-01-01T00:00:10Z,500,y\n"


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        "\ufeff" + CSV,
        CSV.replace(",", ";"),
        CSV.replace(",", "\t"),
        CSV.replace("\n", "\r\n"),
        CSV.replace("x", '"a\nb, c"'),
    ],
    ids=["plain", "BOM", "semicolon", "tab", "CRLF", "quoted line break"],
)
def test_csv_is_read_as_it_is_written(content: str, bench: Bench) -> None:
    bench.write(content, "log.csv")
    answer = bench.answer(bench.query(path="log.csv", where="status < 500"))
    assert (answer.slices.good[0], answer.slices.valid[0], answer.findings) == (1, 2, ())


def test_csv_without_a_header(bench: Bench) -> None:
    bench.write(CSV.partition("\n")[2], "log.csv")
    failure = bench.failure(bench.query(path="log.csv"))
    assert failure.finding.message == "the log has no column `timestamp`"
    assert "its columns are 2026-01-01T00:00:00Z" in failure.finding.help


@pytest.mark.parametrize(
    "files",
    [
        {"a.csv": CSV, "b.csv": "status,extra,timestamp\n200,x,2026-01-01T00:01:00Z\n", "c.csv": ""},
        {"a.jsonl": LINE.replace("03", "00") * 2, "b.jsonl": '{"timestamp": "2026-01-01T00:01:00Z", "extra": "x"}\n'},
    ],
    ids=["csv", "jsonl"],
)
def test_columns_are_told_by_their_names_in_every_file(files: dict[str, str], bench: Bench) -> None:
    for name, content in files.items():
        bench.write(content, name)
    path = f"*.{next(iter(files)).partition('.')[2]}"
    answer = bench.answer(bench.query(path=path, where="extra = 'x'"))
    assert list(answer.slices.good[:2]) == [0, 1]
    assert list(answer.slices.valid[:2]) == [2, 1]
    assert answer.findings == ()


def test_columns_are_told_by_their_names_in_parquet(bench: Bench) -> None:
    for name, columns in (("a", f"{START} AS timestamp, 1 AS x"), ("b", f"2 AS y, {START} AS timestamp")):
        run_sql(f"COPY (SELECT {columns}) TO '{bench.folder}/{name}.parquet'")
    assert bench.slices(bench.query(path="*.parquet", where="x = 1 or y = 2")).good[0] == 2


@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
def test_bytes_that_are_no_text_spoil_their_line_only(name: str, bench: Bench) -> None:
    content = (as_csv(REQUESTS) if name == "log.csv" else jsonl(REQUESTS)).encode()
    bench.write(content + content.splitlines()[-1].replace(b"2026", b"\xff\xfe") + b"\n", name)
    answer = bench.answer(bench.query(path=name))
    assert sum(answer.slices.valid) == 4
    assert "1 line" in answer.findings[0].message


def damaged(folder: Path, name: str) -> None:
    run_sql(f"COPY (FROM range({START}, {START + 50_000}) t(timestamp)) TO '{folder}/{name}'")
    content = (folder / name).read_bytes()
    half = len(content) // 2
    (folder / name).write_bytes(
        content[:half] if name == "cut.parquet" else content[:4] + b"\xff" * half + content[half + 4 :]
    )


@pytest.mark.parametrize("name", ["cut.parquet", "overwritten.parquet"])
def test_parquet_that_is_damaged_fails_alone(name: str, bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    damaged(bench.folder, name)
    failed, answered = bench.results(
        bench.ask(bench.query(path=name, where="timestamp > 0")), bench.ask(bench.query(where="status < 500"))
    )
    assert isinstance(failed, Failure)
    assert failed.finding.code == "AIR201", failed
    assert str(bench.folder) not in failed.finding.message
    assert isinstance(answered, Answer)


def test_a_page_of_parquet_that_is_damaged_is_no_mistake_of_the_expression(bench: Bench) -> None:
    path = bench.folder / "log.parquet"
    run_sql(f"COPY (SELECT {START} AS timestamp, repeat(md5(i::VARCHAR), 9) AS x FROM range(100000) t(i)) TO '{path}'")  # noqa: S608  # constants
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + b"\xff" * 5_000 + content[middle + 5_000 :])
    asks = [bench.ask(bench.query(path="log.parquet", where=where)) for where in ("length(x) > 5", "timestamp > 0")]
    failed, answered = bench.results(*asks)
    assert isinstance(failed, Failure)
    assert failed.finding.code == "AIR201"
    assert isinstance(answered, Answer)


def test_packed_files_that_are_cut_off(bench: Bench) -> None:
    bench.write(gzip.compress(jsonl(REQUESTS * 5_000).encode())[:-100], "log.jsonl.gz")
    bench.write(gzip.compress(as_csv(REQUESTS * 5_000).encode())[:50], "log.csv.gz")
    for name in ("log.jsonl.gz", "log.csv.gz"):
        failure = bench.failure(bench.query(path=name))
        assert failure.finding.code == "AIR201"


def test_a_file_that_goes_away_before_it_is_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(jsonl(REQUESTS), "gone.jsonl")
    bench.write(jsonl(REQUESTS))
    gone = bench.folder / "gone.jsonl"

    def found(patterns: Any, *_: Any) -> tuple[Path, ...]:
        gone.unlink(missing_ok=True)
        return tuple(bench.folder / pattern for pattern in patterns)

    monkeypatch.setattr("airectl.sources.events.find_files", found)
    failed, answered = bench.results(bench.ask(bench.query(path="gone.jsonl")), bench.ask(bench.query()))
    assert isinstance(failed, Failure)
    assert failed.finding.code == "AIR201"
    assert isinstance(answered, Answer)


def test_a_log_in_very_many_files(bench: Bench) -> None:
    for number in range(2_000):
        bench.write(jsonl(REQUESTS), f"{number:04}.jsonl")
    bench.write(jsonl([{**REQUESTS[0], "late": 1}]), "last.jsonl")
    slices = bench.slices(bench.query(path="*.jsonl", where="status < 500 or late = 2"))
    assert (sum(slices.good), sum(slices.valid)) == (6_001, 8_001)


def test_a_log_in_very_many_csv_files(bench: Bench) -> None:
    for number in range(500):
        bench.write(as_csv(REQUESTS), f"{number:04}.csv")
    assert sum(bench.slices(bench.query(path="*.csv", where="status < 500")).good) == 1_500


def test_columns_may_be_named_like_keywords(bench: Bench) -> None:
    rows = [{"timestamp": START, "order": 1, "select": 2, "a b": 3, 'quo"te': 4, "group": None}]
    bench.write(jsonl(rows))
    where = '"order" = 1 and "select" = 2 and "a b" = 3 and "quo""te" = 4 and "group" is null'
    assert bench.slices(bench.query(where=where)).good[0] == 1
    assert "it is not SQL" in bench.failure(bench.query(where="order = 1")).finding.message


def test_an_expression_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limit_s=2.0)
    rows = "SELECT 1767225600 AS timestamp, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) AS x FROM range(400000) t(i)"
    run_sql(f"COPY ({rows}) TO '{tmp_path}/log.parquet'")
    slow = " or ".join(f"regexp_matches(x, '(a|b)*(c|d)*{number:03}zz')" for number in range(90))
    asks = [bench.ask(bench.query(path="log.parquet", where=where)) for where in (slow, "x <> ''")]
    failed, answered = bench.results(*asks)
    assert isinstance(failed, Failure)
    assert (failed.finding.code, failed.finding.help) == ("AIR203", "simplify the expression, or split the log")
    assert "it took longer than" in failed.finding.message
    assert isinstance(answered, Answer)
    assert answered.slices.good[0] == 400_000


def test_an_expression_that_fills_the_memory_fails_alone(bench: Bench) -> None:
    bench.write("".join(f'{{"timestamp": {START}, "x": "{"a" * 100_000}"}}\n' for _ in range(1_000)))
    doubled = "x"
    for _ in range(8):
        doubled = f"({doubled} || {doubled})"
    asks = [bench.ask(bench.query(where=where)) for where in (f"length({doubled}) > 1", "length(x) > 1")]
    failed, answered = bench.results(*asks)
    assert isinstance(failed, Failure)
    assert (failed.finding.code, "1,500 MB of memory" in failed.finding.message) == ("AIR203", True)
    assert isinstance(answered, Answer)
    assert answered.slices.good[0] == 1_000
