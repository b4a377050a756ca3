"""Whatever stands in a postmortem or a runbook: a documented exit code, no traceback, every file looked at."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from runner import Runner

CODES: Final = Path(__file__).parents[1] / "codes"
GOOD: Final = [(CODES / name / "good.md").read_bytes() for name in ("AIR622", "AIR640", "AIR643")]
TOKENS: Final = (
    b"---\n", b"...\n", b"&a ", b"*a", b"<<: *a\n", b"[", b"{", b"? ", b": ", b"|", b"|---|\n", b"| 0202-01-31 |",
    b"# ", b"## Timeline\n", b"```\n", b"~~~", b"````sh {\"name\":[]}\n", b"<!--", b"-->", b"- [x] ", b"1) ", b"> ",
    b"`", b"\"", b"TODO(postmortem):", b"2026-13-45T99:99Z", b"~", b"--:--", b"11 Days", b"9" * 300, b"1e400",
    b".nan", b"\x00", b"\xff", b"\xef\xbb\xbf", "\u2028\u202e\U0001f4a5".encode(), b"\r\n", b"\t", b"TTD: ",
    b"Time to recovery: ", b"{at: ", b"]: ", b"<!-- airectl: ignore AIR622 -->", b"@", b"$(", b"'", b"\\", b"\n" * 40,
)  # fmt: skip


def mutated(rng: random.Random) -> bytes:
    """A postmortem with some of its bytes elsewhere or otherwise."""
    text = bytearray(rng.choice(GOOD))
    for _ in range(rng.randint(1, 8)):
        at, length = rng.randrange(len(text) + 1), rng.randrange(1, 120)
        match rng.randrange(4):
            case 0:
                text[at:at] = rng.choice(TOKENS)
            case 1:
                del text[at : at + length]
            case 2:
                text[at : at + length] = rng.choice(TOKENS) * rng.randrange(1, 4)
            case _:
                text[at:at] = text[rng.randrange(400) :][:length]
    return bytes(text)


def fuzz(airectl: Runner, seed: int, count: int) -> None:
    rng = random.Random(seed)  # noqa: S311  # the same files for the same seed
    for folder in ("postmortems", "runbooks/chat"):
        (airectl.cwd / folder).mkdir(parents=True)
    for number in range(count):
        (airectl.cwd / "postmortems" / f"{number:05}.md").write_bytes(mutated(rng))
        (airectl.cwd / "runbooks" / "chat" / f"{number:05}.md").write_bytes(mutated(rng))
    (airectl.cwd / "slo.yaml").write_text("service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n")
    commands = {
        "check": (["postmortem", "check", "postmortems"], 1),
        "stats": (["postmortem", "stats", "postmortems"], 0),
        "export": (["postmortem", "export", "postmortems", "-q"], 0),
        "runbooks": (["runbook", "check", "runbooks", "--specs", "slo.yaml"], 1),
    }
    for name, (args, code) in commands.items():
        done = subprocess.run(
            [sys.executable, "-m", "airectl", *args, "-o", f"json={name}.json"],
            cwd=airectl.cwd, env=airectl.environ, capture_output=True, timeout=600, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr.decode()) == (code, ""), f"{name}, seed {seed}"
    gates = json.loads((airectl.cwd / "check.json").read_text())["gates"]
    assert len(gates) == count


def test_a_few_hundred_mutated_documents(airectl: Runner) -> None:
    fuzz(airectl, seed=1, count=200)


@pytest.mark.accept
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_mutated_documents(seed: int, airectl: Runner) -> None:
    fuzz(airectl, seed=seed, count=1_000)


@pytest.mark.parametrize(
    "text",
    [
        b"|" * 100_000,
        b"| a | b |\n|---|---|\n" + b"| 2026-01-01 10:00 | x |\n" * 5_000 + b"\nTime to recovery: 7 minutes\n",
        b"#" * 100_000,
        b"# a\n" * 20_000,
        b"`" * 100_000,
        b"<!--" * 50_000,
        b"- " * 50_000,
        b"- a\n" * 20_000,
        b"*" * 100_000,
        b"Time to detection" * 10_000,
        b"The engineer " * 10_000,
        b"Anna " * 10_000,
        b"outage " * 5_000,
        b"---\n" + b"[" * 50_000 + b"\n---\n",
        b"---\na: &a [*a]\n---\n",
        b"## Timeline\n\n" + b"| 2026-01-01 10:00 |" * 5_000,
        b'"' * 100_001,
    ],
    ids=range(17),
)
def test_a_hostile_document_is_bounded(text: bytes, airectl: Runner) -> None:
    (airectl.cwd / "x.md").write_bytes(b"# T\n\n## Timeline\n\n" * (not text.startswith(b"---")) + text)
    _, stderr, code = airectl.call(["postmortem", "check", "x.md", "-q"])
    assert (code, stderr) == (1, b"")
    assert airectl.call(["postmortem", "stats", "x.md", "-q"])[2] == 0
