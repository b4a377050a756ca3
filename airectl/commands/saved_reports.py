"""Reports that a command has kept, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from airectl.core.report import Block, Gate, Outcome, Verdict
from airectl.errors import UsageError

# What a load test leaves in its folder.
_IN_FOLDER: Final = "report.json"
_LARGEST_BYTES: Final = 256 * 1024 * 1024
_HELP: Final = "a report is what `-o saved=FILE` or `-o json=FILE` wrote, or the folder of a load test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A report as it was kept. `blocks` is empty where only the data were kept."""

    path: str
    command: str
    status: str
    exit_code: int
    at: datetime
    partial: bool
    data: Mapping[str, Any]
    gates: Sequence[Gate]
    findings: Sequence[Mapping[str, Any]]
    blocks: Sequence[Block]

    @property
    def title(self) -> str:
        """The command that made it."""
        return f"airectl {self.command}"

    @property
    def verdict(self) -> str:
        """Its own word, or else its status."""
        return next((each.word for each in self.blocks if isinstance(each, Verdict)), self.status)

    @property
    def failed(self) -> bool:
        """Whether it failed or could not be read."""
        return self.status in ("failed", "unreadable")

    @property
    def undecided(self) -> bool:
        """Whether it could not be decided."""
        return self.status == "undecided"


def read(cwd: Path, path: str) -> Saved:
    """The report in a file, or in a folder that has one. Raises UsageError where there is none."""
    place = cwd / path
    name = f"{path.rstrip('/')}/{_IN_FOLDER}" if place.is_dir() else path
    try:
        with (cwd / name).open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {(error.strerror or str(error)).lower()}", help=_HELP) from None
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{name} is larger than {_LARGEST_BYTES // 2**20} MiB", help=_HELP)
    try:
        said = json.loads(content, parse_float=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        reason = str(error)
        raise UsageError(f"{name} is no JSON: {reason[:1].lower()}{reason[1:]}", help=_HELP) from None
    return _saved(name, said)


def _refused(word: str) -> float:
    raise ValueError(f"`{word}` is no number")


def _saved(path: str, said: Any) -> Saved:
    from airectl.render.saved import built
    from airectl.spec.schema import deviation

    wrong = deviation(said, "airectl-report-v1")
    if wrong:
        raise UsageError(f"{path} is no report of airectl: {wrong}", help=_HELP)
    try:
        blocks = built(said.get("blocks", []))
    except ValueError as error:
        raise UsageError(f"{path} is no report of airectl: {error}", help=_HELP) from None
    gates = [
        Gate(name=each["name"], outcome=Outcome(each["outcome"]), group=each["group"], message=each["message"])
        for each in said["gates"]
    ]
    return Saved(
        path=path,
        command=said["command"],
        status=said["status"],
        exit_code=said["exit_code"],
        at=datetime.fromisoformat(said["generated_at"]),
        partial=said["partial"],
        data=said["data"],
        gates=gates,
        findings=said["findings"],
        blocks=blocks,
    )
