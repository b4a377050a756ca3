"""Records of requests: what is written is what is read, whatever the last one went through."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.runs.record import ERRORS, MAGIC, SOURCES, Record, frames, pack, unpack

TIMES = st.integers(-1, 2**62)
TIMED = [name for name in Record.__dataclass_fields__ if name.endswith("_ns")]
TOKENS = st.integers(-1, 2**31 - 1)


@st.composite
def records(draw: st.DrawFn) -> Record:
    chunks = draw(st.lists(st.integers(0, 2**32 - 1), max_size=20))
    tokens = draw(st.lists(st.integers(0, 2**16 - 1), min_size=len(chunks), max_size=len(chunks)) | st.just([]))
    return Record(
        index=draw(st.integers(0, 2**62)),
        **{name: draw(TIMES) for name in TIMED},
        input_tokens=draw(TOKENS),
        output_tokens=draw(TOKENS),
        input_source=draw(st.sampled_from(SOURCES)),
        output_source=draw(st.sampled_from(SOURCES)),
        status=draw(st.integers(-1, 599)),
        error=draw(st.sampled_from(ERRORS)),
        session=draw(TOKENS),
        turn=draw(st.integers(0, 1000)),
        queued=draw(st.booleans()),
        warm_up=draw(st.booleans()),
        finish_reason=draw(st.sampled_from(("", "stop", "length"))),
        model=draw(st.text(max_size=20)),
        message=draw(st.text(max_size=40)),
        chunk_us=array("I", chunks),
        chunk_tokens=array("H", tokens),
    )


@given(st.lists(records(), max_size=5))
def test_what_is_written_is_what_is_read(written: list[Record]) -> None:
    bodies = list(frames(MAGIC + b"".join(map(pack, written))))
    assert [unpack(body) for body in bodies if body is not None] == written
    assert None not in bodies


@given(st.lists(records(), min_size=1, max_size=3), st.data())
def test_a_torn_end_costs_the_last_record_alone(written: list[Record], data: st.DataObject) -> None:
    whole = MAGIC + b"".join(map(pack, written))
    last = len(pack(written[-1]))
    *bodies, torn = frames(whole[: len(whole) - data.draw(st.integers(1, last - 1))])
    assert torn is None
    assert [unpack(body) for body in bodies if body is not None] == written[:-1]


@given(records(), st.data())
def test_a_damaged_record_is_seen(record: Record, data: st.DataObject) -> None:
    packed = bytearray(pack(record))
    packed[data.draw(st.integers(8, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert list(frames(MAGIC + bytes(packed))) == [None]


def test_what_is_no_file_of_records() -> None:
    assert list(frames(b"hello")) == [None]


def test_long_texts_are_cut() -> None:
    record = Record(1, 2, message="é" * 500)
    (body,) = frames(MAGIC + pack(record))
    assert body is not None
    assert unpack(body).message.startswith("é" * 100)


@pytest.mark.parametrize("body", [b"", b"x", b"\xff" * 200])
def test_what_is_no_record(body: bytes) -> None:
    with pytest.raises(ValueError, match="record"):
        unpack(body)
