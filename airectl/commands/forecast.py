"""`airectl forecast`: when the accelerators run out, how many to order, by when, and at what cost."""

from __future__ import annotations

from airectl.commands import forecast_options as options
from airectl.commands.evaluated import OnUnknown
from airectl.commands.forecast_reading import InputAsked, is_plan
from airectl.commands.forecast_report import Judging, Wished, report
from airectl.commands.forecast_sizing import ModelAsked, SizingAsked
from airectl.commands.forecasted import AheadAsked, Asked, forecasted
from airectl.commands.specs import FailOn, MinSeverity
from airectl.core.report import Report
from airectl.errors import UsageError
from airectl.run import Run


def forecast(
    run: Run,
    series: options.Series,
    *,
    file: options.AsFile = False,
    query: options.AsQuery = False,
    trace: options.AsTrace = False,
    time: options.Time = None,
    value: options.Value = None,
    group_by: options.GroupBy = None,
    zone: options.Zone = None,
    unit: options.Unit = None,
    source: options.Source = None,
    history: options.History = None,
    at: options.At = None,
    horizon: options.Horizon = None,
    step: options.Step = None,
    season: options.Season = None,
    event: options.Event = None,
    growth: options.Growth = None,
    capacity: options.Capacity = None,
    replicas: options.Replicas = None,
    headroom: options.Headroom = None,
    failure_domain: options.FailureDomain = None,
    surge: options.Surge = None,
    accelerator: options.Accelerator = None,
    tensor_parallel: options.TensorParallel = None,
    node: options.Node = None,
    lead_time: options.LeadTime = None,
    order_quantile: options.OrderQuantile = None,
    budget_gpus: options.Budget = None,
    prices: options.PriceFile = None,
    what_if: options.WhatIf = None,
    profile: options.Profile = None,
    requests: options.Requests = None,
    input_tokens: options.InputTokens = None,
    output_tokens: options.OutputTokens = None,
    cached: options.Cached = None,
    ttft: options.Ttft = None,
    itl: options.Itl = None,
    specs: options.Specs = None,
    fail_if_crossing: options.FailIfCrossing = None,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
    chart: options.ChartFile = None,
    keda: options.Keda = None,
    hpa: options.Hpa = None,
    engine: options.Engine = None,
    explain: options.Explain = False,
) -> Report:
    """Say when demand outgrows the accelerators, by when to order how many, and what they cost.

    SERIES is a file (CSV, JSONL, Parquet, or a trace of requests), else a PromQL query, else a plan of several
    services. Exit code 0: all gates passed; 1: a gate failed; 2: there is nothing to forecast; 3: the history is too
    short to decide. See `airectl help forecasting`.

    Examples:
      airectl forecast demand.csv --capacity 12 --replicas 4 --lead-time 8w
      airectl forecast demand.csv --capacity 12 --fail-if-crossing 30d -o json
      airectl forecast demand.csv --horizon 7d --chart demand.svg
    """
    model = ModelAsked(
        profile=profile, requests=requests, input_tokens=input_tokens, output_tokens=output_tokens, cached=cached,
        ttft=ttft, itl=itl, specs=specs or (),
    )  # fmt: skip
    sizing = SizingAsked(
        model=model, capacity=capacity, unit=unit, replicas=replicas, headroom=headroom, failure_domain=failure_domain,
        surge=surge, accelerator=accelerator, tensor_parallel=tensor_parallel, node=node, budget=budget_gpus,
        prices=prices,
    )  # fmt: skip
    ahead = AheadAsked(
        horizon=horizon, step=step, season=season or (), event=event or (), growth=growth, lead_time=lead_time,
        order_quantile=order_quantile, fail_if_crossing=fail_if_crossing,
    )  # fmt: skip
    read = InputAsked(
        series=series, kind=_kind(file=file, query=query, trace=trace), time=time, value=value, group_by=group_by,
        zone=zone, unit=unit, source=source, history=history, at=at,
    )  # fmt: skip
    wished = Wished(charts=chart or (), keda=keda, hpa=hpa, explain=explain)
    wished.check()
    if (series, capacity, prices, requests).count("-") > 1:
        raise UsageError("stdin can be read once", help="give all but one of them as files")
    if fail_if_crossing and capacity is None and profile is None and not is_plan(read):
        raise UsageError("--fail-if-crossing needs a capacity", help="give `--capacity`, or a model with `--profile`")
    asked = Asked(input=read, ahead=ahead, sizing=sizing, what_if=what_if or (), engine=engine)
    with run.env.stop.watched():
        done = forecasted(run, asked)
    return report(run, asked, done, wished, Judging(fail_on=fail_on, least=min_severity, on_unknown=on_unknown))


def _kind(**given: bool) -> str:
    """What SERIES is said to be; empty where it is to be seen. Raises UsageError for two answers."""
    chosen = [name for name, is_so in given.items() if is_so]
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other", help="leave one out")
    return chosen[0] if chosen else ""
