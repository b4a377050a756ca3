"""The only writer: all files or none, the old one or the new one."""

import os
from pathlib import Path

import pytest

from airectl import files
from airectl.errors import UsageError


def test_it_writes_into_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    files.write_all({"a/b.txt": b"new"}, tmp_path)
    assert (tmp_path / "a" / "b.txt").read_bytes() == b"new"


def test_a_file_that_cannot_be_written_leaves_all_others_as_they_were(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b"
    first.write_text("old")
    second.mkdir()
    with pytest.raises(UsageError, match=r"cannot write b: is a folder"):
        files.write_all({"a.txt": b"new", "b": b"new"}, tmp_path)
    assert first.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "b"]


def test_it_keeps_the_mode_of_a_file_and_obeys_the_umask(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("old")
    kept.chmod(0o640)
    files.write_all({"kept": b"new", "fresh": b"new"}, tmp_path)
    assert kept.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "fresh").stat().st_mode & 0o111 == 0


def test_a_crash_while_writing_leaves_no_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(UsageError, match="no space left"):
        files.write_all({"a": b"new"}, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_device_is_written_to_and_stays_one(tmp_path: Path) -> None:
    null = tmp_path / "null"
    null.symlink_to("/dev/null")
    files.write_all({"null": b"new", "a.txt": b"new"}, tmp_path)
    assert null.is_symlink()
    assert null.is_char_device()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "null"]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        files.write_all({"pipe": b"new"}, tmp_path)
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
