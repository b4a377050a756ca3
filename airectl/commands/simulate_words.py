"""What the simulator did, and what profiles could do, as tables and as data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from airectl.core.findings import Finding
from airectl.core.report import Block, Column, Gate, Kind, Lines, Next, Outcome, Report, Status, Table, Verdict

if TYPE_CHECKING:
    from airectl.core.replica.profile import Profile
    from airectl.core.replica.saturation import Saturation
    from airectl.sim.server import Outcome as Served
    from airectl.sim.service import Settings

# Tokens of prompt and answer: chat, a summary, retrieval, code completion.
LENGTHS: Final = ((512, 256), (4096, 256), (2048, 64), (256, 1024))
# Below this a late step cannot be told from an idle machine's own.
_LATE_S: Final = 0.02
_LIMITS: Final = (
    Column(title="PROFILE"),
    Column(title="PROMPT", kind=Kind.COUNT),
    Column(title="ANSWER", kind=Kind.COUNT),
    Column(title="REQ/S", kind=Kind.NUMBER, digits=2),
    Column(title="TOKENS/S", kind=Kind.NUMBER, digits=0),
    Column(title="STEP", kind=Kind.DURATION, digits=1),
    Column(title="WAITS FOR"),
    Column(title="FULL"),
)
_COUNTS: Final = (Column(title="ANSWERS"), Column(title="COUNT", kind=Kind.COUNT))


def unreadable(findings: Sequence[Finding]) -> Report:
    """A profile cannot be used."""
    gate = Gate(name="profile", group="simulate", outcome=Outcome.FAILED, message=findings[0].message)
    verdict = Verdict(word="UNREADABLE", text="the profile cannot be used")
    return Report(status=Status.UNREADABLE, blocks=(verdict,), findings=tuple(findings), gates=(gate,))


def forecast(profiles: Sequence[Profile], replicas: int, named: str) -> Report:
    """What profiles can do at most, at the usual lengths; `named` is what the user called the first of them."""
    from airectl.core.replica.saturation import saturation

    limits = [
        (each, prompt, answer, saturation(each, prompt, answer))
        for each in profiles
        for prompt, answer in LENGTHS
        if prompt + answer <= each.max_tokens
    ]
    rows = [_row(profile, prompt, answer, limit, replicas) for profile, prompt, answer, limit in limits]
    many = "one replica" if replicas == 1 else f"{replicas} replicas"
    return Report(
        status=Status.DONE,
        data={
            "replicas": replicas,
            "profiles": [_profile_data(each) for each in profiles],
            "limits": [
                {
                    "profile": profile.name,
                    "prompt_tokens": prompt,
                    "output_tokens": answer,
                    **_limit_data(limit, replicas),
                }
                for profile, prompt, answer, limit in limits
            ],
        },
        blocks=(
            Lines(lines=[f"what {many} can do at most; beyond that, requests wait"]),
            Table(columns=_LIMITS, rows=rows),
            Lines(lines=[f"{each.name}: {each.title}" for each in profiles if each.title]),
            Next(commands=[f"airectl simulate --profile {shlex.quote(named)}"]),
        ),
    )


def _row(profile: Profile, prompt: int, answer: int, limit: Saturation, replicas: int) -> tuple[Any, ...]:
    rate, tokens = limit.rate_rps * replicas, limit.output_tokens_per_s * replicas
    return profile.name, prompt, answer, rate, tokens, limit.step_s, limit.bound.value, limit.full.value


def _limit_data(limit: Saturation, replicas: int) -> dict[str, Any]:
    return {
        "rate_rps": limit.rate_rps * replicas,
        "output_tokens_per_s": limit.output_tokens_per_s * replicas,
        "running": limit.running * replicas,
        "step_s": limit.step_s,
        "bound": limit.bound.value,
        "full": limit.full.value,
    }


def _profile_data(profile: Profile) -> dict[str, Any]:
    parts = ("accelerator", "model", "serving", "efficiency")
    return {
        "name": profile.name,
        "title": profile.title,
        **{part: asdict(getattr(profile, part)) for part in parts},
        "kv_tokens": profile.kv_tokens,
    }


def suggestions(url: str) -> list[str]:
    """What to try against a server that listens."""
    return [f"airectl probe {url}", f"airectl metrics lint {url}/metrics"]


def data(settings: Settings, served: Served, url: str) -> dict[str, Any]:
    """A run for machines."""
    return {
        "url": url,
        "profile": settings.profile.name,
        "model": settings.model,
        "replicas": settings.replicas,
        "seed": settings.seed,
        "speed": settings.speed,
        "golden": settings.golden is not None,
        "elapsed_s": served.elapsed_s,
        "requests": served.requests,
        "answers": {str(status): count for status, count in served.statuses.items()},
        "finished": served.finished,
        "tokens": served.tokens,
        "faults": served.faults,
        "cancelled": served.cancelled,
        "busy_ratio": served.busy_ratio,
        "lag_s": {"mean": served.mean_lag_s, "max": served.lag_s},
    }


def blocks(profile: Profile, served: Served) -> Iterator[Block]:
    """What was served, what went wrong on purpose, and whether this machine kept up."""
    text = f"{_many(served.requests, 'request')}, {_many(served.tokens['generation_tokens'], 'token')}"
    yield Verdict(word="DONE", text=text, aside=f"{profile.name} for {served.elapsed_s:.1f} s")
    rows = [(f"HTTP {status}", count) for status, count in served.statuses.items()]
    rows += [(f"finished: {reason}", count) for reason, count in served.finished.items()]
    rows += [(f"fault: {kind}", count) for kind, count in served.faults.items()]
    if served.cancelled:
        rows.append(("clients that went away", served.cancelled))
    if rows:
        yield Table(columns=_COUNTS, rows=rows)
    yield Lines(lines=list(_remarks(served)))


def _remarks(served: Served) -> Iterator[str]:
    if served.tokens["prompt_tokens"]:
        yield f"replicas computed {served.busy_ratio:.0%} of the time".replace("%", " %")
    if served.mean_lag_s > _LATE_S:
        yield (
            f"this machine was {served.mean_lag_s * 1000:.0f} ms late on average and {served.lag_s * 1000:.0f} ms at "
            "most: what clients measured is its limit, not the profile's"
        )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
