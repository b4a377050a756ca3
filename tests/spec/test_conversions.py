"""Golden conversions of every conformance file in another format than OpenSLO v1, and what holds for all of them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from airectl.spec.composer import compose
from airectl.spec.convert import FORMATS, How, convert
from airectl.spec.relocate import below, relocated
from airectl.spec.tree import to_plain
from spec_texts import is_v1, read, read_file

NAMES = (
    "getting-started", "home-wifi", "kubernetes-apiserver", "multifile", "no-alerts", "raw-home-wifi",
    "openslo-getting-started",
)  # fmt: skip


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("name", NAMES)
def test_conformance_files_convert_as_written_down(
    conformance: Path, golden: Callable[[str, str], None], name: str, form: str
) -> None:
    specs = read_file(conformance / f"specs/sloth/{name}.yml").specs
    golden(f"convert/{name}.{form}.yaml", convert(specs, How(to=form)).text())


@pytest.mark.parametrize("name", NAMES)
def test_what_was_converted_converts_to_itself(conformance: Path, name: str) -> None:
    loaded = read_file(conformance / f"specs/sloth/{name}.yml")
    first = convert(loaded.specs, How(to="openslo")).text()
    again = read(first)
    assert (again.findings, is_v1(again)) == ((), True)
    assert convert(again.specs, How(to="openslo")).text() == first
    assert convert(again.specs, How(to="sloth")).text() == convert(loaded.specs, How(to="sloth")).text()


def test_every_openslo_file_is_written_as_it_was_read(conformance: Path) -> None:
    paths = [
        path for group in ("openslo-sdk", "openslo-spec") for path in (conformance / "specs" / group).rglob("*.yaml")
    ]
    assert len(paths) > 20
    for path in paths:
        loaded = read_file(path)
        written = compose("out.yaml", convert(loaded.specs, How(to="openslo")).text())
        assert written.findings == []
        assert [to_plain(each) for each in written.documents] == [to_plain(d.node) for d in loaded.specs.documents]


EVENTS = """
    service: chat
    events: [logs/*.jsonl, /var/log/a.jsonl]
    SLO: {accuracy: 95%}
    """


def test_logs_stay_the_same_files_wherever_the_spec_goes() -> None:
    conversion = convert(read(EVENTS, "specs/chat.yaml").specs, How(to="openslo"))
    cwd = Path("/home/me")
    in_file = conversion.in_file("dist/all.yaml", cwd)
    assert list(in_file) == ["dist/all.yaml"]
    assert "- ../specs/logs/*.jsonl\n" in in_file["dist/all.yaml"]
    assert "- /var/log/a.jsonl\n" in in_file["dist/all.yaml"]
    assert "- logs/*.jsonl\n" in conversion.in_file("specs/other.yaml", cwd)["specs/other.yaml"]
    assert "- logs/*.jsonl\n" in conversion.text()
    assert list(conversion.in_folder("dist/", cwd)) == ["dist/chat.yaml"]


def test_files_lie_to_each_other_as_before() -> None:
    cwd = Path("/home/me")
    assert below("out", ["a/b.yaml", "a/c/d.yml"], cwd) == {
        "a/b.yaml": "out/b.yaml",
        "a/c/d.yml": "out/c/d.yml",
        "<stdin>": "out/stdin.yaml",
    }
    assert below("out", ["../x/a.yaml", "/home/x/b/c.yaml"], cwd)["/home/x/b/c.yaml"] == "out/b/c.yaml"
    assert below("out/", ["<stdin>"], cwd) == {"<stdin>": "out/stdin.yaml"}


def test_only_paths_of_event_logs_are_moved() -> None:
    source = {"type": "Other", "spec": {"path": "a"}, "more": [{"type": "events", "spec": {"path": "https://x/y"}}]}
    assert relocated(source, Path("/a"), Path("/b")) == source
