"""Where templates are: those that are shipped, and the files of a folder, all of which are read beforehand.

What renders them has no folder to look into: a template can include, by their names as written in it, the files of
its own folder, and `airectl/NAME`, a shipped one; there is nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident.sections import TEMPLATES
from airectl.errors import UsageError

SUFFIX: Final = ".md.j2"
# What a template of the user's own may be called like.
_SUFFIXES: Final = (".j2", ".jinja", ".md", ".yaml", ".txt")
_OWN: Final = "airectl/"
_MOST_FILES: Final = 100
_INCLUDED: Final = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\s+[\"']([^\"']+)[\"']")
_LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A template to render: its name among `sources`, what people call it, and the path of each name for messages.

    `findings` are what is wrong with the files of the folder.
    """

    name: str
    called: str
    sources: Mapping[str, str]
    paths: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def shipped(name: str) -> Chosen:
    """A shipped template, which is one of TEMPLATES."""
    return Chosen(name=f"{_OWN}{name}{SUFFIX}", called=name, sources=_shipped(), paths={})


def find(given: str, folder: str, cwd: Path) -> Chosen:
    """The template called `given`: a shipped one, one in `folder` (empty: none), or the path of a file.

    One of the folder comes before a shipped one of the same name. Raises UsageError.
    """
    for root, name in _places(given, folder, cwd):
        if (root / name).is_file():
            return _from(root, name, cwd)
    if given in TEMPLATES:
        return shipped(given)
    own = f", or one of {folder}" if folder else ""
    raise UsageError(
        f"no template is called `{given}`", help=f"one of: {', '.join(TEMPLATES)}{own}; or the path of a file"
    )


def _places(given: str, folder: str, cwd: Path) -> list[tuple[Path, str]]:
    """Folder and name of each file that may be meant; a path given is in its own folder."""
    places = []
    if folder and "/" not in given:
        places += [(cwd / folder, given + suffix) for suffix in (SUFFIX, *_SUFFIXES)] + [(cwd / folder, given)]
    path = cwd / given
    if given.endswith(_SUFFIXES):
        places.append((path.parent, path.name))
    return places


def _from(root: Path, name: str, cwd: Path) -> Chosen:
    """A template of a folder with all that it includes, and what that includes, as far as it lies in the folder."""
    root, sources, paths = root.resolve(), dict(_shipped()), dict[str, str]()
    shown_root = root.relative_to(cwd.resolve()) if root.is_relative_to(cwd.resolve()) else root
    findings: list[Finding] = []
    wanted = [name]
    while wanted and len(paths) < _MOST_FILES:
        key = wanted.pop()
        path = root / key
        # What leads out is not read; the child says where it is asked for.
        if key in sources or leads_out(key) or not path.is_file():
            continue
        paths[key] = str(shown_root / key)
        if not path.resolve().is_relative_to(root):
            findings.append(_linked_out(paths[key]))
            continue
        text = _text(path, paths[key])
        sources[key] = text
        wanted += [found[1] for found in _INCLUDED.finditer(text)]
    called = PurePosixPath(name).name.partition(".")[0]
    return Chosen(name=name, called=called, sources=sources, paths=paths, findings=tuple(findings))


def leads_out(name: str) -> bool:
    """Whether a name means something outside of the folder of templates."""
    return name.startswith(("/", "~")) or ".." in name.split("/") or "\\" in name


def _text(path: Path, shown: str) -> str:
    """A template's text. Raises UsageError."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
        if len(data) <= _LARGEST:
            return data.decode("utf-8").removeprefix("\ufeff")
        reason = f"it is larger than {_LARGEST // 1024} KiB"
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    raise UsageError(f"cannot read the template {shown}: {reason}", help="check --template and what it includes")


def _linked_out(path: str) -> Finding:
    return Finding(
        code="AIR603",
        severity=Severity.ERROR,
        message=f"`{path}` is a link that leads out of the folder of templates",
        at=Location(path=path),
        help="put a copy of the file into the folder",
    )


def _shipped() -> dict[str, str]:
    root = files("airectl").joinpath("data", "templates", "postmortem")
    return {f"{_OWN}{each.name}": each.read_text("utf-8") for each in root.iterdir() if each.name.endswith(SUFFIX)}
