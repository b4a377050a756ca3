"""How many words make how many tokens, fitted to what a server counted; no tokenizer is needed for that.

A prompt of w words has overhead + per_word·w tokens: the overhead is that of the chat template.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# Lengths to ask for, in words: far enough apart to tell the overhead from the slope.
PROBES: Final = (16, 64, 256, 1024)
# A tokenizer that makes more of a word of four letters, or less, does not read words.
_FEWEST: Final = 0.2
_MOST: Final = 8.0


class TokensError(Exception):
    """What was counted makes no line; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Tokens of a prompt: `overhead` at least 0, `per_word` above 0. `source`: assumed, usage or tokenizer.

    `residual` is the largest distance of a pair from the line, in tokens.
    """

    overhead: float = 0.0
    per_word: float = 1.0
    source: str = "assumed"
    residual: float = 0.0

    def words(self, tokens: float) -> int:
        """How many words make `tokens` tokens, at least one."""
        return max(1, round((tokens - self.overhead) / self.per_word))

    def inner_words(self, tokens: float) -> int:
        """How many words make `tokens` tokens of a part of a prompt, without the overhead; 0 for none."""
        return max(0, round(tokens / self.per_word))

    def tokens(self, words: int) -> float:
        """How many tokens so many words are."""
        return self.overhead + self.per_word * words


def fit(pairs: Sequence[tuple[int, int]], source: str = "usage") -> Calibration:
    """The line through pairs of words and tokens, by least squares, the overhead not below 0.

    With x the words, y the tokens: per_word = Σ(x - mean x)(y - mean y) / Σ(x - mean x)²,
    overhead = mean y - per_word·mean x. Where that is below 0 the line goes through 0: per_word = Σxy / Σx².
    Of one pair, or of pairs of one length, it is the line through 0 as well. Raises TokensError.
    """
    if not pairs or any(words <= 0 or tokens <= 0 for words, tokens in pairs):
        raise TokensError("the server counted no tokens of the prompts")
    mean_x = math.fsum(x for x, _ in pairs) / len(pairs)
    mean_y = math.fsum(y for _, y in pairs) / len(pairs)
    spread = math.fsum((x - mean_x) ** 2 for x, _ in pairs)
    slope = math.fsum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if spread else 0.0
    overhead = mean_y - slope * mean_x
    if not spread or overhead < 0:
        slope, overhead = math.fsum(x * y for x, y in pairs) / math.fsum(x * x for x, _ in pairs), 0.0
    if not _FEWEST <= slope <= _MOST:
        raise TokensError(f"the server counted {slope:.2f} tokens a word, which is not how words are read")
    residual = max(abs(y - overhead - slope * x) for x, y in pairs)
    return Calibration(overhead=overhead, per_word=slope, source=source, residual=residual)
