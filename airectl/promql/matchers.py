"""Label matchers: what a selector asks of a label."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

NAME: Final = "__name__"
_LISTED: Final = r"[a-zA-Z0-9_:.]+(?:\|[a-zA-Z0-9_:.]+)*"
_ALTERNATIVES: Final = re.compile(rf"({_LISTED})|\((?:\?:)?({_LISTED})\)")
# Alternatives of names with single wildcards, and `.*` or `.+` at their ends: 5..|429, api-.*
_TERM: Final = r"(?:\.[*+])?(?:[a-zA-Z0-9_:/ -]|\\[.-]|\.(?![*+]))*(?:\.[*+])?"
_PLAIN: Final = re.compile(rf"{_TERM}(?:\|{_TERM})*|\((?:\?:)?{_TERM}(?:\|{_TERM})*\)")
_MAX_JUDGED: Final = 200
# One number in a regular expression, alone or with the other spelling of a whole one: 0\.5, 1(\.0)?, 1|1\.0
_ONE_EDGE: Final = re.compile(r"([0-9]+(?:\\?\.[0-9]+)?)(?:\((?:\?:)?\\?\.0\)\?|\|\1\\?\.0)?")


class Op(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One label matcher; `name` may be `__name__`."""

    name: str
    op: Op
    value: str

    @property
    def negative(self) -> bool:
        """Whether it lets pass what it does not name."""
        return self.op in (Op.NOT_EQUAL, Op.NOT_REGEX)

    @property
    def literals(self) -> tuple[str, ...]:
        """The values it names, where they can be listed: those of `"a"`, and of `"a|b"` as an expression."""
        if self.op in (Op.EQUAL, Op.NOT_EQUAL):
            return (self.value,)
        found = _ALTERNATIVES.fullmatch(self.value)
        return tuple((found[1] or found[2]).split("|")) if found else ()

    def selects(self, value: str) -> bool | None:
        """Whether a series with this value passes; None for a regular expression that is not judged.

        Python's matching can take forever on an expression made for it, so only plain ones are tried.
        """
        if self.op in (Op.EQUAL, Op.NOT_EQUAL):
            return (self.value == value) is not self.negative
        if len(value) > _MAX_JUDGED or len(self.value) > _MAX_JUDGED or not _PLAIN.fullmatch(self.value):
            return None
        return (re.fullmatch(self.value, value) is not None) is not self.negative

    def __str__(self) -> str:
        return f'{self.name}{self.op}"{escaped(self.value)}"'


def escaped(text: str) -> str:
    """What stands between the double quotes of a PromQL string; always one line."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")


def edge_of(matcher: Matcher) -> Decimal | None:
    """The bucket edge that a matcher of `le` names; None for +Inf, for several and for no number."""
    text = matcher.value
    if matcher.op is Op.REGEX:
        found = _ONE_EDGE.fullmatch(text)
        text = found[1].replace("\\", "") if found else ""
    elif matcher.op is not Op.EQUAL:
        return None
    try:
        edge = Decimal(text)
    except InvalidOperation:
        return None
    return edge if edge.is_finite() else None
