"""What a source is, and which there are.

A source is named by the `type` of an OpenSLO metricSource. Others can be installed: an entry point
in the group `airectl.sources.v1`, named like the type, that gives a `Source` class. What an installed
source does wrong is a SourceError, so that it stays its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final, Protocol, cast

from airectl.core.findings import Finding
from airectl.core.groups import Group
from airectl.core.slices import Slices
from airectl.core.slo import Indicator
from airectl.env import Stop
from airectl.errors import SourceError
from airectl.spec.queries import is_promql

GROUP: Final = "airectl.sources.v1"
_BUILT_IN: Final = {
    "events": "airectl.sources.events:Events",
    "loadtest": "airectl.sources.load_test:LoadTest",
    "static": "airectl.sources.static:Static",
}
# Whatever is asked in PromQL, however its type is spelled.
_PROMETHEUS: Final = "airectl.sources.prometheus:Prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one objective wants to know: good and valid events in slices of `step_s` from `start_s` to `end_s`.

    Both ends are epoch seconds, the second exclusive and a whole number of slices after the first. The
    SLO's window ends there too and is `window_s` long, at most all of it: the rest is for burn rates and
    for when a budget went over. Slices that the source does not reach back to are BEFORE its first sample.

    `op` and `value` say what a threshold indicator's samples are compared with. `service` and `slo` are the
    SLO's names, for sources that hold results under them. With a `group` only what has these labels counts;
    only a source that is `Grouping` is asked so.
    """

    indicator: Indicator
    start_s: int
    end_s: int
    step_s: int
    window_s: int | None = None
    op: str = ""
    value: Decimal | None = None
    service: str = ""
    slo: str = ""
    group: Group = field(default_factory=dict)

    @property
    def slices(self) -> int:
        """How many slices are asked for."""
        return (self.end_s - self.start_s) // self.step_s

    @property
    def window_slices(self) -> int:
        """How many of them, at the end, are those of the SLO's window."""
        return self.slices if self.window_s is None else self.window_s // self.step_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The slices that were asked for, and what is to be said about them.

    `case` says in a few words how the query was understood. `first_s` and `last_s` are the times of
    the source's first and last sample, None where there is none. `timeless`: the slices say how much, and
    nothing of when.
    """

    slices: Slices
    case: str
    first_s: float | None = None
    last_s: float | None = None
    timeless: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer. `invalid`: because of what the spec says, so asking again will not help."""

    finding: Finding
    invalid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """The source does not answer such indicators; `reason` completes "it was not evaluated: ...".

    `wanted` false: nobody could expect it to, so nothing is undecided for want of it.
    """

    reason: str
    wanted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The user asked to end before there was an answer."""


Result = Answer | Failure | Unsupported | Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a source may know of the run: the working folder and what airectl.toml says about sources.

    `event_roots` are folders outside of the project that specs may read events from. `now` is the
    present: what a source knows of later times is mistaken. `stop` is set when the user asks to end;
    one question may take `limit_s` seconds. `environ` holds the variables that secrets may stand in;
    paths in `configured` are relative to `config_file`, the settings file, empty where there is none.
    `log` is told what is done. Closed slices may be kept in the folder `cache` (None: nowhere). `recorded`:
    results that the source has recorded are taken where there are any. `scrape_interval_s` and `retention_s`
    are what the settings say of sources.
    """

    cwd: Path
    configured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    event_roots: tuple[str, ...] = ()
    now: datetime | None = None
    stop: Stop = field(default_factory=Stop)
    limit_s: float = 600.0
    environ: Mapping[str, str] = field(default_factory=dict)
    config_file: str = ""
    log: Callable[[str], None] = field(default=lambda _text: None)
    cache: Path | None = None
    recorded: bool = False
    scrape_interval_s: int | None = None
    retention_s: int | None = None


class Source(Protocol):
    """Answers asks. `network` says whether it leaves this machine; `--offline` does not open such ones."""

    network: bool

    def __init__(self, setting: Setting) -> None: ...

    def read(self, asks: Sequence[Ask]) -> Iterable[Result]:
        """One result for each ask, in order. One ask's failure is its own.

        They are taken one by one and judged before the next, so a source need not hold all slices at
        once. What is not answered when the setting's `stop` is set is Stopped. Raises SourceError, at
        once or on the way, where it cannot answer (any more).
        """
        ...


class Grouping(Source, Protocol):
    """A source that can tell groups apart. Whether one is, is seen by its `groups`."""

    def groups(self, ask: Ask, by: Sequence[str]) -> Sequence[Group] | Result:
        """The groups by the labels `by` that have a sample in the ask's window, in any order.

        `{}` alone: its events are of all groups together. A result that is no answer, or a SourceError,
        where it cannot be known.
        """
        ...


def groups(source: type[Source], setting: Setting, ask: Ask, by: Sequence[str]) -> Sequence[Group] | Result:
    """What the source says of an ask's groups; Unsupported where it cannot tell groups apart.

    Raises SourceError, also for whatever an installed source raises.
    """
    if not hasattr(source, "groups"):
        return Unsupported(
            reason=f"sources of type `{source.__name__}` do not tell groups apart (`airectl.dev/group-by`)"
        )
    try:
        return cast("type[Grouping]", source)(setting).groups(ask, by)
    except SourceError:
        raise
    except Exception as error:
        raise _from_installed(source, error) from error


def find(type_: str) -> type[Source] | None:
    """The source for a metricSource's `type`, upper and lower case alike; None where there is none.

    Raises SourceError for an installed one that cannot be loaded.
    """
    target = _PROMETHEUS if is_promql(type_) else _BUILT_IN.get(type_.casefold())
    if target:
        module, _, name = target.partition(":")
        return cast("type[Source]", getattr(import_module(module), name))
    # Looked up only now: reading the metadata of all packages takes tens of milliseconds.
    for point in entry_points(group=GROUP):
        if point.name.casefold() == type_.casefold():
            return _loaded(point)
    return None


def _loaded(point: EntryPoint) -> type[Source]:
    try:
        return cast("type[Source]", point.load())
    except Exception as error:
        raise SourceError(
            f"the installed source `{point.name}` cannot be loaded: {_said(error)}",
            help=f"update or remove the package that brings `{point.value}`",
        ) from error


def answers(source: type[Source], setting: Setting, asks: Sequence[Ask]) -> Iterator[Result]:
    """One result for each ask, in order, from a source opened for them.

    Raises SourceError where it gives no (further) answer, and for whatever an installed source raises.
    """
    count = 0
    try:
        for _, result in zip(asks, source(setting).read(asks), strict=False):
            yield result
            count += 1
    except SourceError:
        raise
    except Exception as error:
        raise _from_installed(source, error) from error
    if count < len(asks):
        raise SourceError(f"the installed source `{source.__name__}` gave {count} answers to {len(asks)} questions")


def _from_installed(source: type[Source], error: Exception) -> Exception:
    """What an installed source raised, as an error of that source; a bug of our own is one."""
    if source.__module__.partition(".")[0] == "airectl":
        return error
    return SourceError(
        f"the installed source `{source.__name__}` failed: {_said(error)}", help="report it to its authors"
    )


def _said(error: Exception) -> str:
    """An exception in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
