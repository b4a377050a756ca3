"""Prompts as the simulator sees them: a token for every four bytes of text, and keys of what others may share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

_TOKEN_BYTES: Final = 4
# What a chat template puts around each message, and before the answer.
_TEMPLATE: Final = "\n<|{role}|>\n"


def conversation(messages: Sequence[Mapping[str, Any]]) -> str:
    """The text that a chat template makes of messages; parts that are no text are left out."""
    said = [_TEMPLATE.format(role=each.get("role", "")) + content(each.get("content")) for each in messages]
    return "".join(said) + _TEMPLATE.format(role="assistant")


def content(said: Any) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(said, str):
        return said
    parts = said if isinstance(said, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def tokens(text: bytes) -> int:
    """How many tokens a text has: one for every four bytes, and one at least."""
    return max(-(-len(text) // _TOKEN_BYTES), 1)


def keys(text: bytes, block_tokens: int) -> tuple[int, ...]:
    """A key for each full block of a prompt, which stands for the block and all before it."""
    size = block_tokens * _TOKEN_BYTES
    found, key = [], b""
    for start in range(0, len(text) - size + 1, size):
        key = blake2b(key + text[start : start + size], digest_size=8).digest()
        found.append(int.from_bytes(key))
    return tuple(found)
