"""What is promised of a server, as far as a probe can measure it: thresholds of SLOs, or of flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from airectl.core.completion import Completion
from airectl.core.findings import Location
from airectl.core.slo import Measure, Objective, Slo
from airectl.probing.prober import Result

LATENCIES: Final = (Measure.TTFT, Measure.ITL, Measure.TPOT, Measure.E2E)
_SHARES: Final = (Measure.AVAILABILITY, Measure.COMPLETENESS, Measure.QUALITY)
_SECONDS: Final = {
    "s": Decimal(1),
    "milliseconds": Decimal("0.001"),
    "microseconds": Decimal("0.000001"),
    "nanoseconds": Decimal("0.000000001"),
}
# Of a flag's threshold: every request must meet it, and of the gaps between tokens half, which is their median.
_OF_FLAGS: Final = {Measure.ITL: Decimal("0.5")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A share `target` of what is measured must be good: at most `threshold_s`, or for shares, no failure.

    `id` is SERVICE/NAME/OBJECTIVE of an SLO or the flag; `at` is where it is written.
    """

    id: str
    measure: Measure
    target: Decimal
    threshold_s: Decimal | None = None
    service: str = ""
    at: Location | None = None

    def counted(self, result: Result) -> tuple[int, int]:
        """How much of a result is good, and how much of it counts."""
        if self.threshold_s is None:
            return self._share(result)
        threshold = self.threshold_s
        values = list(_values(self.measure, result.completion)) if result.completion else []
        return sum(Decimal(str(value)) <= threshold for value in values), len(values)

    def _share(self, result: Result) -> tuple[int, int]:
        if not result.asked:
            return 0, 0
        if self.measure is Measure.QUALITY:
            return int(result.right is True), int(result.right is not None)
        failed = None if result.failure is None else result.failure.reason.measure
        if failed is Measure.AVAILABILITY and self.measure is not failed:
            return 0, 0  # there was no answer that could have been complete
        return int(failed is not self.measure), 1


def _values(measure: Measure, completion: Completion) -> Iterator[float]:
    """The seconds that a completion has of a latency."""
    if measure is Measure.ITL:
        yield from completion.gaps_s
        return
    value = {Measure.TTFT: completion.ttft_s, Measure.TPOT: completion.tpot_s, Measure.E2E: completion.e2e_s}[measure]
    # The end of an answer that broke off is not its end.
    if value is not None and not (measure is Measure.E2E and completion.faults):
        yield value


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """An objective that a probe cannot measure, and why in a few words."""

    id: str
    reason: str
    at: Location


@dataclass(slots=True)
class Score:
    """How far a goal was met."""

    goal: Goal
    good: int = 0
    valid: int = 0

    def add(self, result: Result) -> None:
        """Count one result."""
        good, valid = self.goal.counted(result)
        self.good += good
        self.valid += valid

    @property
    def met(self) -> bool | None:
        """Whether the share is at least the target; None where nothing was measured."""
        return None if not self.valid else Decimal(self.good) / Decimal(self.valid) >= self.goal.target


def of_slos(slos: Iterable[Slo]) -> tuple[list[Goal], list[Unmeasured]]:
    """The goals of SLOs, and the objectives that a probe cannot measure."""
    goals: list[Goal] = []
    unmeasured: list[Unmeasured] = []
    for slo in slos:
        for objective in slo.objectives:
            name = f"{slo.id}/{objective.name}" if len(slo.objectives) > 1 else slo.id
            found = _of_objective(name, slo, objective)
            if isinstance(found, Goal):
                goals.append(found)
            else:
                unmeasured.append(Unmeasured(id=name, reason=found, at=objective.at))
    return goals, unmeasured


def _of_objective(name: str, slo: Slo, objective: Objective) -> Goal | str:
    """The goal, or why there is none."""
    signal = objective.signal
    if signal is None:
        return "nothing says what it measures; `airectl.dev/signal` does"
    threshold_s = None
    if signal.measure in LATENCIES:
        if signal.threshold is None or signal.unit not in _SECONDS:
            return "its threshold has no unit of time; `airectl.dev/threshold` gives one"
        threshold_s = signal.threshold * _SECONDS[signal.unit]
    elif signal.measure not in _SHARES:
        return f"{signal.measure} is not seen from outside"
    return Goal(
        id=name,
        measure=signal.measure,
        target=objective.target,
        threshold_s=threshold_s,
        service=slo.service,
        at=objective.at,
    )


def of_flags(thresholds: Iterable[tuple[Measure, Decimal]]) -> list[Goal]:
    """The goals of `--ttft`, `--itl`, `--tpot` and `--e2e`, in seconds."""
    return [
        Goal(id=f"--{measure}", measure=measure, target=_OF_FLAGS.get(measure, Decimal(1)), threshold_s=threshold)
        for measure, threshold in thresholds
    ]


def model_of(slos: Sequence[Slo]) -> str:
    """The model that the SLOs are about, by their label `model`; empty where they name none or several."""
    found = {slo.labels.get("model", "") for slo in slos}
    return found.pop() if len(found) == 1 else ""
