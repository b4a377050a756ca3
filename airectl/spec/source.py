"""Which files a command reads, and their text. A file that cannot be read is a finding, not the end."""

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


def read(paths: Sequence[str], env: Env) -> Inputs:
    """Read files, folders (recursively), globs and `-` (stdin), each file once, in a stable order."""
    texts: dict[str, SourceText] = {}
    findings: list[Finding] = []
    for path, named in _expand(paths, env, findings):
        if path in texts:
            continue
        result = _read_one(path, named, env)
        if isinstance(result, Finding):
            findings.append(result)
        else:
            texts[path] = result
    return Inputs(texts=tuple(texts.values()), findings=tuple(findings))


def _expand(paths: Sequence[str], env: Env, findings: list[Finding]) -> Iterator[tuple[str, bool]]:
    for path in paths:
        full = env.cwd / path
        if path == STDIN or full.is_file():
            yield path, True
        elif full.is_dir():
            found = sorted(str(Path(path) / child.relative_to(full)) for child in _specs_below(full))
            if not found:
                message = "the folder holds no .yaml or .yml file"
                findings.append(_unreadable(path, message, "name a folder that holds specs"))
            yield from ((name, False) for name in found)
        elif has_magic(path):
            # glob.glob, not Path.glob: the pattern may be absolute or climb with `..`.
            names = [n for n in sorted(glob(path, root_dir=env.cwd, recursive=True)) if (env.cwd / n).is_file()]  # noqa: PTH207
            if not names:
                findings.append(_unreadable(path, "no file matches", "check the pattern, and quote it for the shell"))
            yield from ((name, False) for name in names)
        else:
            yield path, True


def _specs_below(folder: Path) -> Iterator[Path]:
    for child in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in child.relative_to(folder).parts)
        if child.suffix in SUFFIXES and not hidden and child.is_file():
            yield child


def _read_one(path: str, named: bool, env: Env) -> SourceText | Finding:
    try:
        data = env.stdin.read(MAX_BYTES + 1) if path == STDIN else _bytes(env.cwd / path)
    except OSError as error:
        return _unreadable(path, f"cannot read the file: {_reason(error)}", "check the path and its permissions")
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


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


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
