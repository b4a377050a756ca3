"""Plain YAML scalars, read the YAML 1.2 way, with a word where YAML 1.1 readers see something else.

Sources: https://yaml.org/spec/1.2.2/#103-core-schema and https://yaml.org/type/ (1.1).
"""

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

_WORDS: Final[dict[str, Any]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# What YAML 1.1 readers take as a boolean. (y and n are in its text, but no common reader does it.)
YAML11_BOOL: Final = frozenset(
    form for word in ("yes", "no", "on", "off") for form in (word, word.capitalize(), word.upper())
)
_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_SEXAGESIMAL: Final = re.compile(r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_UNDERSCORED: Final = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[Tt ].*)?")
# No scalar that begins otherwise is a number, a date or a null.
SUSPECTS: Final = frozenset("-+.0123456789~")
_MAX_DIGITS: Final = 64
# The range of a double: what other readers of the same file can hold.
_MAX_EXPONENT: Final = 308


class NotFinite(ValueError):
    """The scalar is .nan, .inf or too large to be a number."""


def resolve(raw: str) -> Any:
    """The value of an unquoted scalar: None, bool, int, Decimal or str. Raises NotFinite."""
    if raw in _WORDS:
        return _WORDS[raw]
    if raw[0] not in SUSPECTS:
        return raw
    if _INT.fullmatch(raw) or _FLOAT.fullmatch(raw):
        return _number(raw)
    if _BASED.fullmatch(raw):
        return int(raw, 0)
    if _NOT_FINITE.fullmatch(raw):
        raise NotFinite(raw)
    return raw


def _number(raw: str) -> int | Decimal:
    if len(raw) > _MAX_DIGITS:
        raise NotFinite(raw)
    if _INT.fullmatch(raw):
        return int(raw)
    number = Decimal(raw)
    if abs(number.adjusted()) > _MAX_EXPONENT and number:
        raise NotFinite(raw)
    return number


def trap(raw: str) -> str:
    """What other YAML readers make of this unquoted scalar, or an empty string where all agree."""
    if raw in YAML11_BOOL:
        return f"a YAML 1.1 reader takes it as {str(raw.lower() in ('yes', 'on')).lower()}"
    if not raw or raw[0] not in SUSPECTS:
        return ""
    return _numeric_trap(raw)


def _numeric_trap(raw: str) -> str:
    if len(raw) > 1 and raw.lstrip("+-").startswith("0") and _INT.fullmatch(raw) and raw.strip("+-0"):
        return "a YAML 1.1 reader takes it as octal, or as text"
    if _SEXAGESIMAL.fullmatch(raw):
        return "a YAML 1.1 reader takes it as a number in base 60"
    if _UNDERSCORED.fullmatch(raw):
        return "a YAML 1.1 reader drops the underscores and takes it as a number"
    if _BASED.fullmatch(raw) and raw.startswith("0o"):
        return "a YAML 1.1 reader takes it as text"
    if _FLOAT.fullmatch(raw) and _is_text_to_some(raw):
        return "a YAML 1.1 reader takes it as text, not as a number"
    found = _DATE.fullmatch(raw)
    return "" if not found or _is_date(*map(int, found.groups())) else "it looks like a date that does not exist"


def _is_text_to_some(number: str) -> bool:
    """1e3 has no point and no sign of its exponent; -.5 has a sign before the point, which PyYAML does not expect."""
    if "e" in number.lower() and not ("." in number and re.search("[eE][-+]", number)):
        return True
    return number[0] in "+-" and number[1] == "."


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
