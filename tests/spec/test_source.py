"""Which files are read: each once, and none left out in silence."""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from airectl import env as environment
from airectl.env import Env
from airectl.spec import source
from airectl.spec.source import Inputs


@pytest.fixture
def env(tmp_path: Path) -> Env:
    return replace(environment.from_process(), cwd=tmp_path, stdin=BytesIO(b"x: 1\n"))


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}: 1\n")


def told(inputs: Inputs) -> list[str]:
    return [f"{f.code} {f.at}: {f.message}" for f in inputs.findings]


def names(inputs: Inputs) -> list[str]:
    return [text.path for text in inputs.texts]


def test_a_folder_is_walked_in_order_without_what_is_hidden(env: Env) -> None:
    write(env.cwd, "s/b.yaml", "s/a.yml", "s/c/d.yaml", "s/c.json", "s/.e.yaml", "s/.git/f.yaml")
    inputs = source.read(["s"], env)
    assert (names(inputs), told(inputs)) == (["s/a.yml", "s/b.yaml", "s/c/d.yaml"], [])
    assert not any(text.named for text in inputs.texts)


def test_a_file_with_several_names_is_read_once(env: Env) -> None:
    write(env.cwd, "s/a.yaml")
    (env.cwd / "s" / "link.yaml").symlink_to("a.yaml")
    (env.cwd / "s" / "round").symlink_to(".")
    every = ["./s/a.yaml", "s/a.yaml", "s", str(env.cwd / "s"), "s/**/*.yaml", "s/link.yaml"]
    assert names(source.read(every, env)) == ["./s/a.yaml"]


def test_stdin_is_read_once(env: Env) -> None:
    assert names(source.read(["-", "-"], env)) == ["<stdin>"]


def test_what_is_no_file_is_passed_over_in_a_folder(env: Env) -> None:
    write(env.cwd, "a.yaml", "folder.yaml/b.yaml")
    os.mkfifo(env.cwd / "pipe.yaml")
    (env.cwd / "dead.yaml").symlink_to("nowhere")
    (env.cwd / "self.yaml").symlink_to("self.yaml")
    inputs = source.read(["."], env)
    assert names(inputs) == ["a.yaml", "folder.yaml/b.yaml"]
    assert told(inputs) == ["AIR001 self.yaml: cannot read the file: too many levels of symbolic links"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.yaml", "cannot read the file: no such file or directory"),
        ("empty", "the folder holds no .yaml or .yml file"),
        ("*.json", "no file matches"),
        ("x" * 5000, "cannot read the file: file name too long"),
        ("a\0b", "cannot read the file: embedded null byte"),
    ],
)
def test_a_path_without_specs_says_why(path: str, message: str, env: Env) -> None:
    write(env.cwd, "a.yaml", "empty/b.json")
    assert told(source.read([path], env)) == [f"AIR001 {path}: {message}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told_of(env: Env) -> None:
    write(env.cwd, "s/a.yaml", "s/closed/b.yaml", "s/listed/c.yaml")
    for name, mode in (("closed", 0), ("listed", 0o400)):
        (env.cwd / "s" / name).chmod(mode)
    try:
        inputs = source.read(["s", "s/closed/b.yaml"], env)
    finally:
        for name in ("closed", "listed"):
            (env.cwd / "s" / name).chmod(0o700)
    assert names(inputs) == ["s/a.yaml"]
    assert told(inputs) == [
        "AIR001 s/closed: cannot read the folder: permission denied",
        "AIR001 s/listed/c.yaml: cannot read the file: permission denied",
        "AIR001 s/closed/b.yaml: cannot read the file: permission denied",
    ]
