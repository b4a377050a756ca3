"""What is not imported: start-up time is held by the modules that stay out, never by a clock."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"duckdb", "httpx", "locust", "gevent", "numpy", "pandas", "prometheus_api_client", "requests", "rich"}
ROOT = Path(__file__).parents[1]
SPECS = ROOT / "slo-specs"
DEMAND = ROOT / "tests" / "codes" / "AIR501" / "good.csv"
PAGE = ROOT / "tests" / "telemetry" / "expositions" / "vllm.txt"
OUTAGE = ["--from", "2025-06-12", "--to", "2025-06-13", "--outage", "9%", "--target", "99%/30d", "--out", "-", "-q"]
POSTMORTEM = ROOT / "tests" / "codes" / "AIR632" / "good.md"
PROBE = """
import sys
from airectl.cli import main
code = main(sys.argv[1:])
print(code, *sorted(sys.modules), file=sys.stderr)
"""


def loaded_by(args: list[str]) -> tuple[int, set[str]]:
    """Exit code of a command and every module that its process held at the end."""
    done = subprocess.run([sys.executable, "-c", PROBE, *args], capture_output=True, text=True, check=True)
    code, *modules = done.stderr.splitlines()[-1].split()
    return int(code), set(modules)


@pytest.mark.parametrize(
    ("args", "absent"),
    [
        (["--version"], {*HEAVY, "typer", "yaml", "jsonschema", "promql_parser", "airectl.registry", "typing", "enum"}),
        (["--help"], {*HEAVY, "yaml", "jsonschema", "promql_parser", "airectl.spec", "airectl.commands"}),
        (["validate", "--help"], {*HEAVY, "yaml", "jsonschema", "promql_parser", "airectl.spec.load"}),
        (["help", "exit-codes"], {*HEAVY, "yaml", "jsonschema", "promql_parser"}),
        (["config", "show"], {*HEAVY, "yaml", "jsonschema", "promql_parser"}),
        (["validate", str(SPECS)], HEAVY),
        (["check", "--offline", str(SPECS / "chat-vllm.yaml")], HEAVY),
        (["init", "--telemetry", "vllm", "--service", "chat", "--out", "-", "-q"], HEAVY),
        (["init", "--from", str(PAGE), "--service", "chat", "--out", "-", "-q"], HEAVY),
        (["metrics", "lint", str(PAGE)], {*HEAVY, "jsonschema"}),
        (["probe", "--help"], {*HEAVY, "prometheus_client", "yaml", "jsonschema", "promql_parser"}),
        (["forecast", "--help"], {*HEAVY, "yaml", "jsonschema", "promql_parser"}),
        (["forecast", str(DEMAND), "--capacity", "12"], {*HEAVY, "jsonschema", "promql_parser"} - {"numpy"}),
        (["postmortem", "classes"], {*HEAVY, "jsonschema", "promql_parser", "jinja2", "vl_convert"}),
        (["postmortem", "new", *OUTAGE], {*HEAVY, "promql_parser", "jinja2", "vl_convert"}),
        (["explain", "AIR014"], {*HEAVY, "yaml", "jsonschema", "promql_parser"}),
        (["explain", "xid", "79"], {*HEAVY, "yaml", "jsonschema", "promql_parser"}),
        (["postmortem", "check", str(POSTMORTEM)], {*HEAVY, "promql_parser"}),
        (["postmortem", "stats", str(POSTMORTEM)], {*HEAVY, "promql_parser"}),
    ],
    ids=lambda value: " ".join(value).replace(f"{ROOT}/", "") if isinstance(value, list) else "",
)  # fmt: skip
def test_a_command_leaves_out_what_it_does_not_need(args: list[str], absent: set[str]) -> None:
    code, modules = loaded_by(args)
    assert code == 0
    assert modules & absent == set()


def test_the_probe_sees_an_import() -> None:
    _, modules = loaded_by(["--help"])
    assert "typer" in modules
