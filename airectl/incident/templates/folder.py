"""Where templates are: those that are shipped, and the files of a folder, all of which are read beforehand.

What renders them has no folder to look into: a template can include the files of its own folder, and
`airectl/NAME`, a shipped one; there is nothing else.
"""

from __future__ import annotations

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
    root, sources, paths = root.resolve(), dict(_shipped()), {}
    findings: list[Finding] = []
    shown_root = root.relative_to(cwd.resolve()) if root.is_relative_to(cwd.resolve()) else root
    for path in _files(root):
        key = path.relative_to(root).as_posix()
        paths[key] = str(shown_root / key)
        if not path.resolve().is_relative_to(root):
            findings.append(_leads_out(paths[key]))
        elif (text := _text(path, paths[key], needed=key == name)) is not None:
            sources[key] = text
    return Chosen(name=name, called=_called(name), sources=sources, paths=paths, findings=tuple(findings))


def _files(root: Path) -> list[Path]:
    """The templates of a folder and of the folders in it. Raises UsageError where it is no folder of templates."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.name.endswith(_SUFFIXES) and not any(part.startswith(".") for part in path.relative_to(root).parts):
            found.append(path)
        if len(found) > _MOST_FILES:
            raise UsageError(
                f"the folder of templates {root.name} has more than {_MOST_FILES} files",
                help="put templates into a folder of their own",
            )
    return [path for path in found if path.is_file() or path.is_symlink()]


def _text(path: Path, shown: str, *, needed: bool) -> str | None:
    """A template's text. What is not asked for by name and cannot be read is no template. Raises UsageError."""
    try:
        data = path.read_bytes()
        if len(data) <= _LARGEST:
            return data.decode("utf-8")
        reason = f"it is larger than {_LARGEST // 1024} KiB"
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
    if needed:
        raise UsageError(f"cannot read the template {shown}: {reason}", help="check --template")
    return None


def _leads_out(path: str) -> Finding:
    return Finding(
        code="AIR603",
        severity=Severity.ERROR,
        message=f"`{path}` is a link that leads out of the folder of templates",
        at=Location(path=path),
        help="put a copy of the file into the folder",
    )


def _called(name: str) -> str:
    return PurePosixPath(name).name.partition(".")[0]


def _shipped() -> dict[str, str]:
    root = files("airectl").joinpath("data", "templates", "postmortem")
    return {f"{_OWN}{each.name}": each.read_text("utf-8") for each in root.iterdir() if each.name.endswith(SUFFIX)}
