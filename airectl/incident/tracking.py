"""Action items as payloads of trackers: JSON to be sent by whoever may, never sent from here.

Each has a key that stays the same as long as the postmortem's id and the item's text do, so that sending twice makes
one ticket. It stands where each tracker can look for it: a label, and a line of the body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from airectl.incident.document import ActionItem, Document

_DIGITS: Final = 12
_TITLE: Final = 255
# https://docs.gitlab.com/api/issues/, https://docs.github.com/en/rest/issues/issues,
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#!|<>~])")
# What makes a list or a rule of a line, or to GitLab a command.
_BEGINNING: Final = re.compile(r"^(?=[-+=/]|\d+[.)])")
_AT: Final = re.compile(r"(?<![\w`])([@#!&%$])(?=\w)")


def key(document_id: str, text: str) -> str:
    """`airectl-1f2e3d4c5b6a`: of the postmortem and the item, blanks and case aside."""
    said = " ".join(text.split()).casefold()
    digest = sha256(f"{document_id}\n{said}".encode()).hexdigest()
    return f"airectl-{digest[:_DIGITS]}"


def items(documents: Iterable[Document], *, everything: bool = False) -> list[tuple[Document, ActionItem]]:
    """The action items that are open, or of which nobody says whether they are; with `everything` all of them."""
    return [
        (document, each)
        for document in documents
        for each in document.actions
        if everything or each.status in ("open", "")
    ]


def payloads(format: str, found: Sequence[tuple[Document, ActionItem]]) -> Any:
    """The payloads of a format, one an item and each key once."""
    unique = {key(document.id, each.text): (document, each) for document, each in found}
    return [FORMATS[format](name, *pair) for name, pair in unique.items()]


def _plain(name: str, document: Document, each: ActionItem) -> dict[str, Any]:
    return {
        "key": name,
        "postmortem": document.id,
        "title": document.title,
        "action": each.text,
        "owner": each.owner or None,
        "due": each.due.isoformat() if each.due else None,
        "status": each.status or None,
        "ticket": each.ticket or None,
        "path": document.path,
        "line": each.at.line,
    }


def _github(name: str, document: Document, each: ActionItem) -> dict[str, Any]:
    return {"title": _title(each), "body": _body(name, document, each), "labels": ["postmortem", name]}


def _gitlab(name: str, document: Document, each: ActionItem) -> dict[str, Any]:
    due = {"due_date": each.due.isoformat()} if each.due else {}
    return {"title": _title(each), "description": _body(name, document, each), "labels": f"postmortem,{name}", **due}


def _jira(name: str, document: Document, each: ActionItem) -> dict[str, Any]:
    lines = [*_facts(document, each), f"key: {name}"]
    due = {"duedate": each.due.isoformat()} if each.due else {}
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines if line]
    return {
        "fields": {
            "summary": _title(each),
            "description": {"type": "doc", "version": 1, "content": paragraphs},
            "labels": ["postmortem", name],
            **due,
        }
    }


FORMATS: Final[Mapping[str, Callable[[str, Document, ActionItem], dict[str, Any]]]] = {
    "json": _plain,
    "github": _github,
    "gitlab": _gitlab,
    "jira": _jira,
}


def _title(each: ActionItem) -> str:
    """One line, as long as a title may be."""
    said = " ".join(each.text.replace("**", "").split())
    return said if len(said) <= _TITLE else f"{said[: _TITLE - 3]}..."


def _body(name: str, document: Document, each: ActionItem) -> str:
    """Markdown in which the words of a document are words: no mention, no command, no mark, no tag."""
    facts = [_escaped(line) for line in _facts(document, each)]
    return "\n\n".join([*(fact for fact in facts if fact), f"<!-- {name} -->"])


def _facts(document: Document, each: ActionItem) -> Iterator[str]:
    yield " ".join(each.text.split())
    yield f"Postmortem: {document.id}, {document.title}" if document.title else f"Postmortem: {document.id}"
    yield f"Owner: {each.owner}" if each.owner else ""
    yield f"Due: {each.due.isoformat()}" if each.due else ""
    yield f"From: {document.path}, line {each.at.line}"


def _escaped(text: str) -> str:
    # A word joiner keeps `@name` and `#12` from being mentions.
    return _BEGINNING.sub("\u200b", _AT.sub("\\1\u2060", _MARKS.sub(r"\\\1", text)))
