"""The body of an answer of Prometheus' API to series of numbers: 16 million points in a few seconds.

Every server writes it the same way, without spaces. That is read by cutting the text where a series and a
point begin; whatever is written in another way is read as JSON, which takes three times as long.
Source: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

# Neither can stand in the text of a label: a quote there has a backslash before it.
_SERIES: Final = b'{"metric":'
_VALUES: Final = b',"values":[['
_HEAD: Final = b'{"status":"success"'


class NoAnswerError(Exception):
    """The body is not that of an answer; the message says how, in a few words."""


class HistogramsError(Exception):
    """The answer holds native histograms, which are no numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series. `times` are epoch seconds and rise; a value may be NaN or infinite."""

    labels: Mapping[str, str]
    times: Sequence[int | float]
    values: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Sequence[Series]):
    """The series of an answer, and what the server had to say about them.

    `warnings` doubt the answer, `infos` the query. `partial`: the server itself says that parts are missing.
    """

    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()
    partial: bool = False

    @overload
    def __getitem__(self, index: int) -> Series: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Series]: ...
    def __getitem__(self, index: int | slice) -> Series | Sequence[Series]:
        return self.series[index]

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The times that were asked for: every `step_s` from `start_s` to `end_s`, both among them."""

    start_s: int
    end_s: int
    step_s: int

    @property
    def times(self) -> range:
        """All of them."""
        return range(self.start_s, self.end_s + 1, self.step_s)

    def holds(self, times: Sequence[int | float]) -> bool:
        """Whether these are among them, by the first and the last: some servers take rounder ones."""
        return not times or (times[0] in self.times and times[-1] in self.times)


def read(body: bytes, grid: Grid | None = None) -> Found:
    """The series of a complete answer to a query; with `grid`, of one over a range.

    Raises NoAnswerError and HistogramsError.
    """
    quick = _quickly(body, grid) if body.startswith(_HEAD) else None
    found = _read(body) if quick is None else quick
    if grid is not None and not all(grid.holds(each.times) for each in found):
        raise NoAnswerError("its times are not those that were asked for")
    return found


def _read(body: bytes) -> Found:
    envelope = data(body)
    found = envelope.get("data")
    if not isinstance(found, dict) or "result" not in found:
        raise NoAnswerError("it holds no result")
    try:
        return _found(envelope, tuple(_slowly(found)))
    except (TypeError, ValueError, LookupError, OverflowError):
        raise NoAnswerError("its series are not written as those of Prometheus") from None


def data(body: bytes) -> dict[str, Any]:
    """A body that says `success`, as it is. Raises NoAnswerError."""
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswerError(_unlike(body)) from None
    if not isinstance(decoded, dict) or decoded.get("status") != "success":
        raise NoAnswerError("it does not say that it succeeded")
    return decoded


def _unlike(body: bytes) -> str:
    start = body[:512].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<")):
        return "it is a web page"
    if not start:
        return "it is empty"
    return "it is cut off, or garbled" if start.startswith(b"{") else "it is no JSON"


def _found(envelope: Mapping[str, Any], series: tuple[Series, ...]) -> Found:
    return Found(
        series=series,
        warnings=tuple(map(str, envelope.get("warnings") or ())),
        infos=tuple(map(str, envelope.get("infos") or ())),
        partial=bool(envelope.get("isPartial")),
    )


def _slowly(found: Mapping[str, Any]) -> Iterator[Series]:
    result = found["result"]
    if found.get("resultType") == "scalar":
        yield Series(labels={}, times=(0 + result[0],), values=(float(result[1]),))
        return
    for each in result:
        if "histogram" in each or "histograms" in each:
            raise HistogramsError
        points = each["values"] if "values" in each else [each["value"]]
        times, texts = zip(*points, strict=True) if points else ((), ())
        # Adding nothing refuses what is no number.
        numbers = tuple(0 + time for time in times)
        yield Series(labels=dict(each["metric"]), times=numbers, values=array("d", map(float, texts)))


def _quickly(body: bytes, grid: Grid | None) -> Found | None:
    """The same by cutting; None where the text does not look as expected."""
    head, *parts = body.split(_SERIES)
    if not parts or not head.endswith(b'"result":['):
        return None
    series = []
    tail = b""
    try:
        for part in parts:
            labels, _, rest = part.partition(_VALUES)
            points, _, tail = rest.partition(b"]]}")
            if tail != b"," and part is not parts[-1]:
                return None
            texts = points.split(b'"')
            if texts[-1]:
                return None
            times, values = _times(texts, grid), array("d", map(float, texts[1::2]))
            series.append(Series(labels=json.loads(labels), times=times, values=values))
        return _found(json.loads(head + tail), tuple(series))
    except (ValueError, IndexError):
        return None


def _times(texts: Sequence[bytes], grid: Grid | None) -> Sequence[int | float]:
    """The times of the points in `texts`: `1700000000,`, value, `],[1700000060,`, value and so on."""
    count = len(texts) // 2
    if grid and count:
        first, last = _time(texts[0]), _time(texts[-3])
        times = grid.times
        # As many points as fit between the first and the last, which are of those asked for: nothing is missing there.
        if first in times and last in times and count == (last - first) // grid.step_s + 1:
            return range(int(first), int(last) + 1, grid.step_s)
    return [_time(text) for text in texts[0:-1:2]]


def _time(text: bytes) -> int | float:
    number = text.strip(b"],[")
    return int(number) if number.isdigit() else float(number)
