"""The unit tests of generated rules: they pass with every kind of SLI, and fail when a rule is broken."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
import yaml

import generated_rules as rules
import spec_texts
from airectl.rules import tables
from airectl.rules.model import Generated
from airectl.rules.unit_tests import unit_tests

ROOT: Final = Path(__file__).parents[2]

SPEC: Final = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, annotations: {{{notes}}}, labels: {{{labels}}}}}
spec:
  service: s
  indicator:
    metadata: {{name: i}}
    spec: {sli}
  timeWindow: [{{duration: {window}}}]
  budgetingMethod: {method}
  objectives: [{{target: {target}{more}}}]
{alerts}"""
POLICY: Final = """\
    - kind: AlertPolicy
      metadata: {{name: back-{lookback}, labels: {{which: "{label}"}}}}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {{name: c}}
            spec: {{severity: page, condition: {{kind: burnrate, op: gt, threshold: 2, lookbackWindow: {lookback}}}}}
"""
CALENDAR: Final = 'isRolling: false, calendar: {startTime: "2026-01-01 00:00:00", timeZone: UTC}'
ROLLING: Final = "30d, isRolling: true"
OK, ALL = 'sum(h{job="x",code!~"5.."})', 'sum(h{job="x"})'
FAILED: Final = 'sum(h{job="x",code=~"5..|429"})'


def source(query: str) -> str:
    return f"{{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}"


def ratio(total: str, *, good: str = "", bad: str = "", counter: bool = True) -> str:
    part = f"good: {source(good)}" if good else f"bad: {source(bad)}"
    return f"{{ratioMetric: {{counter: {str(counter).lower()}, {part}, total: {source(total)}}}}}"


def raw(query: str, kind: str) -> str:
    return f"{{ratioMetric: {{counter: false, rawType: {kind}, raw: {source(query)}}}}}"


def threshold(query: str) -> str:
    return f"{{thresholdMetric: {source(query)}}}"


def spec(sli: str, **given: str) -> str:
    usual = {
        "name": "n",
        "notes": "",
        "labels": "",
        "method": "Occurrences",
        "target": "0.99",
        "more": "",
        "window": ROLLING,
        "alerts": "",
    }
    return SPEC.format(sli=sli, **{**usual, **given})


def policies(first: str, second: str, label: str = "x") -> str:
    return "  alertPolicies:\n" + "".join(POLICY.format(lookback=each, label=label) for each in (first, second))


def sliced(window: str, more: str = "") -> str:
    return f", timeSliceWindow: {window}{more}"


