"""A history for tests of queries: counters and gauges whose numbers are known slice by slice.

Slices are a minute long. Scrapes are 15 s apart and 7 s off the minute, and a counter grows between the
last scrape of a slice and the first of the next, where `increase(c[1m])` at every minute sees nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

# A whole number of hours, so that subqueries fall on slices. Slice 1 ends a minute later.
START_S: Final = 1_760_000_400
SLICES: Final = 12
# So many slices before the first, in which counters stand still: it is not where the observation begins.
EARLIER: Final = 2
SCRAPES_S: Final = (7, 22, 37, 52)

Row = Sequence[float | None]

# The value of each counter in slices 0, 1, 2, ...; None: not there. The last one stays to the end.
COUNTERS: Final[Mapping[str, Row]] = {
    'c{pod="a"}': (100, 103, 103, 108, 110, 110),
    # Restarts in slice 3, having counted 4 since.
    'c{pod="b"}': (50, 51, 52, 4, 4, 10),
    # Its first event is in slice 4.
    'c{pod="c"}': (None, None, None, None, 7, 8),
    'bad{pod="a"}': (20, 21, 21, 24, 24, 24),
    "rare": (None, None, None, 2, 2, 2),
    # Gone for so long that no one knows what it counted meanwhile.
    "gone": (10, 12, None, None, None, None, None, None, None, 40, 43),
}
# The samples in slices 1, 2, 3.
GAUGES: Final[Mapping[str, Sequence[Sequence[float]]]] = {
    'x{pod="a"}': ((1, 2, 3, 4), (0, 0, 5, 0), (0, 0, 0, 0)),
    'x{pod="b"}': ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)),
    "r": ((1, 1, 0, 1), (1, 1, 1, 1), (0, 0, 0, 0)),
    "slo:sli_error:ratio_rate5m": ((0.25, 0.25, 0.75, 0.75), (0, 0, 0, 0), (1, 1, 1, 1)),
}
# A rule that is evaluated every three minutes, from slice 1 on.
SELDOM: Final = (0.5, 1)
# One sample a minute, exactly on the minute.
ON_THE_MINUTE: Final = (4, 5, 6)


def history() -> str:
    lines = []
    for name, values in COUNTERS.items():
        for slice_ in range(-EARLIER, SLICES + 1):
            value = values[min(max(slice_, 0), len(values) - 1)]
            if value is not None:
                lines += [f"{name} {value} {START_S + (slice_ - 1) * 60 + at_s}" for at_s in SCRAPES_S]
    for name, slices in GAUGES.items():
        for start_s, samples in zip(range(START_S, START_S + 180, 60), slices, strict=True):
            lines += [f"{name} {value} {start_s + at_s}" for value, at_s in zip(samples, SCRAPES_S, strict=True)]
    lines += [f"minute {value} {START_S + 60 * i}" for i, value in enumerate(ON_THE_MINUTE, 1)]
    lines += [f"seldom {value} {START_S + 180 * i + 30}" for i, value in enumerate(SELDOM)]
    return "\n".join([*lines, "# EOF", ""])
