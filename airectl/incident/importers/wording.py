"""Text of others on its way into a document: credentials are hidden, and it is cut to a length."""

from __future__ import annotations

import re
from typing import Final

from airectl.core.incident.blanks import defused
from airectl.core.secrets import HIDDEN, redact_url
from airectl.spec import credentials

LONGEST: Final = 300
# What chat and alerts hold beside what a line of YAML does.
_HEADER: Final = re.compile(r"\b(bearer|basic|geniekey|token token=)[ \t]*\S+", re.IGNORECASE)
_ASSIGNED: Final = re.compile(
    r"\b([\w.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|credential)s?)"
    r"([\"']?[ \t]{0,4}(?:=|:|\bis\b)[ \t]{0,4})"
    # No figure with its unit, as in "time per output token: 40 ms".
    r"(?!\d+(?:\.\d+)?[ \t]?[a-z%]{0,3}(?:[\s,;)]|$))"
    r"(\"[^\"]*\"|'[^']*'|[^\s,;)]{4,})",
    re.IGNORECASE,
)
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL)
# An address of mail names a person; `git@` is none.
_PERSON: Final = re.compile(
    r"(?<![\w.+@/-])(?!git@)[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w@-])"
)
_SLACK_HOOK: Final = re.compile(r"(hooks\.slack\.com/)\S+", re.IGNORECASE)
# So much of a text is looked at: what is cut off afterwards need not be searched.
_LOOKED_AT: Final = 4_000


def told(text: str, longest: int = LONGEST) -> str:
    """A text in one line, without credentials, addresses of people and blanks of ours, at most `longest` characters."""
    return clipped(defused(_PERSON.sub("@somebody", masked(text[:_LOOKED_AT]))), longest)


def masked(text: str) -> str:
    """The same with whatever looks like a credential as `****`."""
    text = _KEY.sub(HIDDEN, text)
    text = _SLACK_HOOK.sub(rf"\1{HIDDEN}", _HEADER.sub(rf"\1 {HIDDEN}", text))
    text = _ASSIGNED.sub(rf"\1\2{HIDDEN}", text)
    return redact_url(credentials.recognised(text))


def clipped(text: str, longest: int) -> str:
    """In one line, without spaces at its ends, and cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
