"""The script of action.yml, as GitHub runs it: inputs in the environment, bash with -e and pipefail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from ci_recipes import ACTION, ROOT, document

from runner import Runner

DEMO = ROOT / "slo-specs" / "demo-chat.yaml"
HOSTILE = ["$(touch pwned)", "`touch pwned`", "; touch pwned", "&& touch pwned #", "' \" ; touch pwned", "${HOME}", "*"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    stdout: str
    output: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job of GitHub in a folder, with airectl already installed."""

    runner: Runner
    temp: Path

    def run(self, **inputs: str) -> Ran:
        action = document(ACTION)
        given = {name: each["default"] for name, each in action["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        step = next(step for step in action["runs"]["steps"] if step.get("id") == "run")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.runner.cwd, env=self.environ(step["env"], given), capture_output=True, text=True, check=False,
        )  # fmt: skip
        output, summary = ((self.temp / name).read_text("utf-8") for name in ("output", "summary"))
        return Ran(code=done.returncode, stdout=done.stdout, output=output, summary=summary)

    def environ(self, mapped: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
        values = {f"${{{{ inputs.{name} }}}}": value for name, value in given.items()}
        return {
            **self.runner.environ,
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_WORKSPACE": str(self.runner.cwd),
            **{name: values[expression] for name, expression in mapped.items()},
        }


@pytest.fixture
def job(airectl: Runner, tmp_path: Path) -> Job:
    temp = tmp_path / "a folder"
    (temp / "airectl" / "bin").mkdir(parents=True)
    (temp / "airectl" / "bin" / "airectl").symlink_to(Path(sys.executable).parent / "airectl")
    (temp / "summary").write_text("an earlier command of the step\n")
    (temp / "output").touch()
    return Job(runner=airectl, temp=temp)


@pytest.mark.parametrize(("day", "code"), [("2026-11-09", 1), ("2026-11-16", 0)])
def test_a_check_ends_with_the_code_of_airectl(day: str, code: int, job: Job) -> None:
    ran = job.run(command="check", paths=str(DEMO), args=f"--at\n{day}")
    assert (ran.code, ran.output) == (code, f"exit-code={code}\n")
    assert ran.stdout.startswith("::")
    assert ran.summary.startswith("an earlier command of the step\n**")


def test_an_undecided_check_is_told_apart(job: Job) -> None:
    ran = job.run(command="check", paths=str(DEMO), args="--at\n2030-01-01")
    assert (ran.code, ran.output) == (3, "exit-code=3\n")


def test_inputs_reach_airectl(job: Job) -> None:
    chat = job.runner.cwd / "a spec.yaml"
    chat.write_text("service: chat\ntelemetry: vllm\nSLO:\n  latency: 200ms\n")
    assert job.run(paths="a spec.yaml").code == 0
    ran = job.run(paths=f"a spec.yaml\n\n{DEMO}\n", fail_on="warning", sarif="out/a.sarif", summary="false")
    assert ran.code == 1
    assert "file=a spec.yaml,line=4" in ran.stdout
    assert (job.runner.cwd / "out" / "a.sarif").exists()
    assert ran.summary.count("**FAILED**") == 0


def test_a_path_is_never_read_as_a_flag(job: Job) -> None:
    (job.runner.cwd / "-q").write_text("service: chat\ntelemetry: vllm\nSLO:\n  latency: 999\n")
    assert "file=-q,line=4" in job.run(paths="-q").stdout


@pytest.mark.parametrize("name", ["command", "paths", "fail_on", "args", "sarif", "summary"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_input_is_read_as_shell(name: str, text: str, job: Job) -> None:
    (job.runner.cwd / "slo-specs").mkdir()
    (job.runner.cwd / "slo-specs" / "chat.yaml").write_text("service: chat\ntelemetry: vllm\nSLO: {latency: 200ms}\n")
    job.run(**{name: text})
    assert list(job.temp.parent.rglob("pwned")) == []


def test_an_unknown_command_is_refused_without_being_repeated(job: Job) -> None:
    ran = job.run(command="schema\n::error::forged")
    assert ran.code == 2
    assert "forged" not in ran.stdout


def test_a_run_that_evaluated_nothing_leaves_no_summary(job: Job) -> None:
    ran = job.run(paths="missing", args="--no-such-flag")
    assert (ran.code, ran.output) == (2, "exit-code=2\n")
    assert ran.summary == "an earlier command of the step\n"


def test_it_installs_what_the_lock_pins() -> None:
    install = document(ACTION)["runs"]["steps"][0]["run"]
    assert '--require-hashes -r "$GITHUB_ACTION_PATH/requirements.lock"' in install
    assert "--no-deps --no-build-isolation" in install
