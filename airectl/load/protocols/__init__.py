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
}
NAMES: Final = tuple(_MODULES)
DEFAULT: Final = "openai"


def protocol(name: str, settings: Settings) -> Protocol:
    """The protocol of this name, one of NAMES. Raises ProtocolError for settings that are none of its own."""
    module, _, attribute = _MODULES[name].partition(":")
    return cast("Protocol", getattr(import_module(f"{__name__}.{module}"), attribute)(settings))
