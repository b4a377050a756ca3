"""Where a part of a query stands in the file."""

import pytest

from airectl.core.findings import Location
from airectl.spec.composer import compose
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.queries import place, queries

HEAD = "kind: SLI\nspec:\n  thresholdMetric:\n    metricSource:\n      type: Prometheus\n      spec:\n"


def found(query: str, *parts: str) -> Location:
    """The place of the first of `parts` that is found in the query, which is written in line 7."""
    text = HEAD + query
    (node,) = compose("f.yaml", text).documents
    sli = SpecObject(kind="SLI", node=node)
    specs = SpecSet(documents=(sli,), texts={"f.yaml": text})
    (each,) = queries(sli, specs)
    return place(each, specs, *parts)


@pytest.mark.parametrize(
    ("query", "part", "line", "col"),
    [
        ("        query: sum(a_total)\n", "a_total", 7, 20),
        ("        query: 'sum(a_total)'\n", "a_total", 7, 21),
        ('        query: "sum(a_total{b=\\"c\\"})"\n', "a_total", 7, 21),
        ("        query: |\n          sum(\n            a_total)\n", "a_total", 9, 13),
        ("        query: >-\n          sum(\n            a_total)\n", "a_total", 9, 13),
        ("        query: sum(\n          a_total)\n", "a_total", 8, 11),
        ("        {query: sum(a_total), type: a_total}\n", "a_total", 7, 21),
        ("        query: b_a_total + a_total\n", "a_total", 7, 28),
        ("        query: a_total_count + a_total\n", "a_total", 7, 32),
        ("        query: a:a_total + a_total\n", "a_total", 7, 28),
        ('        query: a{b="c"}\n', 'b="c"', 7, 18),
        ('        query: x{y="é"} + a_total\n', "a_total", 7, 27),
    ],
)
def test_found(query: str, part: str, line: int, col: int) -> None:
    at = found(query, part)
    assert (at.line, at.col) == (line, col)
    assert (at.end_line, at.end_col) == (line, col + len(part))


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("        query: sum(a_total)\n", "b_total"),
        ("        query: sum(a_total)\n", ""),
        ('        query: "sum(a{b=\\"c\\"})"\n', 'b="c"'),
        ('        query: "sum(a{b=\\"c\\"})" # b="c"\n', 'b="c"'),
        ('        query: "sum(\\x61_total)"\n', "a_total"),
    ],
)
def test_else_the_query(query: str, part: str) -> None:
    at = found(query, part)
    assert (at.line, at.col) == (7, 16)


def test_the_first_part_that_is_there() -> None:
    at = found('        query: "a{b=\\"c_d\\"}"\n', 'b="c_d"', "c_d", "a")
    assert (at.col, at.end_col) == (23, 26)


def test_a_mark_that_came_from_elsewhere_stays_what_it_is() -> None:
    (node,) = compose("f.yaml", HEAD + "        query: a_total\n").documents
    sli = SpecObject(kind="SLI", node=node)
    specs = SpecSet(documents=(sli,), texts={})
    (each,) = queries(sli, specs)
    assert place(each, specs, "a_total").col == 16


def test_queries_are_worked_out_once() -> None:
    (node,) = compose("f.yaml", HEAD + "        query: a_total\n").documents
    sli = SpecObject(kind="SLI", node=node)
    specs = SpecSet(documents=(sli,), texts={})
    assert queries(sli, specs) is queries(sli, specs)
