"""Which files a spec may read: those of its project."""

import os
from pathlib import Path

import pytest

from airectl.sources.paths import BadPathError, find_files
from airectl.sources.protocol import Setting

SPEC = "slo-specs/chat.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a log, beside a file that is none of its business."""
    folder = tmp_path / "project"
    for path in ("slo-specs/chat.yaml", "logs/a.jsonl", "logs/b.jsonl", "logs/deep/c.jsonl", "airectl.toml"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")
    (tmp_path / "outside.jsonl").write_text("")
    return folder


def found(project: Path, *patterns: str, spec: str = SPEC, roots: tuple[str, ...] = ()) -> list[str]:
    files = find_files(patterns, spec, Setting(cwd=project, event_roots=roots))
    return [os.path.relpath(path, project) for path in files]


def refused(project: Path, pattern: str, spec: str = SPEC) -> str:
    with pytest.raises(BadPathError) as error:
        found(project, pattern, spec=spec)
    assert error.value.help
    return str(error.value)


def test_a_path_is_relative_to_the_spec(project: Path) -> None:
    assert found(project, "../logs/a.jsonl") == ["logs/a.jsonl"]


def test_a_spec_from_stdin_stands_in_the_working_folder(project: Path) -> None:
    assert found(project, "logs/a.jsonl", spec="<stdin>") == ["logs/a.jsonl"]


def test_globs_and_lists_give_each_file_once_in_order(project: Path) -> None:
    assert found(project, "../logs/b.jsonl", "../logs/*.jsonl") == ["logs/b.jsonl", "logs/a.jsonl"]
    assert found(project, "../logs/**/*.jsonl") == ["logs/a.jsonl", "logs/b.jsonl", "logs/deep/c.jsonl"]


def test_an_absolute_path_inside_the_project_is_fine(project: Path) -> None:
    assert found(project, str(project / "logs/a.jsonl")) == ["logs/a.jsonl"]


@pytest.mark.parametrize("pattern", ["../../outside.jsonl", "../../*.jsonl", "/etc/passwd", "/etc/pass*"])
def test_nothing_outside_of_the_project_is_read(pattern: str, project: Path) -> None:
    assert refused(project, pattern) == f"`{pattern}` leads out of the project"


def test_a_link_is_where_it_leads(project: Path) -> None:
    (project / "logs/link.jsonl").symlink_to(project.parent / "outside.jsonl")
    (project / "etc").symlink_to("/etc")
    assert "leads out" in refused(project, "../logs/link.jsonl")
    assert "leads out" in refused(project, "../etc/passwd")


def test_the_configuration_may_allow_more(project: Path) -> None:
    assert found(project, "../../outside.jsonl", roots=("..",)) == ["../outside.jsonl"]


def test_without_a_marker_the_project_is_the_working_folder(project: Path) -> None:
    (project / "airectl.toml").unlink()
    assert found(project, "../logs/a.jsonl") == ["logs/a.jsonl"]
    assert "leads out" in refused(project, "../../outside.jsonl")


def test_a_spec_elsewhere_reads_beside_itself_only(project: Path) -> None:
    (project / "airectl.toml").unlink()
    work = project / "work"
    work.mkdir()
    spec = str(project / SPEC)
    (project / "slo-specs/own.jsonl").write_text("")
    assert find_files(["own.jsonl"], spec, Setting(cwd=work)) == ((project / "slo-specs/own.jsonl").resolve(),)
    with pytest.raises(BadPathError, match="leads out"):
        find_files(["../logs/a.jsonl"], spec, Setting(cwd=work))


@pytest.mark.parametrize("pattern", ["https://example.com/a.jsonl", "s3://bucket/a.jsonl", "file:///etc/passwd"])
def test_a_url_is_no_file(pattern: str, project: Path) -> None:
    assert refused(project, pattern) == f"`{pattern}` is a URL"


def test_what_is_not_there_is_said(project: Path) -> None:
    assert refused(project, "../logs/none.jsonl") == "there is no file `../logs/none.jsonl`"
    assert refused(project, "../logs/*.csv") == "no file matches `../logs/*.csv`"


def test_what_is_no_file_to_read_is_named_for_what_it_is(project: Path) -> None:
    os.mkfifo(project / "logs/pipe.jsonl")
    assert refused(project, "../logs") == "`../logs` is a folder"
    assert refused(project, "../logs/pipe.jsonl") == "`../logs/pipe.jsonl` is no regular file"
    assert "pipe" not in str(found(project, "../logs/*.jsonl"))


def test_a_wildcard_does_not_walk_through_the_machine(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airectl.sources.paths.glob", lambda *_, **__: pytest.fail("it walks"))
    assert "leads out" in refused(project, "/**/*.jsonl")
    assert "leads out" in refused(project, "../../**/*.jsonl")


def test_ten_thousand_files_are_found(project: Path) -> None:
    for number in range(10_000):
        (project / f"logs/{number:05}.ndjson").touch()
    assert len(found(project, "../logs/*.ndjson")) == 10_000


def test_a_file_with_a_bracket_in_its_name_is_that_file(project: Path) -> None:
    (project / "logs/a[1].jsonl").write_text("")
    assert found(project, "../logs/a[1].jsonl") == ["logs/a[1].jsonl"]


def test_a_path_that_no_system_takes_is_a_finding(project: Path) -> None:
    assert "cannot look at" in refused(project, "a" * 5_000)
    assert refused(project, "a\0b") == "there is no file `a\0b`"


def test_a_folder_that_may_not_be_looked_into_is_a_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_path: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", forbidden)
    assert refused(project, "../logs/a.jsonl") == "cannot look at `../logs/a.jsonl`: permission denied"
