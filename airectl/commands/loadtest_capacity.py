"""The search for the rate up to which a server meets its objectives: each step is a run of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from airectl.commands.loadtest_given import Given
from airectl.commands.loadtest_goals import Objectives
from airectl.commands.loadtest_prepare import Prepared, arrivals_about
from airectl.commands.loadtest_work import Sending
from airectl.commands.simulated import time_of
from airectl.core.capacity_search import Found, Measured, Options, Tally, Wanted, search
from airectl.core.schedule import Open, steady
from airectl.core.validity import Validity
from airectl.errors import UsageError
from airectl.load.driving import How

if TYPE_CHECKING:
    from airectl.load.plan import Plan
    from airectl.load.results import Results
    from airectl.load.running import Order

_LEAST_WARM_UP_S: Final = 2.0
_MOST_WARM_UP_S: Final = 60.0
_LEAST_DRAIN_S: Final = 5.0
_LOWEST_RPS: Final = 0.05
_FLAGS: Final = "give objectives, such as --ttft-p99 500ms, --specs slo-specs or --limits mlperf-llama3.1-8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What came of it; `results` has those of each step, in the order of the steps."""

    found: Found
    options: Options
    results: tuple[Results, ...]
    shown: str
    out_of_time: bool = False


def check(prepared: Prepared, objectives: Objectives) -> None:
    """Raises UsageError where there is nothing to search for, or no rate to vary."""
    if not objectives.goals:
        raise UsageError("--find-capacity has no objective that a load test can measure", help=_FLAGS)
    arrivals = prepared.order.plan.arrivals
    rates = (
        {rate for each in arrivals.segments for rate in (each.from_rps, each.to_rps)}
        if isinstance(arrivals, Open)
        else set()
    )
    if len(rates) != 1:
        raise UsageError(
            "--find-capacity varies the rate by itself", help="leave --concurrency, --time-scale, ramps and steps out"
        )
    if prepared.asked.most_in_flight:
        raise UsageError(
            "--find-capacity measures the server, and --max-in-flight holds requests back", help="leave one of them out"
        )


def searched(given: Given, prepared: Prepared, objectives: Objectives, order: Order, sending: Sending) -> Searched:
    """Search. Raises what keeps a step from beginning."""
    state = _Steps(
        given=given, prepared=prepared, objectives=objectives, order=order, sending=sending, begun_s=monotonic()
    )
    arrivals = order.plan.arrivals
    start_rps = arrivals.highest_rps if isinstance(arrivals, Open) else 1.0
    options = Options(
        targets=tuple(float(goal.target) for goal in objectives.goals),
        start_rps=start_rps,
        lowest_rps=min(_LOWEST_RPS, start_rps),
        highest_rps=prepared.bounds.max_rate_rps,
        confidence=given.search.confidence,
        resolution=given.search.resolution,
        replicates=given.search.replicates,
    )
    found = search(state.measure, options)
    return Searched(
        found=found,
        options=options,
        results=tuple(state.results),
        shown=prepared.shown,
        out_of_time=state.out_of_time,
    )


@dataclass(slots=True, kw_only=True)
class _Steps:
    """Measures one step after another."""

    given: Given
    prepared: Prepared
    objectives: Objectives
    order: Order
    sending: Sending
    begun_s: float
    results: list[Results] = field(default_factory=list)
    out_of_time: bool = False
    warm_up_s: float = _LEAST_WARM_UP_S

    def measure(self, wanted: Wanted) -> Measured:
        """One run at a rate."""
        from airectl.load.results import results_of
        from airectl.runs.reading import open_run

        plan = self._plan(wanted)
        self.out_of_time = monotonic() - self.begun_s + (plan.ends_s or 0) > self.prepared.bounds.max_duration_s
        if self.out_of_time or self.sending.run.env.stop:
            return Measured(wanted=wanted, tallies=(), steady=True, stopped=True)
        folder = self.prepared.folder / f"step-{wanted.number:02d}"
        done = self.sending.send(self._order(plan), folder, f"step {wanted.number + 1}, {wanted.rate_rps:,.4g} req/s: ")
        goals = self.objectives.goals
        results = results_of(open_run(folder), goals, self.objectives.unmeasured)
        self.results.append(results)
        self._learn(results)
        self.sending.live.say(_said(wanted, results))
        return _measured(wanted, results, done.ended.how)

    def _plan(self, wanted: Wanted) -> Plan:
        """As many requests as are wanted, at their rate, from a server that has warmed up."""
        plan, step_s = self.order.plan, time_of("--step", self.given.search.step)
        burstiness = plan.arrivals.burstiness if isinstance(plan.arrivals, Open) else 1.0
        return replace(
            plan,
            arrivals=steady(wanted.rate_rps, burstiness),
            duration_s=max(step_s, wanted.requests / wanted.rate_rps),
            warm_up_s=max(plan.warm_up_s, self.warm_up_s),
            requests=None,
            seed=plan.seed + wanted.number,
            salt=(plan.salt + wanted.number) % 2**32,
        )

    def _order(self, plan: Plan) -> Order:
        """What is still under way at the end of a step says no more than that it is late."""
        thresholds = [float(goal.threshold_s or 0) for goal in self.objectives.goals]
        drain_s = min(self.order.job.drain_s, max(_LEAST_DRAIN_S, 2 * max(thresholds)))
        job = replace(self.order.job, send_for_s=plan.ends_s or 0.0, most_requests=0, drain_s=drain_s)
        return replace(self.order, plan=plan, job=job, about={**self.order.about, **arrivals_about(plan)})

    def _learn(self, results: Results) -> None:
        """A server has warmed up when as many requests are under way as ever: after the time that most take."""
        p90 = results.latencies["e2e_s"]["sent"].p90
        if p90 is not None:
            self.warm_up_s = min(max(self.warm_up_s, 2 * p90), _MOST_WARM_UP_S)


def _measured(wanted: Wanted, results: Results, how: How) -> Measured:
    validity = results.judgement.validity
    tallies = tuple(
        Tally(name=score.goal.id, target=float(score.goal.target), valid=score.valid, bad=score.valid - score.good)
        for score in results.scores
    )
    return Measured(
        wanted=wanted,
        tallies=tallies,
        steady=validity is not Validity.UNSTABLE and how is not How.STORM,
        client_limited=(validity is Validity.CLIENT_LIMITED and how is not How.STORM) or how is How.LOST,
        stopped=how is How.INTERRUPTED,
        achieved_rps=results.rates.achieved_rps or 0.0,
        output_tokens_per_s=results.rates.output_tokens_per_s or 0.0,
    )


def _said(wanted: Wanted, results: Results) -> str:
    """One line on a step."""
    parts = [
        f"{score.goal.id}: {score.valid - score.good:,} of {score.valid:,} missed"
        for score in results.scores
        if score.valid
    ]
    state = "" if results.valid else f", {results.judgement.validity.value}"
    return f"step {wanted.number + 1} at {wanted.rate_rps:,.4g} req/s{state}: {'; '.join(parts) or 'nothing measured'}"
