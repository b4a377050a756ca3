"""What git knows of files at an earlier commit."""

import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from glob import has_magic
from os.path import relpath
from pathlib import Path

from airectl.errors import UsageError


def texts_at(ref: str, paths: Sequence[str], cwd: Path) -> Iterator[tuple[str, bytes]]:
    """The files below `paths` as they were at commit `ref`, named as a walk of `paths` today names them.

    Raises UsageError where `cwd` is no git checkout or `ref` no commit.
    """
    cwd = cwd.resolve()
    top = Path(_git(cwd, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    commit = _git(cwd, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ref=ref)
    revision = commit.decode().strip()
    names = {}
    for name in (
        _git(top, "ls-tree", "-r", "-z", "--name-only", revision).decode("utf-8", "surrogateescape").split("\0")
    ):
        shown = relpath(top / name, cwd)
        if name and (found := next((as_named for p in paths if (as_named := _below(shown, p, cwd))), "")):
            names[name] = found
    yield from zip(names.values(), _blobs(top, revision, list(names)), strict=True)


def _below(shown: str, path: str, cwd: Path) -> str:
    """`shown` in the words of `path` if it is that file, below that folder, or matches that glob."""
    plain = relpath(cwd / path, cwd)
    if has_magic(path):
        return shown if fnmatch(shown, plain) else ""
    if shown == plain:
        return path
    if plain == "." or shown.startswith(plain + "/"):
        return str(Path(path) / (shown if plain == "." else shown[len(plain) + 1 :]))
    return ""


def _blobs(top: Path, revision: str, names: Sequence[str]) -> Iterator[bytes]:
    """The contents of files at a commit, from one git process."""
    asked = "".join(f"{revision}:{name}\n" for name in names).encode("utf-8", "surrogateescape")
    answer = _git(top, "cat-file", "--batch", given=asked)
    at = 0
    for _ in names:
        head_end = answer.index(b"\n", at)
        size = int(answer[at:head_end].rsplit(b" ", 1)[1])
        yield answer[head_end + 1 : head_end + 1 + size]
        at = head_end + size + 2


def _git(folder: Path, *arguments: str, ref: str = "", given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], input=given, capture_output=True, check=True)
    except FileNotFoundError:
        raise UsageError("git is not installed", help="--changed-since needs it; use --baseline instead") from None
    except subprocess.CalledProcessError as error:
        if ref:
            help = "fetch it, or name another; checkouts in CI are often shallow"
            raise UsageError(f"git knows no commit `{ref}` here", help=help) from None
        reason = error.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise UsageError(f"git: {reason}", help="--changed-since works inside a git checkout") from None
    return done.stdout
