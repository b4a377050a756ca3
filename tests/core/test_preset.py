"""Presets: filled in, and spelled for every version of Prometheus."""

from decimal import Decimal

import pytest

from airectl.core.preset import Preset, edge_text
from airectl.promql.parse import parse

ASKED = Preset(
    name="wrong-model",
    description="",
    good='sum(x_total{model="{model}",answered=~"{model_re}.*"})',
    total='sum(x_total{model="{model}"})',
)


def test_roles_in_order() -> None:
    ratio = Preset(name="x", description="", bad="b", total="t").ratio_at()
    assert list(ratio.items()) == [("bad", "b"), ("total", "t")]


def test_an_edge_takes_its_place() -> None:
    preset = Preset(name="ttft-strict", description="", good="b{a='1',{le}}", total="t", family="b")
    assert preset.ratio_at(Decimal("0.5"))["good"] == "b{a='1',le=\"0.5\"}"
    assert preset.ratio_at(Decimal(2))["good"] == "b{a='1',le=~\"2(\\\\.0)?\"}"
    assert preset.strict


@pytest.mark.parametrize("model", ["llama", "llama-3.1 (8b)", 'a"b', "a\\b", "a|b.*", "x\ny", "[a]{1}^$"])
def test_the_name_of_a_model_is_taken_as_it_is(model: str) -> None:
    assert ASKED.needs_model
    good, total = ASKED.ratio_at(model=model).values()
    (selector,) = parse(good).selectors
    asked, answered = selector.labels
    assert asked.value == model
    assert parse(total).selectors[0].labels[0].value == model
    # What is left of the regular expression without its escapes is the name.
    assert answered.value.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == f"{model}.*"


@pytest.mark.parametrize(
    ("edge", "client", "text"),
    [
        ("1", "python", "1.0"),
        ("1.0", "other", "1"),
        ("0.25", "python", "0.25"),
        ("1E+1", "", "10"),
        ("0", "python", "0.0"),
    ],
)
def test_how_a_client_writes_an_edge(edge: str, client: str, text: str) -> None:
    assert edge_text(Decimal(edge), client) == text
