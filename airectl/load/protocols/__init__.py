"""How servers are spoken to: one module each, and one line in the table below."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from airectl.load.protocols.interface import Protocol, Settings

_MODULES: Final[Mapping[str, str]] = {
    "openai": "openai_chat:OpenAIChat",
    "completions": "openai_completions:OpenAICompletions",
    "embeddings": "openai_embeddings:OpenAIEmbeddings",
    "kserve": "kserve_v2:KServeV2",
    "tfserving": "tf_serving:TFServing",
    "torchserve": "torchserve:TorchServe",
    "http": "generic_http:GenericHttp",
    "golden": "golden_chat:GoldenChat",
}
# What `airectl loadtest calibrate` speaks with the simulator; no other server does.
GOLDEN: Final = "golden"
NAMES: Final = tuple(name for name in _MODULES if name != GOLDEN)
DEFAULT: Final = "openai"


def protocol(name: str, settings: Settings) -> Protocol:
    """The protocol of this name, one of NAMES or GOLDEN. Raises ProtocolError for settings that are none of its own."""
    module, _, attribute = _MODULES[name].partition(":")
    return cast("Protocol", getattr(import_module(f"{__name__}.{module}"), attribute)(settings))
