"""How much one replica carries within its objectives: a number, or what a load test found.

Of the interval that a capacity search gives, the lower bound counts: it is the highest rate that passed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.demand.units import ACCELERATORS, OUTPUT_TOKENS, REQUESTS
from airectl.env import Env
from airectl.spec import source

REPORT: Final = "report.json"
_KEYS: Final = {REQUESTS: "rps", OUTPUT_TOKENS: "output_tokens_per_s"}
_SEARCH: Final = "airectl loadtest URL --find-capacity --specs slo-specs -o json=report.json"
# No accelerator does as much in a second; JSON may hold what no float can.
_HIGHEST: Final = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The highest rate that passed, and the lowest above it that failed (None: none did)."""

    low: float
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Of one replica, by unit; `plain` has no unit, and is in that of the series. `said` is where it is from.

    What a load test says of itself: the `objectives` it was held to, the `model`, and how many `accelerators` of which
    `accelerator` served it; `measured_s` is when, as its report says.
    """

    said: str
    by_unit: Mapping[str, Interval] = field(default_factory=dict)
    plain: Interval | None = None
    measured: bool = False
    model: str = ""
    accelerator: str = ""
    accelerators: int | None = None
    objectives: tuple[str, ...] = ()
    measured_at: str = ""

    def of(self, unit: str) -> Interval | None:
        """In a unit; None where it is not known in that one."""
        if self.plain is not None:
            return self.plain
        return self.by_unit.get(unit)

    @property
    def tokens_per_request(self) -> float | None:
        """Output tokens of a request in the load test."""
        requests, tokens = self.by_unit.get(REQUESTS), self.by_unit.get(OUTPUT_TOKENS)
        return tokens.low / requests.low if requests and tokens and requests.low else None


def read(text: str, env: Env) -> Capacity | Finding:
    """The capacity that `text` names: a number, a report, the folder of a run, or `-` for a report on stdin."""
    number = _number(text)
    if number is not None:
        if number <= 0 or not isfinite(number):
            return _finding(f"a capacity of {text} is none", None, "it is what one replica carries, above 0")
        return Capacity(said=f"--capacity {text}", plain=Interval(low=number))
    path = text
    if text != source.STDIN and (env.cwd / text).is_dir():
        path = str(Path(text) / REPORT)
        if not (env.cwd / path).is_file():
            help = f"the report of a run that has ended is in it; or run `{_SEARCH}`"
            return _finding(f"the folder has no {REPORT}", Location(path=text), help)
    inputs = source.read([path], env)
    if inputs.findings:
        return inputs.findings[0]
    return _of_report(inputs.texts[0].path, inputs.texts[0].text)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _of_report(path: str, text: str) -> Capacity | Finding:
    whole = Location(path=path)
    try:
        report = json.loads(text)
    except (ValueError, RecursionError) as error:
        at = (
            Location(path=path, line=error.lineno, col=error.colno)
            if isinstance(error, json.JSONDecodeError)
            else whole
        )
        return _finding("it is no JSON report of a load test", at, f"write one with `{_SEARCH}`")
    data = report.get("data") if isinstance(report, dict) else None
    if not isinstance(data, dict):
        return _finding("it is no report of airectl: there is no `data`", whole, f"write one with `{_SEARCH}`")
    found = data.get("capacity")
    if not isinstance(found, dict):
        return _finding(
            "the load test did not look for the capacity: there is no `data.capacity`", whole, f"`{_SEARCH}`"
        )
    by_unit = {unit: each for unit, key in _KEYS.items() if (each := _interval(found.get(key)))}
    if not by_unit:
        return _finding(
            "the load test found no rate that the objectives allow", whole, "look at its report, and at the server"
        )
    return Capacity(
        said=path,
        by_unit=by_unit,
        measured=True,
        model=_text(data.get("model")),
        accelerator=_text(found.get("accelerator") or data.get("accelerator")),
        accelerators=_count(found.get("accelerators") or data.get("accelerators")),
        objectives=tuple(_objectives(data.get("objectives"))),
        measured_at=_text(report.get("generated_at")),
    )


def _interval(value: Any) -> Interval | None:
    """`{"low": 3.1, "high": 3.4}`, or a number alone."""
    low, high = (value.get("low"), value.get("high")) if isinstance(value, dict) else (value, None)
    least, most = _rate(low), _rate(high)
    return None if least is None else Interval(low=least, high=most)


def _rate(value: Any) -> float | None:
    """A finite number above 0."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value <= _HIGHEST else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _objectives(value: Any) -> list[str]:
    """What objectives of a report are called, with the time that they promise."""
    named = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return [_objective(each) for each in named if isinstance(each.get("objective"), str)]


def _objective(each: Mapping[str, Any]) -> str:
    within = _rate(each.get("threshold_s"))
    return f"{each['objective']} within {within:g} s" if within else str(each["objective"])


def _finding(message: str, at: Location | None, help: str) -> Finding:
    return Finding(code="AIR516", severity=Severity.ERROR, message=message, at=at, help=help)


__all__ = ["ACCELERATORS", "Capacity", "Interval", "read"]
