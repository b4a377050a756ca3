"""What airectl.toml says for many SLOs at once: `[policies.NAME]` and `[[exclusions]]`."""

from __future__ import annotations

from datetime import UTC, datetime
from difflib import get_close_matches
from math import ceil
from typing import Any, Final

from airectl.core.policy import Exclusion
from airectl.core.terms import Terms, read_terms

_KEYS: Final = ("from", "to", "reason", "service", "slo")


class AgreementError(Exception):
    """A table that cannot be read. `name` is its name, `index` its place from 0 in a list of tables."""

    def __init__(self, message: str, *, name: str, index: int = 0) -> None:
        super().__init__(message)
        self.name, self.index = name, index


def read_policies(table: Any) -> dict[str, Terms]:
    """Policies by name. Raises AgreementError."""
    if not isinstance(table, dict):
        raise AgreementError("`policies` must hold one table a policy", name="policies")
    found = {}
    for name, terms in table.items():
        try:
            found[name] = read_terms(terms)
        except ValueError as error:
            said = f"it {error}" if str(error).startswith("must") else str(error)
            raise AgreementError(f"`policies.{name}`: {said}", name=f"policies.{name}") from None
    return found


def read_exclusions(items: Any) -> tuple[Exclusion, ...]:
    """Exclusions in order. Raises AgreementError."""
    if not isinstance(items, list):
        raise AgreementError("`exclusions` must be a list of tables", name="exclusions")
    found = []
    for index, item in enumerate(items):
        try:
            found.append(_exclusion(item))
        except ValueError as error:
            raise AgreementError(f"`exclusions`: {error}", name="exclusions", index=index) from None
    return tuple(found)


def _exclusion(item: Any) -> Exclusion:
    if not isinstance(item, dict):
        raise ValueError(f"it must be a table with {', '.join(_KEYS)}")
    for key in item:
        if key not in _KEYS:
            near = get_close_matches(key, _KEYS, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"it takes {', '.join(_KEYS)}"
            raise ValueError(f"it must not hold `{key}`: {hint}")
    start, end = _moment(item, "from"), _moment(item, "to")
    if start >= end:
        raise ValueError("`to` must be after `from`")
    reason = item.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError("`reason` must say why nothing counts then")
    slos = _names(item, "slo")
    if any(slo.count("/") != 1 or not all(slo.split("/")) for slo in slos):
        raise ValueError("`slo` must hold SLOs as SERVICE/NAME")
    return Exclusion(
        start_s=int(start.timestamp()),
        end_s=ceil(end.timestamp()),
        reason=reason.strip(),
        services=_names(item, "service"),
        slos=slos,
    )


def _moment(item: dict[str, Any], key: str) -> datetime:
    wanted = f"`{key}` must be a time with its zone, such as 2026-12-01T22:00:00Z"
    value = item.get(key)
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(wanted) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(wanted)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(wanted) from None


def _names(item: dict[str, Any], key: str) -> frozenset[str]:
    value = item.get(key, [])
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"`{key}` must be a name or a list of names")
    if key in item and not names:
        raise ValueError(f"`{key}` must name one at least; without it the exclusion holds for all")
    return frozenset(names)
