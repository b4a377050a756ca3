"""What airectl adds to an OpenSLO document: the annotations under `airectl.dev/`, each with its reader.

OpenSLO keeps annotations as text, so every value is a text here and is read strictly: a value that
cannot be read is a finding, never a guess.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from airectl.core.slo import Measure
from airectl.core.terms import Terms, parse_terms
from airectl.core.units import parse_percent, parse_seconds

PREFIX: Final = "airectl.dev/"
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_POLICY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_ADDRESS: Final = re.compile(r"[^\s:/\"'{}]+")
_VERSION: Final = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time, `end` exclusive; both in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation. `read` gives the value or raises ValueError, which says what is wrong in plain words."""

    read: Callable[[str], Any]
    help: str
    example: str


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of: {', '.join(allowed)}")
        return text

    return read


def _address(text: str) -> str:
    """Not a URL: that of a webhook is a secret, and specs are read by many."""
    if "://" in text or not _ADDRESS.fullmatch(text):
        raise ValueError("must be an email address or the name of a channel, without blanks, and no URL")
    return text


def _measure(text: str) -> Measure:
    return Measure(_one_of(*Measure)(text))


def _threshold(text: str) -> tuple[Decimal, str]:
    """The threshold and its unit: seconds (`s`) where a time was written, none for a bare number."""
    try:
        return parse_seconds(text), "s"
    except ValueError:
        return _number(text, "must be a number, or a time with a unit (ms, s, m, h, d)"), ""


def _number(text: str, wanted: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(wanted) from None
    if not number.is_finite():
        raise ValueError(wanted)
    return number


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,14}", text):
        raise ValueError("must be a whole number from 1")
    return int(text)


def _confidence(text: str) -> Decimal:
    wanted = "must be a ratio between 0.5 and 1, such as 0.95 or 95%"
    try:
        ratio = parse_percent(text)
    except ValueError:
        ratio = _number(text, wanted)
    if not Decimal("0.5") <= ratio < 1:
        raise ValueError(wanted)
    return ratio


def _delay(text: str) -> Decimal:
    try:
        return parse_seconds(text)
    except ValueError:
        raise ValueError("must be a time with a unit (ms, s, m, h, d), such as 2d") from None


def _switch(text: str) -> bool:
    return _one_of("true", "false")(text) == "true"


def _listed(text: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if not all(items):
        raise ValueError("must be a list with commas between its items")
    return items


def _labels(text: str) -> tuple[str, ...]:
    for item in _listed(text):
        if not _LABEL.fullmatch(item):
            raise ValueError(f"must hold names of labels, with commas between them: `{item}` is none")
    return tuple(_listed(text))


def _slos(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in _listed(text):
        service, slash, name = item.partition("/")
        if not (service and slash and name) or "/" in name:
            raise ValueError(f"must hold SLOs as SERVICE/NAME, with commas between them: `{item}` is none")
        pairs.append((service, name))
    return tuple(pairs)


def _periods(text: str) -> tuple[Period, ...]:
    return tuple(_period(item) for item in _listed(text))


def _period(text: str) -> Period:
    start, _, end = text.partition("/")
    try:
        period = Period(start=_moment(start), end=_moment(end))
    except ValueError:
        raise ValueError(f"must hold periods as START/END with their zone: `{text}` is none") from None
    if period.start >= period.end:
        raise ValueError(f"must hold periods that end after they start: `{text}` does not")
    return period


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text):
        raise ValueError("must be a version such as 0.11 or 0.11.2")
    return text


def _policy(text: str) -> str | Terms:
    """The name of a policy, or its terms."""
    if text.lstrip().startswith("{"):
        try:
            return parse_terms(text)
        except ValueError as error:
            raise ValueError(str(error) if str(error).startswith("must") else f"is no policy: {error}") from None
    if not _POLICY.fullmatch(text):
        raise ValueError("must be the name of a policy, or a policy as JSON")
    return text


# Keep help to one line: `airectl explain` and the lint show it as it is.
KNOWN: Final[Mapping[str, Annotation]] = {
    "owner": Annotation(read=_text, help="who answers for the SLO: a team, a person, an address", example="team-chat"),
    "runbook": Annotation(
        read=_text,
        help="URL or path of the runbook; one that ends in / is the folder of `airectl runbook generate`",
        example="https://runbooks.example.com/chat",
    ),
    "dashboard": Annotation(read=_text, help="URL of the dashboard", example="https://grafana.example.com/d/chat"),
    "signal": Annotation(read=_measure, help=f"what the SLO measures: {', '.join(Measure)}", example="ttft"),
    "threshold": Annotation(
        read=_threshold, help="threshold of the signal: a time with its unit, or a number", example="500ms"
    ),
    "policy": Annotation(
        read=_policy,
        help="error budget policy: its name in airectl.toml, or the policy itself as JSON",
        example='{"max_burn": {"factor": 14.4, "over": "1h"}}',
    ),
    "no-data": Annotation(
        read=_one_of("bad", "ignore", "unknown"),
        help="what missing samples count as: bad, ignore or unknown",
        example="bad",
    ),
    "minimum-events": Annotation(
        read=_count, help="how many valid events it takes to decide without an interval", example="300"
    ),
    "confidence": Annotation(read=_confidence, help="confidence of the interval around a sampled SLI", example="0.95"),
    "exclusions": Annotation(
        read=_periods,
        help="periods that do not count, as START/END with commas between them",
        example="2026-12-01T22:00Z/2026-12-02T02:00Z",
    ),
    "label-delay": Annotation(
        read=_delay, help="how long after an event its label arrives at the latest", example="2d"
    ),
    "sampled": Annotation(read=_switch, help="true: the events are a sample, not all of them", example="true"),
    "group-by": Annotation(read=_labels, help="labels that make one SLO per group", example="model,region"),
    "depends-on": Annotation(
        read=_slos,
        help="SLOs that this one depends on, as SERVICE/NAME with commas between them",
        example="auth/logins",
    ),
    "telemetry": Annotation(
        read=_text, help="system of the telemetry catalogue that exposes the metrics", example="vllm"
    ),
    "telemetry-version": Annotation(read=_version, help="version of that system", example="0.11"),
    "converted-from": Annotation(
        read=_one_of("openslo/v1alpha", "prometheus/v1", "short"),
        help="format that the SLO was written in: openslo/v1alpha, prometheus/v1 (Sloth's) or short",
        example="prometheus/v1",
    ),
    "sloth-slo": Annotation(
        read=_text, help="the SLO's name in Sloth's rules, where it is another one", example="requests-availability-0"
    ),
    "address": Annotation(
        read=_address,
        help="of an AlertNotificationTarget: the email address or the channel that it sends to",
        example="team-chat@example.com",
    ),
    "alerts": Annotation(
        read=_one_of("none"), help="none: the SLO is to have no alerts, not even the usual ones", example="none"
    ),
}


def read(annotations: Mapping[str, Any], name: str) -> Any:
    """The value of `airectl.dev/NAME`; None where it is absent or cannot be read (which is finding AIR035)."""
    text = annotations.get(PREFIX + name)
    if not isinstance(text, str):
        return None
    try:
        return KNOWN[name].read(text)
    except ValueError:
        return None
