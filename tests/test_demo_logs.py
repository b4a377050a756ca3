"""The logs that airectl ships: made by their script, told by their specs."""

import json
import runpy
from pathlib import Path

import pytest

from runner import Runner

ROOT = Path(__file__).parents[1]
SCRIPT = runpy.run_path(str(ROOT / "tests" / "data" / "make_demo_logs.py"))
SHIPPED = ROOT / "airectl" / "data" / "demo"
SPECS = ["slo-specs/demo-chat.yaml", "slo-specs/demo-accuracy.yaml"]
END = "2026-11-16T00:00:00Z"


def test_the_script_makes_the_shipped_bytes(conformance: Path) -> None:
    made = SCRIPT["make"](conformance / "traces")
    assert set(made) == {path.name for path in SHIPPED.glob("*.jsonl")}
    assert [name for name, content in made.items() if content != (SHIPPED / name).read_bytes()] == []


def test_the_readme_says_where_they_come_from() -> None:
    text = (SHIPPED / "README.md").read_text("utf-8")
    for words in ("CC-BY-4.0", "Microsoft Azure", "AzurePublicDataset", "make_demo_logs.py", END):
        assert words in text


def test_the_requests_are_as_the_readme_says() -> None:
    lines = (SHIPPED / "requests.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == SCRIPT["REQUESTS"]
    assert sum(len(line) + 1 for line in lines) < 2_000_000
    times = [row["timestamp"] for row in rows]
    assert times == sorted(times)
    assert (times[0], times[-1]) == ("2026-10-19T00:00:00Z", "2026-11-15T23:59:59Z")
    failed = [row for row in rows if row["status"] >= 500]
    in_incident = [row for row in failed if row["timestamp"].startswith("2026-11-04")]
    assert len(in_incident) > len(failed) / 2


def statuses(args: list[str], home: Path) -> tuple[int, dict[str, str]]:
    stdout, _, code = Runner(cwd=ROOT, home=home).call(["check", *SPECS, *args, "-o", "json"])
    return code, {slo["slo"]: slo["status"] for slo in json.loads(stdout)["data"]["slos"]}


def test_at_their_end_the_budgets_hold(tmp_path: Path) -> None:
    code, found = statuses(["--at", END], tmp_path)
    assert code == 0
    assert found == {
        "demo-chat/availability": "warning", "demo-chat/ttft": "met", "demo-intents/accuracy": "met",
    }  # fmt: skip


def test_just_after_the_incident_one_is_exhausted(tmp_path: Path) -> None:
    code, found = statuses(["--at", "2026-11-09T00:00:00Z"], tmp_path)
    assert code == 1
    assert found["demo-chat/ttft"] == "exhausted"


def test_long_after_their_end_nothing_is_known(tmp_path: Path) -> None:
    code, found = statuses([], tmp_path)
    assert code == 3
    assert set(found.values()) == {"unknown"}


def test_the_accuracy_shows_its_bounds(tmp_path: Path) -> None:
    stdout, _, _ = Runner(cwd=ROOT, home=tmp_path).call(["check", SPECS[1], "--at", END, "-o", "json"])
    (slo,) = json.loads(stdout)["data"]["slos"]
    assert slo["sli_low_ratio"] < slo["sli_ratio"] < slo["sli_high_ratio"]
    assert slo["sli_low_ratio"] >= slo["target_ratio"]


@pytest.mark.parametrize("path", sorted((ROOT / "slo-specs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_spec_passes_offline(path: Path, tmp_path: Path) -> None:
    args = ["check", f"slo-specs/{path.name}", "--offline", "--at", END, "-o", "json"]
    stdout, stderr, code = Runner(cwd=ROOT, home=tmp_path).call(args)
    assert code == 0, stdout.decode() + stderr.decode()
    assert {slo["status"] for slo in json.loads(stdout)["data"]["slos"]} <= {"met", "warning", None}


def test_all_specs_together_pass_offline(tmp_path: Path) -> None:
    stdout, _, code = Runner(cwd=ROOT, home=tmp_path).call(
        ["check", "slo-specs", "--offline", "--at", END, "-o", "json"]
    )
    found = {slo["slo"]: slo["status"] for slo in json.loads(stdout)["data"]["slos"]}
    assert code == 0
    assert {name: status for name, status in found.items() if status} == {
        "demo-chat/availability": "warning", "demo-chat/ttft": "met", "demo-intents/accuracy": "met",
        "rag/rag-groundedness": "met", "rag/rag-retrieval": "met", "batch/batch-by-deadline": "met",
    }  # fmt: skip


def test_the_small_logs_are_as_the_readme_says() -> None:
    for name, count in (("judged", SCRIPT["JUDGED"]), ("batches", SCRIPT["BATCHED"])):
        rows = [json.loads(line) for line in (SHIPPED / f"{name}.jsonl").read_text("utf-8").splitlines()]
        times = [row["timestamp"] for row in rows]
        assert (len(rows), times[-1]) == (count, "2026-11-15T23:59:59Z")
        assert times == sorted(times)
