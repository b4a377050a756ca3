"""Queries made to kill the parser. Each is parsed in a child process: a dead child is a failure."""

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CHILD = """
import json, sys
from airectl.promql.guard import PromqlError
from airectl.promql.parse import parse

refused = 0
for query in json.load(sys.stdin):
    try:
        parse(query).selectors
    except PromqlError:
        refused += 1
print(refused)
"""

KNOWN_KILLERS = [
    "(" * 10_000 + "a" + ")" * 10_000,
    "+".join(["a"] * 10_000),
    "-" * 16_000 + "a",
    "a" + "[5m:]" * 10_000,
    "sum(" * 4_000 + "a" + ")" * 4_000,
    "a{" * 8_000,
    "a or " * 3_000 + "a",
    "a" * 1_000_000,
    "a{" + ",".join([r'x=~"\\pL{100}"'] * 500) + "}",
    "a{" + ",".join([r'x=~"\x5cw{100}"'] * 900) + "}",
    '"' + '\\"' * 8_000,
    "{{" * 8_000,
    "\x00", "\ud800", "😀" * 4_000,
]  # fmt: skip

TOKENS = st.sampled_from(
    ["a", "a_total", "(", ")", "[", "]", "{", "}", "[5m]", "[5m:]", "[$__interval]", "{{.window}}", "sum", "sum(",
     "rate(", "by (x)", "-", "+", "*", "/", "^", "%", "or", " or ", " and ", " unless ", " atan2 ", "==", "!=", "=~",
     "!~", ">", "<=", " bool ", " on() ", " group_left() ", " offset 5m", " offset -5m", " @ 1", " @ end()", '"', "'",
     "`", "\\", "#", "\n", ",", "=",
     'x="y"', 'x=~"', "a{2}", "\\\\w{9}", "1", "1e-5", "0x1F", "Inf", " ", "é", "😀", "\x00", "$", "${", "}}"]
)  # fmt: skip
PIECES = st.builds(
    lambda tokens, times: "".join(tokens) * times,
    st.lists(TOKENS, min_size=1, max_size=5),
    st.sampled_from([1, 2, 63, 64, 65, 200, 201, 3_000]),
)
QUERIES = st.builds("".join, st.lists(PIECES, min_size=1, max_size=6))


def refused_by_a_child(queries: list[str]) -> int:
    run = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, f"the child ended with {run.returncode}: {run.stderr[-500:]}"
    return int(run.stdout)


@pytest.mark.parametrize("query", KNOWN_KILLERS, ids=range(len(KNOWN_KILLERS)))
def test_known_killers_are_refused(query: str) -> None:
    assert refused_by_a_child([query]) == 1


@given(st.lists(QUERIES, min_size=50, max_size=100))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_query_kills_the_process(queries: list[str]) -> None:
    refused_by_a_child(queries)


def test_a_dead_child_would_be_seen() -> None:
    script = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode < 0
