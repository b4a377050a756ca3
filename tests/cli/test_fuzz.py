"""Whatever stands in a spec file: a documented exit code, no traceback, no dead process, every file looked at."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from runner import Runner

SPECS: Final = sorted((Path(__file__).parents[2] / "slo-specs").glob("*.yaml"))
TOKENS: Final = (
    b"&a ", b"*a", b"<<: *a\n", b"[", b"]", b"{", b"}", b"- ", b": ", b"? ", b"|\n", b">-\n", b"---\n", b"...\n",
    b"%YAML 9.9\n", b"!!python/object/apply:os.system ", b"!!binary ", b"!<tag:x> ", b"\t", b"\r", b"\x00", b"\x1b]8;;",
    b"\xff\xfe", b"\xef\xbb\xbf", "\u202e\u2028\U0001f4a5".encode(), b"~", b"null", b"yes", b"010", b"1e400", b"-0",
    b".nan", b"12:30:00", b"2026-13-45", b"9" * 400, b"'", b'"', b"\\", b"#", b"# airectl: ignore AIR014: x",
    b"{{.window}}", b"sum(rate(", b"[5m]", b"99.9%", b"\n" * 50,
)  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    """A spec of this repository with some bytes, lines and halves of it elsewhere or otherwise."""
    text = bytearray(rng.choice(SPECS).read_bytes())
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(text) + 1), rng.randrange(1, 80)
        match rng.randrange(6):
            case 0:
                text[at:at] = rng.choice(TOKENS)
            case 1:
                del text[at : at + length]
            case 2:
                text[at : at + length] = rng.choice(TOKENS) * rng.randrange(1, 4)
            case 3:
                text[at:at] = text[: rng.randrange(400)]
            case 4:
                text[at:] = rng.choice(SPECS).read_bytes()[rng.randrange(2_000) :]
            case _:
                text[at : at + 1] = bytes([rng.randrange(256)])
    return bytes(text)


def fuzz(airectl: Runner, seed: int, count: int) -> None:
    """Validate `count` mutated files in one child process."""
    rng = random.Random(seed)  # noqa: S311  # the same files for the same seed
    folder = airectl.cwd / "fuzz"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:05}.yaml").write_bytes(mutated(rng))
    done = subprocess.run(
        [sys.executable, "-m", "airectl", "validate", "fuzz", "-o", "json"],
        cwd=airectl.cwd, env=airectl.environ, capture_output=True, timeout=600, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.decode()) == (1, ""), f"seed {seed}"
    report = json.loads(done.stdout)
    assert {finding["location"]["path"] for finding in report["findings"]} <= {
        f"fuzz/{n:05}.yaml" for n in range(count)
    }
    assert len(report["gates"]) == count


def test_a_few_hundred_mutated_specs(airectl: Runner) -> None:
    fuzz(airectl, seed=1, count=300)


@pytest.mark.accept
@pytest.mark.parametrize("seed", range(100, 120))
def test_many_mutated_specs(seed: int, airectl: Runner) -> None:
    fuzz(airectl, seed=seed, count=1_000)
