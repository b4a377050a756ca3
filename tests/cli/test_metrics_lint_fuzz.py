"""Pages, rule files and dashboards that somebody broke: never a traceback, and every finding has a place."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from runner import Runner

PUBLISHED: Final = Path(__file__).parents[1] / "telemetry" / "published"
RULES: Final = (PUBLISHED / "wrong.rules.yaml").read_text("utf-8")
DASHBOARD: Final = (PUBLISHED / "wrong.dashboard.json").read_text("utf-8")
PAGE: Final = (Path(__file__).parents[1] / "telemetry" / "expositions" / "kserve.txt").read_text("utf-8")
_PIECES: Final = [
    "",
    "\0",
    "\x1b[2J",
    '"',
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\u2028",
    "\\",
    ":",
    "- ",
    "$x",
    "e9",
    "\ud800",
    "é",
]


@st.composite
def broken(draw: st.DrawFn, text: str) -> bytes:
    """`text` with a few places cut or overwritten."""
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 5, 200, 5000]))
        text = text[:at] + draw(st.sampled_from(_PIECES)) + text[at + length :]
    return text.encode("utf-8", "surrogatepass")


JUNK: Final = st.recursive(
    st.sampled_from([None, True, 1, 1.5, "vllm:x", "$a", "", "label_values(a, b)"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["expr", "panels", "targets", "datasource", "templating", "list", "query", "type", "kind",
                         "group", "groups", "rules", "record", "spec", "items", "dashboard", "rows"]),
        inner, max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


def run(files: dict[str, bytes], args: list[str]) -> dict[str, Any]:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        stdout, stderr, code = Runner(cwd=folder, home=folder).call(["metrics", "lint", *args, "-o", "json"])
    assert code in (0, 1, 2), stderr.decode()
    assert b"Traceback" not in stderr
    report: dict[str, Any] = json.loads(stdout)
    for finding in report["findings"]:
        at = finding["location"]
        assert at["path"] in files
        lines = files[at["path"]].count(b"\n") + files[at["path"]].count(b"\r") + 3
        assert (at["line"] or 1) <= lines + files[at["path"]].count("\u2028".encode()) + files[at["path"]].count(
            b"\x85"
        )
    return report


@settings(max_examples=60)
@given(broken(PAGE), broken(RULES), broken(DASHBOARD))
def test_broken_files(page: bytes, rules: bytes, dashboard: bytes) -> None:
    files = {"page.txt": page, "rules.yaml": rules, "dashboard.json": dashboard}
    run(files, ["page.txt", "--rules", "rules.yaml", "--dashboards", "dashboard.json"])


@settings(max_examples=100)
@given(JUNK)
def test_files_of_any_shape(value: Any) -> None:
    text = json.dumps(value).encode()
    run({"rules.yaml": text, "dashboard.json": text}, ["--rules", "rules.yaml", "--dashboards", "dashboard.json"])
