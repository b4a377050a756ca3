"""The composer: positions that are right, holes that are closed, text that cannot hurt."""

from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airectl.spec.builder import MAX_DEPTH
from airectl.spec.composer import compose
from airectl.spec.scalars import trap
from airectl.spec.tree import Map, Seq, to_plain


def only(text: str) -> Map:
    composed = compose("f.yaml", text)
    assert not composed.findings, composed.findings
    [document] = composed.documents
    assert isinstance(document, Map)
    return document


def codes(text: str) -> list[str]:
    return [finding.code for finding in compose("f.yaml", text).findings]


def test_every_key_and_value_knows_where_it_stands() -> None:
    root = only("a: 1\nb:\n  - x\n  - {c: 'd e'}\n")
    assert str(root.key_at("b")) == "f.yaml:2:1"
    assert str(root.at("a")) == "f.yaml:1:4"
    items = root["b"]
    assert isinstance(items, Seq)
    assert str(items.at(0)) == "f.yaml:3:5"
    inner = items[1]
    assert (str(inner.at("c")), inner.at("c").end_col) == ("f.yaml:4:9", 14)


def test_columns_count_characters_not_bytes() -> None:
    assert str(only("é😀: {k: v}")["é😀"].at("k")) == "f.yaml:1:9"


def test_numbers_stay_exact_and_keep_their_text() -> None:
    root = only("a: 0.999\nb: 12\nc: 1.50\n")
    assert root["a"] == Decimal("0.999")
    assert type(root["b"]) is int
    assert root.raw("c") == "1.50"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("yes", "yes"),
        ("12:30:00", "12:30:00"),
        ("010", 10),
        ("1e3", Decimal(1000)),
        ("-.5", Decimal("-0.5")),
        ("2022-13-40", "2022-13-40"),
    ],
)
def test_a_scalar_that_readers_take_differently_is_a_warning(raw: str, value: object) -> None:
    composed = compose("f.yaml", f"a: {raw}\n")
    assert composed.documents[0]["a"] == value
    assert [(f.code, str(f.at)) for f in composed.findings] == [("AIR006", "f.yaml:1:4")]
    assert not codes(f"a: '{raw}'\n")


@pytest.mark.parametrize("raw", [".nan", "-.inf", "1e400", "9" * 65])
def test_what_no_double_holds_is_no_number(raw: str) -> None:
    assert codes(f"a: {raw}\n") == ["AIR007"]


def test_the_first_of_two_equal_keys_is_kept_and_the_second_reported() -> None:
    composed = compose("f.yaml", "a: 1\nb: 2\na: 3\n")
    assert composed.documents == [{"a": 1, "b": 2}]
    assert [(f.code, str(f.at), f.message) for f in composed.findings] == [
        ("AIR003", "f.yaml:3:1", "the key `a` is already set in line 1")
    ]


def test_a_merge_gives_way_to_the_mapping_s_own_keys() -> None:
    root = only("base: &b {x: 1, y: 2}\nown:\n  x: 3\n  <<: *b\nlast:\n  <<: *b\n  y: 4\n")
    assert to_plain(root["own"]) == {"x": 3, "y": 2}
    assert to_plain(root["last"]) == {"x": 1, "y": 4}


def test_reading_goes_on_after_a_broken_document() -> None:
    composed = compose("f.yaml", "a: [1\n---\nb: 2\n---\n\tc: 3\n---\nd: 4\n")
    assert [to_plain(d) for d in composed.documents] == [{"b": 2}, {"d": 4}]
    assert [(f.code, f.at.line if f.at else 0) for f in composed.findings] == [("AIR002", 2), ("AIR002", 5)]


def test_an_alias_bomb_is_refused_before_it_expands() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(20)]
    assert codes("\n".join(lines)) == ["AIR004"]


def test_many_values_without_an_alias_are_no_bomb() -> None:
    assert not codes("- a: 1\n" * 120_000)


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: *a}", "[" * 40_000, "{a: " * 40_000, "- " * 40_000])
def test_cycles_and_depth_are_findings(text: str) -> None:
    assert codes(text) == ["AIR004"]


def test_depth_up_to_the_limit_is_fine() -> None:
    assert not codes("[" * MAX_DEPTH + "]" * MAX_DEPTH)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: !!python/object:os.system x", "AIR005"),
        ("<<: 3", "AIR005"),
        ("? [a]\n: b", "AIR002"),
        ("a: *nowhere", "AIR002"),
        ("a: \x01", "AIR002"),
        ("\ufeffa: 1", "AIR008"),
    ],
)
def test_other_holes(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_explicit_core_tags_are_read() -> None:
    assert to_plain(only("a: !!str 12\nb: !!int 3\nc: ! 4\n")) == {"a": "12", "b": 3, "c": "4"}


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@,? \n\t0.9é\x01\ufeff"), max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    for finding in compose("f.yaml", text).findings:
        assert finding.at is not None
        assert finding.help


# Without YAML 1.1's rare line breaks: PyYAML writes those as breaks, which readers then fold.
letters = st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029")
# Without `1e3` and `0o7`: PyYAML writes these strings bare, and YAML 1.2 reads numbers. That is AIR006.
texts = st.text(alphabet=letters, max_size=8).filter(lambda text: not trap(text))
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1), plain_data, min_size=1, max_size=4))
def test_it_reads_what_another_library_writes(data: dict[str, object]) -> None:
    [document] = compose("f.yaml", yaml.safe_dump(data, allow_unicode=True)).documents
    assert to_plain(document) == data


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "\tb: 1\n", "# ü\n-\t- x\n\t- y\n"])
def test_a_tab_is_called_one(text: str) -> None:
    [finding] = compose("f.yaml", text).findings
    assert (finding.code, finding.message) == ("AIR002", "not valid YAML: a tab cannot start a token")
    assert finding.help == "indent with spaces"
