"""Incidents as the data of a front matter that reads back as the same incident."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from airectl.core.incident.burned import Burned
from airectl.core.incident.incident import PHASES, SCHEMA, Action, Amount, Cause, Impact, Incident, Notice
from airectl.core.incident.markers import Mark

_DIGITS: Final = 9


def write(incident: Incident) -> dict[str, Any]:
    """The data of a front matter that reads back as the same incident; what is empty is left out."""
    data = {
        "schema": SCHEMA,
        **{key: getattr(incident, key) for key in ("id", "title", "status", "severity", "owner")},
        "class": incident.class_name,
        "template": incident.template,
        "services": list(incident.services),
        "slos": list(incident.slos),
        "markers": {marker.value: mark_data(mark) for marker, mark in incident.markers.items()},
        "model_state": dict(incident.model_state),
        "causes": [_cause_data(each) for each in incident.causes],
        "impact": _impact_data(incident.impact),
        "tags": {key: list(texts) for key, texts in incident.tags.items()},
        "notices": [_notice_data(each) for each in incident.notices],
        "action_items": [_action_data(each) for each in incident.actions],
    }
    return filled(data)


def filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is None or empty; False and 0 are neither."""
    return {key: value for key, value in data.items() if value is not None and value not in ("", [], {})}


def mark_data(mark: Mark) -> dict[str, Any]:
    """A marker: its granularity stands in how it is written, and once more as a word."""
    data: dict[str, Any] = {"at": str(mark.moment), "granularity": mark.moment.granularity.value}
    if mark.source:
        data["source"] = mark.source
    return data | ({"proposed": True} if mark.proposed else {})


def _cause_data(cause: Cause) -> dict[str, Any]:
    phases = {phase: str(cause.phases[phase]) for phase in PHASES if phase in cause.phases}
    return {"cause": cause.cause, **({"trigger": True} if cause.trigger else {}), **phases}


def _impact_data(impact: Impact) -> dict[str, Any]:
    cost = {"amount": impact.cost, "currency": impact.currency}
    return filled(
        {
            "minutes": impact.minutes,
            "outage": impact.outage,
            "requests": _amount_data(impact.requests),
            "users": _amount_data(impact.users),
            "cost": filled(cost),
            "budgets": [burned_data(each) for each in impact.budgets],
        }
    )


def _amount_data(amount: Amount | None) -> dict[str, Any]:
    return filled({"value": amount.value, "low": amount.low, "high": amount.high}) if amount else {}


def burned_data(each: Burned) -> dict[str, Any]:
    """What was burned, with all that is needed to compute it again."""
    return filled(
        {
            "slo": each.slo,
            "consumed_ratio": _decimal(each.consumed),
            "minutes": _decimal(each.minutes),
            "basis": each.basis.value,
            "target": each.target,
            "window": str(each.window),
            "unit": each.unit.value,
            "bad": _decimal(each.bad),
            "low_bad": _decimal(each.low_bad),
            "high_bad": _decimal(each.high_bad),
            "counted": _decimal(each.counted),
            "left_ratio": _decimal(each.left),
        }
    )


def _notice_data(each: Notice) -> dict[str, Any]:
    times = {key: str(at) for key, at in (("aware", each.aware), ("reported", each.reported)) if at}
    return filled({"rule": each.rule, "ground": each.ground}) | times


def _action_data(each: Action) -> dict[str, Any]:
    texts = filled({key: getattr(each, key) for key in ("action", "type", "owner")})
    due = {"due": each.due.isoformat()} if each.due else {}
    return texts | due | filled({"ticket": each.ticket, "status": each.status})


def _decimal(value: Fraction | None) -> Decimal | None:
    """A fraction as a number of a document: whole, or with nine decimals."""
    if value is None:
        return None
    if value.denominator == 1:
        return Decimal(value.numerator)
    return Decimal(round(value * 10**_DIGITS)).scaleb(-_DIGITS).normalize()
