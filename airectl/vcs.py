"""What git knows of files at an earlier commit, and of the commits of a stretch of time."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from os.path import relpath
from pathlib import Path
from typing import Final

from airectl.errors import UsageError

# What lies in a tree beside files: links, whose content is a path, and other repositories.
_FILES: Final = ("100644", "100755")
_MAGIC: Final = re.compile(r"[*?[]")
# A checkout's own settings cannot have other programs started.
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_LOG: Final = (
    "--no-show-signature", "--no-ext-diff", "--no-textconv", "--no-color", "--first-parent", "-m", "-z", "--name-only",
    "--format=%x01%H%x00%ct%x00%s%x02",
)  # fmt: skip
_REMOTE: Final = re.compile(
    r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|[\w.-]+@)(?P<host>[\w.-]+)(?::\d+(?=/))?[:/]"
    r"(?P<path>[\w.~/-]+?)(?:\.git)?/?"
)


def texts_at(ref: str, paths: Sequence[str], cwd: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The files of `paths` as they were at commit `ref`, chosen and named as a walk of `paths` today does it.

    Of a folder these are the files with one of the `suffixes` that are not hidden.
    Raises UsageError where `cwd` is no git checkout or `ref` no commit.
    """
    cwd = cwd.resolve()
    top = Path(_git(cwd, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    commit = _git(cwd, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", ref=ref)
    places = [_Place(path, cwd) for path in paths]
    named: dict[str, str] = {}
    for entry in (
        _git(top, "ls-tree", "-r", "-z", commit.decode().strip()).decode("utf-8", "surrogateescape").split("\0")
    ):
        about, _, name = entry.partition("\t")
        if about.startswith(_FILES):
            full = str(top / name)
            if found := next((as_named for place in places if (as_named := place.name(full, suffixes))), ""):
                named[found] = about.rpartition(" ")[2]
    yield from zip(named, _blobs(top, list(named.values())), strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit, by when it came into its branch, or a `tag` on one, by when the tag was made."""

    id: str
    at: datetime
    subject: str
    paths: tuple[str, ...] = ()
    tag: str = ""


def log(folder: Path, start: datetime, end: datetime, most: int) -> Iterator[Commit]:
    """The commits of the checked-out branch between two times, at most so many and the latest first, then the tags.

    Raises UsageError where `folder` is no git checkout.
    """
    between = (f"--since={start.isoformat()}", f"--until={end.isoformat()}", f"--max-count={most}")
    _git(folder, "rev-parse", "--show-toplevel")
    if _git(folder, "for-each-ref", "--count=1") or _git(folder, "rev-list", "--all", "--max-count=1"):
        answer = _git(folder, *_QUIET, "log", *between, *_LOG, "HEAD", "--")
        for part in answer.decode("utf-8", "replace").split("\x01")[1:]:
            head, _, names = part.partition("\x02")
            id_, seconds, subject = head.split("\x00", 2)
            paths = tuple(name for name in names.strip("\x00\n").split("\x00") if name)
            if at := _time(seconds):
                yield Commit(id=id_, at=at, subject=subject, paths=paths)
    yield from _tags(folder, start, end, most)


def _tags(folder: Path, start: datetime, end: datetime, most: int) -> Iterator[Commit]:
    form = "%(creatordate:unix)%00%(objectname)%00%(*objectname)%00%(refname:short)%00%(subject)"
    answer = _git(folder, "for-each-ref", "--sort=-creatordate", f"--count={most}", f"--format={form}", "refs/tags")
    for line in answer.decode("utf-8", "replace").splitlines():
        seconds, id_, of, name, subject = line.split("\x00", 4)
        if (at := _time(seconds)) and start <= at <= end:
            yield Commit(id=of or id_, at=at, subject=subject, tag=name.removeprefix("tags/"))


def _time(seconds: str) -> datetime | None:
    """Whoever makes a commit or a tag chooses its time."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def web_address(folder: Path) -> str:
    """The address of the pages of a checkout's `origin`, without credentials; empty where it has none."""
    try:
        url = _git(folder, "remote", "get-url", "origin").decode("utf-8", "replace").strip()
    except UsageError:
        return ""
    found = _REMOTE.fullmatch(url)
    return f"https://{found['host']}/{found['path']}" if found else ""


class _Place:
    """A file, a folder or a glob as the user wrote it."""

    def __init__(self, path: str, cwd: Path) -> None:
        self.path = path
        self.full = str((cwd / path).resolve())
        magic = _MAGIC.search(path)
        # The folders before the first part that has a wildcard.
        self.head = path[: path.rfind("/", 0, magic.start()) + 1] if magic else ""
        self.pattern = path[len(self.head) :].split("/") if magic else []
        self.base = str((cwd / self.head).resolve())

    def name(self, full: str, suffixes: tuple[str, ...]) -> str:
        """What a walk calls the file `full`; empty if it is not there, or not for the walk."""
        if full == self.full:
            return self.path
        if full.startswith(self.full + "/"):
            below = full[len(self.full) + 1 :]
            hidden = any(part.startswith(".") for part in below.split("/"))
            return str(Path(self.path) / below) if below.endswith(suffixes) and not hidden else ""
        below = relpath(full, self.base)
        return self.head + below if self.pattern and _fits(below.split("/"), self.pattern) else ""


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path fits as `glob` sees it: `**` is any number of folders, and wildcards find nothing hidden."""
    if not (parts and pattern):
        return not parts and pattern in ([], ["**"])
    hidden = parts[0].startswith(".") and not pattern[0].startswith(".")
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (not hidden and _fits(parts[1:], pattern))
    return fnmatchcase(parts[0], pattern[0]) and not hidden and _fits(parts[1:], pattern[1:])


def _blobs(top: Path, objects: Sequence[str]) -> Iterator[bytes]:
    """The contents of objects, from one git process."""
    answer = _git(top, "cat-file", "--batch", given="".join(f"{each}\n" for each in objects).encode())
    at = 0
    for _ in objects:
        head_end = answer.index(b"\n", at)
        size = int(answer[at:head_end].rsplit(b" ", 1)[1])
        yield answer[head_end + 1 : head_end + 1 + size]
        at = head_end + size + 2


def _git(folder: Path, *arguments: str, ref: str | None = None, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], input=given, capture_output=True, check=True)
    except FileNotFoundError:
        raise UsageError("git is not installed", help="install it: earlier files are read with it") from None
    except subprocess.CalledProcessError as error:
        if ref is not None:
            help = "fetch it, or name another; checkouts in CI are often shallow"
            raise UsageError(f"git knows no commit `{ref}` here", help=help) from None
        reason = error.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise UsageError(f"git: {reason}", help="run it inside a git checkout") from None
    return done.stdout
