"""The report of `airectl forecast`: gates, files, and what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airectl.commands.forecast_phrases import counted
from airectl.commands.specs import failing_from, on_unknown_of, shown, with_excerpts
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Gate, Outcome, Report, Status, Verdict, decide, fails
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.commands.forecasted import Asked, Forecasted
    from airectl.core.chart import Chart
    from airectl.demand.outlook import Outlook

_CHARTS: Final = (".svg", ".png")
# What a gate already says.
_GATING: Final = ("AIR510", "AIR517", "AIR518")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """Files that are wanted beside the report, and whether the arithmetic is."""

    charts: Sequence[str] = ()
    keda: str | None = None
    hpa: str | None = None
    explain: bool = False

    def check(self) -> None:
        """Raises UsageError for a chart that cannot be drawn."""
        for path in self.charts:
            if not path.endswith(_CHARTS):
                raise UsageError(
                    f"--chart cannot draw `{path}`", help=f"name a file that ends with {' or '.join(_CHARTS)}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """What fails, what is shown, and what undecided gates do, as the flags say."""

    fail_on: str | None = None
    least: str | None = None
    on_unknown: str | None = None


def report(run: Run, asked: Asked, done: Forecasted, wished: Wished, judging: Judging) -> Report:
    """The report of a run. Raises UsageError where a file that was wished for cannot be made."""
    from airectl.commands import forecast_data, forecast_words

    findings = sorted(with_excerpts([*dict.fromkeys((*done.findings, *_of_gates(done)))], done.texts), key=sort_key)
    gates = tuple(_gates(done, findings, failing_from(run, judging.fail_on)))
    status = _status(done, gates, on_unknown_of(run, judging.on_unknown))
    blocks = list(forecast_words.blocks(done, status, tuple(_next(done, asked, wished))))
    if status is Status.UNREADABLE:
        blocks = [Verdict(word="UNREADABLE", text="nothing was forecast")]
    if wished.explain and done.outlooks:
        from airectl.commands.forecast_explain import explained

        blocks[-1:-1] = [explained(each) for each in done.outlooks[:_EXPLAINED]]
    return Report(
        status=status,
        data=forecast_data.data(done),
        blocks=tuple(blocks),
        findings=shown(run, findings, judging.least),
        gates=gates,
        files=dict(_files(done, wished, asked)),
        charts=dict(_charts(done, wished)),
        partial=bool(run.env.stop),
    )


_EXPLAINED: Final = 5


def _next(done: Forecasted, asked: Asked, wished: Wished) -> Iterator[str]:
    """The same with its arithmetic; and where to read on."""
    from airectl.commands.forecast_again import again

    line = again(asked)
    if line and not wished.explain and any(each.projection.known for each in done.outlooks):
        yield f"{line} --explain"
    if wished.explain or any(each.service.sizing.carrying is None for each in done.outlooks):
        yield "airectl help forecasting"


def _status(done: Forecasted, gates: Sequence[Gate], unknown: str) -> Status:
    if done.unanswered:
        return Status.UNDECIDED if unknown == "fail" else Status.PASSED
    if not done.outlooks:
        return Status.UNREADABLE
    return decide(gates, on_unknown=unknown) if gates else Status.DONE


def _gates(done: Forecasted, findings: Sequence[Finding], least: Severity | None) -> Iterator[Gate]:
    """One a promise of each series; one for findings that fail."""
    timing = done.timing
    for each in done.outlooks:
        if each.projection.high is None:
            yield _gate("history", each, Outcome.UNDECIDED, "too little history to forecast")
        elif timing and each.service.timing.fail_within_s is not None:
            yield _crossing_gate(each, least)
        if each.service.sizing.budget is not None and each.service.sizing.carrying is not None:
            yield _budget_gate(each, least)
    if not done.outlooks:
        return
    if done.budget is not None:
        over = _over_all(done)
        failed = Outcome.FAILED if least else Outcome.PASSED
        yield Gate(
            name="accelerator budget", outcome=failed if over else Outcome.PASSED, message=over, at=done.budget_at
        )
    for finding in findings:
        if fails(finding, least) and finding.code not in _GATING:
            yield Gate(name=finding.code, group="input", outcome=Outcome.FAILED, message=finding.message, at=finding.at)


def _gate(name: str, each: Outlook, outcome: Outcome, message: str = "") -> Gate:
    return Gate(
        name=f"{each.name}: {name}", group=each.service.name, outcome=outcome, message=message, at=each.service.at
    )


def _crossing_gate(each: Outlook, least: Severity | None) -> Gate:
    """Whether demand stays below the capacity for as long as was asked for."""
    name = "crossing"
    if each.service.sizing.carrying is None:
        return _gate(name, each, Outcome.UNDECIDED, "no capacity is known: give `--capacity`")
    if each.horizon is None:
        return _gate(name, each, Outcome.UNDECIDED, "the history is too short to say when the capacity is crossed")
    if each.too_soon:
        outcome = Outcome.FAILED if least else Outcome.PASSED
        return _gate(name, each, outcome, _soon(each))
    return _gate(name, each, Outcome.PASSED)


def _budget_gate(each: Outlook, least: Severity | None) -> Gate:
    name = "accelerator budget"
    if each.plan is None:
        return _gate(name, each, Outcome.UNDECIDED, each.unsized or "there is no plan to hold against it")
    if each.over_budget:
        return _gate(name, each, Outcome.FAILED if least else Outcome.PASSED, _over(each))
    return _gate(name, each, Outcome.PASSED)


def _soon(each: Outlook) -> str:
    if each.horizon and each.horizon.crossing.already:
        return "demand is above the capacity already"
    day = each.crosses_at
    quantile = each.service.timing.order_quantile
    return f"demand passes the capacity by {day:%Y-%m-%d} in {quantile:.0%} of the futures" if day else ""


def _over(each: Outlook) -> str:
    plan, budget = each.plan, each.service.sizing.budget
    if plan is None:
        return ""
    return f"{counted(plan.accelerators, ' is needed', ' are needed')}, and the budget is {budget:,}"


def _over_all(done: Forecasted) -> str:
    """Why all plans together are above the budget of all; empty where they are not."""
    needed = sum(each.plan.accelerators for each in done.outlooks if each.plan)
    if done.budget is None or needed <= done.budget:
        return ""
    return f"{counted(needed, ' is needed', ' are needed')} in all, and the budget is {done.budget:,}"


def _of_gates(done: Forecasted) -> Iterator[Finding]:
    """What gates fail on, as findings; and an order that is late."""
    if over := _over_all(done):
        yield _finding("AIR517", Severity.ERROR, over, "raise the budget, or look at `--what-if`", done.budget_at)
    for each in done.outlooks:
        prefix = f"`{each.name}`: " if len(done.outlooks) > 1 else ""
        at = each.service.at
        if each.too_soon:
            help = "order, move demand elsewhere, or raise the capacity of a replica"
            yield _finding("AIR518", Severity.ERROR, f"{prefix}{_soon(each)}", help, at)
        if each.over_budget:
            help = "raise the budget, or look at `--what-if` for what would take fewer"
            yield _finding("AIR517", Severity.ERROR, f"{prefix}{_over(each)}", help, at)
        if each.order_by and each.order_by < each.now:
            late = (each.now - each.order_by).days
            message = f"{prefix}the order is {late:,} days late: the day to place it was {each.order_by:%Y-%m-%d}"
            yield _finding(
                "AIR519", Severity.WARNING, message, "order at once, and plan for what demand cannot have", at
            )


def _finding(code: str, severity: Severity, message: str, help: str, at: object) -> Finding:
    from airectl.core.findings import Location

    return Finding(
        code=code, severity=severity, message=message, help=help, at=at if isinstance(at, Location) else None
    )


def _files(done: Forecasted, wished: Wished, asked: Asked) -> Iterator[tuple[str, str]]:
    from airectl.demand import scaling

    if not done.outlooks:
        return
    first = done.outlooks[0]
    try:
        if wished.keda:
            yield wished.keda, scaling.scaled_object(first, query=first.series.metric == asked.input.series)
        if wished.hpa:
            yield wished.hpa, scaling.autoscaler(first)
    except scaling.ScalingError as error:
        raise UsageError(str(error), help=error.help) from None


def _charts(done: Forecasted, wished: Wished) -> Iterator[tuple[str, Chart]]:
    from airectl.commands.forecast_chart import chart

    known = [each for each in done.outlooks if each.projection.known]
    for path in wished.charts if known else ():
        yield path, chart(known[0])
