"""A replica by its model, where no load test has measured one: profile, lengths and bursts, promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from airectl.commands.forecast_sizing import ModelAsked, promised_s
from airectl.core.findings import Finding
from airectl.demand import texts
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.replica.fleet import Lengths, Promise
    from airectl.demand.carrying import Modelled


def modelled(
    run: Run, asked: ModelAsked, unit: str, assumptions: list[str]
) -> tuple[Modelled | None, Sequence[Finding]]:
    """The model that options describe; None with findings where it cannot be had. Raises UsageError."""
    from airectl.commands.simulated import profiles_of
    from airectl.core.replica.fleet import Load
    from airectl.demand.carrying import Modelled
    from airectl.demand.units import OUTPUT_TOKENS, REQUESTS

    found = profiles_of(run, [asked.profile or ""])
    if found.findings:
        return None, found.findings
    lengths, bursts, findings = _lengths(run, asked, assumptions)
    if lengths is None:
        return None, findings
    promise = _promise(run, asked, assumptions)
    if unit not in (REQUESTS, OUTPUT_TOKENS):
        raise UsageError(
            f"a model says how many requests a replica carries, and the series is in {unit or 'an unknown unit'}",
            help=f"name its unit, as with `--unit {REQUESTS}`; or give `--capacity N` in the unit of the series",
        )
    return Modelled(
        profile=found.profiles[0],
        load=Load(rate_rps=1.0, lengths=lengths, arrival_scv=bursts),
        promise=promise,
        per_request=1.0 if unit == REQUESTS else lengths.output_tokens,
    ), ()


def _lengths(run: Run, asked: ModelAsked, assumptions: list[str]) -> tuple[Lengths | None, float, Sequence[Finding]]:
    """Lengths of requests and the burstiness of their arrivals: of a trace, else by the options."""
    from airectl.core.replica.fleet import fixed_lengths

    cached = texts.ratio("--cached", asked.cached) if asked.cached else 0.0
    if cached > 1:
        raise UsageError(f"--cached cannot be `{asked.cached}`", help="write a share of the prompts, such as 60%")
    if asked.requests:
        from airectl.demand import trace

        return trace.shape(asked.requests, cached, run.env, assumptions)
    if asked.input_tokens is None or asked.output_tokens is None:
        raise UsageError(
            "the model needs the lengths of requests",
            help="give `--requests TRACE`, or `--input-tokens N` and `--output-tokens N`",
        )
    assumptions.append("requests come as Poisson arrivals; `--requests TRACE` measures their bursts")
    return fixed_lengths(asked.input_tokens, asked.output_tokens, cached), 1.0, ()


def _promise(run: Run, asked: ModelAsked, assumptions: list[str]) -> Promise:
    """The times that requests are promised: of the options, else of the specs' objectives."""
    from airectl.core.replica.fleet import Promise

    ttft_s, itl_s = promised_s("--ttft", asked.ttft), promised_s("--itl", asked.itl)
    if asked.specs:
        from airectl.commands.forecast_specs import promises

        found = promises(run, asked.specs)
        for name, (objective, _) in found.items():
            assumptions.append(f"the promised {name} is that of {objective}")
        ttft_s = ttft_s or (found["ttft"][1] if "ttft" in found else None)
        itl_s = itl_s or (found["itl"][1] if "itl" in found else None)
    if ttft_s is None:
        assumptions.append("no time to first token is promised, so that bursts cost nothing; `--ttft` promises one")
    return Promise(ttft_s=ttft_s, itl_s=itl_s)
