"""Whatever stands in a run folder: a report with a documented exit code, or a message, and never a traceback."""

from __future__ import annotations

import json
import zlib
from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airectl.runs.columns import FIXED
from airectl.runs.record import MAGIC, Record, pack
from run_folders import manifest, write_run
from runner import Runner

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-1, 0, 2**63 - 1, -(2**63)])
RELAXED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OBJECTIVES = ["--ttft-p99", "1s", "--itl-p99", "1s", "--tpot-p99", "1s", "--e2e-p99", "1s"]


def report(airectl: Runner, *more: str) -> None:
    stdout, stderr, code = airectl.call(["loadtest", "report", "run", *OBJECTIVES, "-o", "json", *more])
    assert code in (0, 1, 2, 3), stderr.decode()
    assert "Traceback" not in stderr.decode()
    if code != 2:
        json.loads(stdout, parse_constant=lambda text: pytest.fail(f"{text} in JSON"))


def frame(body: bytes) -> bytes:
    return len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little") + body


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A record whose numbers are any numbers; only its lengths are right."""
    chunks = draw(st.lists(st.integers(0, 2**32 - 1), max_size=4))
    counts = draw(st.just([]) | st.lists(st.integers(0, 2**16 - 1), min_size=len(chunks), max_size=len(chunks)))
    body = bytearray(
        pack(Record(index=0, intended_ns=0, chunk_us=array("I", chunks), chunk_tokens=array("H", counts)))[8:]
    )
    assert FIXED.fields is not None
    for name in [name for name in FIXED.names or () if name.endswith("_ns")]:
        at = FIXED.fields[name][1]
        body[at : at + 8] = draw(NUMBERS).to_bytes(8, "little", signed=True)
    for name in ("input_tokens", "output_tokens"):
        at = FIXED.fields[name][1]
        body[at : at + 4] = draw(st.integers(-(2**31), 2**31 - 1)).to_bytes(4, "little", signed=True)
    body[FIXED.fields["kind"][1]] = draw(st.integers(0, 255))
    return bytes(body)


@RELAXED
@given(found=st.lists(bodies(), max_size=4), ended=st.booleans())
def test_records_of_any_numbers(
    tmp_path_factory: pytest.TempPathFactory, airectl: Runner, found: list[bytes], ended: bool
) -> None:
    airectl = Runner(cwd=tmp_path_factory.mktemp("cwd"), home=airectl.home)
    end = {} if ended else {"end": None}
    folder = write_run(airectl.cwd / "run", manifest(), [], **end)  # type: ignore[arg-type]  # one of two ends
    (folder / "requests-000.bin").write_bytes(MAGIC + b"".join(map(frame, found)))
    report(airectl)


@RELAXED
@given(found=st.binary(max_size=400))
def test_records_of_any_bytes(tmp_path_factory: pytest.TempPathFactory, airectl: Runner, found: bytes) -> None:
    airectl = Runner(cwd=tmp_path_factory.mktemp("cwd"), home=airectl.home)
    folder = write_run(airectl.cwd / "run", manifest(), [])
    (folder / "requests-000.bin").write_bytes(MAGIC + found)
    (folder / "client-000.jsonl").write_bytes(found)
    (folder / "server.jsonl").write_bytes(found)
    report(airectl)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(sorted(manifest().to_json()))


@RELAXED
@given(changes=st.dictionaries(KEYS, VALUES, min_size=1, max_size=3))
def test_manifests_of_any_values(
    tmp_path_factory: pytest.TempPathFactory, airectl: Runner, changes: dict[str, object]
) -> None:
    airectl = Runner(cwd=tmp_path_factory.mktemp("cwd"), home=airectl.home)
    folder = write_run(airectl.cwd / "run", manifest(), [])
    data = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps({**data, **changes}), "utf-8")
    report(airectl)


@pytest.mark.parametrize("key", ["started_unix_ns", "duration_s", "warm_up_s", "ended_s"])
@pytest.mark.parametrize("value", [-1, 10**18 * 9, 1e18])
def test_times_that_cannot_be_are_named(airectl: Runner, key: str, value: float) -> None:
    folder = write_run(airectl.cwd / "run", manifest(), [])
    path = folder / ("end.json" if key == "ended_s" else "run.json")
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), key: value}), "utf-8")
    _, stderr, code = airectl.call(["loadtest", "report", "run"])
    assert code == 2
    assert f"`{key}`" in stderr.decode()


@pytest.mark.parametrize("line", ['{"t_s": 1, "from": 3, "samples": {"a": true}}', '{"t_s": "x", "samples": []}', "[]"])
def test_lines_of_the_server_that_say_nothing(airectl: Runner, line: str) -> None:
    folder: Path = write_run(airectl.cwd / "run", manifest(), [])
    (folder / "server.jsonl").write_text(f"{line}\n", "utf-8")
    report(airectl)


def test_a_run_that_would_last_for_ages_takes_no_memory_for_it(airectl: Runner) -> None:
    record = Record(index=0, intended_ns=0, sent_ns=0, end_ns=2**62)
    write_run(airectl.cwd / "run", manifest(duration_s=0.0), [record], end=None)
    report(airectl)
