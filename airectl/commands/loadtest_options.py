"""The options of `airectl loadtest`, in the sections that its help shows them in."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from airectl.load.protocols import NAMES

LOAD: Final = "Load"
REQUESTS: Final = "Requests"
GOALS: Final = "Objectives and capacity"
SERVER: Final = "Server"
LIMITS: Final = "Limits"
SENDING: Final = "Sending"

Target = Annotated[
    str, typer.Argument(metavar="URL|NAME|SCENARIO", help="The server, a probe of airectl.toml, or a scenario file.")
]

Rate = Annotated[
    str | None,
    typer.Option(
        "--rate", metavar="RPS", help="20, a ramp 1..50, or steps 10,20,40; default: 1.", rich_help_panel=LOAD
    ),
]
Arrival = Annotated[
    str | None,
    typer.Option("--arrival", metavar="KIND", help="poisson (default), constant or gamma:SHAPE.", rich_help_panel=LOAD),
]
Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency", metavar="N", min=1, help="A closed loop: always so many under way.", rich_help_panel=LOAD
    ),
]
Duration = Annotated[
    str | None, typer.Option("--duration", metavar="TIME", help="How long; default: 30s.", rich_help_panel=LOAD)
]
Requests = Annotated[
    int | None, typer.Option("--requests", metavar="N", min=1, help="At most so many.", rich_help_panel=LOAD)
]
WarmUp = Annotated[
    str | None,
    typer.Option("--warm-up", metavar="TIME", help="Sent before, and not measured.", rich_help_panel=LOAD),
]
MaxInFlight = Annotated[
    str | None,
    typer.Option(
        "--max-in-flight", metavar="N[:drop]", help="What finds no place waits, or is dropped.", rich_help_panel=LOAD
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", min=0, help="Of times, lengths and texts.", rich_help_panel=LOAD)
]

TimeScale = Annotated[
    float | None,
    typer.Option("--time-scale", metavar="X", help="A trace's times, so many times as fast.", rich_help_panel=LOAD),
]

Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help="chat, rag, code-completion, long-context or embeddings.",
        rich_help_panel=REQUESTS,
    ),
]
Prompts = Annotated[
    str | None, typer.Option("--prompts", metavar="FILE", help="Prompts in JSONL.", rich_help_panel=REQUESTS)
]
Trace = Annotated[
    str | None,
    typer.Option("--trace", metavar="FILE", help="Times and lengths of a trace.", rich_help_panel=REQUESTS),
]
SharedPrefix = Annotated[
    str | None,
    typer.Option(
        "--shared-prefix", metavar="TOKENS|SHARE", help="How far prompts begin alike.", rich_help_panel=REQUESTS
    ),
]
Turns = Annotated[
    str | None, typer.Option("--turns", metavar="LENGTH", help="Of a conversation.", rich_help_panel=REQUESTS)
]
Think = Annotated[
    str | None,
    typer.Option("--think", metavar="TIME", help="From an answer to the next turn.", rich_help_panel=REQUESTS),
]
Protocol = Annotated[
    str | None,
    typer.Option(
        "--protocol", metavar="NAME", help=f"One of: {', '.join(NAMES)}; default: openai.", rich_help_panel=REQUESTS
    ),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Ask for this one; default: the only one.", rich_help_panel=REQUESTS),
]
InputTokens = Annotated[
    str | None,
    typer.Option(
        "--input-tokens", metavar="LENGTH", help="256, or normal:, lognormal:, uniform:A,B.", rich_help_panel=REQUESTS
    ),
]
OutputTokens = Annotated[
    str | None,
    typer.Option("--output-tokens", metavar="LENGTH", help="The same, of answers.", rich_help_panel=REQUESTS),
]
Options = Annotated[
    list[str] | None,
    typer.Option(
        "--option", metavar="KEY=VALUE", help="Of the protocol, as stream=false; repeatable.", rich_help_panel=REQUESTS
    ),
]
Tokenizer = Annotated[
    str | None,
    typer.Option("--tokenizer", metavar="FILE", help="A tokenizer.json to count with.", rich_help_panel=REQUESTS),
]
NoCalibration = Annotated[
    bool,
    typer.Option("--no-calibration", help="Do not ask what a token is: a word is one.", rich_help_panel=REQUESTS),
]

Limits = Annotated[
    str | None,
    typer.Option("--limits", metavar="NAME", help="Those of a benchmark, as mlperf-llama2-70b.", rich_help_panel=GOALS),
]
FindCapacity = Annotated[
    bool,
    typer.Option("--find-capacity", help="Search for the rate up to which they are met.", rich_help_panel=GOALS),
]
StepTime = Annotated[
    str,
    typer.Option("--step", metavar="TIME", help="Shortest time of a step of the search.", rich_help_panel=GOALS),
]
Confidence = Annotated[
    float,
    typer.Option(
        "--confidence", metavar="RATIO", min=0.5, max=0.9999, help="How sure a bound is.", rich_help_panel=GOALS
    ),
]

Resolution = Annotated[
    float,
    typer.Option(
        "--resolution", metavar="RATIO", min=0.01, max=1, help="How wide the result may be.", rich_help_panel=GOALS
    ),
]
Replicates = Annotated[
    int,
    typer.Option(
        "--replicates", metavar="N", min=1, max=20, help="Most runs of a rate at its edge.", rich_help_panel=GOALS
    ),
]

Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metrics", metavar="URL", help="A page to read beside: DCGM, TPU, node exporter.", rich_help_panel=SERVER
    ),
]
AcceleratorOption = Annotated[
    str | None,
    typer.Option("--accelerator", metavar="NAME[xN]", help="What it runs on, as H100x4.", rich_help_panel=SERVER),
]
Price = Annotated[
    str | None,
    typer.Option("--price", metavar="AMOUNT", help="Per hour of all of it, as 12.40.", rich_help_panel=SERVER),
]
TokenEnv = Annotated[
    str | None,
    typer.Option("--token-env", metavar="VARIABLE", help="The variable that holds its token.", rich_help_panel=SERVER),
]
TokenFile = Annotated[
    str | None,
    typer.Option("--token-file", metavar="FILE", help="The file that holds its token.", rich_help_panel=SERVER),
]

TokenCommand = Annotated[
    str | None,
    typer.Option("--token-command", metavar="COMMAND", help="What prints its token.", rich_help_panel=SERVER),
]

Yes = Annotated[
    bool,
    typer.Option("--yes", help="Load a server that is neither this machine nor allowed.", rich_help_panel=LIMITS),
]
MaxRate = Annotated[
    float | None,
    typer.Option("--max-rate", metavar="RPS", min=0.001, help="Refuse a plan beyond it.", rich_help_panel=LIMITS),
]
MaxDuration = Annotated[
    str | None, typer.Option("--max-duration", metavar="TIME", help="The same.", rich_help_panel=LIMITS)
]
MaxRequests = Annotated[
    int | None, typer.Option("--max-requests", metavar="N", min=1, help="The same.", rich_help_panel=LIMITS)
]
ConnectTimeout = Annotated[
    str | None, typer.Option("--connect-timeout", metavar="TIME", help="Default: 10s.", rich_help_panel=LIMITS)
]
FirstToken = Annotated[
    str | None, typer.Option("--first-token-timeout", metavar="TIME", help="Default: 120s.", rich_help_panel=LIMITS)
]
Stall = Annotated[
    str | None,
    typer.Option("--stall-timeout", metavar="TIME", help="Between tokens; default: 60s.", rich_help_panel=LIMITS),
]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="TIME", help="In all; default: 10m.", rich_help_panel=LIMITS)
]
Drain = Annotated[
    str | None,
    typer.Option("--drain", metavar="TIME", help="For the last answers; default: 30s.", rich_help_panel=LIMITS),
]

Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder of the run; default: below airectl-runs.", rich_help_panel=SENDING
    ),
]
Name = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="What the run is called.", rich_help_panel=SENDING)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan, send nothing.", rich_help_panel=SENDING)]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", metavar="N", min=1, max=256, help="That send; default: one a core, but one.",
        rich_help_panel=SENDING,
    ),
]  # fmt: skip
ProxyFromEnv = Annotated[
    bool, typer.Option("--proxy-from-env", help="Go by the proxies of the environment.", rich_help_panel=SENDING)
]
NoKeepAlive = Annotated[
    bool, typer.Option("--no-keep-alive", help="Open a connection for each request.", rich_help_panel=SENDING)
]
EngineName = Annotated[
    str, typer.Option("--engine", metavar="NAME", help="local, or locust for workers.", rich_help_panel=SENDING)
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--expect-workers", metavar="N", min=1, help="With locust: wait for so many.", rich_help_panel=SENDING
    ),
]
Bind = Annotated[
    str, typer.Option("--bind", metavar="ADDRESS", help="Where workers find the master.", rich_help_panel=SENDING)
]
Port = Annotated[
    int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The master's port.", rich_help_panel=SENDING)
]
WorkerTimeout = Annotated[
    str, typer.Option("--worker-timeout", metavar="TIME", help="For all workers to come.", rich_help_panel=SENDING)
]
