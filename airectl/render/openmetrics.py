"""OpenMetrics: the budgets and forecasts of a report as gauges, for a cron job to hand to Prometheus.

Gauges only. The textfile collector of node_exporter and the Pushgateway read the older text format, to which
`stateset` and `info` are errors and UNIT and EOF are comments: so one text serves both.

Source: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from airectl.core.findings import Severity
from airectl.core.groups import named
from airectl.core.judge import State
from airectl.render import View, forecast_gauges
from airectl.render.cells import known
from airectl.render.exact import in_utc, number
from airectl.render.gauges import Family, Labels, plain
from airectl.render.inert import inert

# What a name may end in; whatever ends otherwise has no unit.
_UNITS: Final = ("ratio", "events", "slices", "seconds")


def render(view: View) -> str:
    """The run itself, and what `data.slos` and `data.series` say; what is not known has no sample."""
    lines = [line for family in _RUN for line in _written(family, [view])]
    for key, families in (("slos", _SLO), ("series", forecast_gauges.FAMILIES)):
        subjects = [each for each in _sequence(view.report.data.get(key)) if isinstance(each, Mapping)]
        lines += [line for family in families for line in _written(family, subjects)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _written(family: Family, subjects: Iterable[Any]) -> Iterator[str]:
    """The family's lines; none if it has no sample. Of samples with the same labels the first one counts."""
    values: dict[str, str] = {}
    for subject in subjects:
        for labels, value in family.samples(subject):
            text = _number(value)
            if text is not None:
                values.setdefault(_labels(labels), text)
    if not values:
        return
    unit = family.name.rpartition("_")[2]
    yield f"# HELP {family.name} {family.help}"
    yield f"# TYPE {family.name} gauge"
    if unit in _UNITS:
        yield f"# UNIT {family.name} {unit}"
    yield from (f"{family.name}{labels} {text}" for labels, text in values.items())


def _number(value: Any) -> str | None:
    """Times in seconds since 1970; None for what is no finite number."""
    if isinstance(value, datetime):
        value = in_utc(value).timestamp()
    return None if known(value) is None else number(value)


def _labels(labels: Labels) -> str:
    """`{service="chat",slo="chat/ttft"}`; line ends and what would steer a terminal are shown as escapes."""
    pairs = (f'{name}="{_escaped(inert(value))}"' for name, value in labels.items())
    return f"{{{','.join(pairs)}}}"


def _escaped(text: str) -> str:
    r"""`inert` has left no line end, so that `\n` never comes up."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _command(view: View) -> Labels:
    return {"command": view.command}


def _findings(view: View) -> Iterator[tuple[Labels, Any]]:
    counts = Counter(finding.severity for finding in view.report.findings)
    yield from (({**_command(view), "severity": each.value}, counts[each]) for each in Severity)


_RUN: Final = (
    Family(
        name="airectl_run_info",
        help="The version of airectl that ran; always 1.",
        samples=lambda view: [({**_command(view), "version": view.version}, 1)],
    ),
    Family(
        name="airectl_run_timestamp_seconds",
        help="When the report was made.",
        samples=lambda view: [(_command(view), view.generated_at)],
    ),
    Family(
        name="airectl_run_exit_code",
        help="0 passed, 1 failed, 2 nothing was evaluated, 3 could not decide.",
        samples=lambda view: [(_command(view), int(view.exit))],
    ),
    Family(name="airectl_run_findings", help="Findings that the report shows.", samples=_findings),
)


def _of(slo: Mapping[str, Any]) -> Labels:
    """What an objective is called; those of one group have it as one more label, as it stands in the name."""
    labels = {name: str(slo.get(name) or "") for name in ("service", "slo", "objective")}
    group = slo.get("group")
    return {**labels, "group": named(group)} if isinstance(group, Mapping) and group else labels


def _plain(name: str, key: str, help: str) -> Family:
    """A metric that is one member of the data; `window.to` is a member of a member."""
    return plain(name, key, help, _of)


def _states(slo: Mapping[str, Any]) -> Iterator[tuple[Labels, Any]]:
    if slo.get("status") is not None:
        yield from (({**_of(slo), "status": each.value}, int(each.value == slo["status"])) for each in State)


def _burns(slo: Mapping[str, Any]) -> Iterator[tuple[Labels, Any]]:
    rates = slo.get("burn_rates") or {}
    yield from (({**_of(slo), "window": str(window)}, rate) for window, rate in rates.items())


_SLO: Final = (
    _plain("airectl_slo_target_ratio", "target_ratio", "What the objective promises."),
    _plain("airectl_slo_sli_ratio", "sli_ratio", "The share that was good."),
    _plain("airectl_slo_sli_low_ratio", "sli_low_ratio", "Lower bound of the SLI, of samples and late labels."),
    _plain("airectl_slo_sli_high_ratio", "sli_high_ratio", "Upper bound of the SLI, of samples and late labels."),
    Family(name="airectl_slo_status", help="1 for the status that the objective has, else 0.", samples=_states),
    _plain("airectl_slo_valid_events", "valid_events", "Events in the window that count."),
    _plain("airectl_slo_bad_events", "bad_events", "Events in the window that count and were not good."),
    _plain("airectl_slo_good_slices", "good_slices", "Good time slices in the window."),
    _plain("airectl_slo_bad_slices", "bad_slices", "Bad time slices in the window."),
    _plain("airectl_slo_quiet_slices", "quiet_slices", "Time slices in which nothing happened."),
    _plain("airectl_slo_missing_slices", "missing_slices", "Time slices without data."),
    _plain("airectl_slo_coverage_ratio", "coverage_ratio", "The share of the window that was measured."),
    _plain("airectl_slo_window_end_timestamp_seconds", "window.to", "Up to when events were counted."),
    _plain("airectl_error_budget_consumed_ratio", "budget_consumed_ratio", "Of the error budget; above 1 overdrawn."),
    _plain(
        "airectl_error_budget_consumed_to_date_ratio",
        "budget_consumed_to_date_ratio",
        "Of the error budget that a calendar window has given so far.",
    ),
    _plain("airectl_error_budget_remaining_ratio", "budget_remaining_ratio", "1 - consumed; below 0 overdrawn."),
    Family(
        name="airectl_error_budget_burn_rate",
        help="How fast the error budget goes; at 1 it lasts for the window exactly.",
        samples=_burns,
    ),
    _plain("airectl_error_budget_exhausted_since_timestamp_seconds", "exhausted_since", "When it was used up."),
    _plain("airectl_error_budget_exhausts_at_timestamp_seconds", "exhausts_at", "When it will be used up."),
    _plain("airectl_error_budget_recovers_at_timestamp_seconds", "recovers_at", "When there will be some again."),
)
