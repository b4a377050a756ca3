"""Postmortems as they are read: front matter with places, sections, timeline, what is stated, action items.

Ours have a front matter; foreign ones have headings, tables and lists, and less of it is known. Nothing is guessed:
what was not understood is a finding, and what is not there is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident import sections
from airectl.core.incident.incident import SCHEMA, Incident
from airectl.core.incident.reading import read as incident_of
from airectl.incident import markdown
from airectl.incident.markdown import Page, Part
from airectl.incident.stated import Stated, category, stated
from airectl.incident.timelines import Timeline, timeline
from airectl.spec.composer import compose
from airectl.spec.schema import check
from airectl.spec.tree import Map

_SCHEMA: Final = "postmortem-v1"
# What others call the sections of core.incident.sections.
_SYNONYMS: Final[Mapping[str, str]] = {
    "overview": "summary",
    "executive summary": "summary",
    "incident summary": "summary",
    "what happened": "summary",
    "tl;dr": "summary",
    "customer impact": "impact",
    "user impact": "impact",
    "incident timeline": "timeline",
    "chronology": "timeline",
    "contributing causes": "factors",
    "root cause": "factors",
    "root causes": "factors",
    "root cause analysis": "factors",
    "causes": "factors",
    "cause": "factors",
    "mitigation": "mitigation",
    "resolution": "mitigation",
    "resolution and recovery": "mitigation",
    "recovery": "mitigation",
    "lessons learned": "lessons",
    "lessons learnt": "lessons",
    "actions": "actions",
    "action points": "actions",
    "follow-up actions": "actions",
    "follow-ups": "actions",
    "corrective actions": "actions",
    "remediation": "actions",
    "remediations": "actions",
    "next steps": "actions",
    "supporting information": "data",
}
_KEYS: Final = {title.casefold(): key for key, title in sections.TITLES.items()} | dict(_SYNONYMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionItem:
    """One action item and its place; `status` is open, done or dropped, empty where a foreign document says nothing.

    `owner_at` and `due_at` are where these are written, or would be. `due_text` is a date as it is written.
    """

    text: str
    at: Location
    owner: str = ""
    owner_at: Location
    due: date | None = None
    due_text: str = ""
    due_at: Location
    status: str = ""
    ticket: str = ""


# No slots: what is asked for is worked out once and kept.
@dataclass(frozen=True, kw_only=True)
class Document:
    """One postmortem. `front` is its front matter (None: it has none), `findings` what could not be read of it.

    `ours`: its front matter says that it follows airectl's form. `parts` are its sections by their keys.
    """

    page: Page
    text: str
    front: Map | None = None
    incident: Incident = field(default_factory=Incident)
    ours: bool = False
    parts: Mapping[str, Part] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def path(self) -> str:
        """The file it stands in."""
        return self.page.path

    @property
    def title(self) -> str:
        """What it is called: in its front matter, else in its first heading."""
        return self.incident.title or (self.page.headings[0].title if self.page.headings else "")

    @property
    def id(self) -> str:
        """What it is called once and for all: in its front matter, else its file's name without the ending."""
        return self.incident.id or self.path.rpartition("/")[2].removesuffix(".md")

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What lints work out once and share, by a purpose."""
        return {}

    @cached_property
    def timeline(self) -> Timeline:
        """Its timeline; empty where it has none."""
        part = self.parts.get("timeline")
        return timeline(self.page, part) if part else Timeline()

    @cached_property
    def stated(self) -> tuple[Stated, ...]:
        """The measures that it states."""
        return tuple(stated(self.page))

    @cached_property
    def category(self) -> str:
        """What it says it is about; empty where it says nothing."""
        return category(self.page)

    @cached_property
    def causes(self) -> tuple[tuple[str, Location], ...]:
        """Contributing causes: those of the front matter, else the points of the section."""
        if self.front is not None and self.incident.causes:
            found = [(each.text("cause"), each.at("cause")) for each in self.front.maps("causes")]
            return tuple((text, at) for text, at in found if text in {cause.cause for cause in self.incident.causes})
        part = self.parts.get("factors")
        items = self.page.items(part) if part else []
        return tuple((item.text, self.page.at(item.line, item.col)) for item in items if item.text)

    @cached_property
    def actions(self) -> tuple[ActionItem, ...]:
        """Action items: those of the front matter, else the points of the section."""
        if self.front is not None and self.incident.actions:
            return tuple(self._own_actions(self.front))
        part = self.parts.get("actions")
        items = self.page.items(part) if part else []
        least = min((item.indent for item in items), default=0)
        return tuple(_listed(self.page, item) for item in items if item.indent == least and item.text and not self.ours)

    def _own_actions(self, front: Map) -> list[ActionItem]:
        nodes = [node for node in front.maps("action_items") if node.text("action")]
        known = {each.action: each for each in self.incident.actions}
        found = []
        for node in nodes:
            action = known.get(node.text("action"))
            if action:
                found.append(
                    ActionItem(
                        text=action.action,
                        at=node.at("action"),
                        owner=action.owner,
                        owner_at=node.at("owner"),
                        due=action.due,
                        due_text=node.text("due"),
                        due_at=node.at("due"),
                        status=action.status,
                        ticket=action.ticket,
                    )
                )
        return found


def _listed(page: Page, item: markdown.Item) -> ActionItem:
    at = page.at(item.line, item.col)
    status = {True: "done", False: "open", None: ""}[item.box]
    return ActionItem(text=item.text, at=at, owner_at=at, due_at=at, status=status)


def read(path: str, text: str) -> Document:
    """A postmortem. No text makes it fail."""
    page = markdown.read(path, text)
    front, findings = _front(page, text)
    known = incident_of(front) if front is not None else Incident()
    ours = front is not None and front.text("schema").startswith("airectl/")
    if front is not None and front.get("schema") == SCHEMA:
        findings += check(front, _SCHEMA, "")
    return Document(
        page=page,
        text=text,
        front=front,
        incident=known,
        ours=ours,
        parts=_parts(page),
        findings=tuple(findings),
    )


def _front(page: Page, text: str) -> tuple[Map | None, list[Finding]]:
    if page.front is None:
        begins = page.written[0].rstrip() == markdown.FRONT
        message = "the front matter does not end" if begins else "the document has no front matter"
        help = (
            "close it with a line `---`"
            if begins
            else "see `airectl schema postmortem`; `airectl postmortem new` fills it"
        )
        return None, [_broken(page, message, help)]
    first, last = page.front
    # Blank lines in place of what is not YAML keep the numbers of lines right.
    body = "\n".join(["", *page.written[first : last - 1]])
    composed = compose(page.path, body)
    found = list(composed.findings)
    if composed.documents and isinstance(composed.documents[0], Map):
        return composed.documents[0], found
    if not found:
        found.append(_broken(page, "the front matter holds no keys", "see `airectl schema postmortem`"))
    return None, found


def _broken(page: Page, message: str, help: str) -> Finding:
    return Finding(code="AIR620", severity=Severity.ERROR, message=message, at=page.at(1), help=help)


def _parts(page: Page) -> dict[str, Part]:
    """The sections by their keys; of two with one key the first."""
    found: dict[str, Part] = {}
    for part in page.parts:
        key = _KEYS.get(part.heading.title.casefold().strip(" :"))
        if key:
            found.setdefault(key, part)
    return found
