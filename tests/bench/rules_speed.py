"""How long `airectl rules` takes for many SLOs: for the figures."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

SLOS: Final = 1_000
LIMIT_S: Final = 10.0
_IN_A_FILE: Final = 10


def wall_s(airectl: str, documents: Iterable[str], folder: Path) -> float:
    """Seconds by the clock for the rules and their tests of the first 1,000 SLOs, written below `folder`."""
    specs = folder / "specs"
    specs.mkdir()
    chosen = list(islice(documents, SLOS))
    for first in range(0, len(chosen), _IN_A_FILE):
        text = "---\n".join(chosen[first : first + _IN_A_FILE])
        (specs / f"specs-{first:05}.yaml").write_text(text, "utf-8")
    start = time.perf_counter()
    done = subprocess.run([airectl, "rules", str(specs), "--out", str(folder / "rules"), "-q"], check=False)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"airectl rules ended with {done.returncode}")
    return seconds
