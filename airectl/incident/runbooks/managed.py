"""Runbooks that people edit: what airectl wrote stands between two comments, and is renewed only if nobody touched it.

    ## Meaning

    <!-- airectl:begin meaning 3f2a9c1d -->
    ...
    <!-- airectl:end meaning -->

The number is of the text between the comments. Where it is of another one a person has edited it, and it is kept, as
everything outside of the comments is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

_MANAGED: Final = re.compile(
    r"<!-- airectl:begin (?P<name>[a-z-]+) (?P<hash>[0-9a-f]{8}) -->\n(?P<body>.*?)\n?<!-- airectl:end (?P=name) -->",
    re.DOTALL,
)
_DIGITS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The text of a file, and the headings whose sections are a person's now."""

    text: str
    kept: tuple[str, ...] = ()


def fresh(title: str, sections: Mapping[str, str]) -> str:
    """A file that was not there before."""
    parts = [f"# {title}", *(f"## {heading}\n\n{_block(heading, body)}" for heading, body in sections.items())]
    return "\n\n".join(parts) + "\n"


def merged(title: str, there: str, sections: Mapping[str, str], *, force: bool = False) -> Merged:
    """A file with its sections renewed, those apart that a person has edited or taken over.

    With `force` those are renewed too; a file in which nothing is managed is written anew.
    """
    there = there.replace("\r\n", "\n")
    if force and not _MANAGED.search(there):
        return Merged(text=fresh(title, sections))
    by_key = {_key(heading): heading for heading in sections}
    renewed: set[str] = set()

    def renew(match: re.Match[str]) -> str:
        heading = by_key.get(match["name"], "")
        edited = _digest(match["body"]) != match["hash"]
        if heading not in sections or heading in renewed or (edited and not force):
            return match[0]
        renewed.add(heading)
        return _block(heading, sections[heading])

    text = _MANAGED.sub(renew, there)
    return Merged(text=text, kept=tuple(heading for heading in sections if heading not in renewed))


def _block(heading: str, body: str) -> str:
    key = _key(heading)
    return f"<!-- airectl:begin {key} {_digest(body)} -->\n{body}\n<!-- airectl:end {key} -->"


def _key(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()[:_DIGITS]
