"""Groups of an SLO: what they are called, and their order."""

from hypothesis import given
from hypothesis import strategies as st

from airectl.core.groups import in_order, named

_GROUPS = st.lists(st.dictionaries(st.sampled_from(("a", "b", "c")), st.text(max_size=2), max_size=3))


def test_a_name_is_written_as_promql_writes_matchers() -> None:
    assert named({"model": "meta/llama", "region": ""}) == '{model="meta/llama",region=""}'
    assert named({"model": 'a"b\\c\n'}) == r'{model="a\"b\\c\n"}'
    assert named({}) == ""


def test_groups_come_once_and_by_their_values() -> None:
    found = [{"b": "2", "a": "1"}, {"b": "1", "a": "2"}, {"a": "1"}, {"a": "1", "b": "2", "c": "3"}]
    assert in_order(found, ("a", "b")) == [{"a": "1", "b": ""}, {"a": "1", "b": "2"}, {"a": "2", "b": "1"}]


@given(groups=_GROUPS, order=st.randoms())
def test_the_order_is_not_that_of_the_source(groups: list[dict[str, str]], order: object) -> None:
    shuffled = sorted(groups, key=lambda _: order.random())  # type: ignore[attr-defined]  # a Random of hypothesis
    assert in_order(shuffled, ("b", "a")) == in_order(groups, ("b", "a"))
