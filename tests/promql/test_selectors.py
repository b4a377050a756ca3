"""Selectors: every one, in order, with what encloses it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.promql.matchers import Matcher, Op, edge_of
from airectl.promql.parse import parse
from airectl.promql.selectors import Enclosing, Selector, Step


def selectors(query: str) -> tuple[Selector, ...]:
    return parse(query).selectors


def test_everything_of_one_selector() -> None:
    (found,) = selectors('sum by (le, job) (rate(a_total{x="1",y!="2",z=~"3.",w!~"4"}[90s] offset 1h))')
    assert found.name == "a_total"
    assert [(m.name, m.op, m.value) for m in found.matchers] == [
        ("x", Op.EQUAL, "1"),
        ("y", Op.NOT_EQUAL, "2"),
        ("z", Op.REGEX, "3."),
        ("w", Op.NOT_REGEX, "4"),
    ]
    assert (found.range_s, found.offset_s) == (Decimal(90), Decimal(3600))
    assert found.around == (
        Enclosing(step=Step.CALL, name="rate"),
        Enclosing(step=Step.AGGREGATION, name="sum", labels=("le", "job")),
    )


def test_sides_of_operators() -> None:
    left, right = selectors("a / (-b > 5)")
    assert left.around == (Enclosing(step=Step.BINARY, name="/", left=True),)
    assert right.around == (
        Enclosing(step=Step.UNARY, name="-"),
        Enclosing(step=Step.BINARY, name=">", left=True, constant=True, number=Decimal(5)),
        Enclosing(step=Step.BINARY, name="/", left=False),
    )


def test_a_fallback_is_a_constant() -> None:
    (found,) = selectors("sum(a) or on() vector(0)")
    assert found.around[-1] == Enclosing(step=Step.BINARY, name="or", constant=True)


def test_every_kind_of_node_is_walked() -> None:
    first = "topk(scalar(n), label_replace(a, 'x', '$1', 'y', '(.*)'))"
    found = selectors(f"{first} + max_over_time((b + c)[5m:1m]) + sum without (z) (d)")
    assert [each.name for each in found] == ["n", "a", "b", "c", "d"]
    assert found[0].calls() == ("scalar",)
    assert [e.step for e in found[2].around] == [Step.BINARY, Step.SUBQUERY, Step.CALL, Step.BINARY, Step.BINARY]
    assert found[4].aggregations() == (Enclosing(step=Step.AGGREGATION, name="sum", labels=("z",), without=True),)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("a", ("a",)),
        ('{__name__="a"}', ("a",)),
        ('{"a.b"}', ("a.b",)),
        ('{__name__=~"a|b:c"}', ("a", "b:c")),
        ('{__name__=~"(?:a|b)"}', ("a", "b")),
        ('{__name__=~"a.*"}', ()),
        ('{__name__!="a",x="1"}', ()),
        ('{x="1"}', ()),
    ],
)
def test_names(query: str, names: tuple[str, ...]) -> None:
    (found,) = selectors(query)
    assert found.names == names
    assert all(m.name != "__name__" for m in found.labels)


def test_a_long_sum_is_walked_without_recursion() -> None:
    assert len(selectors(" + ".join(f"m{n}" for n in range(201)))) == 201


def matcher(op: str, value: str) -> Matcher:
    return Matcher(name="le", op=Op(op), value=value)


@pytest.mark.parametrize(
    ("op", "value", "edge"),
    [
        ("=", "0.5", "0.5"),
        ("=", "1", "1"),
        ("=", "1.0", "1.0"),
        ("=", "1e-05", "0.00001"),
        ("=~", r"1(\.0)?", "1"),
        ("=~", r"1(?:\.0)?", "1"),
        ("=~", r"1|1\.0", "1"),
        ("=~", "10|10.0", "10"),
        ("=~", r"0\.5", "0.5"),
    ],
)
def test_edge_of(op: str, value: str, edge: str) -> None:
    assert edge_of(matcher(op, value)) == Decimal(edge)


@pytest.mark.parametrize(
    ("op", "value"),
    [("=", "+Inf"), ("=", "NaN"), ("=", ""), ("=", "x"), ("=~", ".+"), ("=~", "0.1|0.5"), ("!=", "0.5"), ("!~", "0.5")],
)
def test_no_edge(op: str, value: str) -> None:
    assert edge_of(matcher(op, value)) is None


@pytest.mark.parametrize(
    ("op", "pattern", "value", "expected"),
    [
        ("=", "a", "a", True),
        ("=", "a", "b", False),
        ("!=", "a", "a", False),
        ("!=", "a", "b", True),
        ("=~", "a|b", "b", True),
        ("=~", "5..", "503", True),
        ("=~", "(5..|429)", "429", True),
        ("=~", "5..", "200", False),
        ("!~", "5..", "503", False),
        ("!~", "5..", "200", True),
        ("=~", "api-.*", "api-1", True),
        ("=~", r"a\.b", "a.b", True),
        ("=~", "(a+)+", "aaaa", None),
        ("=~", "a" * 201, "a", None),
        ("=~", "a", "a" * 201, None),
    ],
)
def test_selects(op: str, pattern: str, value: str, *, expected: bool | None) -> None:
    assert matcher(op, pattern).selects(value) is expected


@given(st.text(alphabet="ab|.*+()?[]\\{}1,^$:-", max_size=40), st.text(alphabet="ab1.:-", max_size=40))
def test_selects_never_raises(pattern: str, value: str) -> None:
    matcher("=~", pattern).selects(value)


def test_a_matcher_prints_as_promql() -> None:
    (found,) = selectors(r"""a{b=~"1(\\.0)?",c='"'}""")
    assert [str(m) for m in found.matchers] == [r'b=~"1(\\.0)?"', r'c="\""']


@pytest.mark.parametrize(
    ("divisor", "number"),
    [
        ("1024^3", 1024**3),
        ("(1024 * 1024)", 1024**2),
        ("1e3", 1000),
        ("(7 - 2 + 1) / 2", 6),
        ("10^1000", None),
        ("(0 / 0)", None),
        ("(1 / 0)", None),
        ("time()", None),
        ("(2 > bool 1)", None),
    ],
)
def test_arithmetic_of_numbers_is_a_number(divisor: str, number: int | None) -> None:
    (selector,) = parse(f"a / {divisor}").selectors
    assert selector.around[0].number == number
    assert selector.around[0].constant
