"""Placeholders that Sloth and Grafana put into PromQL; they are replaced before it is parsed."""

import re
from typing import Final

# What stands for a variable of a dashboard where a name is wanted; no metric or label is called so.
STAND_IN: Final = "a_variable_of_the_dashboard"
# A window; every placeholder for a range is parsed as this one.
WINDOW: Final = "5m"
_RANGE: Final = re.compile(
    r"\{\{-?\s*\.window\s*-?\}\}"
    r"|\$(?:window|__interval|__rate_interval|__range)\b"
    r"|\$\{(?:window|__interval|__rate_interval|__range)(?::[a-z]+)?\}"
)
_NUMBER: Final = re.compile(r"\$(?:__interval_ms|__range_ms|__range_s)\b|\$\{(?:__interval_ms|__range_ms|__range_s)\}")
_OTHER: Final = re.compile(r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\$[A-Za-z_]\w*")


def substitute(query: str, window: str = WINDOW, *, seconds: int = 0) -> str:
    """The query with `window` in place of each placeholder for a range.

    Those for a number become `seconds`, or that many milliseconds; without it they are 1.
    """
    if "$" not in query and "{{" not in query:
        return query

    def number(match: re.Match[str]) -> str:
        return str((1000 if "_ms" in match[0] else 1) * seconds or 1)

    return _NUMBER.sub(number, _RANGE.sub(window, query))


def found(query: str) -> tuple[str, ...]:
    """The placeholders that `substitute` replaces, as written, each once."""
    if "$" not in query and "{{" not in query:
        return ()
    return tuple(dict.fromkeys(match[0] for pattern in (_RANGE, _NUMBER) for match in pattern.finditer(query)))


def written_at(query: str, offset: int, window: str = WINDOW) -> int:
    """Where in `query` the character at `offset` of what `substitute` makes of it was written."""
    shift = 0
    matches = (match for pattern in (_RANGE, _NUMBER) for match in pattern.finditer(query))
    for match in sorted(matches, key=lambda each: each.start()):
        put = len(match.expand(window if match.re is _RANGE else "1"))
        if offset < match.start() + shift + put:
            return min(match.start(), offset - shift)
        shift += put - len(match[0])
    return offset - shift


def unknown(query: str) -> str:
    """The first placeholder that is left after `substitute`, or an empty text."""
    match = _OTHER.search(substitute(query))
    return match[0] if match else ""
