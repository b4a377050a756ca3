"""What a query means: which of its samples count how much in a slice of time.

A query is taken by its leaves: a leaf is a selector, with the function over its range if there is one.
What a leaf means depends on what the SLI says of its samples (`Use`). A counter by itself, or sums of
one, is left to the source, which takes differences series by series. Every other query becomes one that
has its value at the end of each slice, each leaf replaced by what it means there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Final

from airectl.promql import templates
from airectl.promql.guard import PromqlError
from airectl.promql.leaves import Form, form, rewritten
from airectl.promql.parse import Parsed, parse
from airectl.promql.portions import Portion, amounts, difference, increment, mean, rate
from airectl.promql.selectors import Enclosing, Selector, Step
from airectl.promql.spelling import duration, spelled
from airectl.promql.terms import with_all_terms


class Use(StrEnum):
    """What the SLI says of the query's samples."""

    COUNTER = "counter: true"
    SAMPLES = "counter: false"
    RAW = "raw"
    THRESHOLD = "thresholdMetric"


class Kind(StrEnum):
    """How a slice gets its number: from the increments of each series, or as the query's value."""

    INCREMENTS = "increments"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A query bound to slices of time.

    `case` names the case, for the output. `whole`: it counts events; otherwise it gives weights.
    VALUES: `query` is evaluated at the end of each slice. INCREMENTS: `over` is, for each series.
    `differences`: its numbers compare with the slice before, so the first slice that has samples, with none
    before, tells only where counters stood. `share`: where it has no value though all of its selectors have samples,
    there was nothing to take a share of. A sample exactly on a boundary belongs to the slice that ends there.
    """

    case: str
    kind: Kind
    whole: bool
    query: str
    selectors: tuple[Selector, ...]
    differences: bool = False
    share: bool = False

    def over(self, function: str, range_ms: int) -> str:
        """INCREMENTS: the counter's samples of the last `range_ms` in a function, such as `last_over_time`."""
        (selector,) = self.selectors
        return f"{function}({spelled(selector, range_ms=range_ms)})"

    def presence(self, range_ms: int) -> str:
        """A query that has a value wherever any series of this one had a sample in the last `range_ms`.

        An expression such as `sum(c) or vector(0)` has a value where nothing is measured, too.
        """
        return " or ".join(self._groups(range_ms)) or "vector(1)"

    def attendance(self, range_ms: int) -> str:
        """A query that has a value wherever some series of each selector had a sample in the last `range_ms`."""
        return " and ".join(self._groups(range_ms)) or "vector(1)"

    def _groups(self, range_ms: int) -> list[str]:
        found = dict.fromkeys(spelled(each, range_ms=range_ms) for each in self.selectors)
        return [f"group(present_over_time({each}))" for each in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meaning:
    """What a leaf means: `case` and the rest hold for the leaf alone or sums of it, `portion` anywhere."""

    case: str
    portion: Portion
    kind: Kind = Kind.VALUES
    whole: bool = False


_COUNTED: Final = _Meaning(case="increments of a counter", portion=increment, kind=Kind.INCREMENTS, whole=True)
_RATED: Final = _Meaning(
    case="increments of the counter in a rate", portion=increment, kind=Kind.INCREMENTS, whole=True
)
_AMOUNTS: Final = _Meaning(case="the sum of the samples in each slice", portion=amounts, whole=True)
_RECORDED: Final = _Meaning(case="the mean of a recorded rate over each slice, as a weight", portion=mean)
_MEAN: Final = _Meaning(case="the mean over each slice, as a weight", portion=mean)
_MEANINGS: Final = {
    (Use.COUNTER, Form.BARE): _COUNTED,
    (Use.COUNTER, Form.DELTA): _RATED,
    (Use.COUNTER, Form.INCREASE): _RATED,
    (Use.COUNTER, Form.RATE): _RATED,
    (Use.COUNTER, Form.AMOUNTS): _AMOUNTS,
    (Use.COUNTER, Form.RECORDED): _RECORDED,
    (Use.SAMPLES, Form.BARE): _AMOUNTS,
    (Use.SAMPLES, Form.AMOUNTS): _AMOUNTS,
    (Use.SAMPLES, Form.INCREASE): _RATED,
    (Use.SAMPLES, Form.RATE): _RATED,
    (Use.SAMPLES, Form.DELTA): _Meaning(case="the difference over each slice, as a weight", portion=difference),
    (Use.SAMPLES, Form.RECORDED): _RECORDED,
    (Use.RAW, Form.INCREASE): _Meaning(case="the increase over each slice, as a weight", portion=increment),
    (Use.RAW, Form.RATE): _Meaning(case="the rate over each slice, as a weight", portion=rate),
}
_DIFFERENCES: Final = frozenset((increment, rate, difference))
_OF_LEAVES: Final = "an expression of what each slice holds, as a weight"
_AS_WRITTEN: Final = "an expression at the end of each slice, as a weight"
_AT_THE_END: Final = "the value at the end of each slice"


@lru_cache(maxsize=4096)
def bind(text: str, use: Use, step_s: int) -> Binding:
    """What `text` means where its samples are used so, in slices of `step_s` seconds.

    Placeholders for a window become the slice. Raises PromqlError for what is no PromQL, and for what
    says the same of every slice.
    """
    parsed = _filled(text, use, step_s)
    binding = partial(Binding, kind=Kind.VALUES, whole=False, query=parsed.text, selectors=parsed.selectors)
    if use is Use.THRESHOLD:
        return binding(case=_AT_THE_END, whole=True)
    means = _meanings(parsed, use)
    meanings = [means(each) for each in parsed.selectors]
    binding = partial(binding, share=use is Use.RAW and len(meanings) > 1 and _MEAN not in meanings)
    if not any(meanings):
        return binding(case=_AS_WRITTEN)
    binding = partial(binding, differences=any(each.portion in _DIFFERENCES for each in meanings if each))

    asked = _complete(parsed) if all(meanings) and use in (Use.COUNTER, Use.SAMPLES) else parsed
    query = partial(
        rewritten, asked, lambda leaf: meaning.portion(leaf, step_s * 1000) if (meaning := means(leaf)) else ""
    )
    alone = meanings[0]
    if alone is None or not (alone is _MEAN or _is_sum_of_one(parsed)):
        return binding(case=_OF_LEAVES, query=query())
    if alone.kind is Kind.INCREMENTS:
        return binding(case=alone.case, kind=alone.kind, whole=alone.whole, query="")
    return binding(case=alone.case, whole=alone.whole, query=query())


def _filled(text: str, use: Use, step_s: int) -> Parsed:
    """The query with its placeholders filled in. Where rates become increments, their unit is the slice."""
    seconds = 0 if use in (Use.COUNTER, Use.SAMPLES) else step_s
    parsed = parse(templates.substitute(text, duration(step_s * 1000), seconds=seconds))
    fixed = [each for each in parsed.selectors if each.at]
    moving = next((each.at for each in fixed if each.at in ("start()", "end()")), "")
    if moving:
        raise PromqlError(f"`@ {moving}` is another time in every question that is asked")
    if fixed and len(fixed) == len(parsed.selectors):
        raise PromqlError(f"`@ {fixed[0].at}` gives every slice the same value")
    return parsed


def _complete(parsed: Parsed) -> Parsed:
    """The same where events of some kind have no series yet: of them there were none."""
    if len(parsed.selectors) < 2 or any(each.at for each in parsed.selectors):
        return parsed
    return parse(with_all_terms(parsed.text))


def _meanings(parsed: Parsed, use: Use) -> Callable[[Selector], _Meaning | None]:
    """What each leaf means; means of ratios go through a linear expression only."""
    if use is Use.RAW and all(map(_linear, parsed.selectors)):
        return lambda leaf: _MEAN
    return lambda leaf: _MEANINGS.get((use, form(leaf)))


def _is_sum_of_one(parsed: Parsed) -> bool:
    """Whether it is one leaf and nothing but sums around it."""
    if len(parsed.selectors) != 1:
        return False
    (selector,) = parsed.selectors
    outer = selector.around if selector.range_s is None else selector.around[1:]
    return all(each.step is Step.AGGREGATION and each.name == "sum" for each in outer)


def _linear(selector: Selector) -> bool:
    """Whether the mean of the whole expression is that of its samples, put through it."""
    return form(selector) in (Form.BARE, Form.RECORDED) and all(map(_keeps_means, selector.around))


def _keeps_means(each: Enclosing) -> bool:
    if each.step is Step.AGGREGATION:
        return each.name in ("sum", "avg")
    if each.step is Step.BINARY:
        return each.name in ("+", "-") or (each.constant and (each.name == "*" or (each.name == "/" and each.left)))
    return each.step is Step.UNARY
