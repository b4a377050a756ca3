"""The stretches that burned the budget."""

from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.ledger import Ledger, ledger
from airectl.core.slo import Method
from airectl.core.spenders import PAUSE_S, Spender, spenders
from series import series

GOAL = Goal(target=Decimal("0.99"))
GOOD = (100, 100)


def found(pairs: list[tuple[int, int]], *, step_s: int = 60, goal: Goal = GOAL, states: str = "") -> list[Spender]:
    slices = series(pairs, step_s=step_s, states=states)
    return spenders(ledger(slices, goal, len(pairs)))


def places(each: list[Spender]) -> list[tuple[int, int, int, Fraction]]:
    return [(s.start_s // 60, s.end_s // 60, int(s.bad), s.share) for s in each]


def test_two_incidents_a_day_apart_are_two_stretches_the_costliest_first() -> None:
    pairs = [*[GOOD] * 10, (90, 100), *[GOOD] * 1440, (70, 100), (100, 100), (50, 100), *[GOOD] * 10]
    assert places(found(pairs)) == [(1451, 1454, 80, Fraction(8, 9)), (10, 11, 10, Fraction(1, 9))]


def test_a_steady_background_belongs_to_no_incident() -> None:
    # 1 % bad all the time, an hour of 60 %: the mean is 2.5 %, so the background is spread thin.
    pairs = [(99, 100)] * 1200 + [(40, 100)] * 60 + [(99, 100)] * 1140
    assert places(found(pairs)) == [(1200, 1260, 3600, Fraction(3600, 3600 + 2340))]


def test_what_is_bad_all_the_time_is_one_stretch() -> None:
    assert places(found([(0, 100)] * 300)) == [(0, 300, 30_000, Fraction(1))]
    assert places(found([(0, 0), (50, 100), (0, 0), (50, 100), (0, 0)])) == [(1, 4, 100, Fraction(1))]


def test_a_pause_of_an_hour_is_bridged_and_a_longer_one_ends_a_stretch() -> None:
    # Traffic is sparse here, so that a pause costs next to nothing and only its length decides.
    def two(pause: int) -> list[tuple[int, int]]:
        return [*[GOOD] * 500, (0, 100), *[(1, 1)] * pause, (0, 100), *[GOOD] * 500]

    assert places(found(two(60))) == [(500, 562, 200, Fraction(1))]
    assert len(found(two(61))) == 2


def test_a_pause_that_costs_more_than_the_stretch_is_not_bridged() -> None:
    # 20 bad of 2,000, 1 %: thirty good slices are worth three bad events, more than the one before them.
    pairs = [(9, 10), *[(10, 10)] * 30, (9, 10), *[(10, 10)] * 100, (1, 10), (1, 10), *[(10, 10)] * 66]
    assert places(found(pairs))[1:] == [(31, 32, 1, Fraction(1, 20)), (0, 1, 1, Fraction(1, 20))]


def test_what_spent_nothing_beyond_the_mean_is_no_part_of_the_next_stretch() -> None:
    # 30 bad of 2,000: the pause of thirty good slices is worth 4.5, and the outage after it is far worse.
    pairs = [(7, 10), *[(10, 10)] * 30, (0, 10), (0, 10), (3, 10), *[(10, 10)] * 166]
    assert places(found(pairs)) == [(31, 34, 27, Fraction(9, 10)), (0, 1, 3, Fraction(1, 10))]


def test_long_slices_are_merged_when_they_are_next_to_each_other() -> None:
    pairs = [GOOD, (0, 100), (0, 100), GOOD, (0, 100), *[GOOD] * 20]
    assert [(s.start_s // 86_400, s.end_s // 86_400) for s in found(pairs, step_s=86_400)] == [(1, 3), (4, 5)]


def test_bad_slices_are_counted_in_slices_and_their_parts() -> None:
    pairs = [GOOD, (50, 100), (95, 100), GOOD]
    slices = Goal(target=Decimal("0.9"), method=Method.TIMESLICES, slice_target=Decimal("0.9"))
    assert [(int(s.bad), s.share) for s in found(pairs, goal=slices)] == [(1, Fraction(1))]
    parts = Goal(target=Decimal("0.9"), method=Method.RATIO_TIMESLICES)
    assert [s.bad for s in found([GOOD, (50, 100), GOOD], goal=parts)] == [Fraction(1, 2)]


def test_only_the_costliest_may_be_wanted() -> None:
    pairs = [*[GOOD] * 10, (90, 100), *[GOOD] * 100, (70, 100), *[GOOD] * 100, (70, 100), *[GOOD] * 10]
    book = ledger(series(pairs), GOAL, len(pairs))
    assert [s.start_s // 60 for s in spenders(book, 2)] == [212, 111]
    assert spenders(book, 2) == spenders(book)[:2]


def test_a_clean_window_has_none() -> None:
    assert found([GOOD] * 10) == []
    assert found([(0, 0)]) == []


COUNTS = st.lists(
    st.integers(0, 30).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))), min_size=1, max_size=60
)


@given(pairs=COUNTS, method=st.sampled_from(list(Method)), step_s=st.sampled_from([60, 900, 3600, 7200]))
def test_stretches_lie_apart_within_the_window_and_hold_at_most_what_is_bad(
    pairs: list[tuple[int, int]], method: Method, step_s: int
) -> None:
    goal = Goal(target=Decimal("0.9"), method=method, slice_target=Decimal("0.9"))
    stretches = found(pairs, step_s=step_s, goal=goal)
    bad = tally(series(pairs), goal).bad
    assert sum(s.share for s in stretches) <= 1
    assert all(abs(s.share * bad - s.bad) < Fraction(1, 10**30) for s in stretches)
    in_order = sorted(stretches, key=lambda s: s.start_s)
    assert all(0 <= s.start_s < s.end_s <= len(pairs) * step_s for s in stretches)
    assert all(one.end_s <= two.start_s for one, two in pairwise(in_order))
    assert [s.bad for s in stretches] == sorted((s.bad for s in stretches), reverse=True)
    assert bool(stretches) == bool(bad)


@given(pairs=COUNTS)
def test_a_stretch_is_at_least_as_bad_as_the_window(pairs: list[tuple[int, int]]) -> None:
    mean = tally(series(pairs), GOAL)
    for each in found(pairs):
        part = tally(series(pairs).cut(each.start_s, each.end_s), GOAL)
        assert part.bad == each.bad
        assert part.bad * mean.counted >= mean.bad * part.counted


@given(pairs=st.lists(st.integers(0, 1), min_size=1, max_size=60))
def test_where_slices_are_good_or_bad_as_a_whole_all_shares_add_up_to_one(pairs: list[int]) -> None:
    stretches = found([(10 * each, 10) for each in pairs])
    assert not stretches or sum(s.share for s in stretches) == 1


@given(pairs=COUNTS, parts=st.integers(2, 4))
def test_finer_slices_change_no_total(pairs: list[tuple[int, int]], parts: int) -> None:
    """Each slice cut into parts of the same ratio: the same stretches of the same share."""
    fine = [(good, valid) for good, valid in pairs for _ in range(parts)]
    coarse = [(good * parts, valid * parts) for good, valid in pairs]
    cut, whole = found(fine, step_s=60), found(coarse, step_s=60 * parts)
    assert cut == whole


def slowly(book: Ledger) -> list[tuple[int, int]]:
    """Stretches slice by slice, as the definition reads: what the quick way is held against."""
    whole, counted, _ = book.spent
    excess = [counted * b - whole * c for b, c in zip(book.bad, book.counted, strict=True)]
    sums = list(accumulate(excess, initial=0))
    stretches, index = [], book.first
    while index < len(book):
        start, last = index, index
        index += 1
        if not book.bad[start] or excess[start] < 0:
            continue
        for next_ in range(start + 1, len(book)):
            if sums[next_] < sums[start] or next_ - last - 1 > PAUSE_S // book.step_s:
                break
            if book.bad[next_] and sums[next_ + 1] >= sums[last + 1]:
                last = next_
        stretches.append((start, last + 1))
        index = last + 1
    return stretches


LONG = st.lists(
    st.one_of(
        st.just((9, 9)),
        st.integers(0, 9).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))),
    ),
    min_size=1,
    max_size=200,
)


@given(pairs=LONG, method=st.sampled_from(list(Method)), step_s=st.sampled_from([60, 900]), before=st.integers(0, 20))
def test_the_stretches_are_those_of_a_walk_over_every_slice(
    pairs: list[tuple[int, int]], method: Method, step_s: int, before: int
) -> None:
    goal = Goal(target=Decimal("0.9"), method=method, slice_target=Decimal("0.9"))
    book = ledger(series(pairs, step_s=step_s), goal, max(len(pairs) - before, 1))
    quick = sorted((each.start_s // step_s, each.end_s // step_s) for each in spenders(book))
    assert quick == slowly(book)
