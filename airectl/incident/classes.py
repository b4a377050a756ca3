"""The classes of incidents that are shipped, read from data/incidents/classes."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from airectl.core.incident.classes import IncidentClass
from airectl.spec.composer import compose

_SUFFIX = ".yaml"


@cache
def shipped() -> dict[str, IncidentClass]:
    """Every class by its name, in the order of names."""
    folder = files("airectl").joinpath("data", "incidents", "classes")
    found = sorted(each.name for each in folder.iterdir() if each.name.endswith(_SUFFIX))
    return {name.removesuffix(_SUFFIX): _read(name, folder.joinpath(name).read_text("utf-8")) for name in found}


def _read(path: str, text: str) -> IncidentClass:
    (node,) = compose(path, text).documents
    questions: dict[str, Any] = node["questions"]
    return IncidentClass(
        **{key: node.text(key) for key in ("name", "title", "summary", "template", "runbook")},
        questions={section: tuple(asked) for section, asked in questions.items()},
        model_state=tuple(node["model_state"]),
    )
