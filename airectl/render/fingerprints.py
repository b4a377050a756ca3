"""What makes a finding the same one in the next run, although its line has moved."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from airectl.core.findings import Finding
from airectl.render import View
from airectl.render.places import repository_path

# As much of a line as tells it from others; a line may be a megabyte long.
_AROUND: Final = 100


def fingerprints(view: View) -> Iterator[str]:
    """One for each finding, in order, all different: of code, path, message and the marked text, not of the line.

    Findings alike in all of these are counted from the top of the file.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for finding in view.report.findings:
        path = repository_path(finding.at.path, view) if finding.at else ""
        identity = (finding.code, path, finding.message, _marked(finding))
        parts = (*identity, str(seen[identity]))
        seen[identity] += 1
        yield sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _marked(finding: Finding) -> str:
    start = finding.at.col if finding.at else 0
    return finding.excerpt[max(0, start - _AROUND) : start + _AROUND].strip()
