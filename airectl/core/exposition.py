"""What a `/metrics` page says: Prometheus' text format and OpenMetrics, read without asking the network.

A page is read to its end whatever is wrong in it, so that all faults are told in one go. Values of labels are
kept as they were meant, escapes resolved; whoever prints them makes them harmless.

Sources: https://prometheus.io/docs/instrumenting/exposition_formats/
https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

MAX_FAULTS: Final = 20
_SAMPLE: Final = re.compile(
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(?:\{([^}\"]*(?:\"(?:[^\"\\]|\\.)*+\"[^}\"]*)*+)\})?[ \t]+(\S+)(?:[ \t]+(.*))?"
)
_LABEL: Final = re.compile(r"[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*\"((?:[^\"\\]|\\.)*+)\"[ \t]*(,?)")
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_AFTER: Final = re.compile(r"-?[0-9.]+(?:[eE][-+]?[0-9]+)?[ \t]*(?:#[ \t].*)?|#[ \t].*")
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "\\": "\\", '"': '"'}
_TYPES: Final = frozenset((
    "counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram",
))  # fmt: skip
# Endings that samples of a family may have beside its name; `_total` and `_info` only in OpenMetrics.
_SUFFIXES: Final = ("_bucket", "_count", "_sum", "_total", "_created", "_info", "_gcount", "_gsum")
_END: Final = "# EOF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong at one place of a page, both counted from 1; `help` says what to do, where it is known."""

    line: int
    col: int
    message: str
    help: str = ""


