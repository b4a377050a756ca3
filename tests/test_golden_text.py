from pathlib import Path

import pytest

from golden_text import UPDATE, same_as_file


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(UPDATE, raising=False)
    monkeypatch.delenv("CI", raising=False)
    path = tmp_path / "kept.txt"
    path.write_text("one\ntwo\n")
    return path


def test_the_same_text_passes(kept: Path) -> None:
    same_as_file(kept, "one\ntwo\n")


def test_another_text_fails_with_a_diff(kept: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"(?s)-two\n\+three.*AIRECTL_UPDATE_GOLDEN=1"):
        same_as_file(kept, "one\nthree\n")


def test_a_missing_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(UPDATE, raising=False)
    with pytest.raises(pytest.fail.Exception, match=r"\+one"):
        same_as_file(tmp_path / "none.txt", "one\n")


def test_the_switch_writes_the_file(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(UPDATE, "1")
    same_as_file(kept, "three\n")
    assert kept.read_text() == "three\n"


def test_the_switch_fails_in_ci_and_writes_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(UPDATE, "1")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="set in CI"):
        same_as_file(kept, "three\n")
    assert kept.read_text() == "one\ntwo\n"
