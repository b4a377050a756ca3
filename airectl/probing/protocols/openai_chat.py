"""OpenAI's chat completions, which most inference servers and gateways speak.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from airectl.core.api_paths import below
from airectl.net.http_client import Question
from airectl.probing.golden import Prompt
from airectl.probing.protocols.event_stream import EventStream, event_stream
from airectl.probing.protocols.interface import CannotAskError

_STREAM: Final = "text/event-stream"


class OpenAIChat:
    """POST /v1/chat/completions."""

    streams = True
    names_model = True
    path = "/chat/completions"

    def question(self, base: str, prompt: Prompt, model: str) -> Question:
        """The request for a streamed answer, with its usage at the end."""
        body = {"model": model, **self.said(prompt), "stream": True, "stream_options": {"include_usage": True}}
        return Question(path=below(base, self.path), body=encoded(body, prompt), accept=_STREAM)

    def said(self, prompt: Prompt) -> Mapping[str, Any]:
        """The prompt's own fields. Raises CannotAskError."""
        if not prompt.messages:
            raise CannotAskError("has a `body`, which `--protocol http` alone can send")
        return {"messages": list(prompt.messages)}

    def reader(self, headers: Mapping[str, str], sent_s: float) -> EventStream:
        """What reads the stream."""
        return event_stream(headers, sent_s)

    def listing(self, base: str) -> Question:
        """GET /v1/models."""
        return Question(path=below(base, "/models", full=self.path), accept="application/json")

    def models(self, body: object) -> Sequence[str]:
        """The ids."""
        return ids(body, "data", "id")


def encoded(body: Mapping[str, Any], prompt: Prompt) -> bytes:
    """A request's JSON with the prompt's sampling and its own parameters; what is None is left out."""
    given = {"max_tokens": prompt.max_tokens, "temperature": prompt.temperature, "seed": prompt.seed}
    fields = {**given, **prompt.parameters, **body}
    return json.dumps({key: value for key, value in fields.items() if value is not None}).encode()


def ids(body: object, key: str, name: str) -> list[str]:
    """The texts under `name` of the objects in the list under `key`; nothing of what is otherwise."""
    items = body.get(key) if isinstance(body, dict) else None
    found = [item.get(name) for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [each for each in found if isinstance(each, str)]
