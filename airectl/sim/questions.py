"""What a request asks for, read from its JSON; what is wrong with it is said as vLLM says it.

Source: https://platform.openai.com/docs/api-reference
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from airectl.sim import prompts
from airectl.sim.wording import Wanted

MAX_DIMENSIONS: Final = 4096
_DIMENSIONS: Final = 256


class Kind(StrEnum):
    """The three that the simulator answers."""

    CHAT = "chat"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


PATHS: Final[Mapping[str, Kind]] = {
    "/v1/chat/completions": Kind.CHAT,
    "/v1/completions": Kind.COMPLETION,
    "/v1/embeddings": Kind.EMBEDDING,
}


class ApiError(Exception):
    """A request that is not answered: the status, and what the error object says."""

    def __init__(self, status: int, message: str, type: str = "BadRequestError", param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request for tokens. `texts` are one prompt, or the inputs of embeddings; `said` is what the user said last.

    `prompt_tokens` are those of all texts. `usage`: a stream ends with its usage.
    """

    kind: Kind
    texts: Sequence[bytes]
    said: str
    prompt_tokens: int
    wanted: Wanted
    stream: bool = False
    usage: bool = False
    dimensions: int = _DIMENSIONS
    base64: bool = False


def read(kind: Kind, body: bytes, model: str, max_tokens: int) -> Question:
    """The question of a body, for a server that has this model, with room for `max_tokens`. Raises ApiError."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise ApiError(400, "the body must be a JSON object")
    asked = value.get("model", model)
    if asked != model:
        raise ApiError(404, f"The model `{asked}` does not exist.", "NotFoundError", "model")
    if value.get("n") not in (None, 1):
        raise ApiError(400, "the simulator gives one answer: `n` must be 1", param="n")
    if kind is Kind.EMBEDDING:
        return _embedding(value, max_tokens)
    text, said = _conversation(value) if kind is Kind.CHAT else _prompt(value)
    prompt_tokens = _fitting(prompts.tokens(text), max_tokens - 1, "messages" if kind is Kind.CHAT else "prompt")
    stream = _flag(value, "stream")
    options = value.get("stream_options")
    return Question(
        kind=kind,
        texts=(text,),
        said=said,
        prompt_tokens=prompt_tokens,
        wanted=_wanted(value, max_tokens - prompt_tokens),
        stream=stream,
        usage=isinstance(options, dict) and _flag(options, "include_usage"),
    )


def _fitting(tokens: int, most: int, param: str) -> int:
    if tokens > most:
        message = f"This model's maximum context length is {most + 1} tokens, and the prompt has {tokens}."
        raise ApiError(400, message, param=param)
    return tokens


def _flag(value: Mapping[str, Any], key: str) -> bool:
    given = value.get(key)
    if given not in (None, True, False):
        raise ApiError(400, f"`{key}` must be true or false", param=key)
    return bool(given)


def _conversation(value: Mapping[str, Any]) -> tuple[bytes, str]:
    """All messages as one text, and the last of them."""
    messages = value.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(each, dict) for each in messages):
        raise ApiError(400, "`messages` must be a list of messages, one at least", param="messages")
    last = prompts.content(messages[-1].get("content"))
    return _bytes(prompts.conversation(messages)), last


def _prompt(value: Mapping[str, Any]) -> tuple[bytes, str]:
    """The text to go on from: a text, one in a list, or the numbers of tokens."""
    prompt = value.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], (str, list)):
        prompt = prompt[0]
    if isinstance(prompt, str):
        return _bytes(prompt), prompt
    if isinstance(prompt, list) and prompt and all(isinstance(each, int) for each in prompt):
        return _of_numbers(prompt), ""
    raise ApiError(400, "`prompt` must be one text, or a list of tokens", param="prompt")


def _of_numbers(numbers: Sequence[int]) -> bytes:
    """Four bytes for each token, as a text has."""
    return b"".join((number & 0xFFFFFFFF).to_bytes(4) for number in numbers)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _wanted(value: Mapping[str, Any], room: int) -> Wanted:
    """How long the answer may be; `ignore_eos`, or `min_tokens` as large, make it exactly that long."""
    given = value.get("max_completion_tokens", value.get("max_tokens"))
    if given is None:
        return Wanted(limit=room)
    if not isinstance(given, int) or isinstance(given, bool) or given < 1:
        raise ApiError(400, f"max_tokens must be at least 1, got {json.dumps(given)}.", param="max_tokens")
    if given > room:
        message = f"max_tokens is too large: {given}. There is room for {room} beside the prompt."
        raise ApiError(400, message, param="max_tokens")
    whole = _flag(value, "ignore_eos") or value.get("min_tokens") == given
    return Wanted(limit=given, whole=whole)


def _embedding(value: Mapping[str, Any], max_tokens: int) -> Question:
    given = value.get("input")
    inputs = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    texts = []
    for each in inputs:
        if isinstance(each, str):
            texts.append(_bytes(each))
        elif isinstance(each, list) and each and all(isinstance(number, int) for number in each):
            texts.append(_of_numbers(each))
        else:
            raise ApiError(400, "`input` must be a text, or a list of texts", param="input")
    dimensions = value.get("dimensions", _DIMENSIONS)
    if not isinstance(dimensions, int) or not 1 <= dimensions <= MAX_DIMENSIONS:
        raise ApiError(400, f"`dimensions` must be from 1 to {MAX_DIMENSIONS}", param="dimensions")
    form = value.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise ApiError(400, "`encoding_format` must be float or base64", param="encoding_format")
    return Question(
        kind=Kind.EMBEDDING,
        texts=texts,
        said="",
        prompt_tokens=_fitting(sum(map(prompts.tokens, texts)), max_tokens, "input"),
        wanted=Wanted(limit=0),
        dimensions=dimensions,
        base64=form == "base64",
    )
