"""What queries give while series keep their levels: the same as promtool says of such series."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import pytest

import generated_rules
from airectl.promql.levels import Series, answer, labels_of
from airectl.promql.parse import parse
from airectl.promql.vectors import NotReadError

# Growth per second, and values.
COUNTERS: Final = {
    ("c", "a", "x"): 3.0,
    ("c", "b", "x"): 1.0,
    ("d", "a", "x"): 2.0,
    ("d", "b", "y"): 0.0,
}
GAUGES: Final = {("g", "a", "x"): 0.5, ("g", "b", "x"): 80.0}
BUCKETS: Final = {"0.1": 1.0, "0.5": 3.0, "2": 4.0, "+Inf": 4.0}
QUERIES: Final = (
    "sum(rate(c[5m]))",
    'sum(rate(c{m="a"}[5m])) / sum(rate(c[5m]))',
    "sum(rate(c[5m])) - sum(rate(d[5m]))",
    "sum by (m) (rate(c[5m])) / sum by (m) (rate(d[5m]))",
    'sum(rate(c{m="nothing"}[5m])) or vector(0)',
    "1 - sum(rate(d[5m])) / sum(rate(c[5m]))",
    "sum(increase(c[10m]))",
    "avg(g)",
    "max without (k) (g)",
    "count(g > 1)",
    "g > bool 1",
    "min_over_time(g[5m])",
    "sum(sum_over_time(g[5m])) / sum(count_over_time(g[5m]))",
    "sum(avg_over_time(g[5m]))",
    "clamp_max(g, 1)",
    "rate(c[5m]) and on(m) g",
    "c unless on(m) g < 1",
    "histogram_quantile(0.5, sum by (le) (rate(h_bucket[5m])))",
    "histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m])))",
    "-sum(g) * 2 + 1",
    "abs(g - 80)",
    "sum(g) == 80.5",
)  # fmt: skip


def everything() -> list[Series]:
    rows = {**COUNTERS, **GAUGES}
    plain = [({"__name__": n, "m": m, "k": k}, level) for (n, m, k), level in rows.items()]
    buckets = [({"__name__": "h_bucket", "le": edge}, level) for edge, level in BUCKETS.items()]
    return [Series(labels=labels_of(labels), level=level) for labels, level in (*plain, *buckets)]


def written(query: str) -> str:
    """The same series as promtool's input, and the answer expected of it."""
    lines = ["  - interval: 1m", "    input_series:"]
    for (name, m, k), level in COUNTERS.items():
        lines.append(f"      - {{series: '{name}{{m=\"{m}\",k=\"{k}\"}}', values: '0+{level * 60}x30'}}")
    for (name, m, k), level in GAUGES.items():
        lines.append(f"      - {{series: '{name}{{m=\"{m}\",k=\"{k}\"}}', values: '{level}+0x30'}}")
    for edge, level in BUCKETS.items():
        lines.append(f"      - {{series: 'h_bucket{{le=\"{edge}\"}}', values: '0+{level * 60}x30'}}")
    lines.append("    promql_expr_test:")
    for value in answer(parse(query), everything()).values():
        # promtool compares numbers to the last bit.
        asked = f"count(abs(({query}) - {value!r}) < 1e-9)"
        lines.append(f"""      - {{expr: '{asked}', eval_time: 20m, exp_samples: [{{labels: "{{}}", value: 1}}]}}""")
    return "\n".join(lines)


def test_promtool_says_the_same(tmp_path: Path) -> None:
    single = [query for query in QUERIES if all(not labels for labels in answer(parse(query), everything()))]
    assert len(single) > len(QUERIES) // 2
    text = "\n".join(["rule_files: []", "tests:", *map(written, single)])
    (tmp_path / "levels.yaml").write_text(text + "\n", "utf-8")
    said = generated_rules.promtool(tmp_path, "test", "rules", "levels.yaml")
    assert said.passed, said.text


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("sum by (m) (rate(c[5m])) / sum by (m) (rate(d[5m]))", {"a": 1.5, "b": math.inf}),
        ("sum by (m) (g > bool 1)", {"a": 0.0, "b": 1.0}),
        ("rate(c[5m]) and on(m) g", {"a": 3.0, "b": 1.0}),
        ("c unless on(m) g < 1", {"b": 1.0}),
        ("max without (k) (g)", {"a": 0.5, "b": 80.0}),
    ],
)
def test_answers_with_labels(query: str, wanted: dict[str, float]) -> None:
    assert {dict(labels)["m"]: value for labels, value in answer(parse(query), everything()).items()} == wanted


def test_a_quiet_ratio_is_not_a_number() -> None:
    quiet = [Series(labels=labels_of({"__name__": "c"}), level=0.0)]
    assert math.isnan(next(iter(answer(parse("sum(rate(c[5m])) / sum(rate(c[5m]))"), quiet).values())))


@pytest.mark.parametrize(
    "query",
    ["topk(1, g)", "g offset 5m", "g @ 5", "time()", "label_replace(g, 'a', 'b', 'c', 'd')", "deriv(g[5m])",
     "c * on(m) group_left g", "c ^ 2", "c / on(k) g", 'g{m=~"(?i)a"}'],
)  # fmt: skip
def test_what_is_not_read_is_refused(query: str) -> None:
    with pytest.raises(NotReadError):
        answer(parse(query), everything())
