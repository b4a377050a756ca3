"""Texts in alerts: Prometheus takes labels and annotations for templates."""

from __future__ import annotations

from typing import Final

_OPENS: Final = "{{"
_WRITTEN: Final = '{{ "{{" }}'


def verbatim(text: str) -> str:
    """A template that gives just this text, whatever braces it holds."""
    return text.replace(_OPENS, _WRITTEN)


def given(template: str) -> str:
    """The text that was made a template by `verbatim`."""
    return template.replace(_WRITTEN, _OPENS)
