"""Parsing: placeholders, reasons, and what Prometheus would not answer."""

import pytest

from airectl.promql import templates
from airectl.promql.guard import PromqlError, TooLarge
from airectl.promql.parse import parse


@pytest.mark.parametrize(
    "window",
    ["{{.window}}", "{{ .window }}", "{{- .window -}}", "$window", "${window}", "$__interval", "$__rate_interval",
     "$__range", "${__range}", "${__range:raw}"],
)  # fmt: skip
def test_placeholders_are_replaced_and_remembered(window: str) -> None:
    parsed = parse(f"sum(rate(a_total[{window}]))")
    assert parsed.templates == (window,)
    assert parsed.text == f"sum(rate(a_total[{window}]))"
    assert parsed.selectors[0].range_s == 300


def test_placeholders_for_numbers() -> None:
    assert templates.substitute("a * $__range_s / ${__interval_ms}", "1h") == "a * 1 / 1"
    assert templates.substitute("a[$__range]", "1h") == "a[1h]"
    assert templates.substitute("a[$__ranges]") == "a[$__ranges]"


def test_a_query_without_placeholders_has_none() -> None:
    assert parse("a").templates == ()
    assert parse('a{b="$"}').templates == ()


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sum(a", "unclosed left parenthesis"),
        ("", "no expression"),
        ("rate(a)", "expected type"),
        ("a[5m]", "range of samples"),
        ('"a"', "a text"),
        ('{a="1" or b="2"}', "`or` between label matchers"),
        ("rate(a[{{.lookback}}])", "placeholder `{{.lookback}}`"),
        ("rate(a{$filter}[5m])", r"placeholder `\$filter`"),
        ("nosuch(a)", "unknown function"),
        ("a{b=~'('}", "illegal regex"),
    ],
)
def test_reasons(query: str, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(PromqlError, match=reason) as error:
            parse(query)
        assert not isinstance(error.value, TooLarge)
        assert "\n" not in str(error.value)


def test_an_equal_query_is_parsed_once() -> None:
    assert parse("sum(rate(once_total[5m]))") is parse("sum(rate(once_total[5m]))")


@pytest.mark.parametrize("name", ["holt_winters", "double_exponential_smoothing"])
def test_both_names_of_a_renamed_function(name: str) -> None:
    assert parse(f"{name}(a[5m], 0.5, 0.5)").selectors[0].calls() == (name,)


def test_what_is_too_large_never_reaches_the_parser() -> None:
    for query in ("(" * 10_000 + "a" + ")" * 10_000, "+".join(["a"] * 10_000)):
        with pytest.raises(TooLarge):
            parse(query)


@pytest.mark.parametrize("query", ["(a[$__range]) / b", "$__range_s * a[{{ .window }}:${__interval}] + b", "a + b"])
def test_a_place_in_what_is_sent_is_found_in_what_was_written(query: str) -> None:
    sent = templates.substitute(query, "1h30m")
    for name in "ab":
        written = templates.written_at(query, sent.index(name), "1h30m")
        assert query[written] == name
    for offset in range(len(sent)):
        if sent[offset] in "hm":  # of no name: of the window
            assert query[templates.written_at(query, offset, "1h30m")] in "${"
