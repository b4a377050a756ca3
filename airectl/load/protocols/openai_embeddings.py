"""OpenAI's embeddings.

Source: https://platform.openai.com/docs/api-reference/embeddings/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from airectl.core.api_paths import below
from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.completion_body import object_in
from airectl.load.protocols.completion_stream import check_model, text_of, usage_of
from airectl.load.protocols.interface import Answer, Head, Settings, Wire
from airectl.load.protocols.whole_body import BodyError, Said, WholeBody
from airectl.runs.record import NEVER, ErrorClass, Record

_DEFAULTS: Final[Mapping[str, Any]] = {
    "parameters": {},  # whatever else goes into each request, such as {"dimensions": 256}
}


class OpenAIEmbeddings:
    """POST /v1/embeddings. An ask may bring several texts under `input`."""

    streams = False

    def __init__(self, settings: Settings) -> None:
        self._path = below(settings.base, "/embeddings")
        self._wanted = settings.wanted_model
        self._common = dict(options.read(settings.options, _DEFAULTS)["parameters"])
        if settings.model:
            self._common["model"] = settings.model

    def request(self, ask: Ask) -> Wire:
        """The request for the vectors of a text, or of several."""
        return Wire(path=self._path, body=orjson.dumps({**self._common, "input": ask.prompt, **ask.extra}))

    def succeeds(self, status: int) -> bool:
        """200, as the API has no other."""
        return status == 200

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of the vectors."""
        return WholeBody(ask, head, _vectors, self._check)

    def _check(self, record: Record) -> None:
        check_model(record, self._wanted)


def _vectors(body: bytes) -> Said:
    value = object_in(body)
    data = value.get("data")
    if not isinstance(data, list) or not all(isinstance(each, dict) and "embedding" in each for each in data):
        raise BodyError(ErrorClass.MALFORMED, "an answer without vectors in `data`")
    if not all(each["embedding"] for each in data) or not data:
        raise BodyError(ErrorClass.EMPTY, "the answer has no vector")
    said = Said(tokens=(usage_of(value)[0], NEVER))
    said.model = text_of(value.get("model"))
    return said
