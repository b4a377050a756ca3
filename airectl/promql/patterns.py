"""Regular expressions of label matchers: a text that fits one, and whether a text does.

Python's own matching can take forever on an expression made for it, so this reads the part of RE2's
syntax that people write in matchers, and follows all ways through it at once. What it does not read
it refuses; nothing is guessed.

Source: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Final

_MAX_LENGTH: Final = 200
_MAX_DEPTH: Final = 16
_MAX_TIMES: Final = 64
_MAX_SAMPLES: Final = 12
# Tried in this order where a class or a dot leaves the choice: values look like codes and names then.
_CHARACTERS: Final = "0a1bcx2345679defABC_-./: "
_DIGITS: Final = tuple("0123456789")
_SETS: Final = {
    "d": (("0", "9"),),
    "w": (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z")),
    "s": ((" ", " "), ("\t", "\t"), ("\n", "\n"), ("\f", "\f"), ("\r", "\r")),
}
_CONTROLS: Final = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_PUNCTUATION: Final = frozenset(r"\.+*?()|[]{}^$-/:_,=~!@#%&'\"<>; ")


class UnreadPatternError(ValueError):
    """The expression uses what is not read here."""


@dataclass(frozen=True, slots=True)
class _One:
    """One character: inside `ranges`, or outside of them."""

    ranges: tuple[tuple[str, str], ...]
    outside: bool = False

    def takes(self, character: str) -> bool:
        return any(low <= character <= high for low, high in self.ranges) is not self.outside

    def ends(self, text: str, starts: frozenset[int]) -> frozenset[int]:
        return frozenset(at + 1 for at in starts if at < len(text) and self.takes(text[at]))

    def samples(self) -> Iterator[str]:
        own = [] if self.outside else [low for low, _ in self.ranges]
        literal = len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1] and not self.outside
        return (each for each in dict.fromkeys(own if literal else [*_CHARACTERS, *own]) if self.takes(each))


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]

    def ends(self, text: str, starts: frozenset[int]) -> frozenset[int]:
        for part in self.parts:
            starts = part.ends(text, starts)
        return starts

    def samples(self) -> Iterator[str]:
        few = [tuple(islice(part.samples(), 3)) for part in self.parts]
        return ("".join(each) for each in product(*few))


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Node, ...]

    def ends(self, text: str, starts: frozenset[int]) -> frozenset[int]:
        return frozenset().union(*(option.ends(text, starts) for option in self.options))

    def samples(self) -> Iterator[str]:
        for option in self.options:
            yield from islice(option.samples(), 3)


@dataclass(frozen=True, slots=True)
class _Repeat:
    """`part` from `least` to `most` times; None: without an end."""

    part: _Node
    least: int
    most: int | None

    def ends(self, text: str, starts: frozenset[int]) -> frozenset[int]:
        reached, times = starts, 0
        while times < self.least:
            reached, times = self.part.ends(text, reached), times + 1
        found = reached
        while reached and (self.most is None or times < self.most):
            reached, times = self.part.ends(text, reached) - found, times + 1
            found |= reached
        return found

    def samples(self) -> Iterator[str]:
        more = self.least if self.most == self.least else self.least + 1
        for times in dict.fromkeys((self.least or more, more, self.least)):
            yield from (each * times for each in islice(self.part.samples(), 2))


_Node = _One | _Sequence | _Choice | _Repeat
_EMPTY: Final = _Sequence(())


@lru_cache(maxsize=4096)
def matches(pattern: str, text: str) -> bool:
    """Whether the whole of `text` fits, as Prometheus asks it. Raises UnreadPatternError."""
    return len(text) in _read(pattern).ends(text, frozenset((0,)))


def samples(pattern: str) -> tuple[str, ...]:
    """A few different texts that fit, the simplest first; at least one. Raises UnreadPatternError."""
    node = _read(pattern)
    found = dict.fromkeys(islice(node.samples(), _MAX_SAMPLES))
    fitting = tuple(each for each in found if len(each) in node.ends(each, frozenset((0,))))
    if not fitting:
        raise UnreadPatternError(pattern)
    return fitting


@lru_cache(maxsize=1024)
def _read(pattern: str) -> _Node:
    if len(pattern) > _MAX_LENGTH:
        raise UnreadPatternError(pattern)
    reader = _Reader(pattern.removeprefix("^").removesuffix("$") if not pattern.endswith("\\$") else pattern)
    node = reader.choice(0)
    reader.expect_end()
    return node


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._text, self._at = pattern, 0

    def expect_end(self) -> None:
        if self._at < len(self._text):
            raise UnreadPatternError(self._text)

    def choice(self, depth: int) -> _Node:
        if depth > _MAX_DEPTH:
            raise UnreadPatternError(self._text)
        options = [self._sequence(depth)]
        while self._take("|"):
            options.append(self._sequence(depth))
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self, depth: int) -> _Node:
        parts: list[_Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._atom(depth)))
        return parts[0] if len(parts) == 1 else _Sequence(tuple(parts)) if parts else _EMPTY

    def _atom(self, depth: int) -> _Node:
        character = self._next()
        if character == "(":
            if self._take("?") and not self._take(":"):
                raise UnreadPatternError(self._text)
            inner = self.choice(depth + 1)
            self._expect(")")
            return inner
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character == ".":
            return _One((("\n", "\n"),), outside=True)
        if character in "*+?{}^$":
            raise UnreadPatternError(self._text)
        return _One(((character, character),))

    def _escape(self) -> _One:
        letter = self._next()
        if letter.lower() in _SETS:
            return _One(_SETS[letter.lower()], outside=letter.isupper())
        found = _CONTROLS.get(letter, letter if letter in _PUNCTUATION else "")
        if not found:
            raise UnreadPatternError(self._text)
        return _One(((found, found),))

    def _class(self) -> _One:
        outside = self._take("^")
        ranges: list[tuple[str, str]] = []
        while not ranges or not self._take("]"):
            member = self._member()
            follows = self._text[self._at : self._at + 2]
            if len(member) == 1 and follows.startswith("-") and follows != "-]":
                self._at += 1
                member = ((member[0][0], self._member()[0][1]),)
            ranges += member
        return _One(tuple(ranges), outside=outside)

    def _member(self) -> tuple[tuple[str, str], ...]:
        character = self._next()
        if character == "[" and self._text[self._at : self._at + 1] == ":":
            raise UnreadPatternError(self._text)
        if character != "\\":
            return ((character, character),)
        found = self._escape()
        if found.outside:
            raise UnreadPatternError(self._text)
        return found.ranges

    def _repeated(self, part: _Node) -> _Node:
        mark = self._text[self._at : self._at + 1]
        if not mark or mark not in "*+?{":
            return part
        self._at += 1
        bounds = self._counts() if mark == "{" else {"*": (0, None), "+": (1, None), "?": (0, 1)}[mark]
        self._take("?")
        if self._text[self._at : self._at + 1] in tuple("*+?{"):
            raise UnreadPatternError(self._text)
        return _Repeat(part, *bounds)

    def _counts(self) -> tuple[int, int | None]:
        body, closed, _ = self._text[self._at :].partition("}")
        low, comma, high = body.partition(",")
        if not closed or not low.isdecimal() or not (high.isdecimal() or not high):
            raise UnreadPatternError(self._text)
        self._at += len(body) + 1
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > _MAX_TIMES or (most is not None and most < least):
            raise UnreadPatternError(self._text)
        return least, most

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise UnreadPatternError(self._text)
        self._at += 1
        return self._text[self._at - 1]

    def _take(self, character: str) -> bool:
        found = self._text[self._at : self._at + 1] == character
        self._at += found
        return found

    def _expect(self, character: str) -> None:
        if not self._take(character):
            raise UnreadPatternError(self._text)
