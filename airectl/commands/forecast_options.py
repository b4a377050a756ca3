"""The options of `airectl forecast`, in the sections that its help shows."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer


def _option(section: str, name: str, metavar: str | None, help: str, **more: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help, rich_help_panel=section, **more)


_INPUT: Final = "Demand"
_AHEAD: Final = "Time ahead"
_CAPACITY: Final = "Capacity"
_ORDER: Final = "Order and money"
_MODEL: Final = "From a model, where no load test was run"
_OUTPUT: Final = "Output"
_GATES: Final = "Gates"

Series = Annotated[
    str, typer.Argument(metavar="SERIES|PLAN", help="A file, a PromQL query, or a plan that ends with .yaml.")
]
AsFile = Annotated[bool, _option(_INPUT, "--file", None, "SERIES is a file, or - for CSV on stdin.")]
AsQuery = Annotated[bool, _option(_INPUT, "--query", None, "SERIES is a PromQL query.")]
AsTrace = Annotated[bool, _option(_INPUT, "--trace", None, "SERIES is a trace of requests.")]
Time = Annotated[str | None, _option(_INPUT, "--time", "COLUMN", "Column of times; default: the only one.")]
Value = Annotated[str | None, _option(_INPUT, "--value", "COLUMN", "Column of values; default: the only one.")]
GroupBy = Annotated[str | None, _option(_INPUT, "--group-by", "COLUMN", "One series for each of its values.")]
Zone = Annotated[str | None, _option(_INPUT, "--zone", "NAME", "Zone of times that have none; default: UTC.")]
Unit = Annotated[str | None, _option(_INPUT, "--unit", "UNIT", "Of the series: requests/s, tokens/s, gpus, ...")]
Source = Annotated[str | None, _option(_INPUT, "--source", "NAME_OR_URL", "The Prometheus that a query goes to.")]
History = Annotated[str | None, _option(_INPUT, "--history", "TIME", "How far back a query looks; default: 8w.")]
At = Annotated[str | None, _option(_INPUT, "--at", "TIME", "Look from then, and leave out what is later.")]
Horizon = Annotated[
    str | None, _option(_AHEAD, "--horizon", "TIME", "How far to look; default: 30d, or longer to order.")
]
Step = Annotated[str | None, _option(_AHEAD, "--step", "TIME", "Step of the forecast; default: by the rows.")]
Season = Annotated[
    list[str] | None, _option(_AHEAD, "--season", "TIME", "A cycle, repeatable; default: a day and a week.")
]
Event = Annotated[
    list[str] | None,
    _option(_AHEAD, "--event", "DATE=LABEL", "A day of its own, as 2026-11-27/4d=sale*1.5; repeatable."),
]
Growth = Annotated[str | None, _option(_AHEAD, "--growth", "RATIO", "On top of the history: 20% at once, or 5%/month.")]
Capacity = Annotated[
    str | None,
    _option(_CAPACITY, "--capacity", "N|FILE|DIR|-", "Of one replica: a number, or a load test's report or run."),
]
Replicas = Annotated[int | None, _option(_CAPACITY, "--replicas", "N", "That run now; default: 1.", min=1)]
Headroom = Annotated[str | None, _option(_CAPACITY, "--headroom", "RATIO", "More than the demand, as 20%.")]
FailureDomain = Annotated[
    int | None, _option(_CAPACITY, "--failure-domain", "N", "Replicas that may fail together; default: 1.", min=0)
]
Surge = Annotated[int | None, _option(_CAPACITY, "--surge", "N", "Replicas more during an update; default: 1.", min=0)]
Accelerator = Annotated[str | None, _option(_CAPACITY, "--accelerator", "NAME", "Such as h100 or v5e.")]
TensorParallel = Annotated[
    int | None, _option(_CAPACITY, "--tensor-parallel", "N", "Accelerators of one replica; default: 1.", min=1)
]
Node = Annotated[int | None, _option(_CAPACITY, "--node", "N", "Accelerators that come together.", min=1)]
Budget = Annotated[int | None, _option(_ORDER, "--budget-gpus", "N", "More accelerators than these fail.", min=0)]
LeadTime = Annotated[str | None, _option(_ORDER, "--lead-time", "TIME", "From order to use, such as 8w.")]
OrderQuantile = Annotated[
    str | None,
    _option(_ORDER, "--order-quantile", "SHARE", "Order before so many of the futures cross; default: p10."),
]
PriceFile = Annotated[str | None, _option(_ORDER, "--prices", "FILE", "Your prices; see `airectl schema prices`.")]
WhatIf = Annotated[
    list[str] | None,
    _option(_ORDER, "--what-if", "KEY=VALUE", "Side by side: growth, capacity, accelerator, cached, ...; repeatable."),
]
Profile = Annotated[str | None, _option(_MODEL, "--profile", "NAME|FILE", "A replica; `airectl simulate profiles`.")]
Requests = Annotated[str | None, _option(_MODEL, "--requests", "TRACE", "Lengths and bursts of this trace.")]
InputTokens = Annotated[float | None, _option(_MODEL, "--input-tokens", "N", "Of a prompt on average.", min=1)]
OutputTokens = Annotated[float | None, _option(_MODEL, "--output-tokens", "N", "Of an answer on average.", min=1)]
Cached = Annotated[str | None, _option(_MODEL, "--cached", "RATIO", "Of prompts, found in the prefix cache.")]
Ttft = Annotated[str | None, _option(_MODEL, "--ttft", "TIME", "Promised time to the first token.")]
Itl = Annotated[str | None, _option(_MODEL, "--itl", "TIME", "Promised time between tokens.")]
Specs = Annotated[list[str] | None, _option(_MODEL, "--specs", "PATH", "Take --ttft and --itl from these; repeatable.")]
FailIfCrossing = Annotated[
    str | None, _option(_GATES, "--fail-if-crossing", "TIME", "Exit 1 if demand passes the capacity within it.")
]
ChartFile = Annotated[list[str] | None, _option(_OUTPUT, "--chart", "FILE", "Draw it as .svg or .png too; repeatable.")]
Keda = Annotated[str | None, _option(_OUTPUT, "--keda", "FILE", "Write a KEDA ScaledObject for the capacity.")]
Hpa = Annotated[str | None, _option(_OUTPUT, "--hpa", "FILE", "Write a HorizontalPodAutoscaler for it.")]
Engine = Annotated[str | None, _option(_OUTPUT, "--engine", "NAME", "Forecast many series on ray, dask or spark.")]
Explain = Annotated[bool, _option(_OUTPUT, "--explain", None, "Print the arithmetic with the numbers in it.")]
