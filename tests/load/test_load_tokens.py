"""Words to tokens: the line through what a server counted, and texts that no two requests share."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.errors import UsageError
from airectl.load.tokenizer import calibrated
from airectl.load.tokens import PROBES, Calibration, TokensError, fit
from airectl.load.workloads.words import HEAD, WORDS, Texts, mix


@given(st.integers(0, 200), st.floats(0.3, 4))
def test_a_line_is_found_again(overhead: int, per_word: float) -> None:
    pairs = [(words, round(overhead + per_word * words)) for words in PROBES]
    found = fit(pairs)
    assert found.residual <= 1.5
    for words, tokens in pairs:
        assert abs(found.tokens(words) - tokens) <= 1.5


def test_a_worked_example() -> None:
    found = fit([(16, 31), (64, 91), (256, 331), (1024, 1291)])
    assert found.overhead == pytest.approx(11)
    assert found.per_word == pytest.approx(1.25)
    assert found.words(511) == 400
    assert found.inner_words(512) == 410
    assert found.words(1) == 1


def test_the_overhead_is_never_below_zero() -> None:
    found = fit([(10, 5), (100, 99)])
    assert found.overhead == 0
    assert found.per_word == pytest.approx((10 * 5 + 100 * 99) / (10 * 10 + 100 * 100))


def test_one_pair_is_a_line_through_zero() -> None:
    assert fit([(100, 130)]) == Calibration(per_word=1.3, source="usage", residual=0.0)


@pytest.mark.parametrize("pairs", [[], [(16, 0)], [(0, 5)], [(16, 16_000), (64, 64_000)], [(1000, 10), (2000, 20)]])
def test_what_is_no_count_of_words_is_said(pairs: list[tuple[int, int]]) -> None:
    with pytest.raises(TokensError):
        fit(pairs)


def test_words_are_256_of_four_letters() -> None:
    assert len(set(WORDS)) == len(WORDS) == 256
    assert all(len(word) == 4 and word.isascii() and word.isalpha() and word.islower() for word in WORDS)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(1, 300_000))
def test_a_text_has_as_many_words_as_wanted(salt: int, number: int, words: int) -> None:
    assert len(Texts(1, salt).distinct(number, words).split(" ")) == words


def test_no_two_texts_begin_alike() -> None:
    runs = (Texts(1, 2), Texts(1, 3))
    assert len({texts.distinct(number, HEAD) for texts in runs for number in range(10_000)}) == 20_000


def test_mixing_is_one_to_one_and_as_published() -> None:
    # The first output of splitmix64 seeded with 0: https://prng.di.unimi.it/splitmix64.c
    assert mix(0) == 0xE220A8397B1DCDAF
    assert len({mix(n) for n in range(10_000)}) == 10_000


def test_a_prefix_is_the_beginning_of_a_longer_one() -> None:
    texts = Texts(1, 2)
    long = texts.prefix(5, 10_000)
    assert all(long.startswith(texts.prefix(5, words)) for words in (0, 1, 8, 100, 4096, 4097, 9_999))
    assert not long.startswith(texts.prefix(6, 8))
    assert texts.prefix(5, 8) != f"{texts.distinct(5, 8)} "


def test_the_same_run_has_the_same_texts() -> None:
    assert Texts(1, 2).distinct(3, 500) == Texts(1, 2).distinct(3, 500)
    assert Texts(1, 2).distinct(3, 500) != Texts(2, 2).distinct(3, 500)


class _Encoded:
    def __init__(self, text: str) -> None:
        self.ids = text.split(" ") * 2


class _Tokenizer:
    @staticmethod
    def from_file(path: str) -> _Tokenizer:
        if not path.endswith("good.json"):
            raise Exception("expected value at line 1\nmore")  # as the library does
        return _Tokenizer()

    def encode(self, text: str) -> _Encoded:
        return _Encoded(text)


def test_a_tokenizer_of_the_user_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = ModuleType("tokenizers")
    library.Tokenizer = _Tokenizer  # type: ignore[attr-defined]  # a stand-in for the library
    monkeypatch.setitem(sys.modules, "tokenizers", library)
    found = calibrated("good.json", tmp_path)
    assert (found.per_word, found.overhead, found.source) == (2.0, 0.0, "tokenizer")
    with pytest.raises(UsageError, match=r"`bad\.json` is no tokenizer: expected value at line 1$"):
        calibrated("bad.json", tmp_path)


def test_without_the_library_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(UsageError, match="needs the package tokenizers"):
        calibrated("good.json", tmp_path)
