"""Run folders: what is written is what is read, many records at a time, and what is torn is counted."""

import json
from array import array
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_record import records

from airectl.runs import columns
from airectl.runs import manifest as manifests
from airectl.runs.manifest import End, Manifest
from airectl.runs.reading import RunError, open_run
from airectl.runs.record import _FIXED, ERRORS, MAGIC, SOURCES, Record, pack
from run_folders import manifest, write_run

SCHEMA = json.loads((Path(columns.__file__).parents[1] / "data" / "schemas" / "run-v1.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def rows_of(batch: columns.Batch) -> list[Record]:
    """A batch as records, by its columns alone."""
    found = []
    for row in range(len(batch)):
        fixed, place = batch.fixed[row], slice(int(batch.offsets[row]), int(batch.offsets[row + 1]))
        finish_reason, model, message = batch.words(row)
        names = ("index", "session", "turn", "input_tokens", "output_tokens", "status")
        times = [name for name in columns.FIXED.names or () if name.endswith("_ns")]
        found.append(
            Record(
                **{name: int(fixed[name]) for name in (*names, *times)},
                input_source=SOURCES[fixed["input_source"]],
                output_source=SOURCES[fixed["output_source"]],
                error=ERRORS[batch.error[row]],
                queued=bool(batch.queued[row]),
                warm_up=bool(batch.warm_up[row]),
                finish_reason=finish_reason,
                model=model,
                message=message,
                chunk_us=array("I", batch.chunk_us[place].tolist()),
                chunk_tokens=array("H", batch.chunk_tokens[place].tolist()),
            )
        )
    return found


def test_the_columns_are_those_of_the_record() -> None:
    assert columns.FIXED.itemsize == _FIXED.size


@settings(max_examples=30)
@given(st.lists(records(), max_size=9), st.integers(1, 4))
def test_columns_say_what_records_say(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[Record], rows: int
) -> None:
    folder = write_run(tmp_path_factory.mktemp("run"), manifest(), wanted, processes=2)
    run = open_run(folder)
    found = [record for batch in run.batches(rows=rows) for record in rows_of(batch)]
    for record in wanted:
        if not record.chunk_tokens:
            record.chunk_tokens = array("H", [1] * len(record.chunk_us))
    assert found == [*wanted[::2], *wanted[1::2]]
    assert run.torn == columns.Torn()


@given(st.lists(records(), min_size=1, max_size=3), st.data())
@settings(max_examples=40)
def test_a_torn_end_costs_the_last_record_alone(
    tmp_path_factory: pytest.TempPathFactory, written: list[Record], data: st.DataObject
) -> None:
    folder = write_run(tmp_path_factory.mktemp("run"), manifest(), written)
    path, last = folder / "requests-000.bin", len(pack(written[-1]))
    lost = data.draw(st.integers(1, last - 1))
    path.write_bytes(path.read_bytes()[:-lost])
    run = open_run(folder)
    assert sum(len(batch) for batch in run.batches()) == len(written) - 1
    assert run.torn == columns.Torn(files=1, bytes=last - lost)


def test_a_damaged_record_ends_its_file_and_no_other(tmp_path: Path) -> None:
    good = Record(index=0, intended_ns=0, chunk_us=array("I", [1, 2]))
    folder = write_run(tmp_path / "run", manifest(), [good] * 6, processes=2)
    path = folder / "requests-000.bin"
    content = bytearray(path.read_bytes())
    content[len(MAGIC) + len(pack(good)) + 20] ^= 1
    path.write_bytes(content)
    run = open_run(folder)
    assert sum(len(batch) for batch in run.batches()) == 1 + 3
    assert run.torn == columns.Torn(files=1, bytes=2 * len(pack(good)))


@pytest.mark.parametrize("change", ["error", "source", "lengths"])
def test_what_no_record_can_hold_is_torn(tmp_path: Path, change: str) -> None:
    import zlib

    body = bytearray(pack(Record(index=0, intended_ns=0, chunk_us=array("I", [1, 2])))[8:])
    fields = columns.FIXED.fields
    assert fields is not None
    place = {"error": fields["kind"][1], "source": fields["output_source"][1], "lengths": fields["chunks"][1]}[change]
    body[place] = 255
    folder = write_run(tmp_path / "run", manifest(), [])
    frame = len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + bytes(body)
    (folder / "requests-000.bin").write_bytes(MAGIC + frame)
    run = open_run(folder)
    assert list(run.batches()) == []
    assert run.torn.files == 1


def test_what_is_no_file_of_records_is_torn_and_an_empty_one_is_not(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", manifest(), [])
    (folder / "requests-000.bin").write_bytes(b"something else, and longer than the magic")
    (folder / "requests-001.bin").write_bytes(b"")
    run = open_run(folder)
    assert list(run.batches()) == []
    assert run.torn == columns.Torn(files=1, bytes=41)


def test_a_long_record_does_not_end_a_batch_wrongly(tmp_path: Path) -> None:
    long = Record(index=1, intended_ns=0, chunk_us=array("I", range(1_200_000)))
    short = Record(index=2, intended_ns=0, chunk_us=array("I", [7]))
    run = open_run(write_run(tmp_path / "run", manifest(), [short, long, short]))
    found = list(run.batches())
    assert [int(x) for batch in found for x in batch.fixed["index"]] == [2, 1, 2]
    assert np.concatenate([batch.chunk_us for batch in found]).tolist() == [7, *range(1_200_000), 7]


def test_the_manifest_and_the_end_are_what_their_schema_says(tmp_path: Path) -> None:
    end = End(how="lost worker", ended_s=12.5, lost=("at most one second of worker 2",), snapshots=({"n": 3},))
    wanted = manifest(planned_requests=None, caps={"in_flight": 8})
    folder = write_run(tmp_path / "run", wanted, [], end=end)
    for name in ("run.json", "end.json"):
        VALIDATOR.validate(json.loads((folder / name).read_text("utf-8")))
    run = open_run(folder)
    assert (run.manifest, run.end, run.complete) == (wanted, end, False)
    assert json.loads((folder / "end.json").read_text("utf-8"))["ended_at"] == "2026-11-20T12:00:12.500000000Z"


def test_the_schema_has_every_key_and_no_other() -> None:
    keys = set(SCHEMA["$defs"]["run"]["properties"])
    assert keys == {"schema", "started_at", *Manifest.__dataclass_fields__}
    assert keys == {"schema", "started_at", *manifests._RUN_KEYS}
    assert set(SCHEMA["$defs"]["end"]["properties"]) == {"schema", "ended_at", *manifests._END_KEYS}


def test_a_run_is_not_written_over(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", manifest(), [])
    with pytest.raises(FileExistsError, match="holds a run already"):
        manifests.begin(folder, manifest())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": "airectl/run/v2"}', "its schema is `airectl/run/v2`, and this airectl reads `airectl/run/v1`"),
        ("[]", "it is no object"),
        ('{"schema": "airectl/run/v1", "name": 3}', "`tool_version` is missing"),
        ("{", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("\udce9", "it is no JSON"),
    ],
    ids=["version", "list", "missing", "json", "deep", "bytes"],
)
def test_what_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "run.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunError) as raised:
        open_run(tmp_path)
    assert said in raised.value.message


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", 3), ("duration_s", "60"), ("duration_s", -1), ("warm_up_s", True), ("steady", 1), ("caps", [])],
    ids=str,
)
def test_a_value_of_the_wrong_kind_is_named(tmp_path: Path, key: str, value: object) -> None:
    folder = write_run(tmp_path / "run", manifest(), [])
    data = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps({**data, key: value}), "utf-8")
    with pytest.raises(RunError, match=key):
        open_run(folder)


def test_infinity_is_no_duration(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", manifest(), [])
    text = (folder / "run.json").read_text("utf-8").replace('"duration_s": 60.0', '"duration_s": 1e400')
    (folder / "run.json").write_text(text, "utf-8")
    with pytest.raises(RunError, match="duration_s"):
        open_run(folder)


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match=r"is no run of a load test"):
        open_run(tmp_path / name)


def test_torn_lines_are_dropped_and_counted(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", manifest(), [])
    (folder / "client-000.jsonl").write_text('{"t_s": 1}\n{"t_s": 2}\n[1]\n{"t_s"', "utf-8")
    run = open_run(folder)
    assert run.client() == {0: [{"t_s": 1}, {"t_s": 2}]}
    assert run.broken_lines == 2
    assert list(run.server()) == []
    assert run.report() is None
