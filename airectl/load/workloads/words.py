"""Text of a wanted length whose beginning nobody else's has.

A server that keeps the KV cache of prompts finds again what begins alike: a load test that sends one text again and
again measures that cache. So a prompt begins with eight words made of the run's salt and its own number, which no
other has, and goes on with a piece of one long text. All words have four letters: a byte-pair tokenizer has each as
one token with the blank before it, and one that counts bytes counts all of them the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np

# 256 of the commonest English words of four letters, a byte each; without names, and nothing that offends.
_COMMON: Final = """
    able acid aged also area army away baby back ball band bank base bath bear beat been beer bell belt best bill
    bird blow blue boat body bond bone book boot born both bowl bulk burn bush busy call calm came camp card care
    case cash cast cell chat chip city club coal coat code cold come cook cool cope copy core cost crew crop dark
    data date dawn days deal dean dear debt deep desk dial diet disc disk does done door down draw drew drop dual
    duke dust duty each earn ease east easy edge else even ever exit face fact fair fall farm fast feed feel feet
    fell felt file fill film find fine fire firm fish five flat flow food foot form fort four free from fuel full
    fund gain game gate gave gear gift girl give glad goal goes gold golf gone good gray grew grey grow hair half
    hall hand hang hard have head hear heat held help here hero high hill hire hold hole holy home hope host hour
    huge idea inch into iron item join jump jury just keen keep kept kind king knee knew know lack lady laid lake
    land lane last late lead left less life lift like line link list live load loan lock long look loss lost loud
    love luck made mail main make many mark mass meal mean meat meet menu mere mile milk mill mind mine miss mode
    mood moon more most move much must name navy near neck need news next
"""
WORDS: Final = tuple(_COMMON.split())
_BYTES: Final = 5  # of a word with its blank
_POOL: Final = 1 << 16
HEAD: Final = 8
_PREFIX_BLOCK: Final = 4096
# Texts of prefixes begin as no prompt does.
_PREFIXES: Final = 0x5DEECE66D
_MASK: Final = (1 << 64) - 1


class Texts:
    """Texts of one run, by its `seed` and `salt`, both 0 to 2^32 - 1."""

    def __init__(self, seed: int, salt: int) -> None:
        self._salt = salt
        self._pool = _words_of(np.random.default_rng([seed, _POOL]).bytes(_POOL)) * 2

    def distinct(self, number: int, words: int) -> str:
        """`words` words that begin as those of no other `number` (0 to 2^32 - 1) or salt do; a text of few may."""
        return self._text(mix(self._salt << 32 | number), words)[:-1]

    def prefix(self, number: int, words: int) -> str:
        """The first `words` words of the long text called `number`, with a blank behind each."""
        own = mix(mix(self._salt << 32 | number) ^ _PREFIXES)
        whole, rest = divmod(words, _PREFIX_BLOCK)
        sizes = [_PREFIX_BLOCK] * whole + [rest]
        return "".join(self._text(mix(own + block), size) for block, size in enumerate(sizes))

    def _text(self, mixed: int, words: int) -> str:
        """So many words with a blank behind each: the bytes of `mixed`, then a piece of the pool."""
        head = _words_of(mixed.to_bytes(HEAD, "little")[: min(words, HEAD)])
        return head + self._piece(mix(mixed) % _POOL, words - HEAD) if words > HEAD else head

    def _piece(self, start: int, words: int) -> str:
        """Words of the pool from the word `start` on, round and round."""
        if words <= _POOL:
            return self._pool[start * _BYTES : (start + words) * _BYTES]
        once = self._pool[start * _BYTES : (start + _POOL) * _BYTES]
        return once * (words // _POOL) + once[: words % _POOL * _BYTES]


def mix(number: int) -> int:
    """64 bits from 64 bits, each from one other only, which look random.

    Source: splitmix64, https://prng.di.unimi.it/splitmix64.c
    """
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _MASK
    return number ^ number >> 31


def _words_of(data: bytes) -> str:
    """A word and a blank for each byte."""
    return "".join(map(_SPACED.__getitem__, data))


_SPACED: Final = tuple(f"{word} " for word in WORDS)
