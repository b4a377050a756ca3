"""What there is to say of an SLO's rules: alerts that cannot fire, and what cannot be made into rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from airectl.core import naming
from airectl.core.alerting import AlertPolicy
from airectl.core.findings import Finding, Severity
from airectl.core.slo import Objective, Slo
from airectl.core.units import plain
from airectl.rules.burning import REACHED_AT, Burning, Left
from airectl.rules.model import BurnAlert
from airectl.rules.sli import NotPossibleError

_SEVERITY: Final[Mapping[str, Severity]] = {
    "AIR302": Severity.INFO,
    "AIR303": Severity.ERROR,
    "AIR304": Severity.ERROR,
}
_HELP: Final[Mapping[str, str]] = {
    "AIR302": "`airectl budget` evaluates it; for alerts, bring its result to Prometheus with `-o openmetrics`",
    "AIR303": "write it in PromQL, or leave this SLO out of the paths",
    "AIR304": "write `[{{.window}}]` where the range belongs, or sums of counters with `counter: true`",
}


def not_possible(slo: Slo, error: NotPossibleError) -> Finding:
    """Why an SLO has no rules."""
    return Finding(
        code=error.code,
        severity=_SEVERITY[error.code],
        message=f"`{slo.id}` has no rules: {_told(error)}",
        at=error.query.at,
        help=_HELP[error.code],
    )


def _told(error: NotPossibleError) -> str:
    if error.code == "AIR304":
        return f"its query cannot be taken over a window: {error.reason}"
    return error.reason


def same_name(slos: Sequence[Slo]) -> Iterator[Finding]:
    """Objectives whose records could not be told apart, as those of two SLOs with one name."""
    seen: dict[str, Slo] = {}
    for slo in slos:
        for objective in slo.objectives:
            id_ = naming.slo_id(slo, objective)
            if id_ in seen:
                yield _same(id_, slo, seen[id_])
            seen.setdefault(id_, slo)


def _same(id_: str, slo: Slo, first: Slo) -> Finding:
    others = f"two objectives of `{slo.id}`" if first is slo else f"`{slo.id}` and `{first.id}` at {first.at}"
    return Finding(
        code="AIR306",
        severity=Severity.ERROR,
        message=f"{others} have one id in rules, `{id_}`",
        at=slo.at,
        label="their records would be the same series",
        help="give one of them another name",
    )


def of_slo(slo: Slo) -> Iterator[Finding]:
    """What rules cannot say of an SLO that has them."""
    if slo.composite:
        yield Finding(
            code="AIR307",
            severity=Severity.INFO,
            message=f"`{slo.id}` is a composite: its {len(slo.objectives)} parts have rules, all together have none",
            at=slo.at,
            help="`airectl budget` has the budget of the composite",
        )
    if not slo.window.rolling:
        period = naming.window_name(slo.window.duration.nominal_s)
        yield Finding(
            code="AIR308",
            severity=Severity.INFO,
            message=f"`{slo.id}` has a calendar window: its rules take the last {period} instead",
            at=slo.at,
            label="PromQL's ranges have a fixed length",
            help="`airectl budget` has the budget of the calendar period",
        )


def of_alerts(slo: Slo, objective: Objective, burning: Burning) -> Iterator[Finding]:
    """Alerts that cannot fire as they were asked for, and those that look back too far."""
    for alert in burning.alerts:
        if alert.factor != alert.asked or not alert.fires:
            yield _never(slo, objective, alert)
    for left in burning.left:
        yield _too_far(slo, left)


def _never(slo: Slo, objective: Objective, alert: BurnAlert) -> Finding:
    windows = f"{naming.window_name(alert.long_s)}/{naming.window_name(alert.short_s)}"
    highest = plain(round(1 / (1 - objective.target), 2))
    if alert.fires:
        done = f"lowered to {_number(alert.factor)}, at which it fires when {plain(REACHED_AT * 100)} % is bad"
    else:
        done = "left out"
    word = "from" if alert.inclusive else "above"
    return Finding(
        code="AIR301",
        severity=Severity.WARNING,
        message=(
            f"the {alert.severity} alert over {windows} of `{_name(slo, objective)}` cannot fire at a factor of "
            f"{_number(alert.asked)}: {done}"
        ),
        at=objective.at,
        label=f"a total outage burns at {highest}",
        notes=(f"a factor of {_number(alert.asked)} takes a target {word} {_percent(alert.needed_target)}",),
        help=f"choose a factor below {highest}" if alert.policy else "`--windows FILE` takes a table of your own",
    )


def _too_far(slo: Slo, left: Left) -> Finding:
    lookback, window = naming.window_name(left.long_s), slo.window.duration
    of_policy = isinstance(left.asked, AlertPolicy)
    whose = f"of the policy `{left.asked.name}`" if of_policy else f"of the table {left.asked.name}"
    return Finding(
        code="AIR305",
        severity=Severity.WARNING,
        message=(
            f"the {left.severity} alert {whose} looks back {lookback}, beyond the window of {window} of "
            f"`{slo.id}`: left out"
        ),
        at=slo.at,
        help="lengthen the window, or `--windows FILE` with a table for this one",
    )


def _name(slo: Slo, objective: Objective) -> str:
    return f"{slo.id}/{objective.name}" if len(slo.objectives) > 1 else slo.id


def _number(number: Decimal) -> str:
    return plain(round(number, 2))


def _percent(ratio: Decimal) -> str:
    return f"{plain(round(ratio * 100, 2))} %"