@dataclass(slots=True, kw_only=True)
class Family:
    """One metric of a page. `type` is empty where the page gives none.

    `series` are the names of its samples, `labels` every name of a label with its values in the order met,
    `line` is where it begins.
    """

    name: str
    line: int
    type: str = ""
    unit: str = ""
    help: str = ""
    samples: int = 0
    series: dict[str, None] = field(default_factory=dict)
    labels: dict[str, dict[str, None]] = field(default_factory=dict)

    def values(self, label: str) -> tuple[str, ...]:
        """The values of one label, in the order met; none where no sample has it."""
        return tuple(self.labels.get(label, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page that was read: its families by name, what is wrong with it, and whether it is OpenMetrics.

    `values` has the value of each sample without labels, by its name.
    """

    families: Mapping[str, Family]
    faults: tuple[Fault, ...] = ()
    open_metrics: bool = False
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def samples(self) -> int:
        """How many samples it has."""
        return sum(family.samples for family in self.families.values())

    def family_of(self, series: str) -> Family | None:
        """The family that a series belongs to; None where the page has no such series."""
        for name in (series, *_stems(series)):
            family = self.families.get(name)
            if family is not None and series in family.series:
                return family
        return None


def read(text: str, *, open_metrics: bool = False) -> Page:
    """Read a page. What is no page at all (HTML, JSON, an empty text) has one fault and no family.

    `open_metrics`: the server said that it is OpenMetrics, so it has to end as such.
    """
    if said := _no_page(text):
        return Page(families={}, faults=(said,))
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        reader.take(number, line.rstrip("\r"))
    reader.end(text, open_metrics=open_metrics)
    return Page(
        families=reader.families,
        faults=tuple(reader.faults[:MAX_FAULTS]),
        open_metrics=reader.ended > 0,
        values=reader.values,
    )


def samples(text: str) -> Iterator[tuple[str, str, float]]:
    """Each sample that can be read: its name, its labels as they are written between the braces, its value."""
    for line in text.split("\n"):
        found = None if line.startswith("#") else _SAMPLE.fullmatch(line.rstrip("\r"))
        value = _number(found[3]) if found else None
        if found and value is not None:
            yield found[1], found[2] or "", value


def labels_of(text: str) -> dict[str, str]:
    """Labels as they are written between the braces, as far as they can be read."""
    return dict(each for each in _labels(text) if not isinstance(each, int))


def _no_page(text: str) -> Fault | None:
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return Fault(
            line=1, col=1, message="the page is empty", help="is the server up, and are its metrics switched on?"
        )
    if start.startswith("<"):
        help = "give the address of the metrics, often /metrics; a login page in between needs credentials"
        return Fault(line=1, col=1, message="this is HTML, not metrics", help=help)
    if start.startswith(("{", "[")):
        help = "this may be another endpoint of the server: its metrics are text, often at /metrics"
        return Fault(line=1, col=1, message="this is JSON, not metrics", help=help)
    return None


@dataclass(slots=True)
class _Reader:
    families: dict[str, Family] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    ended: int = 0
    _owners: dict[str, Family] = field(default_factory=dict)
    _seen: dict[str, dict[str, str]] = field(default_factory=dict)

    def take(self, number: int, line: str) -> None:
        if not line or line.isspace():
            return
        if self.ended:
            self._fault(number, 1, f"something follows `{_END}`", "was the page put together from two?")
        elif line[0] == "#":
            self._comment(number, line)
        else:
            self._sample(number, line)

    def end(self, text: str, *, open_metrics: bool) -> None:
        """What can only be said at the end: whether the page is whole."""
        last = text.count("\n") + 1
        again = "read it again; was the transfer broken off?"
        if open_metrics and not self.ended:
            self._fault(last, 1, f"the page is cut off: it does not end with `{_END}`", again)
        elif not text.endswith("\n") and not self.ended:
            self._fault(last, 1, "the page is cut off: its last line has no end", again)
        elif not self.families and not self.faults:
            self._fault(1, 1, "the page has no metric", "are the server's metrics switched on?")

    def _fault(self, line: int, col: int, message: str, help: str = "") -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(line=line, col=col, message=message, help=help))

    def _comment(self, number: int, line: str) -> None:
        if line.rstrip() == _END:
            self.ended = number
            return
        words = line.split(None, 3)
        if len(words) < 3 or words[1] not in ("TYPE", "HELP", "UNIT"):
            return
        family = self._named(words[2], number)
        said = words[3] if len(words) == 4 else ""
        if words[1] == "HELP":
            family.help = said
        elif words[1] == "UNIT":
            family.unit = said.strip()
        elif said.strip() in _TYPES:
            family.type = said.strip()
        else:
            self._fault(number, line.rfind(said) + 1 if said else len(line), f"`{said}` is no type of a metric")

    def _named(self, name: str, number: int) -> Family:
        if name not in self.families:
            self.families[name] = Family(name=name, line=number)
        return self.families[name]

    def _sample(self, number: int, line: str) -> None:
        found = _SAMPLE.fullmatch(line)
        if found is None:
            self._fault(number, *_why(line))
            return
        name, labels, value, after = found.groups()
        amount = _number(value)
        if amount is None:
            self._fault(number, found.start(3) + 1, f"`{value}` is no number")
            return
        if after and not _AFTER.fullmatch(after.rstrip()):
            self._fault(number, found.start(4) + 1, f"`{after}` is no time of a sample")
            return
        if not labels:
            self.values[name] = amount
        family = self._owner(name, number)
        family.samples += 1
        family.series[name] = None
        if labels:
            self._labels(number, found.start(2), labels, family)

    def _owner(self, series: str, number: int) -> Family:
        """The family of a series: one that the page named, or one of its own."""
        if series not in self._owners:
            stems = (stem for stem in (series, *_stems(series)) if stem in self.families)
            self._owners[series] = self._named(next(stems, series), number)
        return self._owners[series]

    def _labels(self, number: int, start: int, text: str, family: Family) -> None:
        if text not in self._seen:
            read = list(_labels(text))
            if any(isinstance(each, int) for each in read):
                at = next(each for each in read if isinstance(each, int))
                self._fault(
                    number, start + at + 1, "the labels cannot be read", 'write them as name="value", with commas'
                )
            pairs = [each for each in read if not isinstance(each, int)]
            self._seen[text] = dict(pairs)
            if len(self._seen[text]) < len(pairs):
                self._fault(number, start + 1, "a label stands there twice")
        for name, value in self._seen[text].items():
            family.labels.setdefault(name, {})[value] = None


def _labels(text: str) -> Iterator[tuple[str, str] | int]:
    """Names and values; a number is the place from which on it cannot be read."""
    at = 0
    while at < len(text) and not text[at:].isspace():
        found = _LABEL.match(text, at)
        if found is None:
            yield at
            return
        yield found[1], _meant(found[2])
        at = found.end()
        if not found[3] and at < len(text) and not text[at:].isspace():
            yield at
            return


def _meant(value: str) -> str:
    return value if "\\" not in value else _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[0]), value)


def _number(text: str) -> float | None:
    if "_" in text:
        return None  # Python reads 1_000, Prometheus does not
    try:
        return float(text)
    except ValueError:
        return None


def _why(line: str) -> tuple[int, str]:
    """Where a line stops being a sample, and what is missing there."""
    name = _NAME.match(line)
    if name is None:
        return 1, "this is no name of a metric"
    at = name.end()
    rest = line[at:].lstrip(" \t")
    at = len(line) - len(rest)
    if rest.startswith("{"):
        closed = re.match(r"\{[^}\"]*(?:\"(?:[^\"\\]|\\.)*+\"[^}\"]*)*+\}", rest)
        if closed is None:
            return at + 1, "the labels do not end on this line"
        at += closed.end()
    return at + 1, "a value is missing"


def _stems(series: str) -> Iterator[str]:
    for suffix in _SUFFIXES:
        if series.endswith(suffix) and len(series) > len(suffix):
            yield series[: -len(suffix)]
