"""Whatever stands in a spec of any format: it is read or found wrong, and what has no errors converts."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from test_resolve import COMPOSITE
from test_short import EVENTS
from test_short import SPEC as SHORT
from test_sloth import SPEC as SLOTH
from test_to_sloth import POLICY, SLO
from test_v1alpha import RATIO, THRESHOLD

from airectl.core.findings import Severity
from airectl.spec import lint
from airectl.spec.composer import compose
from airectl.spec.context import Context
from airectl.spec.convert import How, convert
from airectl.spec.tree import to_plain
from spec_texts import CATALOGUE, NOW, is_v1, read

V1 = SLO.rstrip() + POLICY.format(severity="page", burn="threshold: 14.4, lookbackWindow: 1h", target="mail")
BASES = [to_plain(compose("x", text.replace("\n    ", "\n")).documents[0])
         for text in (SHORT, EVENTS, SLOTH, RATIO, THRESHOLD, V1, COMPOSITE)]  # fmt: skip
HOWS = (
    How(to="openslo"),
    How(to="sloth"),
    How(to="openslo", inline=True),
    How(to="openslo", inline=True, remove_refs=True),
    How(to="openslo", export=True),
)
junk = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 101), st.decimals(-1, 101, places=3), st.text(max_size=8),
    st.sampled_from(["95%", "200ms", "p95", "ttft", "streams", "{{.window}}", "sum(a[{{.window}}])", "a{", "1M"]),
    st.sampled_from(["x" * 70, "A b", [], {}, ["a", "b"], {"a": "b"}, {"a b": "c"}]),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every node."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for key, item in items for each in places(item, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with another node at `path`; Ellipsis leaves it out."""
    if not path:
        return value if new is ... else new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is ... and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


@st.composite
def specs(draw: st.DrawFn) -> Any:
    spec = draw(st.sampled_from(BASES))
    for _ in range(draw(st.integers(1, 3))):
        spec = changed(spec, draw(st.sampled_from(places(spec))), draw(st.one_of(st.just(...), junk)))
    return spec


@settings(max_examples=200, deadline=None)
@given(specs())
def test_any_change_is_read_or_found_wrong(spec: Any) -> None:
    loaded = read(json.dumps(spec, default=float_of, ensure_ascii=False))
    found = [*loaded.findings, *lint.run(loaded.specs, Context(now=NOW, catalogue=CATALOGUE))]
    if any(finding.severity is Severity.ERROR for finding in found):
        return
    assert is_v1(loaded)
    for how in HOWS:
        again = read(convert(loaded.specs, how).text() or "---")
        assert not [f for f in again.findings if f.severity is Severity.ERROR and f.code != "AIR009"], how


def float_of(value: Decimal) -> float:
    return float(value)
