"""What came of all probes so far, in bounded memory however long they go on."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Final

from airectl.core.completion import Completion
from airectl.probing.goals import Goal, Score
from airectl.probing.golden import Prompt
from airectl.probing.prober import Result
from airectl.probing.reasons import Failure, Reason

# Medians are those of the last so many answers; of each so many gaps and characters are kept.
KEPT: Final = 100
_GAPS: Final = 1024
_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The medians of a prompt's answers, in seconds; the longest gap is that of all. None where there are none."""

    connect_s: float | None
    ttft_s: float | None
    itl_s: float | None
    itl_max_s: float | None
    e2e_s: float | None
    tokens: float | None


@dataclass(slots=True)
class Tally:
    """What came of one prompt. `last` is the last failure of each kind."""

    prompt: Prompt
    asked: int = 0
    passed: int = 0
    skipped: int = 0
    right: int = 0
    judged: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    last: dict[Reason, Failure] = field(default_factory=dict)
    model: str = ""
    _kept: deque[Result] = field(default_factory=lambda: deque(maxlen=KEPT))

    def add(self, result: Result) -> None:
        """Count one result."""
        if not result.asked:
            self.skipped += 1
            return
        self.asked += 1
        self.judged += result.right is not None
        self.right += result.right is True
        self._kept.append(_bounded(result))
        if result.completion and result.completion.model:
            self.model = result.completion.model
        if result.failure is None:
            self.passed += 1
        else:
            self.reasons[result.failure.reason] += 1
            self.last[result.failure.reason] = result.failure

    @property
    def worst(self) -> Failure | None:
        """The failure that came most often."""
        common = self.reasons.most_common(1)
        return self.last[common[0][0]] if common else None

    @property
    def times(self) -> Times:
        """The times of the answers that are kept."""
        answers = [each.completion for each in self._kept if each.completion]
        gaps = [gap for answer in answers for gap in answer.gaps_s]
        return Times(
            connect_s=_median(each.connect_s for each in self._kept),
            ttft_s=_median(answer.ttft_s for answer in answers),
            itl_s=_median(gaps),
            itl_max_s=max(gaps, default=None),
            e2e_s=_median(answer.e2e_s for answer in answers),
            tokens=_median(answer.output_tokens for answer in answers),
        )

    @property
    def answer(self) -> Completion | None:
        """The last answer, as far as it came."""
        return self._kept[-1].completion if self._kept else None


def _bounded(result: Result) -> Result:
    answer = result.completion
    if answer is None:
        return result
    kept = replace(answer, gaps_s=answer.gaps_s[:_GAPS], text=answer.text[:_TEXT], reasoning=answer.reasoning[:_TEXT])
    return replace(result, completion=kept)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


class Record:
    """Every prompt's tally and every goal's score."""

    def __init__(self, prompts: Sequence[Prompt], goals: Sequence[Goal]) -> None:
        self.tallies = {prompt.name: Tally(prompt) for prompt in prompts}
        self.scores = [Score(goal) for goal in goals]
        self.rounds = 0

    def add(self, result: Result) -> None:
        """Count one result."""
        self.tallies[result.prompt.name].add(result)
        for score in self.scores:
            score.add(result)
