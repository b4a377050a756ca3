"""Two sets of runs side by side: whether they can be compared, what each is worth, and what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.comparison import Change
    from airectl.load.results import Results
    from airectl.runs.manifest import Manifest

# What of a plan may differ between runs that are compared.
_FREE: Final = frozenset(("seed", "salt", "name", "calibration"))
_SAME: Final = ("protocol", "model", "duration_s", "warm_up_s", "arrivals", "closed", "streamed", "caps")
_SEED: Final = 20_240_607


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a command line wants compared: folders of each side, from which difference on, this host's own error."""

    first: Sequence[str]
    second: Sequence[str]
    effect_ratio: float = 0.1
    anyway: bool = False
    error_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of it.

    `differences` are those of runs that were compared nevertheless; `invalid` has the runs that are not valid, each
    with its reasons.
    """

    wanted: Wanted
    results: tuple[tuple[Results, ...], tuple[Results, ...]]
    changes: tuple[Change, ...]
    paired: bool
    differences: tuple[str, ...] = ()
    invalid: Mapping[str, str] = field(default_factory=dict)

    @property
    def worse(self) -> list[Change]:
        """The figures that are worse for sure."""
        return [each for each in self.changes if each.state.value == "worse"]

    @property
    def undecided(self) -> list[Change]:
        """The figures of which nothing can be said."""
        return [each for each in self.changes if each.state.value == "inconclusive"]


def compared(run: Run, wanted: Wanted) -> Compared:
    """Both sides, read and compared. Raises RunError, and UsageError for what is not comparable."""
    import numpy as np

    from airectl.core import comparison
    from airectl.load.blocks import sample_of
    from airectl.load.results import results_of
    from airectl.runs.reading import open_run

    sides = [[open_run(run.env.cwd / folder, folder) for folder in side] for side in (wanted.first, wanted.second)]
    abouts = [each.manifest for side in sides for each in side]
    differences = tuple(dict.fromkeys(text for about in abouts[1:] for text in _differences(abouts[0], about)))
    if differences and not wanted.anyway:
        raise UsageError(
            f"the runs are not of the same test: {'; '.join(differences)}",
            help="repeat one of them with the other's scenario, or compare them all the same with --anyway",
        )
    results = [[results_of(each) for each in side] for side in sides]
    samples = [[sample_of(each) for each in side] for side in sides]
    late_s = {
        name: max(getattr(each.own_lag, name) or 0.0 for side in results for each in side) for name in ("p50", "p99")
    }
    options = comparison.Options(
        effect_ratio=wanted.effect_ratio,
        error_s=wanted.error_s,
        late_s=late_s,
        throughput=all(about.closed for about in abouts),
    )
    changes = comparison.compare(samples[0], samples[1], options, np.random.default_rng(_SEED))
    named = zip((*wanted.first, *wanted.second), (*results[0], *results[1]), strict=True)
    return Compared(
        wanted=wanted,
        results=(tuple(results[0]), tuple(results[1])),
        changes=tuple(changes),
        paired=comparison.paired(*samples),
        differences=differences,
        invalid={folder: _why(each) for folder, each in named if not each.valid},
    )


def errors_of(text: str) -> dict[str, float]:
    """How far a host may be off, in seconds by metric: `data.host_error_s` of a report. Raises ValueError."""
    try:
        given = json.loads(text)["data"]["host_error_s"]
        found = {str(name): float(value) for name, value in given.items() if value is not None}
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise ValueError("it has no `data.host_error_s`") from None
    if not all(0 <= value < float("inf") for value in found.values()):
        raise ValueError("`data.host_error_s` must be numbers from 0")
    return found


def _why(results: Results) -> str:
    return f"{results.judgement.validity}: {'; '.join(results.judgement.reasons)}"


def _differences(one: Manifest, other: Manifest) -> Iterator[str]:
    """What of two runs is not the same and must be."""
    for name in _SAME:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine != theirs:
            yield f"{name.removesuffix('_s')} is `{_short(mine)}` and `{_short(theirs)}`"
    for name in sorted({*one.plan, *other.plan} - _FREE):
        if one.plan.get(name) != other.plan.get(name):
            yield f"{name} of the plan differs"


def _short(value: Any) -> str:
    text = str(value) if not isinstance(value, Mapping) else ", ".join(f"{key} {each}" for key, each in value.items())
    return (text or "none") if len(text) <= 40 else f"{text[:37]}..."
