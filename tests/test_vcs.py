"""Files as they were at an earlier commit, and the commits of a stretch of time."""

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airectl import env as environment
from airectl import vcs
from airectl.errors import UsageError
from airectl.spec import source

YAML = (".yaml", ".yml")


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
    found = dict(vcs.texts_at("HEAD", ["specs"], checkout, YAML))
    assert found == {"specs/a.yaml": b"a: 1\n", "specs/deep/ü b.yaml": b"b: 1\n"}


@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [(".", "specs", "a.yaml"), ("../specs/a.yaml", "specs", "../specs/a.yaml"), ("specs/*.yaml", ".", "specs/a.yaml")],
)
def test_files_are_named_as_the_user_named_them(checkout: Path, path: str, folder: str, name: str) -> None:
    assert name in dict(vcs.texts_at("HEAD", [path], checkout / folder, YAML))


@pytest.mark.parametrize(
    "path",
    [".", "./", "specs", "../checkout/specs", "specs/*.yaml", "./specs/*.yaml", "**/*.yaml", "specs/**", "*", "[s]*/*",
     "{cwd}", "{cwd}/specs/*.yaml", "specs/a.yaml", "../linked", "../linked/*.yaml"],
)  # fmt: skip
def test_the_same_files_under_the_same_names_as_a_walk_finds(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    for name in ("specs/a.yaml", "specs/.b.yaml", "specs/deep/c.yml", "specs/notes.md", ".hidden/d.yaml", "e.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n")
    (tmp_path / "linked").symlink_to("checkout/specs")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    chosen = path.format(cwd=folder)
    env = replace(environment.from_process(), cwd=folder)
    today = {text.path: text.text.encode() for text in source.read([chosen], env).texts}
    assert dict(vcs.texts_at("HEAD", [chosen], folder, YAML)) == today


def test_names_with_line_breaks_links_and_other_repositories(checkout: Path) -> None:
    (checkout / "specs" / "new\nline.yaml").write_text("d: 1\n")
    (checkout / "specs" / "link.yaml").symlink_to("a.yaml")
    git(checkout, "init", "-q", "specs/sub.yaml")
    git(checkout / "specs" / "sub.yaml", "commit", "-qm", "first", "--allow-empty")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    found = dict(vcs.texts_at("HEAD", ["specs"], checkout, YAML))
    assert found == {"specs/a.yaml": b"a: 2\n", "specs/new\nline.yaml": b"d: 1\n"}


@pytest.mark.parametrize("ref", ["nope", ""])
def test_an_unknown_commit_says_so(ref: str, checkout: Path) -> None:
    with pytest.raises(UsageError, match=f"git knows no commit `{ref}` here"):
        list(vcs.texts_at(ref, ["specs"], checkout, YAML))


def test_a_commit_is_never_taken_for_an_option(checkout: Path) -> None:
    with pytest.raises(UsageError, match="git knows no commit"):
        list(vcs.texts_at("--upload-pack=x", ["specs"], checkout, YAML))


def test_outside_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match="not a git repository"):
        list(vcs.texts_at("HEAD", ["."], tmp_path, YAML))


def dated(folder: Path, at: str, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    times = {"GIT_COMMITTER_DATE": at, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "PATH": os.environ["PATH"]}
    command = ["git", "-C", str(folder), *identity, *arguments]
    subprocess.run(command, check=True, capture_output=True, env=times)


def test_commits_and_tags_of_a_stretch_of_time(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for at, name in (
        ("2026-11-01T12:00:00Z", "ü a|b.md"),
        ("2026-11-04T12:00:00Z", "b.md"),
        ("2026-11-09T12:00:00Z", "c"),
    ):
        (tmp_path / name).write_text("x")
        git(tmp_path, "add", "-A")
        dated(tmp_path, at, "commit", "-q", "-m", f"add {name}\n\nmore words")
    dated(tmp_path, "2026-11-04T13:00:00Z", "tag", "-a", "v1", "-m", "a release")
    start, end = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC)
    second, first, tag = vcs.log(tmp_path, start, end, 10)
    assert (first.subject, first.paths, first.at) == (
        "add ü a|b.md",
        ("ü a|b.md",),
        datetime(2026, 11, 1, 12, tzinfo=UTC),
    )
    assert (second.subject, second.paths) == ("add b.md", ("b.md",))
    assert (tag.tag, tag.subject) == ("v1", "a release")
    assert len(tag.id) == len(first.id) == 40
    assert [each.subject for each in vcs.log(tmp_path, start, end, 1)] == ["add b.md", "a release"]


def test_a_checkout_without_a_commit_has_no_log(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert list(vcs.log(tmp_path, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 5)) == []


def test_what_is_no_checkout_has_no_log(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="git"):
        list(vcs.log(tmp_path, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), 5))


@pytest.mark.parametrize(
    ("remote", "web"),
    [
        ("https://github.com/example/chat.git", "https://github.com/example/chat"),
        ("https://user:token@gitlab.example.com/team/chat", "https://gitlab.example.com/team/chat"),
        ("git@github.com:example/chat.git", "https://github.com/example/chat"),
        ("ssh://git@git.example.com:2222/team/chat.git", "https://git.example.com/team/chat"),
        ("/srv/git/chat.git", ""),
        ("file:///srv/chat", ""),
        ("https://github.com/a b/<x>", ""),
    ],
)
def test_the_pages_of_a_remote(remote: str, web: str, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert vcs.web_address(tmp_path) == ""
    git(tmp_path, "remote", "add", "origin", remote)
    assert vcs.web_address(tmp_path) == web
