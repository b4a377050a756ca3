"""A parsed query as text: the same expression again, whatever it is made of, with parts replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.promql.parse import parse
from airectl.promql.writing import written

QUERIES = [
    "1", "-1", "NaN", "time()", "vector(1)", "c", '{a="b"}', 'c{a!="b",d=~"e|f",g!~"h"}', "c offset 5m",
    "c @ 17 offset -1h", "c @ start()", "rate(c[1d2h3s4ms] offset 1w)", "-c", "-(c)", "2 ^ -c", "-c ^ 2", "(a + b) * c",
    "a + (b - c) / d % e",
    "a and b or c unless d", "a == bool on (x) b", "a > bool 1", "a * ignoring (q) group_right () b", "a + on () b",
    "a / on (x, y) group_left (z) b", "a atan2 b", "sum(c)", "sum by (a, b) (c)", "sum without () (c)", "topk(3, c)",
    "quantile without (x) (0.9, c)", 'count_values("v", c)', 'label_replace(c, "a", "x\\n $1", "b", "(.+)")',
    "max_over_time(rate(c[1m])[5m:])", "max_over_time((a + b)[5m:30s] @ end() offset 1h)", 'c{a="\\"\\\\\\n"}',
    'sum by ("a.b") ({"c.d","e.f"="g"})', "histogram_quantile(0.9, sum by (le) (rate(c_bucket[5m])))",
]  # fmt: skip


LONG = "c{" + ",".join(f'label_{i}="a long value"' for i in range(20)) + "}"


@pytest.mark.parametrize("query", [*QUERIES, LONG, f"rate({LONG[:-1]}}}[5m])"])
def test_what_is_written_is_the_same_expression(query: str) -> None:
    text = written(parse(query).tree)
    assert "\n" not in text
    assert parse(text).tree.prettify() == parse(query).tree.prettify()


_OPERATORS = st.sampled_from(("+", "or", "== bool", "^"))


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, _OPERATORS, inner).map(lambda of: f"({of[0]}) {of[1]} ({of[2]})"),
        inner.map(lambda each: f"avg by (x) ({each})"),
        inner.map(lambda each: f"min_over_time(({each})[5m:])"),
    )


@given(st.recursive(st.sampled_from(QUERIES[5:]), _around, max_leaves=8))
def test_however_they_are_nested(query: str) -> None:
    text = written(parse(query).tree)
    assert parse(text).tree.prettify() == parse(query).tree.prettify()


def test_the_outermost_is_replaced_and_nothing_in_it() -> None:
    seen = []

    def change(node: object) -> str:
        seen.append(type(node).__name__)
        return "x" if type(node).__name__ == "Call" else ""

    assert written(parse("sum(abs(rate(c[5m]))) / (d)").tree, change) == "sum(x) / (d)"
    assert seen == ["BinaryExpr", "AggregateExpr", "Call", "ParenExpr", "VectorSelector"]
