"""The times that SLO specs promise, for a model of a replica: one spec drives budgets, load tests and forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from airectl.commands.evaluated import connections_of
from airectl.commands.specs import load_specs
from airectl.core.findings import Severity
from airectl.core.slo import Measure
from airectl.errors import UsageError
from airectl.run import Run

# A time per output token is the mean of the times between tokens.
_TAKEN: Final = {Measure.TTFT: "ttft", Measure.ITL: "itl", Measure.TPOT: "itl"}


def promises(run: Run, paths: Sequence[str]) -> Mapping[str, tuple[str, float]]:
    """By `ttft` and `itl`: the strictest objective of the specs and its threshold in seconds.

    Raises UsageError for specs with errors, and for some that promise neither.
    """
    from airectl.spec.build import build

    checked = load_specs(run, list(paths))
    for finding in checked.findings:
        if finding.severity is Severity.ERROR:
            raise UsageError(f"{finding.at}: {finding.message}", help=f"see `airectl validate {paths[0]}`")
    built = build(checked.specs, connections_of(run, None), checked.context.catalogue)
    found: dict[str, tuple[str, float]] = {}
    for slo in built.slos:
        for objective in slo.objectives:
            signal = objective.signal
            if signal is None or signal.threshold is None or signal.unit != "s" or signal.measure not in _TAKEN:
                continue
            name, seconds = _TAKEN[signal.measure], float(signal.threshold)
            if name not in found or seconds < found[name][1]:
                found[name] = (f"{slo.id}", seconds)
    if not found:
        raise UsageError(
            "the specs promise no time to the first token and none between tokens",
            help="give `--ttft` or `--itl`, or specs with such an objective",
        )
    return found
