"""What a short form promises: each value of `SLO` as a target and, for a latency, a threshold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import parse_seconds
from airectl.spec import moved
from airectl.spec.tree import Map, Mark, Marked, locate

ACCURACY: Final = "accuracy"
LATENCY: Final = "latency"
# Keys whose value is a time.
LATENCIES: Final = (LATENCY, "ttft", "itl", "tpot", "e2e")
PERCENTILE: Final = "p95"
_PERCENTILE: Final = re.compile(r"p([0-9.]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One target. `key` is its key in `SLO`, `suffix` what its SLO is called after the service.

    Of a latency: `percentile` (such as p95), `threshold` as written, `of` which latency (empty: not
    said), `column` of an events file (empty: the usual one).
    """

    key: str
    suffix: str
    target: Decimal
    path: str
    key_mark: Mark
    mark: Mark
    percentile: str = ""
    threshold: str = ""
    of: str = ""
    column: str = ""

    @property
    def latency(self) -> bool:
        """Whether it has a threshold in time."""
        return bool(self.threshold)

    @property
    def threshold_s(self) -> Decimal:
        """The threshold in seconds."""
        return parse_seconds(self.threshold)

    @property
    def at(self) -> Location:
        """Where its value is written."""
        return locate(self.path, self.mark)

    @property
    def key_at(self) -> Location:
        """Where its key is written."""
        return locate(self.path, self.key_mark)

    def marked(self, value: Any) -> Marked:
        """`value`, standing where the promise's value is written."""
        return Marked(value, self.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """The promises of one document, and what is wrong with them."""

    promises: tuple[Promise, ...]
    findings: tuple[Finding, ...]


def read(slo: Map) -> Promised:
    """Every promise of `SLO`, which has passed its schema."""
    promises: list[Promise] = []
    findings: list[Finding] = []
    for key, value in slo.items():
        made = list(_promises(slo, key, value))
        promises += made
        if not made:
            findings.append(_no_percentile(slo, key))
    return Promised(promises=tuple(promises), findings=tuple(findings))


def _no_percentile(slo: Map, key: str) -> Finding:
    return Finding(
        code="AIR010",
        severity=Severity.ERROR,
        message=f"`{key}` needs a percentile",
        at=slo.key_at(key),
        help=f"add one with its time, such as `{PERCENTILE}: 200ms`",
    )


def _promises(slo: Map, key: str, value: Any) -> Iterator[Promise]:
    key_mark, mark = slo.marks[key]
    promise = partial(Promise, key=key, path=slo.path, key_mark=key_mark)
    if key not in LATENCIES:
        yield promise(suffix=key, target=_ratio(value), mark=mark)
    elif isinstance(value, Map):
        percentiles = [each for each in value if _PERCENTILE.fullmatch(each)]
        for each in percentiles:
            yield promise(
                suffix=key if len(percentiles) == 1 else f"{key}-{each}",
                target=_target(each),
                mark=value.marks[each][1],
                percentile=each,
                threshold=value[each],
                of=value.text("of") or _named(key),
                column=value.text("column"),
            )
    else:
        yield promise(
            suffix=key,
            target=_target(PERCENTILE),
            mark=mark,
            percentile=PERCENTILE,
            threshold=value,
            of=_named(key),
        )


def _named(key: str) -> str:
    return "" if key == LATENCY else key


def _target(percentile: str) -> Decimal:
    return moved.shifted(Decimal(percentile.removeprefix("p")), -2)


def _ratio(value: str | int | Decimal) -> Decimal:
    if isinstance(value, str):
        return moved.shifted(Decimal(value.rstrip("% ")), -2)
    return Decimal(value)
