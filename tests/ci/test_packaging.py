"""What becomes of a release: pinned actions, no rights that nobody needs, an image that is not root's."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from airectl import __version__

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_says_its_version(path: Path) -> None:
    used = re.findall(r"uses: *(.*)", path.read_text("utf-8"))
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_job_may_more_than_it_needs_nor_wait_for_ever(path: Path) -> None:
    flow: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    assert "permissions" in flow
    for name, job in flow["jobs"].items():
        assert job["timeout-minutes"] <= 60
        rights = job.get("permissions", flow["permissions"])
        assert rights.get("contents", "read") == "read", name
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert "secrets." not in path.read_text("utf-8")


def test_who_publishes_runs_nothing_of_the_repository() -> None:
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
    for name in ("attest", "publish"):
        steps = flow["jobs"][name]["steps"]
        assert not [step for step in steps if "checkout" in step.get("uses", "") or "make" in step.get("run", "")]


def test_the_release_knows_where_the_version_is() -> None:
    found = re.findall(r'^__version__ = "(.*)"$', (ROOT / "airectl" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found == [__version__]
    assert r'^__version__ = "\(.*\)"$' in (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")


def test_the_image_is_pinned_and_not_roots() -> None:
    bases = re.findall(r"^FROM (.*)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-\S+( AS \w+)?", each) for each in bases)
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    assert 'ENTRYPOINT ["airectl"]' in last
    assert "--require-hashes -r requirements.lock" in DOCKERFILE


def test_the_image_gets_what_it_copies_and_nothing_else() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE) for name in line.split()[:-1]
    }
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)


def test_the_source_distribution_can_be_built_from(tmp_path: Path) -> None:
    """It holds what the wheel is made of: also completions and the man page, which shells look for."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = (each for each in tmp_path.iterdir() if each.is_dir())
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for shared in (
        "share/bash-completion/completions/airectl",
        "share/zsh/site-functions/_airectl",
        "share/fish/vendor_completions.d/airectl.fish",
        "share/man/man1/airectl.1",
    ):
        assert any(name.endswith(f".data/data/{shared}") for name in names)
