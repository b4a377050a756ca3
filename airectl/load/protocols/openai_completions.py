"""OpenAI's older completions, for models that continue a text.

Source: https://platform.openai.com/docs/api-reference/completions/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airectl.load.feed import Ask
from airectl.load.protocols.openai_chat import OpenAIChat


class OpenAICompletions(OpenAIChat):
    """POST /v1/completions."""

    path = "/completions"

    def _said(self, ask: Ask) -> Mapping[str, Any]:
        """The text to continue; a conversation is continued as one text."""
        return {"prompt": ask.prompt or "\n\n".join(text for _, text in ask.messages)}
