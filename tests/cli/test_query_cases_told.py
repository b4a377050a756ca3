"""Each case of what a query means, from the spec to the report, by way of the real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree.ElementTree import fromstring

import pytest

import servers
from query_history import START_S, history
from runner import Runner

COUNTED: Final = "increments of a counter"
RATED: Final = "increments of the counter in a rate"
EXPRESSION: Final = "an expression of what each slice holds, as a weight"
SLO = """\
apiVersion: openslo/v1
kind: SLO
metadata:
  name: fast
  annotations: {annotations}
spec:
  service: chat
  indicator:
    spec: {indicator}
  timeWindow: [{{duration: {minutes}m, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{objective}]
"""


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    start = servers.prometheus if request.param == "prometheus" else servers.victoria
    with start(tmp_path_factory.mktemp("server") / "run", history()) as url:
        yield url


def metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def ratio(good: str, total: str, *, counter: bool) -> dict[str, Any]:
    return {"ratioMetric": {"counter": counter, "good": metric(good), "total": metric(total)}}


def raw(query: str) -> dict[str, Any]:
    return {"ratioMetric": {"rawType": "success", "raw": metric(query)}}


def threshold(query: str) -> dict[str, Any]:
    return {"thresholdMetric": metric(query)}


class Told:
    """What a report says of objectives measured by this server."""

    def __init__(self, runner: Runner, url: str) -> None:
        self.runner, self.url = runner, url

    def __call__(self, indicator: dict[str, Any], minutes: int, *, by: str = "") -> list[dict[str, Any]]:
        """The budgets over the first minutes of the history."""
        compared = '{target: 0.5, op: lt, value: 3, displayName: "it"}'
        text = SLO.format(
            annotations=json.dumps({"airectl.dev/group-by": by} if by else {}),
            indicator=json.dumps(indicator),
            minutes=minutes,
            objective=compared if "thresholdMetric" in indicator else "{target: 0.5}",
        )
        (self.runner.cwd / "slo.yaml").write_text(text)
        at = datetime.fromtimestamp(START_S + 60 * minutes, UTC).isoformat()
        command = ["budget", "slo.yaml", "--source", self.url, "--at", at, "--no-cache", "-o", "json"]
        stdout, stderr, _ = self.runner.call(command)
        assert stdout, stderr.decode()
        found: list[dict[str, Any]] = json.loads(stdout)["data"]["slos"]
        return found


@pytest.fixture
def told(tmp_path: Any, url: str) -> Told:
    (tmp_path / "cwd").mkdir()
    # A few minutes are too short to measure it.
    (tmp_path / "cwd" / "airectl.toml").write_text('scrape_interval = "15s"\n')
    return Told(Runner(cwd=tmp_path / "cwd", home=tmp_path, loopback=True), url)


# In five minutes pod a counts 3 + 0 + 5 + 2 + 0 = 10, pod b 1 + 1 + 4 + 0 + 6 = 12 and pod c 7 + 1 = 8.
@pytest.mark.parametrize(
    ("indicator", "minutes", "sli", "valid", "case"),
    [
        (ratio('sum(c{pod="a"})', "sum(c)", counter=True), 5, 10 / 30, 30, COUNTED),
        (ratio('c{pod=~"a|c"}', "c", counter=True), 5, 18 / 30, 30, COUNTED),
        (ratio("sum by (pod) (c)", "sum(sum without (job) (c))", counter=True), 5, 1, 30, COUNTED),
        (ratio('sum(rate(c{pod="a"}[5m]))', "sum(irate(c[{{.window}}]))", counter=False), 5, 10 / 30, 30, RATED),
        (
            ratio('sum(c{pod="a"})', "sum(increase(c[$__range]))", counter=True),
            5, 10 / 30, 30, f"total: {RATED}; good: {COUNTED}",
        ),
        (
            ratio('sum(c{pod="a"}) or vector(0)', "sum(c)", counter=True),
            5, 10 / 30, None, f"total: {COUNTED}; good: {EXPRESSION}",
        ),
        # `rare` appears in slice 3 with its first two events.
        (ratio("sum(c) - (sum(rare) or vector(0))", "sum(c) * 1", counter=True), 5, 28 / 30, None, EXPRESSION),
        (ratio('sum(x{pod="a"})', "sum(x)", counter=False), 3, 15 / 18, 18, "the sum of the samples in each slice"),
        (raw("r"), 3, 1.75 / 3, None, "the mean over each slice, as a weight"),
        (raw("1 - slo:sli_error:ratio_rate5m"), 3, 1.5 / 3, None, "the mean over each slice, as a weight"),
        (
            raw("1 - sum(rate(bad[5m])) / sum(rate(c[5m]))"),
            5, (3 / 4 + 1 + 2 / 3 + 1 + 1) / 5, None, EXPRESSION,
        ),
        (
            raw("max_over_time(avg(r)[2m:1m])"),
            3, 1, None, "an expression at the end of each slice, as a weight",
        ),
        (threshold("max(x)"), 3, 2 / 3, 3, "the value at the end of each slice"),
    ],
)  # fmt: skip
def test_the_report_names_the_case_and_has_the_figures(  # noqa: PLR0913, PLR0917  # a case of a test on one line
    told: Told, indicator: dict[str, Any], minutes: int, sli: float, valid: int | None, case: str
) -> None:
    (slo,) = told(indicator, minutes)
    assert slo["query_case"] == case
    assert slo["sli_ratio"] == pytest.approx(sli, rel=1e-9)
    assert slo["valid_events"] == valid
    assert (slo["quiet_slices"], slo["missing_slices"], slo["group"]) == (0, 0, None)


def test_counters_by_group(told: Told) -> None:
    found = told(ratio("sum(c) - sum(bad)", "sum(c)", counter=True), 5, by="pod")
    assert [each["group"] for each in found] == [{"pod": "a"}, {"pod": "b"}, {"pod": "c"}]
    (only_a, *_) = found
    # Of its 10 events 4 were bad.
    assert only_a["sli_ratio"] == pytest.approx(6 / 10)
    plain = told(ratio("c", "c", counter=True), 5, by="pod")
    # What is known of pod c begins with 7 events in slice 4, so those are not counted: only all together know better.
    assert [each["valid_events"] for each in plain] == [10, 12, 1]
    assert {each["slo"] for each in plain} == {"chat/fast"}


def test_values_by_group_are_one_number_each(told: Told) -> None:
    found = told(threshold("x"), 3, by="pod")
    assert [(each["group"], each["sli_ratio"]) for each in found] == [({"pod": "a"}, 2 / 3), ({"pod": "b"}, 1)]


def test_a_group_without_a_sample_in_the_window_is_none(told: Told) -> None:
    """Pod c has its first sample in slice 4."""
    assert [each["group"] for each in told(ratio("c", "c", counter=True), 3, by="pod")] == [{"pod": "a"}, {"pod": "b"}]


def test_a_group_is_one_row_and_one_gate_and_is_chosen_by_its_name(told: Told) -> None:
    told(threshold("x"), 3, by="pod")
    at = datetime.fromtimestamp(START_S + 180, UTC).isoformat()
    common = ["check", "slo.yaml", "--source", told.url, "--at", at, "--no-cache"]
    junit = fromstring(told.runner.call([*common, "-o", "junit"])[0])  # noqa: S314  # our own report
    names = [case.get("name") for case in junit.iter("testcase")]
    assert names[-2:] == ['chat/fast{pod="a"}', 'chat/fast{pod="b"}']
    text = told.runner.call([*common, "--slo", 'chat/fast{pod="b"}'])[0].decode()
    assert 'fast{pod="b"}' in text
    assert 'fast{pod="a"}' not in text
