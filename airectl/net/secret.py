"""A secret that cannot be printed by accident."""

from __future__ import annotations

from typing import Final, NoReturn

from airectl.core.secrets import HIDDEN

# What is shorter stands in other words too; no issuer gives such a secret.
_SHORTEST: Final = 4


class Secret:
    """A text that prints as `****` wherever it is printed, formatted, or held by what is printed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._value

    def hidden_in(self, text: str) -> str:
        """`text`, which someone else wrote, with this secret as `****`."""
        return text.replace(self._value, HIDDEN) if len(self._value) >= _SHORTEST else text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")
