"""Reads a completion that comes as one object, and what comes in place of a stream.

Source: https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airectl.core.completion import REASONING, error_said
from airectl.load.protocols.completion_stream import text_of, usage_of
from airectl.load.protocols.whole_body import BodyError, Read, Said, parsed, quoted
from airectl.runs.record import ErrorClass


def completion(*, streamed: bool) -> Read:
    """What reads the body. `streamed`: a stream was asked for, so that a completion at once is no answer."""

    def read(body: bytes) -> Said:
        value = object_in(body)
        if streamed:
            raise BodyError(ErrorClass.MALFORMED, f"no event stream, although one was asked for: {quoted(body)}")
        return _said(value)

    return read


def object_in(body: bytes) -> Mapping[str, Any]:
    """The object that a body is. Raises BodyError for anything else, and for one that says an error."""
    value = parsed(body)
    if not isinstance(value, dict):
        raise BodyError(ErrorClass.MALFORMED, f"no JSON object: {quoted(body)}")
    if value.get("error"):
        raise BodyError(ErrorClass.ERROR_PAYLOAD, error_said(value["error"]))
    return value


def _said(value: Mapping[str, Any]) -> Said:
    choices = value.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise BodyError(ErrorClass.MALFORMED, "a completion without `choices`")
    said = Said(tokens=usage_of(value))
    said.model = text_of(value.get("model"))
    reasoned = called = False
    for choice in choices:
        message = choice.get("message")
        parts: Mapping[str, Any] = message if isinstance(message, dict) else {}
        said.text += text_of(parts.get("content")) or text_of(choice.get("text"))
        reasoned = reasoned or any(text_of(parts.get(key)) for key in REASONING)
        called = called or bool(parts.get("tool_calls"))
        said.finish = text_of(choice.get("finish_reason")) or said.finish
    if not (said.text or reasoned or called):
        raise BodyError(ErrorClass.EMPTY, "the answer has no content")
    if not said.finish:
        raise BodyError(ErrorClass.TRUNCATED, "the answer has no finish reason")
    said.reasoning_only = not (said.text or called)
    return said
