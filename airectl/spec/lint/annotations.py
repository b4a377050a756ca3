"""Lints of airectl's own annotations."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from airectl.core.annotations import KNOWN, PREFIX
from airectl.core.findings import Finding, Severity
from airectl.core.policy import DEFAULT
from airectl.spec.documents import SpecObject
from airectl.spec.lint import Scope, lint


@lint("AIR035", Severity.ERROR)
def own_annotations(item: SpecObject, scope: Scope) -> Iterator[Finding]:
    """A misspelt annotation does nothing, which no one notices until it matters."""
    for key, value in item.annotations.items():
        if not key.startswith(PREFIX):
            continue
        known = KNOWN.get(key.removeprefix(PREFIX))
        if known is None:
            yield _unknown(item, scope, key)
        elif isinstance(value, str):
            try:
                yield from _lost_policy(item, scope, key, known.read(value))
            except ValueError as error:
                yield scope.finding(
                    item.annotations.at(key),
                    f"`{key}` {error}",
                    label=known.help,
                    help=f'for example `{key}: "{known.example}"`',
                )


def _lost_policy(item: SpecObject, scope: Scope, key: str, value: Any) -> Iterator[Finding]:
    """A policy that nothing defines would silently be the default one."""
    names = scope.context.policies
    if key == f"{PREFIX}policy" and isinstance(value, str) and value not in (*names, DEFAULT):
        near = get_close_matches(value, names, 1)
        help = f"write `[policies.{value}]` in airectl.toml; `airectl help policies` shows how"
        yield scope.finding(
            item.annotations.at(key),
            f"no policy is called `{value}`",
            label=f"did you mean `{near[0]}`?" if near else "",
            help=f"write `{near[0]}`" if near else help,
        )


def _unknown(item: SpecObject, scope: Scope, key: str) -> Finding:
    near = get_close_matches(key.removeprefix(PREFIX), KNOWN, 1)
    return scope.finding(
        item.annotations.key_at(key),
        f"unknown annotation `{key}`",
        label=f"did you mean `{PREFIX}{near[0]}`?" if near else "",
        help=f"write `{PREFIX}{near[0]}`" if near else f"known under {PREFIX}: {', '.join(KNOWN)}",
    )
