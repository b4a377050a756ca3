"""The conformance data: every spec file on its own against its golden list of findings.

The specs are those of OpenSLO's SDK and specification and of Sloth. A golden list is one line a
finding, as `airectl validate -o concise` writes it; each line of each list was judged by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from runner import Runner

_SPECS: Final = ("openslo-sdk", "openslo-spec", "sloth")
_RULES: Final = "generated"
# What `openslo-sdk/v1-*.yaml` may be told; anything else there would be wrong.
_TRUE_OF_SDK: Final = {
    "AIR019": "`op` on a ratio SLI",
    "AIR024": "references to objects of other files",
    "AIR025": "a Service that is defined twice",
    "AIR027": "`lte` on a burn rate",
    "AIR028": "a burn rate of 200",
    "AIR034": "keys of an API, as an example",
    "AIR033": "no runbook",
    "AIR114": "`{{.window}}`",
}


def _files() -> Iterator[str]:
    folder = Path(os.environ.get("AIRECTL_CONFORMANCE_DATA", "")) / "specs"
    for group in _SPECS:
        for path in sorted((folder / group).rglob("*.y*ml")):
            if _RULES not in path.relative_to(folder).parts:
                yield str(path.relative_to(folder))


FILES: Final = list(_files()) or [""]


def _findings(conformance: Path, name: str, home: Path) -> str:
    specs = conformance / "specs"
    stdout, stderr, code = Runner(cwd=specs, home=home).call(["validate", name, "-o", "concise"])
    assert code in (0, 1), stderr.decode()
    return stdout.decode()


@pytest.mark.parametrize("name", FILES)
def test_findings_of_a_file_on_its_own(
    name: str, conformance: Path, golden: Callable[[str, str], None], tmp_path: Path
) -> None:
    golden(f"conformance/{name.rpartition('.')[0]}.txt", _findings(conformance, name, tmp_path))


@pytest.mark.parametrize("name", [name for name in FILES if Path(name).name.startswith("v1-")])
def test_sdk_examples_have_no_error_and_true_warnings_only(name: str, conformance: Path, tmp_path: Path) -> None:
    lines = _findings(conformance, name, tmp_path).splitlines()
    assert [line for line in lines if ": error " in line] == []
    assert {line.split()[2] for line in lines} <= _TRUE_OF_SDK.keys()


def test_no_golden_list_is_left_over(conformance: Path) -> None:
    golden = Path(__file__).parent / "golden" / "conformance"
    assert {str(p.relative_to(golden).with_suffix("")) for p in golden.rglob("*.txt")} == {
        name.rpartition(".")[0] for name in FILES
    }
