"""A run folder as it is read: by reports, budgets, forecasts and postmortems."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airectl.errors import AirectlError
from airectl.runs.manifest import COMPLETE, END_FILE, REPORT_FILE, RUN_FILE, SERVER_FILE, End, Manifest

if TYPE_CHECKING:
    from airectl.runs.columns import Batch, Torn

ROWS: Final = 65_536
_LARGEST_JSON: Final = 64 * 1024 * 1024


class RunError(AirectlError):
    """A folder is no run, or one that this airectl cannot read."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run, whose folder messages call `named`. `end` is None where it was cut off.

    `torn` fills while `batches` are read, anew each time; `broken_lines` counts the lines of .jsonl files that could
    not be read.
    """

    folder: Path
    named: str
    manifest: Manifest
    end: End | None
    torn: Torn = field(repr=False)
    broken_lines: int = 0

    @property
    def complete(self) -> bool:
        """Whether it ended as planned."""
        return self.end is not None and self.end.how == COMPLETE

    @property
    def files(self) -> list[Path]:
        """The records of each process."""
        return sorted(self.folder.glob("requests-*.bin"))

    def batches(self, *, rows: int = ROWS) -> Iterator[Batch]:
        """All records, process after process, at most `rows` at a time. Raises RunError for a file it cannot read."""
        from airectl.runs.columns import batches

        self.torn.files = self.torn.bytes = 0
        for path in self.files:
            try:
                with path.open("rb") as stream:
                    yield from batches(stream, rows, self.torn)
            except OSError as error:
                raise _unreadable(path, self.named, error) from None

    def client(self) -> dict[int, list[dict[str, Any]]]:
        """What each process said of itself each second, by its number."""
        found = {}
        for path in sorted(self.folder.glob("client-*.jsonl")):
            number = path.stem.removeprefix("client-")
            if number.isdecimal():
                found[int(number)] = list(self._lines(path))
        return found

    def server(self) -> Iterator[dict[str, Any]]:
        """What was scraped from the server, one object a scrape."""
        path = self.folder / SERVER_FILE
        if path.exists():
            yield from self._lines(path)

    def report(self) -> Mapping[str, Any] | None:
        """The report that was written at its end; None where there is none."""
        path = self.folder / REPORT_FILE
        return _json(path, self.named) if path.exists() else None

    def _lines(self, path: Path) -> Iterator[dict[str, Any]]:
        """The objects of a .jsonl file. A line that is none, such as a torn last one, is dropped and counted."""
        try:
            with path.open("rb") as stream:
                for line in filter(bytes.strip, stream):
                    found = _object(line)
                    if found is None:
                        self.broken_lines += 1
                    else:
                        yield found
        except OSError as error:
            raise _unreadable(path, self.named, error) from None


def open_run(folder: Path, named: str = "") -> Run:
    """The run in `folder`, as the user named it. Raises RunError where there is none, or one of another version."""
    from airectl.runs.columns import Torn

    path, named = folder / RUN_FILE, named or str(folder)
    if not path.is_file():
        what = "is no folder" if not folder.is_dir() else f"has no {RUN_FILE}"
        steps = sorted(each.parent.name for each in folder.glob(f"step-*/{RUN_FILE}"))
        help = "name a folder that `--out` wrote"
        if steps:
            help = f"it holds a search for the capacity: name one of its steps, such as {named}/{steps[-1]}"
        raise RunError(f"`{named}` is no run of a load test: it {what}", help=help)
    manifest = _parsed(path, named, Manifest.from_json)
    end = _parsed(folder / END_FILE, named, End.from_json) if (folder / END_FILE).exists() else None
    return Run(folder=folder, named=named, manifest=manifest, end=end, torn=Torn())


def _parsed(path: Path, named: str, read: Any) -> Any:
    try:
        return read(_json(path, named))
    except ValueError as error:
        raise RunError(
            f"{_place(path, named)} cannot be read: {error}", help="read it with the airectl that wrote it"
        ) from None


def _json(path: Path, named: str) -> Any:
    try:
        with path.open("rb") as stream:
            text = stream.read(_LARGEST_JSON + 1)
        if len(text) > _LARGEST_JSON:
            raise RunError(f"{_place(path, named)} cannot be read: it is longer than {_LARGEST_JSON // 2**20} MiB")
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunError(
            f"{_place(path, named)} cannot be read: it is no JSON ({type(error).__name__})", help="the file was damaged"
        ) from None
    except OSError as error:
        raise _unreadable(path, named, error) from None


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _unreadable(path: Path, named: str, error: OSError) -> RunError:
    why = (error.strerror or str(error)).lower()
    return RunError(f"{_place(path, named)} cannot be read: {why}", help="check its permissions")


def _place(path: Path, named: str) -> str:
    return f"{named.rstrip('/')}/{path.name}"
