"""One streamed completion of an OpenAI-compatible server: when its tokens came, what it said, how it ended.

HTTP says 200 before the first token, so what goes wrong later is in the stream alone. Times are seconds
of one monotonic clock, given by whoever read the bytes.

Sources: https://platform.openai.com/docs/api-reference/chat/streaming
https://platform.openai.com/docs/api-reference/completions
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from airectl.core.sse import Event

_DONE: Final = "[DONE]"
# Where servers put the text of a model that thinks before it answers.
REASONING: Final = ("reasoning_content", "reasoning")
_LONGEST_QUOTE: Final = 200


class Fault(StrEnum):
    """What can be wrong with a stream that HTTP calls a success."""

    ERROR_PAYLOAD = "error payload"  # the server says in the stream that it failed
    MALFORMED = "malformed chunk"  # an event that is no chunk of a completion
    TRUNCATED = "truncated"  # neither a finish reason nor [DONE]
    EMPTY = "empty output"  # an end without any content


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A completion that was read.

    `ttft_s` is the time from the request to the first chunk with content: text, reasoning or a tool call;
    a chunk with the role alone is none. `gaps_s` are the times between chunks with content, `e2e_s` is the
    time to the last of them; None and empty where there was no content. `output_tokens` is what the server
    counted, None where it said nothing. `faults` are in the order met, each with what was said.
    """

    ttft_s: float | None
    gaps_s: tuple[float, ...]
    e2e_s: float | None
    text: str
    reasoning: str
    finish_reason: str
    model: str
    output_tokens: int | None
    faults: tuple[tuple[Fault, str], ...]

    @property
    def complete(self) -> bool:
        """Whether the server finished what it began: nothing wrong, and not cut at its token limit."""
        return not self.faults and self.finish_reason != "length"

    @property
    def tpot_s(self) -> float | None:
        """Time per output token after the first: (last - first content) / (tokens - 1); None below two tokens."""
        if self.output_tokens is None or self.output_tokens < 2 or self.e2e_s is None or self.ttft_s is None:
            return None
        return (self.e2e_s - self.ttft_s) / (self.output_tokens - 1)


@dataclass(slots=True)
class Stream:
    """Takes the events of one completion with the times they came at. `sent_s` is when the request was sent."""

    sent_s: float
    done: bool = False
    _times: list[float] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _reasoning: list[str] = field(default_factory=list)
    _finish: str = ""
    _model: str = ""
    _tokens: int | None = None
    _faults: list[tuple[Fault, str]] = field(default_factory=list)

    @property
    def content_s(self) -> float | None:
        """When the last content so far came."""
        return self._times[-1] if self._times else None

    @property
    def finished(self) -> bool:
        """Whether the server said that it is done; usage may still follow."""
        return bool(self._finish) or self.done

    def take(self, event: Event, at_s: float) -> None:
        """One more event, which came at `at_s`."""
        if event.data == _DONE:
            self.done = True
            return
        chunk = _object(event.data)
        if chunk is None:
            self._fault(Fault.MALFORMED, event.data)
        elif chunk.get("error") or event.name == "error":
            self._fault(Fault.ERROR_PAYLOAD, error_said(chunk.get("error") or chunk))
        else:
            self._chunk(chunk, at_s)

    def end(self, *, whole: bool) -> Completion:
        """What the stream was; `whole` says that it ended between two events and not within one."""
        if not self._faults and not (whole and self.finished):
            self._fault(Fault.TRUNCATED, "the stream ended without a finish reason")
        if not self._faults and not self._times:
            self._fault(Fault.EMPTY, "the stream has no content")
        first = self._times[0] - self.sent_s if self._times else None
        return Completion(
            ttft_s=first,
            gaps_s=tuple(later - earlier for earlier, later in pairwise(self._times)),
            e2e_s=self._times[-1] - self.sent_s if self._times else None,
            text="".join(self._text),
            reasoning="".join(self._reasoning),
            finish_reason=self._finish,
            model=self._model,
            output_tokens=self._tokens,
            faults=tuple(self._faults),
        )

    def _fault(self, fault: Fault, said: str) -> None:
        self._faults.append((fault, said[:_LONGEST_QUOTE]))

    def _chunk(self, chunk: Mapping[str, Any], at_s: float) -> None:
        choices = chunk.get("choices")
        usage = chunk.get("usage")
        tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
        if isinstance(tokens, int) and not isinstance(tokens, bool):
            self._tokens = tokens
        if isinstance(chunk.get("model"), str):
            self._model = self._model or chunk["model"]
        if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
            self._fault(Fault.MALFORMED, "a chunk without `choices`")
            return
        for choice in choices:
            self._choice(choice, at_s)

    def _choice(self, choice: Mapping[str, Any], at_s: float) -> None:
        delta = choice.get("delta")
        parts: Mapping[str, Any] = delta if isinstance(delta, dict) else {}
        text = _text(parts.get("content")) or _text(choice.get("text"))
        reasoning = next((_text(parts[key]) for key in REASONING if _text(parts.get(key))), "")
        if text or reasoning or parts.get("tool_calls"):
            self._times.append(at_s)
            self._text.append(text)
            self._reasoning.append(reasoning)
        self._finish = _text(choice.get("finish_reason")) or self._finish


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def error_said(error: Any) -> str:
    """What an error payload says, in whichever of the usual shapes."""
    if isinstance(error, dict):
        return _text(error.get("message")) or json.dumps(error)
    return _text(error) or json.dumps(error)
