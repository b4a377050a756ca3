"""Old findings and new ones: what was there before must not hold a change back."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding

# Messages name other places; those move when lines are added above them.
_PLACES: Final = re.compile(r"\bline \d+|:\d+(?::\d+)?")

Fingerprint = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`new` are the findings that the baseline does not have; the counts say what became of the others."""

    new: tuple[Finding, ...]
    known: int
    gone: int


def fingerprint(code: str, path: str, message: str) -> Fingerprint:
    """What stays the same when a finding only moves within its file."""
    return code, path, _PLACES.sub("", message)


def of(finding: Finding) -> Fingerprint:
    """The fingerprint of a finding."""
    return fingerprint(finding.code, finding.at.path if finding.at else "", finding.message)


def reported(report: str) -> list[Fingerprint]:
    """The fingerprints of the findings in a JSON report. Raises ValueError for a text that is none."""
    try:
        findings = json.loads(report)["findings"]
        told = [
            (each["code"], each["location"]["path"] if each["location"] else "", each["message"]) for each in findings
        ]
    except (KeyError, TypeError, RecursionError):
        raise ValueError("no report with findings") from None
    if not all(isinstance(part, str) for each in told for part in each):
        raise ValueError("a finding of the report is none")
    return [fingerprint(*each) for each in told]


def compare(findings: Iterable[Finding], baseline: Iterable[Fingerprint]) -> Compared:
    """Take the baseline's findings away, each as often as it was there before."""
    left = Counter(baseline)
    new: list[Finding] = []
    known = 0
    for finding in findings:
        key = of(finding)
        if left[key] > 0:
            left[key] -= 1
            known += 1
        else:
            new.append(finding)
    return Compared(new=tuple(new), known=known, gone=sum(left.values()))
