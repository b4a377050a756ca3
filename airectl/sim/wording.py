"""What the simulated model says: the same words for the same prompt and seed, and right answers to golden prompts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from math import exp
from statistics import NormalDist
from typing import Final

# The first whose key is in the prompt; these are the prompts that `airectl probe` ships.
_ANSWERS: Final = {
    "17 + 25": "42",
    "capital of France": "Paris",
    'status is the text "ok" and count is the number 3': '{"status": "ok", "count": 3}',
}
_REPEAT: Final = re.compile(r"Repeat this text exactly as it is, and write nothing else: (\S+)")
_WORDS: Final = """
    the a of to and in is for with that on as by it be are at from this or an we can has will each more when time
    first then over under after before between where which both only such some most many few small large good new
    old long short high low near far early late fast slow clear simple common general open free full same other
    next last part point place case work water light air field river stone tree wind rain road house town garden
    table window door paper book letter word line page story name number group form kind way side end day night
    morning evening week month year hour minute change move turn keep hold bring carry follow lead find show tell
    ask give take make build grow rise fall run walk stand wait begin stop help learn read write speak listen see
""".split()  # noqa: SIM905  # words read better than a list of them
_PIECES: Final = tuple(json.dumps(f" {word}").encode() for word in _WORDS)
_NOISE: Final = tuple(
    json.dumps(f"{a}{b}{c}").encode() for a in "#~^%" for b in "xq7z@" for c in (";", "}", "\u00a4", "\u2591", "w")
)
_SPREAD: Final = 0.7


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of `tokens` tokens that ends for the reason `finish`. Pieces are JSON texts, each one token."""

    tokens: int
    finish: str
    start: int
    fixed: tuple[bytes, ...] = ()
    pieces: tuple[bytes, ...] = _PIECES

    def piece(self, number: int) -> bytes:
        """Token `number`, counted from 0, as a JSON text; beyond the end it goes on."""
        if number < len(self.fixed):
            return self.fixed[number]
        # A hash of the position: any token can be had without those before it.
        mixed = (self.start + number * 0x9E3779B1) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 0x85EBCA77) & 0xFFFFFFFF
        return self.pieces[(mixed >> 13) % len(self.pieces)]

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(json.loads(self.piece(number)) for number in range(self.tokens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a request says of the length: `limit` tokens at most; `whole`: exactly as many."""

    limit: int
    whole: bool = False


def answer(seed: int, prompt: str, wanted: Wanted, median_tokens: int) -> Answer:
    """The answer to a prompt. Its own length is lognormal around the median, by the seed and the prompt."""
    digest = blake2b(f"{seed}\n{prompt}".encode("utf-8", "replace"), digest_size=8).digest()
    start, draw = int.from_bytes(digest[:4]), (int.from_bytes(digest[4:]) + 0.5) / 2**32
    fixed = _golden(prompt)
    natural = len(fixed) or max(round(median_tokens * exp(_SPREAD * NormalDist().inv_cdf(draw))), 1)
    length = wanted.limit if wanted.whole else min(natural, wanted.limit)
    finish = "length" if wanted.limit and (wanted.whole or natural > wanted.limit) else "stop"
    return Answer(length, finish, start, fixed[:length])


def gibberish(said: Answer) -> Answer:
    """The same length in characters that mean nothing."""
    return Answer(said.tokens, said.finish, said.start, pieces=_NOISE)


def _golden(prompt: str) -> tuple[bytes, ...]:
    """The right answer to a golden prompt, word by word; none for any other."""
    repeat = _REPEAT.search(prompt)
    text = repeat[1] if repeat else next((said for key, said in _ANSWERS.items() if key in prompt), "")
    if not text:
        return ()
    starts = [0, *(at for at, char in enumerate(text) if char == " "), len(text)]
    return tuple(json.dumps(text[start:end]).encode() for start, end in pairwise(starts))
