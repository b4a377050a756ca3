"""A spec as text: OpenSLO v1 under comments that say what each SLI counts, and what it does not see."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final

from airectl.core.annotations import PREFIX
from airectl.core.units import spoken_seconds
from airectl.spec.emit import emit
from airectl.telemetry.documents import Frame, service, slo
from airectl.telemetry.drafts import Draft
from airectl.telemetry.server import Server
from airectl.telemetry.unseen import UNSEEN

_FORM: Final = "openslo-v1"
_WIDTH: Final = 116
_LIST: Final = "    "
_ANNOTATIONS: Final = "  annotations:"
_QUERY: Final = "query: "


def text(drafts: Sequence[Draft], server: Server, frame: Frame) -> str:
    """The file: the service, then each SLO under its comments."""
    parts = [_commented(_head(server, frame), emit([service(server, frame)], _FORM))]
    for draft in drafts:
        document = emit([slo(draft, server, frame)], _FORM)
        parts.append(_commented(_about(draft, server), "".join(_annotated(document, draft, server, frame))))
    return "---\n".join(parts)


def _commented(lines: Iterator[str], document: str) -> str:
    wrapped = [row for line in lines for row in _wrapped(line)]
    return "".join(f"# {row}".rstrip() + "\n" for row in wrapped) + document


def _wrapped(line: str) -> list[str]:
    if line.startswith(_LIST):
        return [line]
    return textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]


def _head(server: Server, frame: Frame) -> Iterator[str]:
    system = server.system
    yield f"What {frame.service} promises, as {system.title} measures it."
    if frame.start:
        yield "The targets are a starting point: agree on them with those who use the service, and change them here."
    yield ""
    yield "What never reaches it (DNS, a load balancer, a dead node) is in no figure here."
    if not frame.narrowed:
        yield f"Every series of {system.title} in the Prometheus counts, whichever service it is of."
    yield _origin(server, frame)
    if not system.enabled:
        yield f"Its metrics are off by default, and need {system.flag}."
    if system.note:
        yield " ".join(system.note.split())
    yield ""
    yield from (f"{_LIST}{command}" for command in commands(server, frame))


def _origin(server: Server, frame: Frame) -> str:
    if server.page and frame.read:
        return f"Names and edges are those that {server.where} had on {frame.read}."
    known = f"{server.system.title} {server.system.versions}"
    return f"Names and edges are those of {known}; another version may have others."


def commands(server: Server, frame: Frame) -> tuple[str, ...]:
    """What to do next with the file."""
    path = quote(frame.path)
    page = server.where if server.page else f"http://HOST:PORT{server.system.path}"
    source = frame.source or "http://HOST:9090"
    return (
        f"airectl validate {path}",
        f"airectl metrics lint {quote(page)} --specs {path}",
        f"airectl budget {path} --source {quote(source)}",
        f"airectl rules {path} --out rules",
    )


def _about(draft: Draft, server: Server) -> Iterator[str]:
    yield f"{draft.title}: {draft.preset.description}."
    yield f"Does not see: {UNSEEN[draft.preset.name]}."
    strict = server.system.presets.get(f"{draft.preset.name}-strict")
    if strict:
        yield f"`{strict.name}` (`airectl init --strict`) counts {strict.description}."
    if draft.threshold:
        yield _edges(draft, server)
    for family in {each.name: each for each in server.families(draft.preset)}.values():
        if family.note:
            yield f"{family.name}: {family.note}."
    if draft.lacking:
        yield f"Not on the page when this was written: {', '.join(draft.lacking)}."


def _edges(draft: Draft, server: Server) -> str:
    at = draft.threshold
    if at is None:
        return ""
    beside = [spoken_seconds(each) for each in (at.below, at.above) if each is not None]
    others = f"; the edges beside it are {' and '.join(beside)}" if len(beside) > 1 else ""
    name = server.named(draft.preset.family)
    return f"{at.spoken} is an edge of {name}{others}. What lies between two edges cannot be counted."


def _annotated(document: str, draft: Draft, server: Server, frame: Frame) -> Iterator[str]:
    """The lines of a document, with comments on what nobody but the user can say, or the catalogue cannot know."""
    for line in document.splitlines(keepends=True):
        if draft.threshold and draft.threshold.own and line.strip().startswith(_QUERY) and "_bucket{" in line:
            indent = " " * (len(line) - len(line.lstrip()))
            yield f"{indent}# airectl: ignore AIR106: {_own_edge(draft, server, frame)}\n"
        yield line
        if line.rstrip() == _ANNOTATIONS:
            yield from (f"    # {PREFIX}{gap}\n" for gap in _gaps(frame))


def _own_edge(draft: Draft, server: Server, frame: Frame) -> str:
    edge = draft.threshold.spoken if draft.threshold else ""
    return f"this server has a bucket at {edge}; {server.where} had it on {frame.read}"


def _gaps(frame: Frame) -> Iterator[str]:
    if not frame.owner:
        yield "owner: TEAM"
    if not frame.runbook:
        yield "runbook: URL"
