"""A trace of a million rows is read in seconds and bounded memory, in every format."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

ROWS = 1_000_000
# As on a busy machine of two cores; an idle one needs a third of it.
MOST_S = 30.0
MOST_MIB = 600


def azure() -> Iterator[str]:
    yield "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    for n in range(ROWS):
        second, ms = divmod(n, 20)
        yield f"2024-05-{10 + second // 86400:02d} {second // 3600 % 24:02d}:{second // 60 % 60:02d}:"
        yield f"{second % 60:02d}.{ms * 50_000:06d}+00:00,{n % 8000 + 1},{n % 500 + 1}\n"


def mooncake() -> Iterator[str]:
    for n in range(ROWS):
        blocks = list(range(n, n + n % 20 + 1))
        yield (
            json.dumps({"timestamp": n, "input_length": len(blocks) * 512, "output_length": 5, "hash_ids": blocks})
            + "\n"
        )


READ = """
import resource, sys
from dataclasses import replace
from airectl import env
from airectl.load.traces.reading import Wanted, read
found = read(Wanted(path=sys.argv[1]), env.from_process())
print(len(found.trace.times_ns), len(found.findings), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.accept
@pytest.mark.parametrize("rows", [azure, mooncake])
def test_a_million_rows(rows: object, tmp_path: Path) -> None:
    assert callable(rows)
    path = tmp_path / "trace"
    with path.open("w") as file:
        file.writelines(rows())
    began = perf_counter()
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True)
    spent = perf_counter() - began
    count, findings, peak_mib = map(int, done.stdout.split())
    print(f"{path.stat().st_size // 2**20} MiB in {spent:.1f} s with {peak_mib} MiB")
    assert (count, findings) == (ROWS, 0)
    assert spent < MOST_S
    assert peak_mib < MOST_MIB
