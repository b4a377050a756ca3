"""Pages about commands and the man page say what the commands say today."""

import shutil
import subprocess
from pathlib import Path

import pytest

from make_command_pages import ROOT, pages


@pytest.mark.parametrize("path", sorted(pages()))
def test_the_page_is_that_of_today(path: str) -> None:
    """`make docs` writes them anew."""
    assert (ROOT / path).read_text("utf-8") == pages()[path]


def test_no_page_is_left_of_a_command_that_is_gone() -> None:
    assert {f"docs/commands/{each.name}" for each in (ROOT / "docs" / "commands").iterdir()} < set(pages())


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_man_page_is_one(tmp_path: Path) -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", str(ROOT / "docs" / "airectl.1")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "airectl validate [OPTIONS] [PATHS]..." in done.stdout
