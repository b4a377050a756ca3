"""TensorFlow Serving's REST API.

Source: https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson

from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.completion_body import object_in
from airectl.load.protocols.interface import Answer, Head, ProtocolError, Settings, Wire
from airectl.load.protocols.whole_body import BodyError, Said, WholeBody
from airectl.runs.record import ErrorClass

_DEFAULTS: Final[Mapping[str, Any]] = {
    "version": "",  # of the model; empty: the latest
    "signature_name": "",  # empty: the model's default
    "verb": "predict",  # or classify, or regress
}
# What the answers to these verbs are in, by row and by column.
_RESULTS: Final = ("predictions", "outputs", "results", "result")


class TFServing:
    """POST /v1/models/MODEL:predict. An ask brings `instances`, `inputs` or `examples`, or is a text."""

    streams = False

    def __init__(self, settings: Settings) -> None:
        self._given = options.read(settings.options, _DEFAULTS)
        base, verb = settings.base.removesuffix("/v1"), self._given["verb"]
        self._path = base if ":" in base else f"{base}/v1/models/{self._model(settings.model)}:{verb}"

    def _model(self, model: str) -> str:
        if not model:
            raise ProtocolError("this protocol has the model's name in its path", "name it with --model")
        version = self._given["version"]
        return quote(model, safe="") + (f"/versions/{quote(version, safe='')}" if version else "")

    def request(self, ask: Ask) -> Wire:
        """The request for one prediction."""
        body: dict[str, Any] = dict(ask.extra) or {"instances": [ask.prompt]}
        if self._given["signature_name"]:
            body["signature_name"] = self._given["signature_name"]
        return Wire(path=self._path, body=orjson.dumps(body))

    def succeeds(self, status: int) -> bool:
        """200, as the API has no other."""
        return status == 200

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of the predictions."""
        return WholeBody(ask, head, _predictions)


def _predictions(body: bytes) -> Said:
    value = object_in(body)
    found = [value[name] for name in _RESULTS if name in value]
    if not found:
        raise BodyError(ErrorClass.MALFORMED, "an answer without `predictions` or `outputs`")
    if found[0] in ([], {}, None):
        raise BodyError(ErrorClass.EMPTY, "the answer has no prediction")
    return Said()
