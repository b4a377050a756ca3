"""Files as they were at an earlier commit."""

import subprocess
from pathlib import Path

import pytest

from airectl import vcs
from airectl.errors import UsageError


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "specs" / "deep").mkdir(parents=True)
    (tmp_path / "specs" / "a.yaml").write_text("a: 1\n")
    (tmp_path / "specs" / "deep" / "ü b.yaml").write_text("b: 1\n")
    (tmp_path / "other.yaml").write_text("c: 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "specs" / "a.yaml").write_text("a: 2\n")
    (tmp_path / "specs" / "deep" / "ü b.yaml").unlink()
    return tmp_path


def test_a_folder_as_it_was_with_files_that_are_gone_today(checkout: Path) -> None:
    found = dict(vcs.texts_at("HEAD", ["specs"], checkout))
    assert found == {"specs/a.yaml": b"a: 1\n", "specs/deep/ü b.yaml": b"b: 1\n"}


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [(".", "specs", "a.yaml"), ("../specs/a.yaml", "specs", "../specs/a.yaml"), ("specs/*.yaml", ".", "specs/a.yaml")],
)
def test_files_are_named_as_the_user_named_them(checkout: Path, path: str, folder: str, name: str) -> None:
    assert name in dict(vcs.texts_at("HEAD", [path], checkout / folder))


def test_an_unknown_commit_says_so(checkout: Path) -> None:
    with pytest.raises(UsageError, match="git knows no commit `nope` here"):
        list(vcs.texts_at("nope", ["specs"], checkout))


def test_a_commit_is_never_taken_for_an_option(checkout: Path) -> None:
    with pytest.raises(UsageError, match="git knows no commit"):
        list(vcs.texts_at("--upload-pack=x", ["specs"], checkout))


def test_outside_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"):
        list(vcs.texts_at("HEAD", ["."], tmp_path))
