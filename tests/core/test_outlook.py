"""When a budget went over, when it will, when it comes back: by hand, and against a simulation slice by slice."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airectl.core.budget import Goal, tally
from airectl.core.judge import State
from airectl.core.ledger import Ledger, ledger
from airectl.core.outlook import Outlook, look, present_burn
from airectl.core.slices import Slices
from airectl.core.slo import Method
from airectl.core.terms import LOOKBACKS
from airectl.core.windows import Window
from series import calendar, rolling, series

MINUTE, DAY = 60, 86_400
GOOD = (10, 10)


def book(
    pairs: Sequence[tuple[int, int]], target: str, size: int, method: Method = Method.OCCURRENCES, step_s: int = 60
) -> Ledger:
    per_slice = Decimal("0.9") if method is Method.TIMESLICES else None
    return ledger(
        series(pairs, step_s=step_s), Goal(target=Decimal(target), method=method, slice_target=per_slice), size
    )


def window(each: Ledger) -> Window:
    return rolling(series([GOOD] * each.size, start_s=each.at(each.first), step_s=each.step_s))


def exhausted(each: Ledger) -> Outlook:
    return look(each, window(each), State.EXHAUSTED, None)


def met(each: Ledger, burn: str) -> Outlook:
    return look(each, window(each), State.MET, ("1h", Fraction(burn)))


def test_a_budget_went_over_with_the_slice_that_overdrew_it() -> None:
    # 100 slices of ten events at 99 %: ten may be bad. Five are in slice 50, six more in slice 70.
    pairs = [*[GOOD] * 50, (5, 10), *[GOOD] * 19, (4, 10), *[GOOD] * 29]
    found = exhausted(book([*[GOOD] * 100, *pairs], "0.99", 100))
    assert found.exhausted_since_s == (100 + 71) * MINUTE
    assert not found.longer


def test_it_comes_back_when_enough_has_fallen_out() -> None:
    # The window holds slices 0 to 99; after 51 more the five bad events of slice 50 have left it.
    pairs = [*[GOOD] * 50, (5, 10), *[GOOD] * 19, (4, 10), *[GOOD] * 29]
    assert exhausted(book(pairs, "0.99", 100)).recovers_at_s == (100 + 51) * MINUTE


def test_it_was_over_for_as_long_as_the_history_tells() -> None:
    # One bad slice in ten, all the time: over at every moment that a whole window is known for.
    found = exhausted(book([(0, 10), *[GOOD] * 9] * 20, "0.99", 100))
    assert (found.exhausted_since_s, found.longer) == (100 * MINUTE, True)


def test_without_history_it_was_over_at_the_windows_end_at_the_latest() -> None:
    found = exhausted(book([(0, 10), *[GOOD] * 99], "0.99", 100))
    assert (found.exhausted_since_s, found.longer) == (None, False)
    found = exhausted(book([(8, 10), *[GOOD] * 9], "0.99", 10))
    assert (found.exhausted_since_s, found.longer) == (10 * MINUTE, True)


def test_a_dip_below_one_starts_it_anew() -> None:
    # Over in slice 105, within the budget from slice 205, over again in slice 207.
    pairs = [*[GOOD] * 105, (0, 10), (8, 10), *[GOOD] * 98, *[GOOD] * 2, (0, 10), (8, 10), *[GOOD] * 2]
    assert exhausted(book(pairs, "0.99", 100)).exhausted_since_s == 209 * MINUTE


def test_at_a_steady_burn_the_overdraft_comes_when_good_slices_have_made_room() -> None:
    # 100 slices of ten events, all good so far; 2 % go bad from now on, ten bad events are allowed:
    # 0.2 a slice, so fifty slices bring ten, and the fifty-first overdraws.
    assert met(book([GOOD] * 100, "0.99", 100), "2").exhausts_at_s == (100 + 51) * MINUTE


def test_a_burn_of_one_that_goes_on_never_exhausts_a_clean_window() -> None:
    assert met(book([GOOD] * 100, "0.99", 100), "1").exhausts_at_s is None
    assert met(book([GOOD] * 100, "0.99", 100), "1.001").exhausts_at_s == (100 + 100) * MINUTE


def test_a_burn_below_one_exhausts_while_an_incident_is_still_in_the_window() -> None:
    # Nine of ten are gone; half a burn adds 0.05 a slice, so the tenth is reached after twenty slices and
    # overdrawn after 21, if the incident is still in the window then. Remaining over burn is the same both times.
    assert met(book([*[GOOD] * 99, (1, 10)], "0.99", 100), "0.5").exhausts_at_s == (100 + 21) * MINUTE
    assert met(book([(1, 10), *[GOOD] * 99], "0.99", 100), "0.5").exhausts_at_s is None


def test_a_calendar_period_is_a_straight_line() -> None:
    # Slice 10 of 100, ten events each, 95 %: fifty of the period's thousand may be bad. Five are; at a
    # burn of 4 two more a slice are, so 22 slices bring 49 and the 23rd overdraws.
    each = book([*[GOOD] * 9, (5, 10)], "0.95", 10)
    found = look(each, calendar(series([GOOD] * 10), 100), State.MET, ("1h", Fraction(4)))
    assert found.exhausts_at_s == (10 + 23) * MINUTE
    assert look(each, calendar(series([GOOD] * 10), 32), State.WARNING, ("1h", Fraction(4))).exhausts_at_s == 16 * 60


def test_a_calendar_budget_that_lasts_to_its_periods_end_is_not_exhausted() -> None:
    each = book([*[GOOD] * 9, (9, 10)], "0.95", 10)
    within = calendar(series([GOOD] * 10), 100)
    assert look(each, within, State.MET, ("1h", Fraction(1))).exhausts_at_s is None
    assert look(each, within, State.MET, ("1h", Fraction(0))).exhausts_at_s is None


def test_a_calendar_period_went_over_by_its_whole_budget_and_comes_back_with_the_next() -> None:
    # 100 slices at 99 %: ten of a thousand. The first bad slice spends them all, the second overdraws.
    each = book([GOOD, (0, 10), GOOD, (5, 10), GOOD], "0.99", 5)
    found = look(each, calendar(series([GOOD] * 5), 100), State.EXHAUSTED, None)
    assert (found.exhausted_since_s, found.recovers_at_s) == (4 * MINUTE, 100 * MINUTE)


def test_a_period_counts_without_the_slices_before_the_first_sample() -> None:
    # Ten of the hundred slices were before it: 900 events at 99 %, so nine may be bad and the tenth overdraws.
    pairs = [*[(0, 0)] * 10, GOOD, (1, 10), (9, 10), GOOD]
    each = ledger(series(pairs, states="b" * 10 + "k" * 4), Goal(target=Decimal("0.99")), 14)
    found = look(each, calendar(series(pairs), 100), State.EXHAUSTED, None)
    assert found.exhausted_since_s == 13 * MINUTE
    pairs[12] = GOOD
    each = ledger(series(pairs, states="b" * 10 + "k" * 4), Goal(target=Decimal("0.99")), 14)
    assert look(each, calendar(series(pairs), 100), State.MET, ("1h", Fraction(1))).exhausts_at_s == 15 * MINUTE


def test_slices_to_come_count_as_much_as_the_measured_ones_do() -> None:
    # Half of the window lies before the first sample: fifty slices of ten, and those to come count ten each.
    pairs = [*[(0, 0)] * 50, *[GOOD] * 50]
    each = ledger(series(pairs, states="b" * 50 + "k" * 50), Goal(target=Decimal("0.99")), 100)
    # At twice the pace 0.2 a slice go bad; after n slices 0.1 · (50 + n) may: over from the 51st on.
    assert met(each, "2").exhausts_at_s == (100 + 51) * MINUTE


def test_nothing_is_said_of_what_is_undecided() -> None:
    each = book([(0, 10)] * 10, "0.99", 10)
    for state in (State.UNKNOWN, State.INCONCLUSIVE):
        assert look(each, window(each), state, ("1h", Fraction(9))) == Outlook()


def test_without_a_present_there_is_no_future() -> None:
    each = book([GOOD] * 10, "0.99", 10)
    assert look(each, window(each), State.MET, None) == Outlook()


@pytest.mark.parametrize(
    ("burn", "found"),
    [
        ({"5m": Fraction(9), "1h": Fraction(2), "6h": Fraction(1)}, ("1h", Fraction(2))),
        ({"5m": Fraction(9), "1h": None, "6h": Fraction(1)}, ("6h", Fraction(1))),
        ({"5m": Fraction(9), "1h": None, "6h": None, "1d": None, "3d": None}, None),
        ({"3d": Fraction(0)}, ("3d", Fraction(0))),
    ],
)
def test_the_present_is_the_last_hour_with_events(
    burn: dict[str, Fraction | None], found: tuple[str, Fraction] | None
) -> None:
    assert present_burn(burn, LOOKBACKS) == found


# Against a simulation that makes every future slice and judges every window by its tally.

COUNTS = st.lists(
    st.integers(0, 8).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))), min_size=1, max_size=24
)
METHODS = st.sampled_from(list(Method))
TARGETS = st.integers(0, 19).map(lambda n: str(Decimal(n) / 20))


def overdrawn(each: Ledger, first: int, end: int, coming: Sequence[tuple[Fraction, Fraction]] = ()) -> bool:
    """Whether slices `first` to `end` of what was and what is `coming`, as (bad, counted), are over."""
    there = [(Fraction(b, each.scale), Fraction(c, each.scale)) for b, c in zip(each.bad, each.counted, strict=True)]
    part = [*there, *coming][first:end]
    bad = sum((b for b, _ in part), Fraction(0))
    budget = Fraction(1 - each.goal.target) * sum((c for _, c in part), Fraction(0))
    return bad > budget + Fraction(1, 10**35)


def future(each: Ledger, share: Fraction) -> list[tuple[Fraction, Fraction]]:
    _, counted, live = each.spent
    rate = Fraction(counted, each.scale * live) if live else Fraction(0)
    return [(rate * share, rate)] * (each.size + 3)


@given(pairs=COUNTS, target=TARGETS, method=METHODS, size=st.integers(1, 24))
def test_exhausted_since_is_the_first_of_the_windows_that_were_over_up_to_now(
    pairs: list[tuple[int, int]], target: str, method: Method, size: int
) -> None:
    each = book(pairs, target, size, method)
    n, whole = len(pairs), each.size
    ends = [end for end in range(n, whole - 1, -1) if not overdrawn(each, end - whole, end)]
    expected = None if ends[:1] == [n] else ((ends[0] if ends else whole - 1) + 1) * MINUTE
    found = exhausted(each)
    assert found.exhausted_since_s == expected
    assert found.longer == (not ends)


@given(pairs=COUNTS, target=TARGETS, method=METHODS, size=st.integers(1, 24))
@example(pairs=[(0, 1), (8, 8), (1, 2)], target="0.9", method=Method.OCCURRENCES, size=3)
def test_after_recovery_every_window_is_met_and_just_before_it_is_not(
    pairs: list[tuple[int, int]], target: str, method: Method, size: int
) -> None:
    each = book(pairs, target, size, method)
    n, whole, coming = len(pairs), each.size, future(each, Fraction(0))
    if not overdrawn(each, n - whole, n):
        return
    back_s = exhausted(each).recovers_at_s
    assert back_s is not None
    gone = back_s // MINUTE - n
    assert 1 <= gone <= whole
    assert overdrawn(each, n - whole + gone - 1, n + gone - 1, coming)
    assert not any(overdrawn(each, n - whole + j, n + j, coming) for j in range(gone, whole + 3))


@given(
    pairs=COUNTS, target=TARGETS, method=METHODS, size=st.integers(1, 24), burn=st.fractions(0, 5, max_denominator=20)
)
@example(pairs=[(9, 10), (10, 10), (0, 0), (10, 10)], target="0.9", method=Method.OCCURRENCES, size=4, burn=Fraction(1))
def test_exhaustion_is_the_first_simulated_window_that_is_over(
    pairs: list[tuple[int, int]], target: str, method: Method, size: int, burn: Fraction
) -> None:
    each = book(pairs, target, size, method)
    n, whole = len(pairs), each.size
    if overdrawn(each, n - whole, n):
        return
    coming = future(each, burn * Fraction(1 - each.goal.target))
    over = (j for j in range(1, whole + 3) if overdrawn(each, n - whole + j, n + j, coming))
    first = next(over, None)
    found = look(each, window(each), State.MET, ("1h", burn)).exhausts_at_s
    assert found == (None if first is None else (n + first) * MINUTE)


@given(
    pairs=COUNTS, target=TARGETS, method=METHODS, rest=st.integers(0, 20), burn=st.fractions(0, 5, max_denominator=20)
)
def test_a_calendar_budget_ends_with_the_first_simulated_slice_that_overdraws_it(
    pairs: list[tuple[int, int]], target: str, method: Method, rest: int, burn: Fraction
) -> None:
    each = book(pairs, target, len(pairs), method)
    n, period = len(pairs), len(pairs) + rest
    bad, counted, _ = each.spent
    rate = Fraction(counted, each.scale * n)
    spent, budget = Fraction(bad, each.scale), Fraction(1 - each.goal.target) * rate * period
    if spent > budget:
        return
    share = burn * Fraction(1 - each.goal.target)
    first = next((j for j in range(1, rest + 1) if spent + j * rate * share > budget + Fraction(1, 10**35)), None)
    found = look(each, calendar(series(pairs), period), State.MET, ("1h", burn)).exhausts_at_s
    assert found == (None if first is None else (n + first) * MINUTE)


@given(pairs=COUNTS, target=TARGETS, method=METHODS, rest=st.integers(0, 20))
def test_a_calendar_budget_is_over_since_the_last_time_it_was_not(
    pairs: list[tuple[int, int]], target: str, method: Method, rest: int
) -> None:
    each = book(pairs, target, len(pairs), method)
    n, period = len(pairs), len(pairs) + rest

    def is_over(gone: int) -> bool:
        consumed = tally(slices.cut(0, gone * MINUTE), each.goal).consumed(each.goal.target)
        return consumed is not None and consumed * gone / period > 1

    slices: Slices = series(pairs)
    fine = [gone for gone in range(n + 1) if not is_over(gone)]
    expected = None if fine[-1] == n else (fine[-1] + 1) * MINUTE
    found = look(each, calendar(slices, period), State.EXHAUSTED, None)
    assert found.exhausted_since_s == expected


LONG = st.lists(
    st.one_of(
        st.just((8, 8)),
        st.integers(0, 8).flatmap(lambda valid: st.tuples(st.integers(0, valid), st.just(valid))),
    ),
    min_size=1,
    max_size=300,
)


@given(
    pairs=LONG, target=TARGETS, method=METHODS, size=st.integers(1, 200), burn=st.fractions(0, 5, max_denominator=20)
)
def test_long_histories_are_searched_as_if_slice_by_slice(
    pairs: list[tuple[int, int]], target: str, method: Method, size: int, burn: Fraction
) -> None:
    each = book(pairs, target, size, method)
    n, whole, first = len(pairs), each.size, each.first
    _, counted, live = each.spent
    a, b = (Fraction(part) for part in each.prices)

    def over(gone: int, share: Fraction) -> bool:
        come = gone * Fraction(counted, live * each.unit) * (a * each.unit * share - b)
        return each.overdraft(first + gone, n) + come > 0

    ends = [end for end in range(n, whole - 1, -1) if each.overdraft(end - whole, end) <= 0]
    found = exhausted(each)
    assert found.exhausted_since_s == (None if ends[:1] == [n] else ((ends[0] if ends else whole - 1) + 1) * MINUTE)
    back = max((gone for gone in range(1, whole + 1) if over(gone, Fraction(0))), default=0)
    assert found.recovers_at_s == (n + back + 1) * MINUTE
    share = burn * Fraction(1 - each.goal.target)
    gone = next((gone for gone in range(1, whole + 1) if over(gone, share)), None)
    assert met(each, str(burn)).exhausts_at_s == (None if gone is None else (n + gone) * MINUTE)


@given(pairs=LONG, target=TARGETS, rest=st.integers(0, 50), data=st.data())
def test_a_calendar_budget_with_holes_is_searched_as_if_slice_by_slice(
    pairs: list[tuple[int, int]], target: str, rest: int, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(pairs)))
    length = data.draw(st.integers(0, len(pairs) - start))
    states = "k" * start + "m" * length + "k" * (len(pairs) - start - length)
    known = [pair if state == "k" else (0, 0) for pair, state in zip(pairs, states, strict=True)]
    each = ledger(series(known, states=states), Goal(target=Decimal(target)), len(pairs))
    period = len(pairs) + rest

    def over(gone: int) -> bool:
        bad, counted, live = sum(each.bad[:gone]), sum(each.counted[:gone]), sum(each.live[:gone])
        budget = (1 - Fraction(target)) * counted * (period - (gone - live))
        return bad * live > budget

    within = max(gone for gone in range(len(pairs) + 1) if not over(gone))
    expected = None if within == len(pairs) else (within + 1) * MINUTE
    found = look(each, calendar(series(pairs), period), State.EXHAUSTED, None)
    assert found.exhausted_since_s == expected


def test_missing_slices_make_a_period_shorter_and_so_its_budget() -> None:
    # 20 slices of ten at 90 %: eight bad are within a budget of 20. Each missing slice takes one from it, so with
    # the thirteenth of them, the fourteenth slice, it is over.
    pairs = [(2, 10), *[(0, 0)] * 17]
    each = ledger(series(pairs, states="k" + "m" * 17), Goal(target=Decimal("0.9")), 18)
    found = look(each, calendar(series(pairs), 20), State.EXHAUSTED, None)
    assert found.exhausted_since_s == 14 * MINUTE
