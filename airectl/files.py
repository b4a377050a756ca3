"""The only writer: every file of a run is the old one or the new one, and either all change or none."""

import errno
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from airectl.errors import UsageError


def write_all(contents: Mapping[str, bytes], folder: Path) -> None:
    """Write every file: temporaries beside their targets, synced, then renamed. Paths are relative to `folder`.

    Nothing is renamed before all are written, so a full disk leaves every old file as it was. What is there
    and no file, such as /dev/null or a pipe, is written to last and stays what it is.
    Raises UsageError with the path as it was given and the reason, and leaves no temporary behind.
    """
    staged: list[tuple[str, str]] = []
    path = ""
    try:
        streams = {path: content for path, content in contents.items() if _is_stream(folder / path)}
        for path, content in contents.items():
            if path not in streams:
                staged.append((_stage(folder / path, content), path))
        while staged:
            temporary, path = staged[0]
            Path(temporary).replace(folder / path)
            staged.pop(0)
        for path, content in streams.items():
            with (folder / path).open("ab") as stream:
                stream.write(content)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}",
            help="check the folder and its permissions",
        ) from None
    finally:
        for temporary, _ in staged:
            Path(temporary).unlink(missing_ok=True)


def _is_stream(path: Path) -> bool:
    """A device or a pipe; also /dev/stderr, which is a link and may lead to a file."""
    if not path.is_file():
        return path.exists() and not path.is_dir()
    return path.is_symlink() and path.is_relative_to("/dev")


def _stage(path: Path, content: bytes) -> str:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, f"{path.parent.name} is a file and no folder") from None
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_mode(path))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return temporary


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or what the umask leaves of 0666."""
    if path.exists():
        return path.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
