"""Which files a spec may read events from, and which those are.

A spec may come from a pull request, and a condition on a file's rows tells something of its content
in the report. So a spec reads files inside its project only, symbolic links followed first: below the
nearest folder upwards of the spec that holds airectl.toml, pyproject.toml or .git, else below the
working folder, else beside the spec. `event_roots` in airectl.toml names further folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from glob import glob, has_magic
from itertools import takewhile
from pathlib import Path
from typing import Final

from airectl.sources.protocol import Setting

_MARKERS: Final = ("airectl.toml", "pyproject.toml", ".git")
_RELATIVE: Final = "a path is relative to the folder of the spec it stands in"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class BadPathError(Exception):
    """No file can be read there; the message says why, `help` what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def find_files(patterns: Sequence[str], spec: str, setting: Setting) -> tuple[Path, ...]:
    """The files that `patterns` (paths or globs, relative to the spec's folder) name, in order, each once.

    Raises BadPathError for a pattern without a file, a URL, or a file outside of the project.
    """
    folder = setting.cwd if spec.startswith("<") else (setting.cwd / spec).parent
    roots = [_project(folder, setting.cwd), *((setting.cwd / root).resolve() for root in setting.event_roots)]
    files: dict[Path, None] = {}
    for pattern in patterns:
        if _URL.match(pattern):
            raise BadPathError(f"`{pattern}` is a URL", "events are read from files; download them first")
        try:
            for path in _matches(pattern, folder, roots):
                files[_inside(path, pattern, roots)] = None
        except OSError as error:
            reason = (error.strerror or "it cannot be read").lower()
            raise BadPathError(
                f"cannot look at `{_short(pattern)}`: {reason}", "check the path and its permissions"
            ) from None
    return tuple(files)


def _short(pattern: str) -> str:
    return pattern if len(pattern) <= 80 else f"{pattern[:77]}..."


def _matches(pattern: str, folder: Path, roots: Sequence[Path]) -> list[Path]:
    named = folder / pattern
    if named.is_file():
        return [named]
    if not has_magic(pattern):
        raise _no_file(named, pattern)
    _inside(folder / _fixed(pattern), pattern, roots)  # or `/**` would walk through the whole machine
    # Path.glob takes no absolute pattern and no `..` behind a wildcard.
    found = sorted(glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207  # see above
    files = [folder / name for name in found if (folder / name).is_file()]
    if not files:
        raise BadPathError(f"no file matches `{pattern}`", _RELATIVE)
    return files


def _no_file(named: Path, pattern: str) -> BadPathError:
    if named.is_dir():
        return BadPathError(f"`{pattern}` is a folder", f"name files in it, such as `{pattern.rstrip('/')}/*.jsonl`")
    if named.exists():
        return BadPathError(f"`{pattern}` is no regular file", "a log is read more than once; write it to a file")
    return BadPathError(f"there is no file `{pattern}`", _RELATIVE)


def _fixed(pattern: str) -> Path:
    """The folders before the first wildcard."""
    return Path(*takewhile(lambda part: not has_magic(part), Path(pattern).parts[:-1]))


def _project(folder: Path, cwd: Path) -> Path:
    folder, cwd = folder.resolve(), cwd.resolve()
    for parent in (folder, *folder.parents):
        if any((parent / marker).exists() for marker in _MARKERS):
            return parent
    return cwd if folder.is_relative_to(cwd) else folder


def _inside(path: Path, pattern: str, roots: Iterable[Path]) -> Path:
    real = path.resolve()
    if not any(real.is_relative_to(root) for root in roots):
        raise BadPathError(
            f"`{pattern}` leads out of the project",
            "keep logs inside the project, or name their folder in `event_roots`",
        )
    return real
