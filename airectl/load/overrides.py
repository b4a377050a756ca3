"""Flags over a scenario: what they say comes before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.lengths import LONGEST
from airectl.core.schedule import POISSON, Arrivals, Closed, Open, Traced
from airectl.errors import UsageError
from airectl.load import flag_values, limits, scenario
from airectl.load.asked import Asked, Limit, PromptsFile, TraceFile
from airectl.load.plan import LARGEST, Synthetic, Think
from airectl.load.scenario_fields import MOST_TURNS

Workload = Synthetic | PromptsFile | TraceFile
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """The flags as they were written; None: not given.

    `rate` is a rate, a ramp or steps, `arrival` how gaps are spread; of `rate`, `concurrency` and `time_scale` one
    may be. `preset` names a shipped scenario, `limits` shipped limits.
    """

    name: str | None = None
    target: str | None = None
    preset: str | None = None
    protocol: str | None = None
    model: str | None = None
    seed: int | None = None
    duration: str | None = None
    warm_up: str | None = None
    requests: int | None = None
    rate: str | None = None
    arrival: str | None = None
    concurrency: int | None = None
    time_scale: float | None = None
    input_tokens: str | None = None
    output_tokens: str | None = None
    shared_prefix: str | None = None
    turns: str | None = None
    think: str | None = None
    prompts: str | None = None
    trace: str | None = None
    max_in_flight: str | None = None
    limits: str | None = None
    tokenizer: str | None = None


def overridden(asked: Asked, given: Overrides) -> Asked:
    """The flags laid over what a scenario asks for. Raises UsageError for a value that is none."""
    _check_numbers(given)
    base = asked if given.preset is None else _on_preset(asked, given.preset)
    changed: dict[str, Any] = {
        key: value
        for key in ("name", "target", "protocol", "model", "seed", "requests", "tokenizer")
        if (value := getattr(given, key)) is not None
    }
    if given.max_in_flight is not None:
        changed["most_in_flight"], changed["when_full"] = flag_values.in_flight(given.max_in_flight)
    if given.duration is not None:
        changed["duration_s"] = flag_values.positive_time_s("--duration", given.duration)
    if given.warm_up is not None:
        changed["warm_up_s"] = flag_values.time_s("--warm-up", given.warm_up)
    if given.limits is not None:
        changed["limits"] = _limits(given.limits)
    duration_s = changed.get("duration_s", base.duration_s)
    workload = _workload(base.workload, given)
    arrivals = _arrivals(base.arrivals, given, duration_s, traced=isinstance(workload, TraceFile))
    return replace(base, arrivals=arrivals, workload=workload, **changed)


def _check_numbers(given: Overrides) -> None:
    for option, value in (
        ("--requests", given.requests),
        ("--concurrency", given.concurrency),
        ("--time-scale", given.time_scale),
    ):
        most = float("inf") if option == "--requests" else _MOST
        # What is not a number at all is above nothing.
        if value is not None and not 0 < value <= most:
            raise UsageError(f"{option} cannot be `{value}`", help="write a number above 0")
    if given.seed is not None and not 0 <= given.seed <= LARGEST:
        raise UsageError(f"--seed cannot be `{given.seed}`", help=f"write a whole number from 0 to {LARGEST}")


def _on_preset(asked: Asked, name: str) -> Asked:
    """The preset with what the scenario says itself."""
    if name not in scenario.presets():
        raise _unknown("preset is", name, scenario.presets())
    base, usual = scenario.preset(name), Asked()
    said = {key: getattr(asked, key) for key in Asked.__dataclass_fields__}
    return replace(base, **{key: value for key, value in said.items() if value != getattr(usual, key)})


def _limits(name: str) -> tuple[Limit, ...]:
    known = limits.shipped()
    if name not in known:
        raise _unknown("limits are", name, known)
    return known[name].limits


def _unknown(what: str, name: str, known: Mapping[str, object] | tuple[str, ...]) -> UsageError:
    near = get_close_matches(name, known, 1, 0.4)
    help = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known)}"
    return UsageError(f"no {what} called `{name}`", help=help)


def _arrivals(old: Arrivals | None, given: Overrides, duration_s: float | None, *, traced: bool) -> Arrivals | None:
    named = [key for key in ("rate", "concurrency", "time_scale") if getattr(given, key) is not None]
    if len(named) > 1:
        first, second = (f"--{key.replace('_', '-')}" for key in named[:2])
        raise UsageError(f"{first} and {second} both say when requests are sent", help="leave one of them out")
    if given.time_scale is not None and not traced:
        raise UsageError("--time-scale is for traces", help="name one with --trace FILE")
    if given.concurrency is not None:
        old = Closed(concurrency=given.concurrency)
    elif given.time_scale is not None:
        old = Traced(time_scale=given.time_scale)
    elif isinstance(old, Traced) and not traced:
        old = None
    return _open(old, given, duration_s, traced=traced)


def _open(old: Arrivals | None, given: Overrides, duration_s: float | None, *, traced: bool) -> Arrivals | None:
    """The arrivals with the rate and the gaps that flags ask for."""
    burstiness = old.burstiness if isinstance(old, Open) else POISSON
    if given.arrival is not None:
        burstiness = flag_values.arrival(given.arrival)
    if given.rate is not None or (given.arrival is not None and old is None and not traced):
        return flag_values.rate(given.rate or "1", burstiness, duration_s)
    if given.arrival is None:
        return old
    if not isinstance(old, Open):
        raise UsageError("--arrival needs a rate", help="give --rate, or leave --arrival out")
    return replace(old, burstiness=burstiness)


def _workload(work: Workload | None, given: Overrides) -> Workload | None:
    if given.trace is not None and given.prompts is not None:
        raise UsageError("--trace and --prompts both say what is sent", help="leave one of them out")
    if given.trace is not None:
        work = replace(work, path=given.trace) if isinstance(work, TraceFile) else TraceFile(path=given.trace)
    if given.prompts is not None:
        work = replace(work, path=given.prompts) if isinstance(work, PromptsFile) else PromptsFile(path=given.prompts)
    return _reshaped(work, given)


# Which flags say something of which workload.
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "input_tokens": (Synthetic,),
    "shared_prefix": (Synthetic,),
    "turns": (Synthetic,),
    "output_tokens": (Synthetic, PromptsFile),
    "think": (Synthetic, PromptsFile),
}


def _reshaped(work: Workload | None, given: Overrides) -> Workload | None:
    """The workload with the lengths that flags ask for."""
    said = [key for key in _KINDS if getattr(given, key) is not None]
    if not said:
        return work
    work = work or scenario.default_workload()
    for key in said:
        if not isinstance(work, _KINDS[key]):
            what = "a trace" if isinstance(work, TraceFile) else "prompts of a file"
            option = f"--{key.replace('_', '-')}"
            raise UsageError(f"{option} does not go with {what}", help=f"leave {option} out")
    changed: dict[str, Any] = {}
    for key, field, most in (
        ("input_tokens", "input", LONGEST),
        ("output_tokens", "output", LONGEST),
        ("turns", "turns", MOST_TURNS),
    ):
        if (text := getattr(given, key)) is not None:
            changed[field] = flag_values.lengths(f"--{key.replace('_', '-')}", text, most)
    if given.shared_prefix is not None:
        changed["prefix"] = flag_values.prefix(given.shared_prefix)
    if given.think is not None:
        changed["think"] = Think(mean_s=flag_values.time_s("--think", given.think))
    done = replace(work, **changed)
    if isinstance(done, Synthetic) and done.think.mean_s and done.turns.expected <= 1:
        raise UsageError("--think is for conversations", help="add --turns 3, or another number")
    return done
