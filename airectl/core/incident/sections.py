"""The sections of a postmortem, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading of the second level and the key that data and templates use for it."""

    key: str
    title: str


SECTIONS: Final = tuple(
    Section(key=key, title=title)
    for key, title in (
        ("summary", "Summary"),
        ("impact", "Impact"),
        ("timeline", "Timeline"),
        ("detection", "Detection"),
        ("factors", "Contributing factors"),
        ("mitigation", "Mitigation and rollback"),
        ("outputs", "Affected outputs"),
        ("lessons", "Lessons"),
        ("actions", "Action items"),
        ("external", "External text"),
        ("data", "Supporting data"),
    )
)
TITLES: Final[Mapping[str, str]] = {each.key: each.title for each in SECTIONS}
ALL: Final = tuple(each.key for each in SECTIONS)
# What no postmortem can do without, whatever template it was made from.
LEAST: Final = ("summary", "impact", "timeline", "detection", "factors", "actions")
_BY_TEMPLATE: Final = {"full": ALL, "short": LEAST, "ai-quality": ALL, "capacity": ALL, "hardware": ALL, "vendor": ALL}
TEMPLATES: Final = tuple(_BY_TEMPLATE)


def required(template: str) -> tuple[str, ...]:
    """The keys of the sections that a document made from a template has to have; for an own one the least."""
    return _BY_TEMPLATE.get(template, LEAST)
