"""Text that can do nothing but be read: what would steer a terminal or deceive the eye is shown as an escape."""

import re
from typing import Final

# C0, C1, bidi controls, zero-width and other invisible characters, line separators, lone surrogates, tags.
# Source: https://www.unicode.org/reports/tr36/ and Default_Ignorable_Code_Point of the Unicode database;
# the variation selectors that emoji need are left alone.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_NAMED: Final = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def inert(text: str) -> str:
    r"""`text` on one line, with every unsafe character visible: `\n`, `\x1b`, `\u202e`, `\U000e0041`."""
    return _UNSAFE.sub(_escape, text)


def inert_lines(text: str) -> list[str]:
    """The lines of a text that may have several; tabs become four spaces, line ends of all systems are known."""
    lines = text.replace("\r\n", "\n").split("\n")
    return [inert(line.expandtabs(4)) for line in (lines[:-1] if lines[-1] == "" else lines)]


def inert_json(literals: str) -> str:
    r"""JSON text with unsafe characters as `\uXXXX`: the same value, safe to print and to encode."""
    return _UNSAFE.sub(_escape_json, literals)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if code < 0x100:
        return _NAMED.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
