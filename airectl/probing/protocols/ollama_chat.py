"""Ollama's own API: a line of JSON for each token.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.completion import Completion, Stream
from airectl.core.sse import Event
from airectl.net.http_client import Question
from airectl.probing.golden import Prompt
from airectl.probing.protocols.interface import CannotAskError
from airectl.probing.protocols.openai_chat import ids

_API: Final = "/api"


class OllamaChat:
    """POST /api/chat."""

    streams = True
    names_model = True

    def question(self, base: str, prompt: Prompt, model: str) -> Question:
        """The request for a streamed answer. Raises CannotAskError."""
        if not prompt.messages:
            raise CannotAskError("has a `body`, which `--protocol http` alone can send")
        options = {
            "num_predict": prompt.max_tokens, "temperature": prompt.temperature, "seed": prompt.seed,
            **prompt.parameters,
        }  # fmt: skip
        body = {
            "model": model,
            "messages": list(prompt.messages),
            "stream": True,
            "options": {key: value for key, value in options.items() if value is not None},
        }
        return Question(path=f"{_root(base)}/chat", body=json.dumps(body).encode(), accept="application/x-ndjson")

    def reader(self, headers: Mapping[str, str], sent_s: float) -> Lines:
        """What reads the lines."""
        return Lines(Stream(sent_s))

    def listing(self, base: str) -> Question:
        """GET /api/tags."""
        return Question(path=f"{_root(base)}/tags", accept="application/json")

    def models(self, body: object) -> Sequence[str]:
        """The names."""
        return ids(body, "models", "name")


def _root(base: str) -> str:
    base = base.removesuffix("/chat") if base.endswith(f"{_API}/chat") else base
    return base if base.endswith(_API) else f"{base}{_API}"


@dataclass(slots=True)
class Lines:
    """Reads each line as the chunk that an OpenAI-compatible server would send."""

    stream: Stream
    _rest: bytes = b""

    @property
    def content_s(self) -> float | None:
        """When the last content so far came."""
        return self.stream.content_s

    @property
    def finished(self) -> bool:
        """Whether the server said that the answer is complete."""
        return self.stream.finished

    @property
    def done(self) -> bool:
        """The line that says so is the last one."""
        return self.stream.finished

    def take(self, data: bytes, at_s: float) -> None:
        """The next bytes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                self.stream.take(Event(_chunk(line.decode("utf-8", "replace"))), at_s)

    def end(self, *, whole: bool) -> Completion:
        """What the answer was; an error may stand there without an end of its line."""
        if self._rest.strip():
            self.stream.take(Event(_chunk(self._rest.decode("utf-8", "replace"))), 0.0)
        return self.stream.end(whole=whole)


def _chunk(line: str) -> str:
    """A line of Ollama's as a chunk; what is none stays as it is."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line
    said = value.get("message") if isinstance(value, dict) else None
    if not isinstance(said, dict):
        return line
    delta = {
        "content": said.get("content"), "reasoning": said.get("thinking"), "tool_calls": said.get("tool_calls"),
    }  # fmt: skip
    choice: dict[str, Any] = {"delta": delta}
    if value.get("done") is True:
        choice["finish_reason"] = value.get("done_reason") or "stop"
    usage = {"completion_tokens": value.get("eval_count")}
    return json.dumps({"model": value.get("model"), "choices": [choice], "usage": usage})
