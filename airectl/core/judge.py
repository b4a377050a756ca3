"""What a budget means: met, warning, exhausted, or not to be decided yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from airectl.core.budget import Goal, Tally, tally
from airectl.core.policy import Policy
from airectl.core.slices import Slices
from airectl.core.slo import Method
from airectl.core.stats import minimum_events, wilson
from airectl.core.windows import Window

Bound = Fraction | float


class State(StrEnum):
    """What a budget says about its objective."""

    MET = "met"
    WARNING = "warning"
    EXHAUSTED = "exhausted"
    INCONCLUSIVE = "inconclusive"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """What the state rests on."""

    CENSUS = "census"  # complete counts: the SLI itself against the target
    FEW = "few events"  # below the minimum: an interval
    SAMPLE = "sample"  # the policy says so: an interval
    LABELS = "labels"  # labels are missing: bounds that hold whatever they turn out to be
    MISSING = "missing samples"
    NO_SAMPLES = "no samples"
    PARTS = "parts"  # of a composite, not all of which are decided by complete counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A state, what it rests on, and the bounds of the SLI where an interval decided."""

    state: State
    basis: Basis
    low: Bound | None = None
    high: Bound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a budget was made from: its slices by what is known of them, and the events in them.

    `valid_events` and `good_events` are None where the source gives weights instead of counts.
    """

    slices: int
    known: int
    quiet: int
    missing: int
    excluded: int
    before: int
    valid_events: int | None
    good_events: int | None
    unlabelled_events: int

    @classmethod
    def of(cls, slices: Slices) -> Evidence:
        """Counted from the slices themselves."""
        valid, bad = map(int, slices.events) if slices.whole else (None, 0)
        return cls(
            slices=len(slices),
            known=slices.known,
            quiet=slices.quiet,
            missing=slices.missing,
            excluded=slices.excluded,
            before=slices.before,
            valid_events=valid,
            good_events=None if valid is None else valid - bad,
            unlabelled_events=int(sum(slices.unlabelled)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """One objective's budget over one window.

    `elapsed` is the share of the period that `tally` speaks for: 1 in a rolling window.
    """

    goal: Goal
    window: Window
    tally: Tally
    elapsed: Fraction
    judgement: Judgement
    evidence: Evidence
    minimum_events: int

    @property
    def sli(self) -> Fraction | None:
        """The share that was good; None when nothing was counted."""
        return self.tally.sli

    @property
    def consumed_to_date(self) -> Fraction | None:
        """Of the budget that has come in so far, how much is gone."""
        return self.tally.consumed(self.goal.target)

    @property
    def consumed(self) -> Fraction | None:
        """Of the whole period's budget, how much is gone; the rest of the period is taken to be like its start."""
        to_date = self.consumed_to_date
        return None if to_date is None else to_date * self.elapsed

    @property
    def remaining(self) -> Fraction | None:
        """1 - consumed; negative when overdrawn."""
        return None if self.consumed is None else 1 - self.consumed

    @property
    def coverage(self) -> Fraction | None:
        """The share of the window's slices so far that were measured or excluded; None before the first one."""
        seen = self.evidence
        return Fraction(seen.known + seen.excluded, seen.slices) if seen.slices else None

    @property
    def state(self) -> State:
        """Met, warning, exhausted, inconclusive or unknown."""
        return self.judgement.state

    @property
    def valid_events(self) -> int | None:
        """Valid events; None where the source gives weights instead of counts."""
        return self.evidence.valid_events

    @property
    def bad_events(self) -> int | None:
        """Valid events that were not good; None as `valid_events` is."""
        valid, good = self.evidence.valid_events, self.evidence.good_events
        return None if valid is None or good is None else valid - good


