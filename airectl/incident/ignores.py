"""Comments that silence findings in Markdown: `<!-- airectl: ignore AIR661 until 2027-01-01: reason -->`.

In front matter, which is YAML, they are written as in a spec.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from airectl.core.findings import Finding
from airectl.spec.ignores import Silenced, Syntax, apply_in

MARKDOWN: Final = Syntax(
    comment=re.compile(r"(?:#|<!--)[ \t]*airectl:[ \t]*ignore\b(?P<rest>.*?)(?:-->[ \t]*)?$"),
    # A line that begins with `#` may be a heading.
    signs=("<!--", "# airectl:"),
    form="<!-- airectl: ignore AIR014 until 2027-01-01: reason -->",
)


def apply(findings: Iterable[Finding], texts: Mapping[str, str], known: frozenset[str], today: date) -> Silenced:
    """Leave out what comments silence; add AIR036 for comments that are wrong, expired or without effect."""
    return apply_in(MARKDOWN, findings, texts, known, today)
