"""Values for machines: JSON text, numbers without loss, times in RFC 3339."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring
from math import isfinite
from os import PathLike, fspath
from typing import Any, Final

from airectl.render.inert import inert_json

# Beyond this many places a number without an exponent is no longer a number but an attack on memory.
_PLACES: Final = 400


def dumps(value: Any, *, indent: str = "  ") -> str:
    """`value` as JSON text, one member a line. Decimals keep every digit, times become RFC 3339 in UTC.

    Raises ValueError for a number that is not finite: JSON has none; TypeError for what JSON cannot hold.
    """
    return "".join(_parts(value, "\n", indent)) + "\n"


def _parts(value: Any, newline: str, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        members = ((f"{string(_key(key))}: ", each) for key, each in value.items())
        yield from _inside("{", members, "}", newline, indent)
    elif isinstance(value, list | tuple):
        yield from _inside("[", (("", each) for each in value), "]", newline, indent)
    else:
        yield scalar(value)


def _inside(opening: str, members: Iterator[tuple[str, Any]], closing: str, newline: str, indent: str) -> Iterator[str]:
    inner, separator = newline + indent, opening
    for name, value in members:
        yield separator + inner + name
        if isinstance(value, Mapping | list | tuple):
            yield from _parts(value, inner, indent)
        else:
            yield scalar(value)
        separator = ","
    yield opening + closing if separator == opening else newline + closing


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a JSON key must be text, got {key!r}")
    return key.value if isinstance(key, Enum) else key


def scalar(value: Any) -> str:
    """JSON text of one value that is neither list nor mapping. Raises as `dumps` does."""
    writer = _WRITERS.get(type(value))
    if writer:
        return writer(value)
    if isinstance(value, Enum):
        return scalar(value.value)
    for kind, write in _WRITERS.items():
        if isinstance(value, kind):
            return write(value)
    if isinstance(value, PathLike):
        return string(str(fspath(value)))
    raise TypeError(f"JSON cannot hold a {type(value).__name__}")


def string(text: str) -> str:
    """A JSON string: readable beyond ASCII, but without a character that could steer a terminal."""
    return inert_json(encode_basestring(text))


def number(value: float | Decimal) -> str:
    """A finite number with all its digits and, up to 400 places, without an exponent. Raises ValueError for others."""
    if isinstance(value, int):
        return int.__repr__(value)
    if not (value.is_finite() if isinstance(value, Decimal) else isfinite(value)):
        raise ValueError(f"not a finite number: {value}")
    text = str(value) if isinstance(value, Decimal) else float.__repr__(value)
    if "e" not in text and "E" not in text:
        return text
    exact = Decimal(text)
    if abs(exact.adjusted()) > _PLACES:
        return text
    # A float stays one to its reader: as an integer, 7.1e16 would have digits that it never had.
    return f"{exact:f}" if isinstance(value, Decimal) or exact.adjusted() < 0 else f"{exact:f}.0"


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with a Z, microseconds only where there are some. A time without a zone is taken as UTC."""
    return in_utc(moment).isoformat().removesuffix("+00:00") + "Z"


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC; one without a zone is UTC already."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # within a day of year 1 or 9999: the clock time is all there is to show
        return moment.replace(tzinfo=UTC)


def _truth(value: bool) -> str:
    return "true" if value else "false"


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    str: string,
    bool: _truth,
    type(None): lambda _: "null",
    int: number,
    float: number,
    Decimal: number,
    datetime: lambda moment: string(instant(moment)),
}
