"""Quantiles that are compared with a number: between two edges they are guesses, at an edge they are not."""

from __future__ import annotations

import json

import pytest

from runner import Runner

SGLANG = "sglang:time_to_first_token_seconds_bucket"
VLLM = "vllm:time_to_first_token_seconds_bucket"


def codes(airectl: Runner, query: str) -> list[str]:
    rules = {"groups": [{"name": "a", "rules": [{"alert": "A", "expr": query}]}]}
    (airectl.cwd / "rules.yaml").write_text(json.dumps(rules))
    stdout, stderr, _ = airectl.call(["metrics", "lint", "--rules", "rules.yaml", "-o", "json"])
    assert stderr == b""
    return [finding["code"] for finding in json.loads(stdout)["findings"]]


@pytest.mark.parametrize(
    "query",
    [
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) > 0.5",
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) >= bool 0.5",
        f"0.5 < histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m])))",
        f"max(histogram_quantile(0.95, sum by (le, model_name) (rate({SGLANG}[5m])))) > 0.5",
        f"histogram_quantile(0.95, sum by (le) (rate({VLLM}[5m]))) > 3",
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) > 0.5 and on() up == 1",
    ],
)
def test_a_limit_between_two_edges_is_a_guess(query: str, airectl: Runner) -> None:
    assert codes(airectl, query) == ["AIR106"]


@pytest.mark.parametrize(
    "query",
    [
        f"histogram_quantile(0.95, sum by (le) (rate({VLLM}[5m]))) > 0.5",
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) > 0.4",
        f"max(histogram_quantile(0.95, sum by (le, model_name) (rate({VLLM}[5m])))) > 0.5",
        f"avg by (le) (histogram_quantile(0.95, sum by (le, model_name) (rate({VLLM}[5m])))) > 0.5",
        # What is worked out of it is another number.
        f"1000 * histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) > 500",
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) / 2 > 0.5",
        f"histogram_quantile(0.95, sum by (le) (rate({SGLANG}[5m]))) > vector(0.5)",
    ],
)
def test_a_limit_at_an_edge_is_none(query: str, airectl: Runner) -> None:
    assert codes(airectl, query) == []


def test_a_limit_in_another_unit_is_that_and_no_more(airectl: Runner) -> None:
    assert codes(airectl, f"histogram_quantile(0.95, sum by (le) (rate({VLLM}[5m]))) > 3000") == ["AIR113"]


def test_the_edges_beside_it_are_named(airectl: Runner) -> None:
    rules = f"groups: [{{name: a, rules: [{{alert: A, expr: 'histogram_quantile(0.9, rate({SGLANG}[5m])) > 0.5'}}]}}]\n"
    (airectl.cwd / "rules.yaml").write_text(rules)
    (finding,) = json.loads(airectl.call(["metrics", "lint", "--rules", "rules.yaml", "-o", "json"])[0])["findings"]
    assert "`0.4` or `0.6`" in finding["help"]
    assert finding["location"]["col"] == rules.index(SGLANG) + 1