BY_MODEL: Final = 'airectl.dev/group-by: "model"'
KINDS: Final = {
    "good of total": spec(ratio(ALL, good=OK)),
    "bad of total": spec(ratio(ALL, bad=FAILED), target="0.95"),
    "a target near 1": spec(ratio(ALL, bad=FAILED), target="0.99999"),
    "a target at which few alerts fire": spec(ratio(ALL, bad=FAILED), target="0.5"),
    "rates, with vector(0)": spec(
        ratio("sum(rate(h[5m]))", bad='sum(rate(h{code=~"5.."}[5m])) or vector(0)'),
    ),
    "several terms": spec(ratio("sum(ok) + sum(err) + sum(late)", good="sum(ok)")),
    "terms of bare counters": spec(ratio(ALL, bad='err{job="x"} + late{job="x"}')),
    "a difference": spec(ratio("sum(t_count)", bad='sum(t_count) - sum(t_bucket{le="0.4"})')),
    "a whole edge": spec(ratio("sum(t_count)", good='sum(t_bucket{le="1"})')),
    "a whole edge in both spellings": spec(ratio("sum(t_count)", good='sum(t_bucket{le=~"1(\\\\.0)?"})')),
    "samples that are amounts": spec(ratio("sum(d)", bad='sum(d{ok="no"})', counter=False)),
    "a group's label on the SLO": spec(ratio(ALL, good=OK), notes=BY_MODEL, labels="model: all"),
    "braces in a label": spec(ratio(ALL, good=OK), labels='team: "{{ .X }} {{"'),
    "a month and ten minutes": spec(ratio(ALL, good=OK), window=f"1M, {CALENDAR}", alerts=policies("30d", "10m")),
    "a label that is a template": spec(ratio(ALL, good=OK), alerts=policies("1h", "6h", "{{ $value }}")),
    "a recorded ratio": spec(raw('job:errors:ratio{job="x"}', "failure")),
    "a ratio of rates": spec(raw("sum(rate(ok[5m])) / sum(rate(al[5m]))", "success")),
    "a recorded ratio by slices": spec(
        raw("job:ok:ratio", "success"), method="Timeslices", more=sliced("5m", ", timeSliceTarget: 0.9")
    ),
    "a gauge below a threshold": spec(
        threshold("max(kv)"), method="Timeslices", more=", op: lt, value: 0.9" + sliced("5m", ", timeSliceTarget: 0.8")
    ),
    "a rate above a threshold": spec(threshold("sum(rate(tok[5m]))"), more=", op: gte, value: 50", target="0.95"),
    "a quantile": spec(
        threshold("histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))"), more=", op: lte, value: 0.5"
    ),
    "slices": spec(
        ratio(ALL, good=OK), method="Timeslices", more=sliced("5m", ", timeSliceTarget: 0.95"), target="0.95"
    ),
    "ratios of slices": spec(ratio(ALL, bad=FAILED), method="RatioTimeslices", more=sliced("10m"), target="0.95"),
    "groups": spec(ratio(ALL, good=OK), notes=BY_MODEL),
    "groups of two labels": spec(
        ratio("sum by (model, zone) (rate(h[5m]))", bad='sum by (model, zone) (rate(h{code="5xx"}[5m]))'),
        notes='airectl.dev/group-by: "model,zone"',
    ),
    "groups with several terms": spec(ratio("sum(ok) + sum(err)", good="sum(ok)"), notes=BY_MODEL),
    "groups of a gauge": spec(
        threshold("max by (model) (kv)"),
        notes=BY_MODEL,
        method="Timeslices",
        more=", op: lt, value: 0.9" + sliced("5m"),
    ),
    "no alert for missing data": spec(ratio(ALL, good=OK), notes='airectl.dev/no-data: "ignore"'),
    "an hour": spec(ratio(ALL, good=OK), window="1h, isRolling: true"),
    "a week": spec(ratio(ALL, good=OK), window="7d, isRolling: true"),
    "a quarter": spec(ratio(ALL, good=OK), window="90d, isRolling: true"),
    "a calendar month": spec(
        ratio(ALL, good=OK),
        window='1M, isRolling: false, calendar: {startTime: "2026-01-01 00:00:00", timeZone: Europe/Berlin}',
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_sli_passes_its_tests(kind: str, tmp_path: Path) -> None:
    made = rules.of_text(KINDS[kind])
    written = rules.write(tmp_path, made)
    assert list(written.files) == ["s-n.rules.test.yaml"]
    checked, tested = rules.check(tmp_path), rules.run_tests(tmp_path)
    assert checked.passed, checked.text
    assert tested.passed, tested.text


def test_tests_are_quick(tmp_path: Path) -> None:
    """promtool evaluates all rules once for every moment of every history."""
    made = rules.of_text(KINDS["good of total"])
    (text,) = unit_tests(made).files.values()
    histories = [re.findall(r"x([0-9]+)", test["input_series"][0]["values"]) for test in yaml.safe_load(text)["tests"]]
    minutes = [sum(map(int, each)) for each in histories]
    assert max(minutes) < 24 * 60
    assert sum(minutes) < 3 * 24 * 60


def names(made: Generated) -> list[str]:
    """What the tests of one file say that they show."""
    (text,) = unit_tests(made).files.values()
    return [test["name"] for test in yaml.safe_load(text)["tests"]]


def test_what_is_shown() -> None:
    found = names(rules.of_text(KINDS["a whole edge"]))
    assert [name.removeprefix("n: ").partition(":")[0] for name in found] == [
        "all is well, then everything fails",
        *["a steady burn of 17.3 times the budget", "a steady burn of 7.2 times the budget"],
        *["a steady burn of 3.6 times the budget", "a steady burn of 1.2 times the budget"],
        *["too short a burn for SNBudgetBurn (page)"] * 2,
        *["too short a burn for SNBudgetBurn (ticket)"] * 2,
        "the same where edges of buckets are written the other way, 1 for 1.0",
        "nothing has worked yet, so the series of good events do not exist",
        "recorded error ratios and budget are what the budget engine makes of the same history",
        "no traffic at all",
        "traffic ends while all is well",
        "the metrics vanish",
    ]


def test_two_slos_of_one_shape_each_name_their_own_alerts() -> None:
    first, second = spec(ratio(ALL, good=OK)), spec(ratio(ALL, good=OK), name="other")
    texts = unit_tests(rules.of_text(f"{first}---\n{second}")).files
    assert "SNBudgetBurn" not in texts["s-other.rules.test.yaml"]
    assert "SOtherBudgetBurn" in texts["s-other.rules.test.yaml"]


def test_expected_alerts_have_their_annotations_filled_in() -> None:
    (text,) = unit_tests(rules.of_text(KINDS["bad of total"])).files.values()
    expected = [
        alert
        for test in yaml.safe_load(text)["tests"]
        for each in test.get("alert_rule_test", [])
        for alert in each["exp_alerts"]
    ]
    assert expected
    assert all(alert["exp_labels"]["sloth_id"] == "s-n" for alert in expected)
    assert not any("{{" in note for alert in expected for note in alert["exp_annotations"].values())
    assert any("% is bad" in alert["exp_annotations"]["summary"] for alert in expected)


def test_the_alert_for_missing_data_names_its_slo() -> None:
    (text,) = unit_tests(rules.of_text(KINDS["bad of total"])).files.values()
    notes = [
        alert["exp_annotations"]
        for test in yaml.safe_load(text)["tests"]
        for each in test.get("alert_rule_test", [])
        if each["alertname"] == "SNNoData"
        for alert in each["exp_alerts"]
    ]
    assert notes
    assert all("s / n" in note["title"] and "s / n" in note["summary"] for note in notes)


@pytest.mark.parametrize(
    "query",
    ["topk(1, sum(h))", "quantile(0.5, h)", 'sum(h{job=~"(?i)x"})', "sum(a)+sum(b)+sum(c)+sum(d)+sum(e)+sum(f)"],
)
def test_what_cannot_be_tested_is_said_and_left_out(query: str) -> None:
    written = unit_tests(rules.of_text(spec(ratio(query, bad="sum(z)"))))
    assert written.files == {}
    assert [finding.code for finding in written.findings] == ["AIR310"]


def test_alerts_without_their_records_have_no_tests() -> None:
    made = rules.generated(spec_texts.read(KINDS["good of total"]).specs, records=False)
    assert unit_tests(made).files == {}


def test_records_without_alerts_are_tested() -> None:
    made = rules.generated(spec_texts.read(KINDS["good of total"]).specs, alerts=False)
    assert any("budget engine" in name for name in names(made))


def test_own_windows_that_are_short(tmp_path: Path) -> None:
    table = tables.shipped()[0]
    pairs = [
        replace(table.pairs[0], long_s=600, short_s=60, share=None, factor=Decimal(10)),
        replace(table.pairs[-1], long_s=3600, short_s=300, share=None, factor=Decimal(2), for_s=120),
    ]
    made = rules.of_text(KINDS["good of total"], replace(table, pairs=tuple(pairs), own=True))
    rules.write(tmp_path, made)
    said = rules.run_tests(tmp_path)
    assert said.passed, said.text


def times_ten(text: str) -> str:
    """Every threshold of an alert ten times as high, as far as it can be."""
    return re.sub(r"> \(([0-9.]+) \* 0\.05\)", lambda found: f"> ({float(found[1]) * 10} * 0.05)", text)


def one_threshold(factor: str) -> Callable[[str], str]:
    return lambda text: text.replace(f"> ({factor} * 0.05)", f"> ({float(factor) * 1.5} * 0.05)")


BAD_SERIES, ALL_SERIES = 'h{code=~"5..|429",job="x"}', 'h{job="x"}'


def swapped(text: str) -> str:
    """Bad and valid events the wrong way round."""
    other = {BAD_SERIES: ALL_SERIES, ALL_SERIES: BAD_SERIES}
    return re.sub("|".join(map(re.escape, other)), lambda found: other[found[0]], text)


BROKEN: Final[dict[str, Callable[[str], str]]] = {
    "thresholds ten times as high": times_ten,
    **{f"threshold {factor} half as high again": one_threshold(factor) for factor in ("14.4", "6", "3", "1")},
    "thresholds a tenth": lambda text: re.sub(r"> \(([0-9.]+) \* 0\.05\)", r"> (\1 * 0.005)", text),
    "or instead of and": lambda text: re.sub(r"\n( +)and\n( +max)", r"\n\1or\n\2", text),
    "one window of two": lambda text: re.sub(r"(\n +max [^\n]+)\n +and\n +max [^\n]+", r"\1", text),
    "absent failures are no zero": lambda text: text.replace(" or vector(0)", ""),
    "bad and total swapped": swapped,
    "another label": lambda text: text.replace('code=~"5..|429"', 'code=~"4.."'),
    "an hour for every long window": lambda text: re.sub(r"ratio_rate(6h|1d|3d)\{", "ratio_rate30m{", text),
    "quiet is not a number": lambda text: re.sub(r"\((.*) > 0\)", r"(\1)", text),
    "a period of errors only": lambda text: re.sub(r"\n +/\n +\(sum_over_time.*", "", text),
    "missing data looked for elsewhere": lambda text: re.sub(r"absent\(.*\)", "absent(vector(1))", text),
    "no label of severity": lambda text: text.replace("sloth_severity: page", "sloth_severity: ticket"),
    "for half an hour": lambda text: text.replace("keep_firing_for: 5m", "for: 30m"),
    "kept for an hour": lambda text: text.replace("keep_firing_for: 5m", "keep_firing_for: 1h"),
    "a budget of twice the size": lambda text: text.replace("vector(0.05)", "vector(0.1)"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rules and the tests that they pass."""
    folder = tmp_path_factory.mktemp("whole")
    rules.write(folder, rules.of_text(KINDS["bad of total"]))
    assert rules.run_tests(folder).passed
    return folder


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rule_fails_its_tests(fault: str, whole: Path, tmp_path: Path) -> None:
    for path in whole.iterdir():
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    path = tmp_path / "s-n.rules.yaml"
    before = path.read_text("utf-8")
    after = BROKEN[fault](before)
    assert after != before
    path.write_text(after, "utf-8")
    checked = rules.check(tmp_path)
    assert checked.passed, checked.text
    assert not rules.run_tests(tmp_path).passed


def specs() -> list[Path]:
    return sorted((ROOT / "slo-specs").glob("*.yaml"))


@pytest.mark.parametrize("path", specs(), ids=lambda path: path.name)
def test_rules_of_the_shipped_specs_pass(path: Path, tmp_path: Path) -> None:
    _passes(path, tmp_path)


@pytest.mark.parametrize("folder", ["sloth", "openslo-sdk", "openslo-spec"])
def test_rules_of_other_projects_examples_pass(folder: str, conformance: Path, tmp_path: Path) -> None:
    paths = [path for path in sorted((conformance / "specs" / folder).iterdir()) if path.suffix in (".yml", ".yaml")]
    assert paths
    for path in paths:
        below = tmp_path / path.stem
        below.mkdir()
        _passes(path, below)


def _passes(path: Path, folder: Path) -> None:
    made = rules.generated(spec_texts.read_file(path).specs)
    written = rules.write(folder, made)
    assert written.findings == ()
    assert len(written.files) == len({rule.slo.id for rule in made.slos})
    if made.slos:
        checked, tested = rules.check(folder), rules.run_tests(folder)
        assert checked.passed, checked.text
        assert tested.passed, tested.text
