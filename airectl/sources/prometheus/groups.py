"""Which groups an indicator's series fall into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from airectl.core.groups import Group
from airectl.promql.selectors import Selector
from airectl.promql.spelling import spelled
from airectl.sources.prometheus.questions import LostError, NotAskedError, UnboundError, plan
from airectl.sources.prometheus.reading import Reading
from airectl.sources.protocol import Ask, Result, Setting, Stopped
from airectl.sources.watch import StoppedError

if TYPE_CHECKING:
    from airectl.sources.prometheus.server.client import Client

# So much is looked at in one go: a server bounds how many samples that may be.
SPAN_S: Final = 6 * 3600


def groups_of(ask: Ask, by: Sequence[str], setting: Setting) -> Sequence[Group] | Result:
    """The groups by the labels `by` of an ask's main query in its window.

    What keeps an ask from being planned is said where it is answered; here it is all one group then.
    """
    try:
        main = plan(ask, setting).parts[0]
    except (NotAskedError, UnboundError, LostError):
        return ({},)
    start_s = ask.end_s - ask.window_slices * ask.step_s
    with closing(Reading({}, setting, None)) as reading:
        try:
            client = reading.client(main.key.source, main.connection)
            return list(groups(client, main.binding.selectors, by, (start_s, ask.end_s)))
        except StoppedError:
            return Stopped()


def groups(
    client: Client, selectors: Sequence[Selector], by: Sequence[str], between: tuple[int, int]
) -> Iterator[Group]:
    """The groups by the labels `by` with a sample after the first of two times, and up to the second.

    Some may come several times. Raises SourceError and StoppedError.
    """
    start_s, end_s = between
    rest_s = (end_s - start_s) % SPAN_S
    if rest_s:
        yield from (each.labels for each in client.instant(_query(selectors, by, rest_s), start_s + rest_s))
    first_s = start_s + rest_s + SPAN_S
    if first_s <= end_s:
        yield from (each.labels for each in client.range(_query(selectors, by, SPAN_S), first_s, end_s, SPAN_S))


def _query(selectors: Iterable[Selector], by: Sequence[str], range_s: int) -> str:
    # Ranges hold the samples at both of their ends until Prometheus 3; that at the start is of the time before.
    ranged = dict.fromkeys(spelled(each, range_ms=range_s * 1000 - 1) for each in selectors)
    return " or ".join(f"group by ({', '.join(by)}) (present_over_time({each}))" for each in ranged)
