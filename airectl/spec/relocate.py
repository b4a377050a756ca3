"""Where converted specs go, and what moves with them. Nothing is looked up on disk."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

STDIN: Final = "<stdin>"
_FROM_STDIN: Final = "stdin.yaml"


def below(folder: str, paths: Sequence[str], cwd: Path) -> dict[str, str]:
    """The file below `folder` for each spec file, lying there as the spec files do to each other."""
    full = {path: Path(os.path.normpath(cwd / path)) for path in paths if path != STDIN}
    root = os.path.commonpath([path.parent for path in full.values()]) if full else cwd
    names = {path: str(Path(folder, each.relative_to(root))) for path, each in full.items()}
    return {**names, STDIN: str(Path(folder, _FROM_STDIN))}


def relocated(value: Any, old: Path, new: Path) -> Any:
    """`value` as plain data for a file in the folder `new` that was written for one in `old`.

    Event logs are named relative to their spec: the files named stay the same files.
    """
    if isinstance(value, list):
        return [relocated(item, old, new) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {key: relocated(item, old, new) for key, item in value.items()}
    spec = moved.get("spec")
    if str(moved.get("type")).casefold() == "events" and isinstance(spec, dict) and "path" in spec:
        paths = spec["path"]
        spec["path"] = [_path(each, old, new) for each in paths] if isinstance(paths, list) else _path(paths, old, new)
    return moved


def _path(path: Any, old: Path, new: Path) -> Any:
    if old == new or not isinstance(path, str) or "://" in path or Path(path).is_absolute():
        return path
    return os.path.relpath(old / path, new)
