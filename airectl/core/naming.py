"""What things made from an SLO are called: records, labels, groups, alerts, files.

Records and labels are Sloth's, so that dashboards made for Sloth show these SLOs as well.
Source: https://sloth.dev/introduction/architecture/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from airectl.core.annotations import read
from airectl.core.slo import Objective, Slo

ID: Final = "sloth_id"
SERVICE: Final = "sloth_service"
SLO: Final = "sloth_slo"
WINDOW: Final = "sloth_window"
SEVERITY: Final = "sloth_severity"
# airectl's own: the window is a calendar period, and this record is of its nominal length.
APPROXIMATE: Final = "airectl_approximate"
# The labels that tell one SLO's records from another's.
IDENTITY: Final = (ID, SERVICE, SLO)

OBJECTIVE: Final = "slo:objective:ratio"
ERROR_BUDGET: Final = "slo:error_budget:ratio"
PERIOD_DAYS: Final = "slo:time_period:days"
CURRENT_BURN_RATE: Final = "slo:current_burn_rate:ratio"
PERIOD_BURN_RATE: Final = "slo:period_burn_rate:ratio"
PERIOD_BUDGET_REMAINING: Final = "slo:period_error_budget_remaining:ratio"
INFO: Final = "airectl_slo_info"
SLOTH_INFO: Final = "sloth_slo_info"
# airectl's own: bad and valid events a second over the base window; their sums over time are the budget.
ERROR_RATE: Final = "slo:sli_error:rate5m"
TOTAL_RATE: Final = "slo:sli_total:rate5m"
# airectl's own: the share of one slice that counts as bad, 0 to 1, once a slice.
SLICE_ERROR: Final = "slo:sli_slice_error:ratio"

_UNITS: Final = ((31_536_000, "y", True), (604_800, "w", True), (86_400, "d", False), (3600, "h", False),
                 (60, "m", False), (1, "s", False))  # fmt: skip
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_ALERT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def error_ratio(window_s: int) -> str:
    """The record of the error ratio over a window: `slo:sli_error:ratio_rate5m`."""
    return f"slo:sli_error:ratio_rate{window_name(window_s)}"


def window_name(seconds: int) -> str:
    """A length of time as Prometheus writes it: `5m`, `1d12h`, `30d`, `4w` for 28 days.

    Weeks and years are used only where nothing is left over. Raises ValueError below one second.
    Source: https://pkg.go.dev/github.com/prometheus/common/model#Duration.String
    """
    if seconds < 1:
        raise ValueError(f"not a window: {seconds} s")
    parts, rest = [], seconds
    for length_s, unit, whole in _UNITS:
        if rest < length_s or (whole and rest % length_s):
            continue
        count, rest = divmod(rest, length_s)
        parts.append(f"{count}{unit}")
    return "".join(parts)


def slo_name(slo: Slo, objective: Objective) -> str:
    """The value of `sloth_slo`: Sloth's name of the SLO, with the objective where there are several."""
    name = read(slo.annotations, "sloth-slo") or slo.name
    return f"{name}-{slug(objective.name)}" if len(slo.objectives) > 1 else name


def slo_id(slo: Slo, objective: Objective) -> str:
    """The value of `sloth_id`: SERVICE-NAME."""
    return f"{slo.service}-{slo_name(slo, objective)}"


def identity(slo: Slo, objective: Objective) -> Mapping[str, str]:
    """The labels that tell this SLO's records from another's."""
    return {ID: slo_id(slo, objective), SERVICE: slo.service, SLO: slo_name(slo, objective)}


def slug(text: str) -> str:
    """`ttft < 500 ms` as `ttft-500-ms`; a text without a letter or digit is `x`."""
    return "-".join(_WORD.findall(text)).lower() or "x"


def camel(*texts: str) -> str:
    """`chat`, `ttft-p95` as `ChatTtftP95`: how Prometheus' alerts are usually written."""
    return "".join(word[:1].upper() + word[1:] for text in texts for word in _WORD.findall(text))


def burn_alert(slo: Slo, objective: Objective) -> str:
    """The name of the burn-rate alerts of an SLO that names none itself: `ChatAvailabilityBudgetBurn`."""
    return f"{_subject(slo, objective)}BudgetBurn"


def no_data_alert(slo: Slo, objective: Objective) -> str:
    """The name of the alert for an SLO whose metrics are gone: `ChatAvailabilityNoData`."""
    return f"{_subject(slo, objective)}NoData"


def policy_alert(title: str) -> str:
    """The name of an alert policy's alerts: its title, `Fast burn` as `FastBurn`."""
    return title if _ALERT.fullmatch(title) else camel(title) or "Alert"


def _subject(slo: Slo, objective: Objective) -> str:
    """`chat`, `chat-ttft` as `ChatTtft`: the service once."""
    name = slo_name(slo, objective)
    return camel(name) if name.startswith(slo.service) else camel(slo.service, name)


def runbook_file(service: str, alert: str) -> str:
    """The file of an alert's runbook, below the folder of runbooks: `chat/ChatAvailabilityBudgetBurn.md`."""
    return f"{slug(service)}/{alert}.md"


def runbook_link(said: str, service: str, alert: str) -> str:
    """What an alert links to: `said` as it is, or the alert's file in it where it is a folder and ends in `/`."""
    return said + runbook_file(service, alert) if said.endswith("/") else said


def rules_file(slo: Slo) -> str:
    """The file of an SLO's rules: `SERVICE-SLO.rules.yaml`."""
    return f"{slug(slo.service)}-{slug(slo.name)}.rules.yaml"


def tests_file(slo: Slo) -> str:
    """The file of the unit tests of those rules."""
    return f"{slug(slo.service)}-{slug(slo.name)}.rules.test.yaml"


def dashboard_file(service: str) -> str:
    """The file of a service's dashboard."""
    return f"dashboards/{slug(service)}.json"
