"""Bytes to pages: packed, broken and hostile ones. Nothing crashes, and what is wrong has a place."""

import gzip

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from airectl.core.page_text import page_of

PAGE = b'# TYPE a counter\na_total{b="c"} 1\n'


@pytest.mark.parametrize(
    "data", [PAGE, gzip.compress(PAGE, mtime=0), gzip.compress(PAGE[:17], mtime=0) + gzip.compress(PAGE[17:], mtime=0)]
)
def test_it_is_read_packed_or_not(data: bytes) -> None:
    page, text = page_of(data)
    assert page.faults == ()
    assert page.values == {}
    assert page.samples == 1
    assert text == PAGE.decode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a 1\n" * 8, "larger than"),
        (gzip.compress(b"a 1\n" * 8, mtime=0), "larger than"),
        (gzip.compress(b"a 1\n" * 4, mtime=0) * 2, "larger than"),
        (gzip.compress(PAGE[:10], mtime=0)[:-4], "cut off"),
        (b"\x1f\x8b\x08 nothing", "damaged"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ],
)
def test_what_cannot_be_unpacked(data: bytes, words: str) -> None:
    page, _ = page_of(data, limit=16)
    (fault,) = page.faults
    assert words in fault.message
    assert page.families == {}


def test_the_limit_itself_is_read() -> None:
    assert page_of(b"a 1\n" * 4, limit=16)[0].faults == ()
    assert page_of(gzip.compress(b"a 1\n" * 4, mtime=0), limit=16)[0].faults == ()


def test_a_byte_that_is_no_utf_8_leaves_the_rest() -> None:
    page, _ = page_of(b'a 1\nb{c="\xc3\xbc\xff"} 1\n')
    assert [(each.line, each.col) for each in page.faults] == [(2, 7)]
    assert set(page.families) == {"a", "b"}


LINES = st.sampled_from([
    b"a 1", b"a_bucket{le=\"1\"} 1", b"# TYPE a histogram", b"# TYPE a", b"# EOF", b"a{", b'a{b="\\', b"a 1 2 # {} 1",
    b"\x1f\x8b", b"\0", b"\xff", b"{}", b"<", b"a NaN", b"a +Inf 9999999999999999999", b'a{b="1",b="2"} 1',
    b"\x0a\x0aab",
])  # fmt: skip


@settings(max_examples=300)
@given(st.lists(LINES | st.binary(max_size=20), max_size=12), st.booleans(), st.booleans())
@example([b"\x1f\x8b" * 3], False, False)
def test_any_bytes_give_a_page_or_a_place(lines: list[bytes], packed: bool, open_metrics: bool) -> None:
    data = b"\n".join(lines)
    page, text = page_of(gzip.compress(data, mtime=0) if packed else data, open_metrics=open_metrics, limit=1000)
    count = max(text.count("\n") + 1, data.count(b"\n") + 1)
    for fault in page.faults:
        assert 1 <= fault.line <= count
        assert fault.col >= 1
        assert fault.message
    assert page.faults or page.families
