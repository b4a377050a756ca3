"""The recipes of docs/ci: valid by the schemas of their systems, pinned, with commands that run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ci_recipes import ACTION, FOLDER, HOOKS, OWN, PAGES, ROOT, WORKFLOWS, commands, document, hooks, strings

from airectl import __version__
from airectl.render import openmetrics
from runner import Runner

SCHEMAS = {
    "github-workflows": [*(FOLDER / name for name in WORKFLOWS), OWN, OWN.with_name("release.yml")],
    "github-actions": [ACTION],
    "gitlab-ci": [FOLDER / "gitlab-ci.yml"],
    "circle-ci": [FOLDER / "circleci.yml"],
}
RECIPES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".md")
WITH_COMMANDS = [path for path in RECIPES if path.name not in ("pre-commit-config.yaml", WORKFLOWS[1])]


def refused(schema: str, path: Path) -> str:
    """What the schema of a system says against a file; empty for nothing."""
    transform = ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *transform, str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture
def demo(airectl: Runner) -> Runner:
    """A repository with the demo specs in slo-specs/, and with their logs."""
    (airectl.cwd / "slo-specs").mkdir()
    for name in ("demo-chat.yaml", "demo-accuracy.yaml"):
        shutil.copy(ROOT / "slo-specs" / name, airectl.cwd / "slo-specs")
    shutil.copytree(ROOT / "airectl" / "data" / "demo", airectl.cwd / "airectl" / "data" / "demo")
    return airectl


@pytest.mark.parametrize(("schema", "path"), [(name, path) for name, paths in SCHEMAS.items() for path in paths])
def test_a_recipe_is_valid_by_the_schema_of_its_system(schema: str, path: Path) -> None:
    assert refused(schema, path) == ""


@pytest.mark.parametrize(
    ("schema", "old", "new"),
    [
        ("github-workflows", "runs-on:", "runs_on:"),
        ("github-actions", "using: composite", "using: shell"),
        ("gitlab-ci", "when: always", "when: ever"),
        ("circle-ci", "version: 2.1", "version: 9"),
    ],
)
def test_a_broken_recipe_is_refused(schema: str, old: str, new: str, tmp_path: Path) -> None:
    broken = tmp_path / "recipe.yml"
    broken.write_text(SCHEMAS[schema][0].read_text("utf-8").replace(old, new), "utf-8")
    assert refused(schema, broken)


@pytest.mark.parametrize("path", [*WITH_COMMANDS, *PAGES], ids=lambda path: path.name)
@pytest.mark.parametrize(("day", "verdict"), [("2026-11-09", 1), ("2026-11-16", 0)])
def test_each_command_runs(path: Path, day: str, verdict: int, demo: Runner) -> None:
    found = commands(path)
    assert found
    for command in found:
        written = re.findall(r"(?:-o \w+=|>> )\"?([^\s\"]+)", command)
        here = command.replace("/var/lib/", "var/lib/").replace("$GITHUB_STEP_SUMMARY", "summary.md")
        step = demo.run(here.replace("airectl check", f"airectl check --at {day}"))
        assert step.code == (verdict if "airectl check" in command else 0), f"{command}\n{step.stdout}"
        assert step.stderr == ""
        for name in written:
            file = demo.cwd / name.replace("/var/lib/", "var/lib/").replace("$GITHUB_STEP_SUMMARY", "summary.md")
            assert file.stat().st_size > 0


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=lambda path: path.name)
def test_each_recipe_validates_and_checks(path: Path) -> None:
    assert {command.split()[1] for command in commands(path)} == {"validate", "check"}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_the_least_permissions_and_a_time_limit(name: str) -> None:
    workflow = document(FOLDER / name)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        writes = {scope for scope, right in job["permissions"].items() if right != "read"}
        uploads = any("upload-sarif" in step.get("uses", "") for step in job["steps"])
        assert writes == ({"security-events"} if uploads else set())
        assert "timeout-minutes" in job
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert [step["with"]["persist-credentials"] for step in checkouts] == ["false"]


def test_actions_are_pinned_to_commits_and_images_to_versions() -> None:
    used = [line for path in [*RECIPES, ACTION] for line in path.read_text("utf-8").splitlines() if " uses: " in line]
    assert used
    assert [line for line in used if not re.search(r" uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []
    texts = "\n".join(path.read_text("utf-8") for path in RECIPES)
    images = re.findall(r"image:? '?([\w/]+:[\w.-]+)", texts)
    assert len(images) == 3
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+", image)] == []


def test_recipes_install_this_version() -> None:
    for path in RECIPES:
        places = re.findall(r"airectl(?:@[^\s'#]+ # |\S*@|\n +rev: )v([\d.]+)\b", path.read_text("utf-8"))
        assert places
        assert set(places) == {__version__}


def test_no_script_has_an_expression_in_it() -> None:
    """An expression is put into the script's text before a shell reads it: values come by the environment."""
    steps: list[Any] = [*document(ACTION)["runs"]["steps"]]
    steps += [step for name in WORKFLOWS for job in document(FOLDER / name)["jobs"].values() for step in job["steps"]]
    scripts = [step["run"] for step in steps if "run" in step]
    assert len(scripts) >= 4
    assert [script for script in scripts if "${{" in script] == []


