"""Options of a protocol: each has a default, and what is given has to be of the same kind."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final

from airectl.load.protocols.interface import ProtocolError

_SAID: Final = {bool: "true or false", str: "a text", int: "a whole number", float: "a number", dict: "a table"}


def read(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with what was given in their place. Raises ProtocolError for other names and other kinds."""
    for name, value in given.items():
        if name not in defaults:
            near = get_close_matches(name, defaults, 1, 0.6)
            known = ", ".join(defaults) or "none at all"
            help = f"did you mean `{near[0]}`?" if near else f"it has: {known}"
            raise ProtocolError(f"the protocol has no option `{name}`", help)
        kind = type(defaults[name])
        if type(value) is not kind:
            raise ProtocolError(f"the option `{name}` cannot be `{value}`", f"write {_SAID.get(kind, 'another value')}")
    return {**defaults, **given}
