"""Kinds of incident that AI systems have; the data are in data/incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentClass:
    """One kind: its questions by the key of a section, the template that fits it, and where to read on.

    `runbook` is a page about what to do first; `model_state` names the fields of the model's state that a
    postmortem of this class has to know.
    """

    name: str
    title: str
    summary: str
    template: str
    runbook: str
    questions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    model_state: tuple[str, ...] = ()

    def asks(self, section: str) -> tuple[str, ...]:
        """The questions of one section."""
        return self.questions.get(section, ())
