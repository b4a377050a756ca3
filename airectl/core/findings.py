"""Findings: what is wrong with the user's data, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; `error` fails the gate by default."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """3 for error, 2 for warning, 1 for info: higher is worse."""
        return {"error": 3, "warning": 2, "info": 1}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file. Lines and columns count characters from 1; the end column is exclusive.

    `line` 0 means the file as a whole.
    """

    path: str
    line: int = 0
    col: int = 0
    end_line: int = 0
    end_col: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.col}" if self.line else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to tell the user.

    `message` is one line, lower case, without a full stop. `label` stands under the marked text,
    `notes` explain, `help` says how to fix it. `excerpt` is the source line at `at`, as written.
    """

    code: str
    severity: Severity
    message: str
    at: Location | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    help: str = ""
    excerpt: str = ""

    def with_severity(self, severity: Severity) -> "Finding":
        """The same finding, judged differently."""
        return replace(self, severity=severity)


def sort_key(finding: Finding) -> tuple[str, int, int, str, str]:
    """Order of reports: by file, place, code."""
    at = finding.at or Location(path="")
    return (at.path, at.line, at.col, finding.code, finding.message)


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The highest severity among `findings`; None for no findings."""
    return max((f.severity for f in findings), key=lambda s: s.rank, default=None)
