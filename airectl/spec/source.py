"""Which files a command reads, and their text. A file that cannot be read is a finding, not the end."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.env import Env

MAX_BYTES: Final = 64 * 1024 * 1024
SUFFIXES: Final = (".yaml", ".yml")
STDIN: Final = "-"
_PERMISSIONS: Final = "check the path and its permissions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """One input. `named` says that the user named this very file, not a folder or a glob around it."""

    path: str
    text: str
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What could be read and what could not."""

    texts: tuple[SourceText, ...]
    findings: tuple[Finding, ...] = ()


def read(paths: Sequence[str], env: Env, suffixes: tuple[str, ...] = SUFFIXES) -> Inputs:
    """Read files, folders (recursively), globs and `-` (stdin), each file once, in a stable order.

    Of a folder those files are read whose names end with one of `suffixes`.
    """
    texts: list[SourceText] = []
    findings: list[Finding] = []
    seen: set[object] = set()
    for path, named in _expand(paths, env, suffixes, findings):
        file = _identity(path, env)
        if file in seen:
            continue
        seen.add(file)
        result = _read_one(path, named, env)
        if isinstance(result, Finding):
            findings.append(result)
        else:
            texts.append(result)
    return Inputs(texts=tuple(texts), findings=tuple(findings))


def _identity(path: str, env: Env) -> object:
    """What tells one file from another, however they are named: `a.yaml`, `./a.yaml` and a link to it are one."""
    if path == STDIN:
        return path
    try:
        status = (env.cwd / path).stat()
    except (OSError, ValueError):
        return path
    return status.st_dev, status.st_ino


def _expand(
    paths: Sequence[str], env: Env, suffixes: tuple[str, ...], findings: list[Finding]
) -> Iterator[tuple[str, bool]]:
    for path in paths:
        full = env.cwd / path
        # Of os.path, which says no where Path raises: what cannot be looked at is told when it is read.
        if path == STDIN or os.path.isfile(full):  # noqa: PTH113
            yield path, True
        elif os.path.isdir(full):  # noqa: PTH112
            before = len(findings)
            found = sorted(_files_below(path, full, suffixes, findings))
            if not found and len(findings) == before:
                message = f"the folder holds no {' or '.join(suffixes)} file"
                help = "name a folder that holds specs" if suffixes == SUFFIXES else "name a folder that holds one"
                findings.append(_unreadable(path, message, help))
            yield from ((name, False) for name in found)
        elif has_magic(path):
            # glob.glob, not Path.glob: the pattern may be absolute or climb with `..`.
            names = [n for n in sorted(glob(path, root_dir=env.cwd, recursive=True)) if (env.cwd / n).is_file()]  # noqa: PTH207
            if not names:
                findings.append(_unreadable(path, "no file matches", "check the pattern, and quote it for the shell"))
            yield from ((name, False) for name in names)
        else:
            yield path, True


def _files_below(path: str, full: Path, suffixes: tuple[str, ...], findings: list[Finding]) -> Iterator[str]:
    """Files below a folder, in the words of `path`; nothing hidden, no link to a folder is followed."""

    def unreadable(error: OSError) -> None:
        name = str(Path(path) / Path(error.filename).relative_to(full))
        findings.append(_unreadable(name, f"cannot read the folder: {_reason(error)}", _PERMISSIONS))

    for folder, folders, names in os.walk(full, onerror=unreadable):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in names:
            child = Path(folder, name)
            if name.endswith(suffixes) and not name.startswith(".") and _may_be_read(child):
                yield str(Path(path) / child.relative_to(full))


def _may_be_read(path: Path) -> bool:
    """Whether it is a file, or one that cannot even be looked at, which reading will tell; no pipe, no dead link."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _read_one(path: str, named: bool, env: Env) -> SourceText | Finding:
    try:
        data = env.stdin.read(MAX_BYTES + 1) if path == STDIN else _bytes(env.cwd / path)
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the path
        return _unreadable(path, f"cannot read the file: {_reason(error)}", _PERMISSIONS)
    if len(data) > MAX_BYTES:
        return _unreadable(path, f"the file is larger than {MAX_BYTES // 2**20} MiB", "split it", code="AIR004")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _undecodable(path, data, error)
    return SourceText(path="<stdin>" if path == STDIN else path, text=text, named=named)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _undecodable(path: str, data: bytes, error: UnicodeDecodeError) -> Finding:
    before = data[: error.start]
    line_start = before.rfind(b"\n") + 1
    column = len(before[line_start:].decode("utf-8", "replace")) + 1
    at = Location(path=path, line=before.count(b"\n") + 1, col=column)
    return Finding(
        code="AIR001",
        severity=Severity.ERROR,
        message=f"the file is not UTF-8: byte 0x{data[error.start]:02x} stands where none such may",
        at=at,
        help="save the file as UTF-8",
    )


def _unreadable(path: str, message: str, help: str, *, code: str = "AIR001") -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=message, at=Location(path=path), help=help)