def test_the_summary_is_appended_to_and_never_replaced() -> None:
    lines = [line for path in [*RECIPES, ACTION] for line in path.read_text("utf-8").splitlines()]
    summaries = [line for line in lines if "GITHUB_STEP_SUMMARY" in line]
    assert summaries
    assert [line for line in summaries if '>> "$GITHUB_STEP_SUMMARY"' not in line] == []


def test_uploaded_reports_are_those_that_a_command_writes() -> None:
    gitlab, circle = document(FOLDER / "gitlab-ci.yml"), document(FOLDER / "circleci.yml")
    for job in ("slo-validate", "slo-check"):
        reports = {"gitlab" if kind == "codequality" else kind: path
                   for kind, path in gitlab[job]["artifacts"]["reports"].items()}  # fmt: skip
        assert {f"{kind}={path}" for kind, path in reports.items()} == set(written(gitlab[job]["script"][0]))
    folder = circle["jobs"]["slo"]["steps"][-2]["store_test_results"]["path"]
    assert all(
        path.startswith(f"junit={folder}/") for line in commands(FOLDER / "circleci.yml") for path in written(line)
    )
    steps = document(FOLDER / WORKFLOWS[0])["jobs"]["validate"]["steps"]
    assert "sarif=" + steps[-1]["with"]["sarif_file"] in written(steps[3]["run"])


def written(command: str) -> list[str]:
    """The reports that go to files, as FORMAT=PATH."""
    return [word for word in shlex.split(command) if re.fullmatch(r"\w+=\S+", word)]


def test_hooks_have_what_pre_commit_asks_for_and_run(demo: Runner) -> None:
    found = hooks()
    assert set(found) == {"airectl-validate", "airectl-check-offline"}
    for hook in found.values():
        assert {"id", "name", "entry", "language"} <= set(hook)
        assert hook["pass_filenames"] == "false"  # noqa: S105  # a setting of pre-commit, no password
        assert re.search(hook["files"], "slo-specs/chat.yaml")
        assert not re.search(hook["files"], "chart/values.yaml")
        assert demo.run(" ".join([hook["entry"], *hook.get("args", [])])).code == 0
    used = document(FOLDER / "pre-commit-config.yaml")["repos"][0]["hooks"]
    assert {hook["id"] for hook in used} == set(found)


@pytest.mark.parametrize(
    ("kind", "path"), [("validate-manifest", HOOKS), ("validate-config", FOLDER / "pre-commit-config.yaml")]
)
def test_pre_commit_reads_its_files(kind: str, path: Path, tmp_path: Path) -> None:
    def read(path: Path) -> int:
        return subprocess.run([sys.executable, "-m", "pre_commit", kind, str(path)], check=False).returncode

    assert read(path) == 0
    broken = tmp_path / path.name
    broken.write_text(path.read_text("utf-8").replace("id: ", "ident: "), "utf-8")
    assert read(broken) == 1


def test_the_page_names_every_file() -> None:
    page = PAGES[0].read_text("utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page)
    assert {path.name for path in RECIPES} <= set(links)
    assert [link for link in links if not (FOLDER / link).exists()] == []


def test_the_page_lists_the_inputs_of_the_action() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (?:`([\w-]+)`)? *\|", PAGES[0].read_text("utf-8"), re.MULTILINE)
    assert rows == [(name, each["default"]) for name, each in document(ACTION)["inputs"].items()]


def test_the_page_lists_every_metric() -> None:
    page = PAGES[1].read_text("utf-8")
    source = Path(openmetrics.__file__).read_text("utf-8")
    names = set(re.findall(r'"(airectl_[a-z_]+)"', source))
    assert len(names) > 20
    assert {name for name in names if not re.search(rf"`{name}[`{{]", page)} == set()


def test_recipes_are_files_that_say_where_they_go() -> None:
    for path in [*RECIPES, HOOKS]:
        assert path.read_text("utf-8").startswith(("# ", "// "))
    assert all(list(strings(document(path))) for path in RECIPES if path.suffix in (".yml", ".yaml"))
