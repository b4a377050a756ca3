"""TorchServe's inference API.

Source: https://pytorch.org/serve/inference_api.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson

from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.interface import JSON, Answer, Head, ProtocolError, Settings, Wire
from airectl.load.protocols.whole_body import BodyError, Said, WholeBody
from airectl.runs.record import ErrorClass

_DEFAULTS: Final[Mapping[str, Any]] = {
    "version": "",  # of the model; empty: its default
    "content_type": "text/plain; charset=utf-8",  # of a prompt
}
_ROOT: Final = "/predictions"


class TorchServe:
    """POST /predictions/MODEL[/VERSION]. An ask brings an object that is sent as JSON, or is a text."""

    streams = False

    def __init__(self, settings: Settings) -> None:
        self._given = options.read(settings.options, _DEFAULTS)
        base = settings.base
        named = f"{_ROOT}/" in base
        self._path = base if named else f"{base.removesuffix(_ROOT)}{_ROOT}/{self._model(settings.model)}"

    def _model(self, model: str) -> str:
        if not model:
            raise ProtocolError("this protocol has the model's name in its path", "name it with --model")
        version = self._given["version"]
        return quote(model, safe="") + (f"/{quote(version, safe='')}" if version else "")

    def request(self, ask: Ask) -> Wire:
        """The request for one prediction."""
        if ask.extra:
            return Wire(path=self._path, body=orjson.dumps(dict(ask.extra)), content_type=JSON, accept="*/*")
        kind = self._given["content_type"]
        return Wire(path=self._path, body=ask.prompt.encode(), content_type=kind, accept="*/*")

    def succeeds(self, status: int) -> bool:
        """200; errors have statuses of their own."""
        return status == 200

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of whatever the handler says."""
        return WholeBody(ask, head, _anything)


def _anything(body: bytes) -> Said:
    if not body.strip():
        raise BodyError(ErrorClass.EMPTY, "the answer is empty")
    return Said(text=body[:1_000_000].decode("utf-8", "replace"))
