"""Golden prompts: what a server is asked, and what it must answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.core.findings import Location

# A model that thinks before it answers needs more than the answer takes.
DEFAULT_TOKENS: Final = 512
# More would be a load test, and more series than a prober is worth.
MOST: Final = 64
_LONGEST_SAID: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Exact:
    """The answer is this text; blanks around it do not count."""

    text: str
    ignore_case: bool = False

    @property
    def said(self) -> str:
        """As "wanted ..." has it."""
        return f"`{_short(self.text)}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contains:
    """The answer has this text somewhere."""

    text: str
    ignore_case: bool = False

    @property
    def said(self) -> str:
        """As "wanted ..." has it."""
        return f"`{_short(self.text)}` in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The regular expression (Python's) finds something in the answer."""

    pattern: str
    ignore_case: bool = False
    at: Location | None = None

    @property
    def said(self) -> str:
        """As "wanted ..." has it."""
        return f"a match of `{_short(self.pattern)}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Json:
    """The answer, or the one block of code in it, is JSON by this schema."""

    schema: Mapping[str, Any]
    at: Location | None = None

    @property
    def said(self) -> str:
        """As "wanted ..." has it."""
        return f"JSON by `{_short(json.dumps(self.schema, default=str))}`"


Single = Exact | Contains | Matches | Json


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """One of these is enough."""

    parts: tuple[Single, ...]

    @property
    def said(self) -> str:
        """As "wanted ..." has it."""
        return " or ".join(part.said for part in self.parts)


Expectation = Single | AnyOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question. `messages` are those of a chat; `body` is what plain HTTP sends instead, a text or data.

    `expect` None: any answer will do. `status` is that of plain HTTP. `temperature` and `seed` None are not sent.
    `parameters` are more fields of the request, of which None takes one out. `at` is where it is written; None for
    those that are shipped.
    """

    name: str
    messages: Sequence[Mapping[str, str]] = ()
    body: Any = None
    expect: Expectation | None = None
    status: int = 200
    max_tokens: int = DEFAULT_TOKENS
    temperature: float | None = 0
    seed: int | None = 0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    at: Location | None = None
    expect_at: Location | None = None

    @property
    def text(self) -> str | None:
        """The one thing that is said to the model; None for a conversation, or for a body."""
        alone = len(self.messages) == 1 and self.messages[0]["role"] == "user"
        return self.messages[0]["content"] if alone else None


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}..."
