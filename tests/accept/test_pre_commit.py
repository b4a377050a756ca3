"""The hooks in pre-commit itself, in a repository of their own. It needs git and a package index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airectl import __version__

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "docs" / "ci" / "pre-commit-config.yaml"
SOUND = "service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n"
NEVER = ("__pycache__", ".venv", "build", ".git", "tests", ".hypothesis", ".*_cache")

pytestmark = pytest.mark.accept


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """airectl as a repository with the tag that the recipe names."""
    folder = tmp_path_factory.mktemp("published") / "airectl"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NEVER))
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "a release")
    git(folder, "tag", f"v{__version__}")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit installs airectl, once for all of these tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(published: Path, tmp_path: Path) -> Path:
    """A project with the recipe's configuration and a sound spec, not yet committed."""
    git(tmp_path, "init", "--quiet")
    recipe = CONFIG.read_text("utf-8").replace("https://git.example.com/sre/airectl", published.as_uri())
    (tmp_path / ".pre-commit-config.yaml").write_text(recipe, "utf-8")
    (tmp_path / "slo-specs").mkdir()
    (tmp_path / "slo-specs" / "chat.yaml").write_text(SOUND, "utf-8")
    (tmp_path / "values.yaml").write_text("a: 1\n", "utf-8")
    return tmp_path


def run(project: Path, cache: Path, *words: str) -> subprocess.CompletedProcess[str]:
    git(project, "add", ".")
    command = [sys.executable, "-m", "pre_commit", "run", "--verbose", *words]
    environ = {**os.environ, "PRE_COMMIT_HOME": str(cache)}
    return subprocess.run(command, cwd=project, env=environ, check=False, capture_output=True, text=True)


def test_a_sound_spec_passes(project: Path, cache: Path) -> None:
    done = run(project, cache)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED  1 SLO in 1 file" in done.stdout
    assert "airectl check" not in done.stdout


def test_an_invalid_one_fails_with_its_finding(project: Path, cache: Path) -> None:
    (project / "slo-specs" / "chat.yaml").write_text(SOUND.replace("99.9%", "999%"), "utf-8")
    done = run(project, cache)
    assert done.returncode == 1
    assert "error[AIR014]" in done.stdout
    assert "slo-specs/chat.yaml:4:17" in done.stdout


def test_other_files_do_not_start_it(project: Path, cache: Path) -> None:
    assert "(no files to check)Skipped" in run(project, cache, "--files", "values.yaml").stdout


def test_budgets_are_checked_before_a_push(project: Path, cache: Path) -> None:
    done = run(project, cache, "--hook-stage", "pre-push", "--all-files", "airectl-check-offline")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not evaluated" in done.stdout
