"""`airectl probe`: what a user of a server would see, by golden prompts that are asked from outside."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from airectl.commands.evaluated import OnUnknown
from airectl.commands.probed import Asked, Limits, probed
from airectl.commands.selection import Only
from airectl.commands.specs import FailOn, MinSeverity, failing_from, on_unknown_of, shown
from airectl.core.report import Report
from airectl.probing.protocols import NAMES
from airectl.run import Run

Target = Annotated[str, typer.Argument(metavar="URL|NAME", help="The server, or a probe of airectl.toml.")]
Protocol = Annotated[
    str | None, typer.Option("--protocol", metavar="NAME", help=f"One of: {', '.join(NAMES)}; default: openai.")
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Ask for this one; default: the only one there is.")
]
ResponseModel = Annotated[
    str | None, typer.Option("--response-model", metavar="NAME", help="What answers call the model, if not the same.")
]
Prompts = Annotated[
    str | None, typer.Option("--prompts", metavar="FILE", help="Your own golden prompts, YAML or JSONL.")
]
Specs = Annotated[
    list[str] | None, typer.Option("--specs", metavar="PATH", help="Hold it to the objectives of these; repeatable.")
]
Ttft = Annotated[str | None, typer.Option("--ttft", metavar="TIME", help="Longest time to the first token.")]
Itl = Annotated[str | None, typer.Option("--itl", metavar="TIME", help="Longest median time between tokens.")]
Tpot = Annotated[str | None, typer.Option("--tpot", metavar="TIME", help="Longest mean time per token.")]
E2e = Annotated[str | None, typer.Option("--e2e", metavar="TIME", help="Longest time to the last token.")]
Count = Annotated[int | None, typer.Option("--count", metavar="N", min=1, help="Ask each prompt so often.")]
Interval = Annotated[
    str | None, typer.Option("--interval", metavar="TIME", help="Go on, a round every so often, until stopped.")
]
Listen = Annotated[
    str | None,
    typer.Option("--listen", metavar="ADDRESS", help="With --interval: metrics at HOST:PORT for Prometheus."),
]
Timeout = Annotated[str, typer.Option("--timeout", metavar="TIME", help="For one answer in all.")]
FirstToken = Annotated[str, typer.Option("--first-token-timeout", metavar="TIME", help="From request to first token.")]
Stall = Annotated[str, typer.Option("--stall-timeout", metavar="TIME", help="From one token to the next.")]
# What the tables and the lines below them say.
_TOLD: Final = ("AIR139",)


def probe(
    run: Run,
    target: Target,
    *,
    protocol: Protocol = None,
    model: Model = None,
    response_model: ResponseModel = None,
    prompts: Prompts = None,
    specs: Specs = None,
    slo: Only = None,
    ttft: Ttft = None,
    itl: Itl = None,
    tpot: Tpot = None,
    e2e: E2e = None,
    count: Count = None,
    interval: Interval = None,
    listen: Listen = None,
    timeout: Timeout = "60s",
    first_token_timeout: FirstToken = "30s",  # noqa: S107  # a token of text
    stall_timeout: Stall = "15s",
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    on_unknown: OnUnknown = None,
) -> Report:
    """Ask a server golden prompts, and judge answers, streams and times.

    Exit code 0: all is right; 1: a prompt failed, which includes a server that is not there, or an objective is
    missed; 2: nothing was asked; 3: it could not be decided, as without rights.

    Examples:
      airectl probe http://127.0.0.1:8000 --model llama-3.1-8b
      airectl probe http://127.0.0.1:11434 --protocol ollama --ttft 500ms -o json
      airectl probe http://127.0.0.1:8000 --specs slo-specs --count 3
    """
    asked = Asked(
        target=target, protocol=protocol, model=model, response_model=response_model, prompts=prompts, specs=specs,
        slo=slo, count=count, interval=interval, listen=listen,
        thresholds={"ttft": ttft, "itl": itl, "tpot": tpot, "e2e": e2e},
        limits=Limits(timeout=timeout, first_token=first_token_timeout, stall=stall_timeout),
    )  # fmt: skip
    done = probed(run, asked)
    from airectl.commands import probe_data, probe_words

    least, unknown = failing_from(run, fail_on), on_unknown_of(run, on_unknown)
    gates = tuple(probe_words.gates(done, least))
    status = probe_words.status(done, gates, unknown)
    visible = shown(run, probe_words.findings(done), min_severity)
    return Report(
        status=status,
        data=probe_data.data(done),
        blocks=tuple(probe_words.blocks(done, status, visible)),
        findings=visible,
        told=_TOLD,
        gates=gates,
        partial=done.partial,
    )
