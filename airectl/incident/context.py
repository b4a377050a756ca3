"""What a template is given: texts that are Markdown already, in which the words of others can do nothing.

Every name is in `airectl help postmortems`. Nothing here is longer than a document should be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from airectl.core.incident import sections
from airectl.core.incident.burned import Basis, Unit
from airectl.core.incident.incident import MODEL_STATE
from airectl.core.incident.markers import MEANING, Marker
from airectl.core.incident.metrics import DEFINITIONS, TITLES, definition, metrics
from airectl.core.incident.timeline import Row, What
from airectl.incident import figures
from airectl.incident.facts import Facts, Markup, Objective, Read

MOST_ROWS: Final = 300
_MOST_LISTED: Final = 50


def context(facts: Facts, markup: Markup, charts: Mapping[str, str]) -> dict[str, Any]:
    """The names that a template may use. `charts` are the files of charts by their name."""
    return {
        "id": facts.id,
        "title": markup.prose(facts.title),
        "start": _time(facts.start),
        "end": _time(facts.end),
        "template": facts.template,
        "class": _class(facts, markup),
        "questions": {key: list(facts.class_.asks(key)) if facts.class_ else [] for key in sections.ALL},
        "sections": dict(sections.TITLES),
        "services": [markup.prose(each) for each in facts.services],
        "markers": _markers(facts, markup),
        "metrics": _metrics(facts, markup),
        "budgets": [_budget(each, markup) for each in facts.affected if each.burned],
        "kept": [markup.prose(each.id) for each in facts.objectives if each.measured and not each.affected],
        "unmeasured": [
            {"slo": markup.prose(each.id), "why": markup.prose(each.why)} for each in facts.objectives if each.why
        ],
        "events": [_row(row, markup) for row in _shortened(facts.rows)],
        "events_more": max(len(facts.rows) - MOST_ROWS, 0),
        "changes": [_row(row, markup) for row in facts.rows if row.what is What.CHANGE][:_MOST_LISTED],
        "imports": [_import(each, markup) for each in facts.reads],
        "model_state": {key: MODEL_STATE[key] for key in (facts.class_.model_state if facts.class_ else MODEL_STATE)},
        "charts": dict(charts),
        "command": markup.code(facts.command),
    }


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ")


def _class(facts: Facts, markup: Markup) -> dict[str, str] | None:
    if not facts.class_:
        return None
    found = facts.class_
    return {"name": found.name, "title": found.title, "summary": found.summary, "runbook": found.runbook}


def _markers(facts: Facts, markup: Markup) -> list[dict[str, Any]]:
    return [
        {
            "name": marker.value,
            "meaning": MEANING[marker],
            "at": str(facts.marks[marker].moment) if marker in facts.marks else "",
            "source": markup.cell(markup.prose(facts.marks[marker].source)) if marker in facts.marks else "",
            "proposed": marker in facts.marks and facts.marks[marker].proposed,
        }
        for marker in Marker
    ]


def _metrics(facts: Facts, markup: Markup) -> list[dict[str, str]]:
    found = metrics(facts.marks)
    return [
        {
            "name": name.upper(),
            "title": TITLES[name],
            "definition": definition(name),
            "value": figures.span(markup, getattr(found, name)),
        }
        for name in DEFINITIONS
    ]


def _budget(each: Objective, markup: Markup) -> dict[str, Any]:
    burned = each.burned
    if burned is None:
        return {}
    label = {
        Basis.MEASURED: "measured",
        Basis.ESTIMATE: "estimate",
        Basis.UPPER_BOUND: "upper bound, as if the outage had been total",
    }[burned.basis]
    return {
        "slo": markup.cell(markup.prose(each.id)),
        "source": markup.prose(each.source),
        "target": figures.target(markup, burned.target),
        "window": burned.window.spoken,
        "consumed": figures.ratio(markup, burned.consumed),
        "minutes": figures.minutes(markup, burned.minutes),
        "budget_minutes": figures.minutes(markup, burned.budget_minutes),
        "bounds": figures.bounds(markup, burned),
        "basis": label,
        "left": figures.left(markup, burned),
        "requests": figures.requests(markup, each.requests, burned.unit) if each.requests else "",
        "counts_requests": burned.unit is Unit.EVENTS,
    }


def _shortened(rows: Sequence[Row]) -> list[Row]:
    """As many rows as are to be read; talk goes first."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    loud = [row for row in rows if row.what is not What.TALK][:MOST_ROWS]
    quiet = [row for row in rows if row.what is What.TALK][: MOST_ROWS - len(loud)]
    kept = set(map(id, (*loud, *quiet)))
    return [row for row in rows if id(row) in kept]


def _row(row: Row, markup: Markup) -> dict[str, Any]:
    return {
        "at": str(row.moment),
        "what": row.what.value,
        "event": markup.cell(markup.prose(row.event)),
        "evidence": _evidence(row, markup),
        "backfilled": row.backfilled,
    }


def _evidence(row: Row, markup: Markup) -> str:
    """A link where the import has one; what it shows is its origin."""
    if row.evidence.startswith(("http://", "https://")):
        words = markup.cell(markup.prose(row.origin))
        return f"[{words}](<{markup.cell(row.evidence)}>)"
    return markup.cell(markup.code(row.evidence))


def _import(each: Read, markup: Markup) -> dict[str, Any]:
    imported = each.imported
    return {
        "name": markup.prose(each.name),
        "kind": each.kind,
        "rows": len(imported.rows),
        "left_out": imported.left_out,
        "not_understood": [
            {"path": markup.code(note.path), "reason": markup.prose(note.reason)}
            for note in imported.not_understood[:_MOST_LISTED]
        ],
        "more": max(len(imported.not_understood) - _MOST_LISTED, 0),
    }
