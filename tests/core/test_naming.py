"""Names of what is made from an SLO: as Sloth has them, and each its own."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core import naming
from airectl.core.findings import Location
from airectl.core.slo import Method, Objective, Slo, TimeWindow
from airectl.core.units import Duration

AT = Location(path="slo.yaml")
_UNITS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}


def slo(name: str, objectives: tuple[str, ...] = ("0",), service: str = "chat", **annotations: str) -> Slo:
    """An SLO with objectives of these names."""
    return Slo(
        service=service,
        name=name,
        indicator=None,
        window=TimeWindow(duration=Duration(28, "d"), rolling=True),
        method=Method.OCCURRENCES,
        objectives=tuple(Objective(name=each, target=Decimal("0.9"), at=AT) for each in objectives),
        at=AT,
        annotations={f"airectl.dev/{key.replace('_', '-')}": text for key, text in annotations.items()},
    )


@pytest.mark.parametrize(
    ("seconds", "name"),
    [(300, "5m"), (1800, "30m"), (3600, "1h"), (86_400, "1d"), (129_600, "1d12h"), (259_200, "3d"),
     (604_800, "1w"), (28 * 86_400, "4w"), (30 * 86_400, "30d"), (90 * 86_400, "90d"), (31_536_000, "1y"), (10, "10s")],
)  # fmt: skip
def test_windows_are_written_as_prometheus_does(seconds: int, name: str) -> None:
    assert naming.window_name(seconds) == name


@given(st.integers(1, 10**9))
def test_a_window_says_its_length(seconds: int) -> None:
    parts = re.findall(r"(\d+)([ywdhms])", naming.window_name(seconds))
    assert sum(int(count) * _UNITS[unit] for count, unit in parts) == seconds


def test_no_window_is_shorter_than_a_second() -> None:
    with pytest.raises(ValueError, match="not a window"):
        naming.window_name(0)


def test_the_id_is_that_of_sloth() -> None:
    one = slo("availability")
    assert naming.identity(one, one.objectives[0]) == {
        "sloth_id": "chat-availability",
        "sloth_service": "chat",
        "sloth_slo": "availability",
    }


def test_a_name_that_sloth_has_comes_first() -> None:
    one = slo("requests", sloth_slo="requests-0")
    assert naming.slo_id(one, one.objectives[0]) == "chat-requests-0"


def test_several_objectives_are_told_apart() -> None:
    one = slo("latency", ("ttft < 500 ms", "1"))
    assert [naming.slo_name(one, each) for each in one.objectives] == ["latency-ttft-500-ms", "latency-1"]


@pytest.mark.parametrize(
    ("service", "name", "alert"),
    [("chat", "ttft-p95", "ChatTtftP95"), ("chat", "chat-ttft", "ChatTtft"), ("rag", "chat", "RagChat")],
)
def test_alerts_name_their_service_once(service: str, name: str, alert: str) -> None:
    one = slo(name, service=service)
    assert naming.burn_alert(one, one.objectives[0]) == f"{alert}BudgetBurn"
    assert naming.no_data_alert(one, one.objectives[0]) == f"{alert}NoData"


@pytest.mark.parametrize(
    ("title", "alert"),
    [("MyServiceHighErrorRate", "MyServiceHighErrorRate"), ("chat-page", "ChatPage"), ("?", "Alert"), ("a b", "AB")],
)
def test_a_policy_keeps_a_title_that_is_a_name(title: str, alert: str) -> None:
    assert naming.policy_alert(title) == alert


def test_a_runbook_is_called_after_its_service_and_alert() -> None:
    assert naming.runbook_file("Chat API", "ChatPage") == "chat-api/ChatPage.md"


@pytest.mark.parametrize(
    ("said", "link"),
    [
        ("https://runbooks.example.com/", "https://runbooks.example.com/chat/ChatPage.md"),
        ("docs/runbooks/", "docs/runbooks/chat/ChatPage.md"),
        ("https://wiki.example.com/chat", "https://wiki.example.com/chat"),
        ("", ""),
    ],
)
def test_a_folder_of_runbooks_is_told_from_a_page(said: str, link: str) -> None:
    assert naming.runbook_link(said, "chat", "ChatPage") == link


def test_files_are_called_after_the_slo() -> None:
    one = slo("Ttft", service="Chat")
    assert naming.rules_file(one) == "chat-ttft.rules.yaml"
    assert naming.tests_file(one) == "chat-ttft.rules.test.yaml"
    assert naming.dashboard_file("Chat/API") == "dashboards/chat-api.json"
