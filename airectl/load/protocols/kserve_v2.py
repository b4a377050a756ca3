"""The Open Inference Protocol over HTTP, which KServe, Triton, MLServer and OpenVINO speak.

Sources: https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson

from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.completion_body import object_in
from airectl.load.protocols.completion_stream import check_model, text_of
from airectl.load.protocols.interface import Answer, Head, ProtocolError, Settings, Wire
from airectl.load.protocols.whole_body import BodyError, Said, WholeBody
from airectl.runs.record import ErrorClass, Record

_DEFAULTS: Final[Mapping[str, Any]] = {
    "version": "",  # of the model; empty: the server chooses
    "input": "text_input",  # the tensor that a prompt goes into, where an ask brings no `inputs` of its own
    "parameters": {},  # of each request
}
# Where an answer holds tensors behind its JSON, this is how long the JSON is.
_JSON_LENGTH: Final = "inference-header-content-length"


class KServeV2:
    """POST /v2/models/MODEL[/versions/VERSION]/infer. An ask brings tensors under `inputs`, or is a text."""

    streams = False

    def __init__(self, settings: Settings) -> None:
        self._given = options.read(settings.options, _DEFAULTS)
        self._wanted = settings.wanted_model
        base = settings.base.removesuffix("/v2")
        self._path = base if base.endswith("/infer") else f"{base}/v2/models/{self._model(settings.model)}/infer"

    def _model(self, model: str) -> str:
        if not model:
            raise ProtocolError("this protocol has the model's name in its path", "name it with --model")
        version = self._given["version"]
        return quote(model, safe="") + (f"/versions/{quote(version, safe='')}" if version else "")

    def request(self, ask: Ask) -> Wire:
        """The request for one inference."""
        text = {"name": self._given["input"], "shape": [1], "datatype": "BYTES", "data": [ask.prompt]}
        body: dict[str, Any] = {"inputs": [text], **ask.extra}
        if self._given["parameters"]:
            body = {"parameters": self._given["parameters"], **body}
        return Wire(path=self._path, body=orjson.dumps(body))

    def succeeds(self, status: int) -> bool:
        """200, as the API has no other."""
        return status == 200

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of the tensors; those behind the JSON are not looked at."""
        length = head.headers.get(_JSON_LENGTH, "")
        end = int(length) if length.isdecimal() else None
        return WholeBody(ask, head, lambda body: _tensors(body[:end]), self._check)

    def _check(self, record: Record) -> None:
        check_model(record, self._wanted)


def _tensors(body: bytes) -> Said:
    value = object_in(body)
    outputs = value.get("outputs")
    if not isinstance(outputs, list) or not all(isinstance(each, dict) for each in outputs):
        raise BodyError(ErrorClass.MALFORMED, "an answer without `outputs`")
    if not outputs:
        raise BodyError(ErrorClass.EMPTY, "the answer has no outputs")
    said = Said()
    said.model = text_of(value.get("model_name"))
    return said
