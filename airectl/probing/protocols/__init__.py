"""How servers are spoken to: one module each, and one line in the table below."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from airectl.probing.protocols.interface import Protocol

_MODULES: Final[Mapping[str, str]] = {
    "openai": "openai_chat:OpenAIChat",
    "completions": "openai_completions:OpenAICompletions",
    "ollama": "ollama_chat:OllamaChat",
    "http": "plain_http:PlainHttp",
}
NAMES: Final = tuple(_MODULES)
DEFAULT: Final = "openai"


def protocol(name: str) -> Protocol:
    """The protocol of this name, which is one of NAMES."""
    module, _, attribute = _MODULES[name].partition(":")
    return cast("Protocol", getattr(import_module(f"{__name__}.{module}"), attribute)())
