"""OpenAI's older completions, for models that continue a text.

Source: https://platform.openai.com/docs/api-reference/completions/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airectl.probing.golden import Prompt
from airectl.probing.protocols.interface import CannotAskError
from airectl.probing.protocols.openai_chat import OpenAIChat


class OpenAICompletions(OpenAIChat):
    """POST /v1/completions."""

    path = "/completions"

    def said(self, prompt: Prompt) -> Mapping[str, Any]:
        """The text to continue. Raises CannotAskError."""
        if prompt.text is None:
            raise CannotAskError("has no `prompt`, and `--protocol completions` sends nothing else")
        return {"prompt": prompt.text}
