"""Events from JSONL, CSV and Parquet files, as DuckDB counts them."""

import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from airectl.core.slices import BEFORE, KNOWN, MISSING
from airectl.core.slo import Query, RatioIndicator, RawIndicator
from airectl.sources.counting import Reader
from airectl.sources.protocol import Answer, Failure, Unsupported
from log_bench import REQUESTS, START, Bench, Row, as_csv, jsonl, run_sql


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """An empty folder for a log."""
    return Bench(tmp_path)


def as_parquet(rows: Sequence[Row], folder: Path) -> bytes:
    (folder / "source.json").write_text(jsonl(rows))
    run_sql(f"COPY (FROM '{folder}/source.json') TO '{folder}/made.parquet'")
    return (folder / "made.parquet").read_bytes()


WRITERS: dict[str, Callable[[Sequence[Row], Path], bytes]] = {
    "log.jsonl": lambda rows, _: jsonl(rows).encode(),
    "log.ndjson": lambda rows, _: jsonl(rows).encode(),
    "log.json": lambda rows, _: json.dumps(rows).encode(),
    "log.jsonl.gz": lambda rows, _: gzip.compress(jsonl(rows).encode()),
    "log.csv": lambda rows, _: as_csv(rows).encode(),
    "log.csv.gz": lambda rows, _: gzip.compress(as_csv(rows).encode()),
    "log.parquet": as_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_counted_alike(name: str, bench: Bench) -> None:
    bench.write(WRITERS[name](REQUESTS, bench.folder), name)
    answer = bench.answer(bench.query(path=name, where="status < 500 and ttft_s < 0.5"))
    assert list(answer.slices.good) == [1, 0, 0, 0, 1]
    assert list(answer.slices.valid) == [2, 0, 1, 0, 1]
    assert answer.findings == ()
    assert (answer.first_s, answer.last_s) == (START, START + 270)


@pytest.mark.parametrize(
    "time",
    [
        "2026-01-01T00:01:30Z",
        "2026-01-01T00:01:30.250Z",
        "2026-01-01T02:01:30+02:00",
        "2025-12-31T19:01:30-05:00",
        "2026-01-01 00:01:30",
        "2026-01-01T00:01:30",
        START + 90,
        START + 90.5,
        (START + 90) * 1000,
        (START + 90) * 1_000_000,
        (START + 90) * 1_000_000_000,
        str(START + 90),
    ],
)
@pytest.mark.parametrize("name", ["log.jsonl", "log.csv"])
def test_a_time_is_what_it_looks_like(time: object, name: str, bench: Bench) -> None:
    bench.write(WRITERS[name]([{"timestamp": time, "status": 200}], bench.folder), name)
    assert list(bench.slices(bench.query(path=name)).valid) == [0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    "sql",
    [
        "TIMESTAMP '2026-01-01 00:01:30'", "TIMESTAMPTZ '2026-01-01 02:01:30+02'", "TIMESTAMP_MS '2026-01-01 00:01:30'",
        "TIMESTAMP_NS '2026-01-01 00:01:30'", "'2026-01-01T00:01:30Z'", "1767225690", "1767225690000::BIGINT",
        "1767225690.5::DOUBLE", "1767225690::DECIMAL(18, 3)",
    ],
)  # fmt: skip
def test_every_type_of_time_in_parquet(sql: str, bench: Bench) -> None:
    run_sql(f"COPY (SELECT {sql} AS timestamp, 200 AS status) TO '{bench.folder}/log.parquet'")
    assert list(bench.slices(bench.query(path="log.parquet")).valid) == [0, 1, 0, 0, 0]


def test_mixed_times_are_each_read_for_what_they_are(bench: Bench) -> None:
    times: list[object] = ["2026-01-01T00:00:10Z", START + 70, (START + 130) * 1000, "2026-01-01T01:03:10+01:00"]
    bench.write(jsonl([{"timestamp": time} for time in times]))
    assert list(bench.slices(bench.query()).valid) == [1, 1, 1, 1, 0]


def test_the_time_may_stand_in_another_column(bench: Bench) -> None:
    bench.write(jsonl([{"At": "2026-01-01T00:01:30Z"}]))
    assert list(bench.slices(bench.query(timestamp="at"), bench.query(timestamp="at")).valid) == [0, 1, 0, 0, 0]


def test_bad_events_are_subtracted(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    indicator = RatioIndicator(bad=bench.query(where="status >= 500"), total=bench.query())
    result = bench.results(bench.ask(bench.query(), indicator=indicator))[0]
    assert isinstance(result, Answer)
    assert list(result.slices.good) == [1, 0, 1, 0, 1]


def test_a_log_knows_of_the_time_between_its_first_and_its_last_row(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS[1:3]))
    slices = bench.slices(bench.query(), start_s=START - 60, end_s=START + 240)
    assert list(slices.states) == [BEFORE, KNOWN, KNOWN, KNOWN, MISSING]
    assert slices.quiet == 1


def test_rows_that_no_query_wants_are_still_a_sign_of_life(bench: Bench) -> None:
    bench.write(jsonl([*REQUESTS[:1], {"timestamp": "2026-01-01T00:04:59Z", "status": 100}]))
    slices = bench.slices(bench.query(where="status = 200"), bench.query(where="status >= 200"))
    assert slices.missing == 0


def test_rows_outside_of_the_window_count_for_nothing(bench: Bench) -> None:
    times = (START - 1, START, START + 299.999, START + 300)
    bench.write(jsonl([{"timestamp": time} for time in times]))
    assert list(bench.slices(bench.query()).valid) == [1, 0, 0, 0, 1]


def test_weights_are_summed_exactly(bench: Bench) -> None:
    bench.write(
        jsonl([{"timestamp": START, "status": 200, "w": 0.1}] * 3 + [{"timestamp": START, "status": 500, "w": 2}])
    )
    slices = bench.slices(bench.query(where="status < 500", weight="w"), bench.query(weight="w"))
    assert (slices.good[0], slices.valid[0], slices.whole) == (0.3, 2.3, False)


def test_rows_without_a_usable_weight_are_left_out_and_named(bench: Bench) -> None:
    rows = [{"timestamp": START, "w": w} for w in (1, None, -4, 2)]
    bench.write(jsonl(rows))
    answer = bench.answer(bench.query(weight="w"), bench.query(weight="w"))
    assert answer.slices.valid[0] == 3
    assert [finding.code for finding in answer.findings] == ["AIR202"]
    assert "2 rows" in answer.findings[0].message


def test_events_without_a_label_wait(bench: Bench) -> None:
    rows = [{"timestamp": START, "prediction": "a", "label": label} for label in ("a", "b", None, "a")]
    bench.write(jsonl(rows))
    slices = bench.slices(bench.query(where="prediction = label"), bench.query(label="label"))
    assert (slices.good[0], slices.valid[0], slices.unlabelled[0]) == (2, 3, 1)


def test_good_events_that_are_not_valid_are_clipped_with_a_finding(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    answer = bench.answer(bench.query(), bench.query(where="status < 500"))
    assert answer.slices.good == answer.slices.valid
    assert [finding.code for finding in answer.findings] == ["AIR204"]


def test_a_condition_that_is_null_is_not_true(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    assert sum(bench.slices(bench.query(where="ttft_s < 5")).good) == 3


BROKEN = (
    "not json\n",
    '{"timestamp": "2026-01-01T00:00:30Z", "sta\n',
    '{"timestamp": "yesterday"}\n',
    '{"status": 200}\n',
    '{"timestamp": null}\n',
    '{"timestamp": 1e300}\n',
    '{"timestamp": -5}\n',
    '{"timestamp": {"a": 1}}\n',
    "[1, 2]\n",
)


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_line_is_counted_and_the_others_are_read(line: str, bench: Bench) -> None:
    bench.write(jsonl(REQUESTS) + line)
    answer = bench.answer(bench.query())
    assert sum(answer.slices.valid) == 4
    assert [(f.code, f.message.split(" of ")[0]) for f in answer.findings] == [("AIR202", "1 line")]


def test_a_broken_line_of_csv_is_counted(bench: Bench) -> None:
    bench.write(as_csv(REQUESTS) + "2026-01-01T00:03:00Z,200,0.1,1,surplus,surplus\nyesterday,200,0.1,1\n", "log.csv")
    answer = bench.answer(bench.query(path="log.csv"))
    assert sum(answer.slices.valid) == 4
    assert "2 lines" in answer.findings[0].message


def test_a_log_in_two_files_is_one_log(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS[:2]), "a.jsonl")
    bench.write(jsonl(REQUESTS[2:]), "b.jsonl")
    for path in ("*.jsonl", ["b.jsonl", "a.jsonl"]):
        assert list(bench.slices(bench.query(path=path), bench.query(path=path)).valid) == [2, 0, 1, 0, 1]


def test_a_column_that_only_later_rows_have_is_found(bench: Bench) -> None:
    rows = [{"timestamp": START + i / 1000} for i in range(25_000)] + [{"timestamp": START + 60, "error": "x"}]
    bench.write(jsonl(rows))
    assert sum(bench.slices(bench.query(where="error is null")).good) == 25_000


@pytest.mark.parametrize(
    ("name", "content"), [("log.jsonl", ""), ("log.csv", ""), ("log.csv", "timestamp,status\n"), ("log.json", "[]")]
)
def test_an_empty_log_has_no_samples_and_is_no_mistake(name: str, content: str, bench: Bench) -> None:
    bench.write(content, name)
    answer = bench.answer(bench.query(path=name, where="status < 500"))
    assert (answer.slices.missing, answer.first_s) == (5, None)


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ({"path": "none.jsonl"}, "AIR201", "there is no file `none.jsonl`"),
        ({"path": 5}, "AIR201", "no file name"),
        ({"path": []}, "AIR201", "no file name"),
        ({"path": "log.txt.bz2"}, "AIR201", "JSONL"),
        ({"path": "log.parquet"}, "AIR201", "too small to be a Parquet file"),
        ({"path": "nothing.jsonl"}, "AIR203", "no column `timestamp`"),
        ({"timestamp": "time"}, "AIR203", "no column `time`"),
        ({"label": "truth"}, "AIR203", "no column `truth`"),
        ({"where": "latency < 1"}, "AIR203", "no column `latency`"),
        ({"where": "status + 1"}, "AIR203", "not true or false"),
        ({"where": "status < 'x'"}, "AIR203", ""),
        ({"where": "(select true)"}, "AIR203", "subquery"),
        ({"where": 5}, "AIR203", "must be a text"),
        ({"weight": "'x'"}, "AIR203", "not a number"),
    ],
)
def test_what_cannot_be_asked_is_a_finding(spec: Row, code: str, words: str, bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    for name in ("log.txt.bz2", "log.parquet", "nothing.jsonl"):
        bench.write("nothing\n", name)
    failure = bench.failure(bench.query(**spec), bench.query(**spec))
    assert (failure.finding.code, failure.invalid) == (code, code == "AIR203")
    assert words in failure.finding.message
    assert failure.finding.help
    assert str(bench.folder) not in failure.finding.message


def test_a_near_name_is_offered(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    assert bench.failure(bench.query(where="statsu < 500")).finding.help == "did you mean `status`?"


def test_an_expression_that_fails_on_a_row_fails_alone(bench: Bench) -> None:
    bench.write(jsonl([{"timestamp": START, "code": "200"}, {"timestamp": START, "code": "n/a"}]))
    asks = [bench.ask(bench.query(where=where)) for where in ("cast(code as int) < 500", "code <> 'n/a'")]
    failed, answered = bench.results(*asks)
    assert isinstance(failed, Failure)
    assert failed.finding.code == "AIR203"
    assert "n/a" in failed.finding.message
    assert isinstance(answered, Answer)
    assert answered.slices.good[0] == 1


def test_a_log_is_read_once_for_many_asks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(jsonl(REQUESTS))
    passes = []
    count = Reader.count

    def counted(self: Reader, *args: Any) -> Any:
        passes.append(args)
        return count(self, *args)

    monkeypatch.setattr(Reader, "count", counted)
    asks = [bench.ask(bench.query(where=f"ttft_s < {i}"), start_s=START - 60 * i) for i in range(40)]
    results = bench.results(*asks)
    assert len(passes) == 1
    assert [sum(r.slices.valid) for r in results if isinstance(r, Answer)] == [4] * 40


def test_more_expressions_than_fit_one_pass(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    results = bench.results(*(bench.ask(bench.query(where=f"status < {i}")) for i in range(150, 350)))
    counts = [sum(r.slices.good) for r in results if isinstance(r, Answer)]
    assert counts == [0] * 51 + [3] * 149


def test_slices_of_different_length_and_place_are_kept_apart(bench: Bench) -> None:
    bench.write(jsonl(REQUESTS))
    minutes, shifted, whole = bench.results(
        bench.ask(bench.query()),
        bench.ask(bench.query(), start_s=START - 30, end_s=START + 270),
        bench.ask(bench.query(), step_s=300),
    )
    assert isinstance(minutes, Answer)
    assert isinstance(shifted, Answer)
    assert isinstance(whole, Answer)
    assert list(minutes.slices.valid) == [2, 0, 1, 0, 1]
    assert list(shifted.slices.valid) == [1, 1, 1, 0, 0]
    assert list(whole.slices.valid) == [4]


def test_what_is_no_ratio_is_not_supported(bench: Bench) -> None:
    raw = bench.ask(bench.query(), indicator=RawIndicator(raw=bench.query(), success=True))
    other = Query(type="Prometheus", spec={"query": "up"}, at=bench.query().at)
    mixed = bench.ask(bench.query(), indicator=RatioIndicator(good=other, total=bench.query()))
    assert all(isinstance(result, Unsupported) for result in bench.results(raw, mixed))


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_logs_are_findings_and_never_an_exception_or_a_crash(seed: int, tmp_path: Path) -> None:
    script = Path(__file__).with_name("fuzz_logs.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(seed), "60"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
