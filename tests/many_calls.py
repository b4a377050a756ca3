"""Many calls of airectl in one child process: as quick as calls here, and what kills a process kills the child."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LIMIT_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What one of the calls gave."""

    args: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


def called(calls: Sequence[Sequence[str]], cwd: Path, environ: Mapping[str, str]) -> list[Called]:
    """What each of the calls gave, one after the other in `cwd`. A child that dies fails, with the call it died of.

    A call may begin with the words `copy FROM TO`: the file is put in its place before.
    """
    here = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(calls).encode(),
        cwd=cwd, capture_output=True, check=False, timeout=_LIMIT_S,
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, [here, environ.get("PYTHONPATH", "")]))},
    )  # fmt: skip
    found = [Called(**json.loads(line)) for line in done.stdout.splitlines()]
    died = calls[len(found)] if len(found) < len(calls) else ()
    assert done.returncode == 0, f"the process died ({done.returncode}) of {died}: {done.stderr.decode()[-2000:]}"
    return found


def _call(args: list[str]) -> dict[str, object]:
    """`copy FROM TO` before the words of a call puts a file in its place."""
    from airectl.cli import main

    if args[0] == "copy":
        shutil.copyfile(args[1], args[2])
        args = args[3:]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(args)
    said = [each.buffer.getvalue().decode("utf-8", "backslashreplace") for each in (out, err)]
    return {"args": args, "code": int(code), "stdout": said[0], "stderr": said[1]}


if __name__ == "__main__":
    answers = os.dup(1)
    for each in json.loads(sys.stdin.read()):
        os.write(answers, json.dumps(_call(each)).encode() + b"\n")
