"""Incidents from the data of a front matter, whose form data/schemas/postmortem-v1.json says.

That is taken which is understood: what is not as the schema has it is left out, for the schema tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar

from airectl.core.incident.blanks import is_blank
from airectl.core.incident.burned import Basis, Burned, Unit
from airectl.core.incident.incident import (
    MODEL_STATE,
    PHASES,
    Action,
    Amount,
    Cause,
    Impact,
    Incident,
    Notice,
)
from airectl.core.incident.markers import Granularity, Mark, Marker, Moment, moment
from airectl.core.units import parse_duration

T = TypeVar("T")
TAGS: Final = ("atlas", "owasp_llm", "other")


def read(data: Mapping[str, Any]) -> Incident:
    """The incident of a front matter."""
    return Incident(
        **{key: _text(data, key) for key in ("id", "title", "status", "severity", "owner", "template")},
        class_name=_text(data, "class"),
        services=_texts(data, "services"),
        slos=_texts(data, "slos"),
        markers=dict(_markers(_map(data, "markers"))),
        model_state={key: text for key in MODEL_STATE if (text := _text(_map(data, "model_state"), key))},
        causes=_each(data, "causes", _cause),
        impact=_impact(_map(data, "impact")),
        tags={key: texts for key in TAGS if (texts := _texts(_map(data, "tags"), key))},
        notices=_each(data, "notices", _notice),
        actions=_each(data, "action_items", _action),
    )


def _markers(data: Mapping[str, Any]) -> Iterator[tuple[Marker, Mark]]:
    for marker in Marker:
        found = data.get(marker.value)
        given = found if isinstance(found, Mapping) else {"at": found}
        at = moment_of(given.get("at"), _text(given, "granularity"))
        if at:
            yield marker, Mark(moment=at, source=_text(given, "source"), proposed=given.get("proposed") is True)


def moment_of(written: Any, granularity: str = "") -> Moment | None:
    """The moment that a value of the front matter names; None where it names none."""
    try:
        found = moment(written) if isinstance(written, str) else None
    except ValueError:
        return None
    known = granularity in list(Granularity)
    return Moment(at=found.at, granularity=Granularity(granularity)) if found and known else found


def _cause(data: Mapping[str, Any]) -> Cause | None:
    text = _text(data, "cause")
    phases = {phase: at for phase in PHASES if (at := moment_of(data.get(phase)))}
    return Cause(cause=text, trigger=data.get("trigger") is True, phases=phases) if text else None


def _impact(data: Mapping[str, Any]) -> Impact:
    cost = _map(data, "cost")
    return Impact(
        minutes=_number(data, "minutes"),
        outage=_text(data, "outage"),
        requests=_amount(data.get("requests")),
        users=_amount(data.get("users")),
        cost=_number(cost, "amount"),
        currency=_text(cost, "currency"),
        budgets=_each(data, "budgets", _burned),
    )


def _amount(value: Any) -> Amount | None:
    given = value if isinstance(value, Mapping) else {"value": value}
    number = _number(given, "value")
    if number is None:
        return None
    return Amount(value=number, low=_number(given, "low"), high=_number(given, "high"))


def _burned(data: Mapping[str, Any]) -> Burned | None:
    try:
        bad, counted, target = (Fraction(_number(data, key) or 0) for key in ("bad", "counted", "target"))
        return Burned(
            slo=_text(data, "slo"),
            target=Decimal(_number(data, "target") or 0) if 0 <= target < 1 else Decimal(0),
            window=parse_duration(_text(data, "window")),
            basis=Basis(_text(data, "basis")),
            unit=Unit(_text(data, "unit")),
            bad=bad,
            counted=counted,
            low_bad=_fraction(data, "low_bad"),
            high_bad=_fraction(data, "high_bad"),
            left=_fraction(data, "left_ratio"),
        )
    except ValueError:
        return None


def _notice(data: Mapping[str, Any]) -> Notice | None:
    rule = _text(data, "rule")
    aware, reported = moment_of(data.get("aware")), moment_of(data.get("reported"))
    return Notice(rule=rule, ground=_text(data, "ground"), aware=aware, reported=reported) if rule else None


def _action(data: Mapping[str, Any]) -> Action | None:
    texts = {key: _text(data, key) for key in ("action", "type", "owner", "ticket")}
    status = _text(data, "status") or "open"
    return Action(**texts, due=_date(data.get("due")), status=status) if texts["action"] else None


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) and not is_blank(value) else ""


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple(item for item in value if isinstance(item, str) and not is_blank(item))


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _each(data: Mapping[str, Any], key: str, make: Callable[[Mapping[str, Any]], T | None]) -> tuple[T, ...]:
    value = data.get(key)
    items = value if isinstance(value, list) else []
    return tuple(made for item in items if isinstance(item, Mapping) and (made := make(item)) is not None)


def _number(data: Mapping[str, Any], key: str) -> Decimal | None:
    value = data.get(key)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def _fraction(data: Mapping[str, Any], key: str) -> Fraction | None:
    number = _number(data, key)
    return None if number is None else Fraction(number)
