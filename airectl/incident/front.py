"""The front matter of a new postmortem: what is known, and a blank wherever a person has to say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from airectl.core.incident.blanks import blank
from airectl.core.incident.burned import Unit
from airectl.core.incident.incident import MODEL_STATE, Amount, Impact, Incident
from airectl.core.incident.markers import MEANING, Marker
from airectl.core.incident.metrics import between
from airectl.core.incident.writing import write
from airectl.incident.facts import Facts

_TEXTS: Final = {
    "title": "what happened, in one line",
    "severity": "sev1 to sev5",
    "owner": "who sees to it that this is finished?",
    "class": "which kind of incident? `airectl postmortem classes` lists them",
}
# Classes of which a law may want to hear.
_TOLD_TO_REGULATORS: Final = ("bias-safety-harm", "security-abuse")
_ORDER: Final = (
    "schema", "id", "title", "status", "severity", "owner", "class", "template", "services", "slos", "markers",
    "impact", "causes", "model_state", "tags", "notices", "action_items",
)  # fmt: skip


def incident_of(facts: Facts) -> Incident:
    """The incident as far as it is known."""
    lasted = between(facts.marks, Marker.DEGRADED, Marker.RECOVERED)
    burned = [each.burned for each in facts.affected if each.burned and each.burned.consumed is not None]
    return Incident(
        id=facts.id,
        title=facts.title,
        status="draft",
        class_name=facts.class_.name if facts.class_ else "",
        template=facts.template,
        services=facts.services,
        slos=tuple(each.id for each in facts.affected),
        markers=facts.marks,
        impact=Impact(
            minutes=Decimal(lasted.seconds) / 60 if lasted and lasted.seconds >= 0 else None,
            requests=_requests(facts),
            budgets=tuple(burned),
        ),
    )


def _requests(facts: Facts) -> Amount | None:
    """Of the SLO with the most bad requests. Several SLOs may count the same ones, or others: that bounds it."""
    counted = [
        each.requests
        for each in facts.affected
        if each.requests and each.burned and each.burned.unit is Unit.EVENTS and each.requests.valid
    ]
    if not counted:
        return None
    most = max(counted, key=lambda each: each.bad)
    low, high = max(each.low for each in counted), sum(each.high for each in counted)
    bounds = {"low": _whole(low), "high": _whole(high)} if _whole(low) != _whole(high) else {}
    return Amount(value=_whole(most.bad), **bounds)


def _whole(number: float) -> Decimal:
    return Decimal(round(number))


def front_matter(facts: Facts) -> dict[str, Any]:
    """The data of the front matter, every key in its place."""
    incident = incident_of(facts)
    data = {**dict(_blanks(facts, incident)), **write(incident)}
    data["markers"] = _markers(facts) | data.get("markers", {})
    data["impact"] = dict(_impact(incident)) | data.get("impact", {})
    return {key: data[key] for key in _ORDER if key in data}


def _blanks(facts: Facts, incident: Incident) -> Iterator[tuple[str, Any]]:
    """What a person has to say, as blanks; what is known replaces them."""
    yield from ((key, blank(question)) for key, question in _TEXTS.items())
    yield "services", [blank("which services were worse?")]
    yield "causes", [{"cause": blank("what came together? One entry for each cause"), "trigger": False}]
    if facts.class_:
        yield "model_state", {key: blank(MODEL_STATE[key]) for key in facts.class_.model_state}
        if facts.class_.name in _TOLD_TO_REGULATORS:
            yield "notices", [{"rule": blank("is a regulator to be told? If none is, remove `notices`")}]
    yield (
        "action_items",
        [
            {
                "action": blank("a verb first, specific, and with an end"),
                "type": blank("mitigate, prevent or process"),
                "owner": blank("who does it?"),
                "due": blank("by when?"),
            }
        ],
    )


def _markers(facts: Facts) -> Mapping[str, Any]:
    """A blank for each marker that nothing is known of, in the order in which they come."""
    return {
        marker.value: blank(f"{MEANING[marker]}{'; null where nobody was' if marker is Marker.PUBLISHED else ''}")
        for marker in Marker
    }


def _impact(incident: Incident) -> Iterator[tuple[str, Any]]:
    yield "minutes", blank("how long did it last for users?")
    yield "outage", blank("total, partial or none")
    yield "users", blank("how many people were affected?")
    if not incident.impact.requests:
        yield "requests", blank("how many requests were bad?")