def assess(slices: Slices, goal: Goal, window: Window, policy: Policy) -> Budget:
    """The budget over `slices`, which must be those of `window`, exclusions already taken out."""
    counts, seen = tally(slices, goal, policy.no_data), Evidence.of(slices)
    elapsed = _elapsed(seen, window, policy)
    minimum = policy.minimum_events or minimum_events(goal.target)
    case = _Case(
        slices=slices, seen=seen, goal=goal, policy=policy, tally=counts, elapsed=elapsed, minimum=minimum
    )  # fmt: skip
    return Budget(
        goal=goal,
        window=window,
        tally=counts,
        elapsed=elapsed,
        judgement=_judge(case),
        evidence=seen,
        minimum_events=minimum,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    slices: Slices
    seen: Evidence
    goal: Goal
    policy: Policy
    tally: Tally
    elapsed: Fraction
    minimum: int

    @property
    def needed(self) -> Fraction:
        """The SLI so far below which the whole period's budget is overdrawn: the target, in a rolling window."""
        return 1 - Fraction(1 - self.goal.target) / self.elapsed if self.elapsed else Fraction(0)


def _elapsed(seen: Evidence, window: Window, policy: Policy) -> Fraction:
    """The share of the period that was counted, of what will have been when it ends at the same rate."""
    if window.rolling:
        return Fraction(1)
    outside = seen.before + seen.excluded + (seen.missing if policy.no_data != "bad" else 0)
    whole = window.period_slices - outside
    return Fraction(seen.slices - outside, whole) if whole > 0 else Fraction(1)


def _judge(case: _Case) -> Judgement:
    seen, policy = case.seen, case.policy
    if seen.slices > seen.excluded and not seen.known:
        return Judgement(state=State.UNKNOWN, basis=Basis.NO_SAMPLES)
    if policy.no_data == "unknown" and seen.missing > policy.missing_allowed * (seen.known + seen.missing):
        return Judgement(state=State.UNKNOWN, basis=Basis.MISSING)
    few = seen.valid_events is not None and seen.valid_events < case.minimum
    if few or policy.sampled:
        return _by_interval(case, Basis.SAMPLE if policy.sampled else Basis.FEW)
    if seen.unlabelled_events:
        return _decided(case, Basis.LABELS, *_label_bounds(case))
    return Judgement(state=_spent(case), basis=Basis.CENSUS)


def _by_interval(case: _Case, basis: Basis) -> Judgement:
    """A sample, or too few events: only events that are counted one by one have an interval.

    Slices follow each other in good and bad stretches, so an interval over them would be too narrow.
    """
    valid, good = case.seen.valid_events, case.seen.good_events
    if valid is None or good is None or case.goal.method is not Method.OCCURRENCES:
        return Judgement(state=State.INCONCLUSIVE, basis=basis)
    waiting = 0 if case.policy.sampled else case.seen.unlabelled_events
    low, _ = wilson(good, valid + waiting, case.policy.confidence)
    _, high = wilson(good + waiting, valid + waiting, case.policy.confidence)
    return _decided(case, basis, low, high)


def _label_bounds(case: _Case) -> tuple[Bound, Bound]:
    """The SLI if every missing label turned out bad, and if every one turned out good."""
    slices = case.slices
    all_valid = [v + u for v, u in zip(slices.valid, slices.unlabelled, strict=True)]
    all_good = [g + u for g, u in zip(slices.good, slices.unlabelled, strict=True)]
    worst = tally(replace(slices, valid=all_valid, unlabelled=()), case.goal, case.policy.no_data)
    best = tally(replace(slices, valid=all_valid, good=all_good, unlabelled=()), case.goal, case.policy.no_data)
    return worst.sli or Fraction(0), Fraction(1) if best.sli is None else best.sli


def _decided(case: _Case, basis: Basis, low: Bound, high: Bound) -> Judgement:
    state = State.INCONCLUSIVE
    if high < case.needed:
        state = State.EXHAUSTED
    elif low >= case.needed:
        state = min(_spent(case), State.WARNING, key=_RANK.__getitem__)
    return Judgement(state=state, basis=basis, low=low, high=high)


_RANK = {State.MET: 0, State.WARNING: 1, State.EXHAUSTED: 2}


def _spent(case: _Case) -> State:
    to_date = case.tally.consumed(case.goal.target)
    return state_of(None if to_date is None else to_date * case.elapsed, case.policy)


def state_of(consumed: Fraction | None, policy: Policy) -> State:
    """The state by what is consumed alone. A window in which nothing counted, None, has spent nothing."""
    if consumed is not None and consumed > 1:
        return State.EXHAUSTED
    return State.WARNING if (consumed or 0) >= policy.warn_at else State.MET
