"""What is wrong with rows of a file: the first ones at their places, the rest counted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from airectl.core.findings import Finding, Location, Severity

SHOWN: Final = 20


@dataclass(slots=True)
class Faults:
    """Faults of the rows of `path`, as findings with `code` and `help`; `severity` is that of the rows' faults."""

    path: str
    code: str
    help: str
    severity: Severity = Severity.ERROR
    count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, line: int, message: str, col: int = 1) -> None:
        """A row that cannot be used."""
        self.count += 1
        if self.count <= SHOWN:
            at = Location(path=self.path, line=line, col=col)
            self.findings.append(
                Finding(code=self.code, severity=self.severity, message=message, at=at, help=self.help)
            )

    def told(self) -> list[Finding]:
        """The findings; the last one says how many more there are."""
        more = self.count - len(self.findings)
        if not more:
            return list(self.findings)
        last = self.findings[-1]
        note = f"{more:,} more {'row' if more == 1 else 'rows'} of this file cannot be used"
        return [*self.findings[:-1], replace(last, notes=(note,))]


@dataclass(slots=True)
class Noticed:
    """Rows that are as they may be, but that someone should know of: the first place, and how many."""

    count: int = 0
    line: int = 0

    def add(self, line: int) -> None:
        """One more."""
        self.count += 1
        self.line = self.line or line
