"""Lines of a file, packed with gzip or not, one at a time and each no longer than it may be."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, cast

from airectl.core.findings import Finding, Location, Severity
from airectl.env import Env

MOST_BYTES: Final = 4 * 1024**3
LONGEST_LINE: Final = 4 * 1024**2
STDIN: Final = "-"
_GZIP: Final = b"\x1f\x8b"
_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"


class UnusableError(Exception):
    """A file cannot be read to its end; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def lines(path: str, env: Env, code: str) -> Iterator[tuple[int, bytes]]:
    """Number, from 1, and bytes of each line, without its break and without a byte order mark before the first.

    Raises UnusableError for a file that cannot be read or is no text, with a finding of `code`.
    """
    try:
        with _opened(path, env) as file:
            yield from _lines(path, file, code)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise UnusableError(_finding(path, code, f"cannot read the file: {why}", "check the path")) from None


def _lines(path: str, file: BinaryIO, code: str) -> Iterator[tuple[int, bytes]]:
    number, size = 0, 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        size += len(line)
        if number == 1:
            if line.startswith(_MARKS):
                raise UnusableError(_finding(path, code, "the file is UTF-16", "save it as UTF-8"))
            line = line.removeprefix(_BOM)
        if b"\0" in line:
            raise UnusableError(_finding(path, code, "the file holds bytes that no text has", "name a text", number))
        if len(line) > LONGEST_LINE:
            most = f"the line is longer than {LONGEST_LINE // 2**20} MiB"
            raise UnusableError(_finding(path, code, most, "write one row a line", number))
        if size > MOST_BYTES:
            most = f"the file is larger than {MOST_BYTES // 2**30} GiB"
            raise UnusableError(_finding(path, code, most, "split it", number))
        yield number, line.rstrip(b"\r\n")


@contextmanager
def _opened(path: str, env: Env) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield env.stdin
        return
    with (env.cwd / path).open("rb") as raw:
        if raw.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield cast("BinaryIO", unpacked)


def _finding(path: str, code: str, message: str, help: str, line: int = 0) -> Finding:
    at = Location(path="<stdin>" if path == STDIN else path, line=line, col=1 if line else 0)
    return Finding(code=code, severity=Severity.ERROR, message=message, at=at, help=help)
