"""OpenAI's chat completions, which most inference servers and gateways speak.

Sources: https://platform.openai.com/docs/api-reference/chat/create
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (ignore_eos, min_tokens)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from airectl.core.api_paths import below
from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.completion_body import completion
from airectl.load.protocols.completion_stream import CompletionStream, check_model
from airectl.load.protocols.interface import EVENTS, JSON, Answer, Head, Settings, Wire
from airectl.load.protocols.whole_body import WholeBody
from airectl.runs.record import Record

_WHOLE: Final = frozenset((JSON, "text/html"))
_DEFAULTS: Final[Mapping[str, Any]] = {
    "stream": True,  # answers come token by token
    "usage": True,  # the server is asked to count tokens at the end of a stream
    "continuous_usage": False,  # and, on vLLM, with each chunk
    "ignore_eos": False,  # an answer is as long as was asked for, on vLLM and SGLang
    "min_tokens": False,  # the same, in the words of others
    "limit_field": "max_tokens",  # some models of OpenAI's know `max_completion_tokens` alone
    "parameters": {},  # whatever else goes into each request, such as {"temperature": 0}
}


@dataclass(frozen=True, slots=True)
class _Given:
    stream: bool
    usage: bool
    continuous_usage: bool
    ignore_eos: bool
    min_tokens: bool
    limit_field: str
    parameters: Mapping[str, Any]


class OpenAIChat:
    """POST /v1/chat/completions."""

    path = "/chat/completions"

    def __init__(self, settings: Settings) -> None:
        self._model, self._wanted = settings.model, settings.wanted_model
        self._given = _Given(**options.read(settings.options, _DEFAULTS))
        self.streams = self._given.stream
        self._path = below(settings.base, self.path)
        self._common = self._fields()

    def request(self, ask: Ask) -> Wire:
        """The request for an answer of `output_tokens`, where somebody said how many."""
        body = {**self._common, **self._said(ask), **self._length(ask.output_tokens), **ask.extra}
        accept = EVENTS if self.streams else JSON
        return Wire(path=self._path, body=orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), accept=accept)

    def succeeds(self, status: int) -> bool:
        """200, as the API has no other."""
        return status == 200

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of a stream, or of what came in its place."""
        if self.streams and head.content_type not in _WHOLE:
            return CompletionStream(ask, head, self._wanted)
        return WholeBody(ask, head, completion(streamed=self.streams), self._check)

    def _check(self, record: Record) -> None:
        check_model(record, self._wanted)

    def _said(self, ask: Ask) -> Mapping[str, Any]:
        said = ask.messages or (("user", ask.prompt),)
        return {"messages": [{"role": role, "content": text} for role, text in said]}

    def _length(self, tokens: int) -> Mapping[str, Any]:
        if tokens < 0:
            return {}
        asked: dict[str, Any] = {self._given.limit_field: tokens}
        if self._given.min_tokens:
            asked["min_tokens"] = tokens
        return asked

    def _fields(self) -> Mapping[str, Any]:
        """What all requests have in common."""
        given, fields = self._given, dict(self._given.parameters)
        if self._model:
            fields["model"] = self._model
        fields["stream"] = given.stream
        if given.stream and given.usage:
            fields["stream_options"] = {"include_usage": True}
            if given.continuous_usage:
                fields["stream_options"]["continuous_usage_stats"] = True
        if given.ignore_eos:
            fields["ignore_eos"] = True
        return fields
