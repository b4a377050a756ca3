"""Scenarios and the files that they name, broken in every way: a documented exit code, findings with places."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from runner import Runner

SCENARIO: Final = "name: a\nrequests: 9\narrivals: {rate: 5, burstiness: 0.5}\nworkload: {FILE}\n"
FILES: Final = {
    "trace": "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n2023-11-16 18:15:50,396,109\n",
    "prompts": '{"prompt": "What is an SLO?", "output_tokens": 5}\n{"messages": [{"role": "user", "content": "a"}]}\n',
}
_PIECES: Final = [
    "",
    "\0",
    "\x1b[2J",
    '"',
    "{",
    "}",
    "[",
    "\n",
    "\r",
    ":",
    "- ",
    ",",
    "-1",
    ".nan",
    "9" * 30,
    "\ufeff",
    "\u2028",
]


@st.composite
def broken(draw: st.DrawFn, text: str) -> bytes:
    """`text` with a few places cut or overwritten."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(_PIECES)) + text[at + draw(st.sampled_from([0, 1, 5, 50])) :]
    return text.encode("utf-8", "surrogatepass")


@given(st.data(), st.sampled_from(sorted(FILES)))
@settings(max_examples=80)
def test_whatever_stands_in_the_files_it_is_told(data: st.DataObject, kind: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "s.yaml").write_bytes(data.draw(broken(SCENARIO.replace("FILE", f"{kind}: rows"))))
        (folder / "rows").write_bytes(data.draw(broken(FILES[kind])))
        out, err, code = Runner(cwd=folder, home=folder).call(["loadtest", "presets", "s.yaml", "-o", "json"])
    assert code in (0, 2), err.decode()
    found = json.loads(out)["findings"]
    assert (code == 2) == any(each["severity"] == "error" for each in found)
    assert all(each["location"]["path"] for each in found)
