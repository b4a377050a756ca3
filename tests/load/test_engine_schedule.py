"""When requests are due: by the plan, by free places, by the turns of conversations. No clock and no network."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from airectl.load.engine.schedule import NEVER_NS, Bounds, Due, Schedule
from airectl.load.feed import Ask
from load_run import Asks, asks

MS = 1_000_000
START = 5_000 * MS


def begun(feed: Asks, *, start_ns: int = START, **bounds: float) -> Schedule:
    """A schedule that has begun, with all that it takes ahead."""
    schedule = Schedule(feed, lambda ask: b"%d" % ask.index, Bounds(**bounds))  # type: ignore[arg-type]  # all numbers
    schedule.start(start_ns)
    fill(schedule, start_ns)
    return schedule


def fill(schedule: Schedule, now_ns: int) -> None:
    while schedule.fill(now_ns):
        pass


def due(schedule: Schedule, now_ns: int) -> list[Due]:
    found = []
    while (each := schedule.pop(now_ns)) is not None:
        found.append(each)
    return found


@given(st.lists(st.floats(0, 0.4), max_size=40))
def test_each_is_due_when_the_plan_says_to_the_nanosecond(times_s: list[float]) -> None:
    feed = Asks([Ask(index=number, intended_s=at_s) for number, at_s in enumerate(sorted(times_s))])
    schedule = begun(feed)
    found = due(schedule, START + 500 * MS)
    assert [each.at_ns for each in found] == [START + round(at_s * 1e9) for at_s in sorted(times_s)]
    assert [each.wire for each in found] == [b"%d" % number for number in range(len(times_s))]
    assert schedule.done
    assert schedule.due_ns == NEVER_NS


def test_nothing_is_early() -> None:
    schedule = begun(asks(3, 0.1))
    assert len(due(schedule, START)) == 1
    assert due(schedule, START + 100 * MS - 1) == []
    assert schedule.due_ns == START + 100 * MS
    assert len(due(schedule, START + 100 * MS)) == 1


def test_what_is_late_is_due_all_at_once() -> None:
    schedule = begun(asks(10, 0.01))
    assert len(due(schedule, START + 90 * MS)) == 10


def test_asks_are_taken_no_further_ahead_than_is_needed() -> None:
    schedule = begun(asks(100_000, 0.001))
    assert schedule.ahead <= 512
    assert not schedule.fed
    assert not schedule.fill(START)
    due(schedule, START + 300 * MS)
    assert schedule.fill(START + 300 * MS)


def test_sending_ends_with_its_time() -> None:
    schedule = begun(asks(10, 0.1), send_for_s=0.35)
    assert len(due(schedule, START + 5_000 * MS)) == 4
    assert schedule.done


def test_sending_ends_with_its_number() -> None:
    schedule = begun(asks(10, 0.01), most_requests=3)
    assert len(due(schedule, START + 5_000 * MS)) == 3
    assert schedule.done


def test_a_closed_loop_sends_when_a_place_is_free() -> None:
    schedule = begun(asks(5, None), places=2)
    assert [each.at_ns for each in due(schedule, START)] == [START, START]
    assert schedule.due_ns == NEVER_NS
    schedule.release(START + 7 * MS)
    fill(schedule, START + 8 * MS)
    (third,) = due(schedule, START + 8 * MS)
    assert third.at_ns == START + 7 * MS, "it is due when the place was free, not when somebody looked"


def test_a_closed_loop_ends_with_its_time() -> None:
    schedule = begun(asks(5, None), places=1, send_for_s=1.0)
    assert len(due(schedule, START)) == 1
    schedule.release(START + 1_000 * MS)
    assert due(schedule, START + 2_000 * MS) == []


def test_a_user_thinks_before_a_closed_loop_goes_on() -> None:
    schedule = begun(asks(1, None, think_s=0.2), places=1)
    assert due(schedule, START + 199 * MS) == []
    assert [each.at_ns for each in due(schedule, START + 200 * MS)] == [START + 200 * MS]


def test_the_next_turn_is_due_after_the_answer_and_keeps_its_place() -> None:
    schedule = begun(asks(3, None), places=1)
    due(schedule, START)
    assert schedule.follow(Ask(index=100, think_s=0.01, session=1, turn=1), START + 50 * MS)
    assert not schedule.done
    assert schedule.due_ns == START + 60 * MS, "the place is not free for another conversation"
    assert [each.ask.index for each in due(schedule, START + 70 * MS)] == [100]
    assert schedule.due_ns == NEVER_NS


def test_turns_and_plan_are_sent_in_the_order_of_time() -> None:
    schedule = begun(asks(4, 0.1))
    assert schedule.follow(Ask(index=50, think_s=0.05), START + 100 * MS)
    assert schedule.follow(Ask(index=51, intended_s=0.25), START + 100 * MS)
    assert [each.ask.index for each in due(schedule, START + 5_000 * MS)] == [0, 1, 50, 2, 51, 3]


def test_no_turn_begins_behind_the_end() -> None:
    schedule = begun(asks(1), send_for_s=1.0)
    assert not schedule.follow(Ask(index=9, think_s=1.0), START + 1 * MS)


def test_after_a_stop_nothing_is_due() -> None:
    schedule = begun(asks(9, 0.1))
    schedule.follow(Ask(index=50), START)
    schedule.stop()
    assert due(schedule, START + 10_000 * MS) == []
    assert schedule.done
    assert not schedule.follow(Ask(index=51), START)


def test_it_knows_what_is_due_soon() -> None:
    schedule = begun(asks(9, 0.1))
    assert [schedule.soon(START + ms * MS) for ms in (-1, 0, 99, 100, 250)] == [0, 1, 1, 2, 3]
