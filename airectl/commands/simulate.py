"""`airectl simulate`: a server that behaves as a real one would on hardware that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from airectl.commands import simulate_words
from airectl.commands.simulated import (
    DEFAULT,
    ProfileName,
    address_of,
    faults_of,
    is_loopback,
    profiles_of,
    time_of,
)
from airectl.core.report import Report, Status
from airectl.errors import UsageError
from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.replica.profile import Profile
    from airectl.sim.server import Outcome, Place
    from airectl.sim.service import Settings

Listen = Annotated[str, typer.Option("--listen", metavar="ADDRESS", help="HOST:PORT; port 0 is any that is free.")]
Replicas = Annotated[int, typer.Option("--replicas", metavar="N", min=1, max=1000, help="So many behind one port.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Of answers and of faults.")]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", metavar="FAULT", help="NAME[=TIME][@FROM-TO][:SHARE], as in stall@30s-60s:0.1; repeatable."
    ),
]
Duration = Annotated[str | None, typer.Option("--duration", metavar="TIME", help="End then; default: when stopped.")]
Speed = Annotated[float, typer.Option("--speed", metavar="X", min=0.001, max=1000, help="So many times as fast.")]
Model = Annotated[str | None, typer.Option("--model", metavar="NAME", help="What the model is called.")]
Tokens = Annotated[
    int, typer.Option("--answer-tokens", metavar="N", min=1, help="Median length of answers nobody limits.")
]
Control = Annotated[bool, typer.Option("--control", help="Let clients on this machine order faults.")]
Golden = Annotated[
    bool, typer.Option("--golden", help="Fixed times whatever the load; events say when they were sent.")
]
Ttft = Annotated[str, typer.Option("--ttft", metavar="TIME", help="With --golden: until the first token.")]
Itl = Annotated[str, typer.Option("--itl", metavar="TIME", help="With --golden: between further tokens.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what it could do.")]


def simulate(
    run: Run,
    *,
    profile: ProfileName = DEFAULT,
    listen: Listen = "127.0.0.1:8000",
    replicas: Replicas = 1,
    seed: Seed = 0,
    fault: Faults = None,
    duration: Duration = None,
    speed: Speed = 1,
    model: Model = None,
    answer_tokens: Tokens = 200,
    control: Control = False,
    golden: Golden = False,
    ttft: Ttft = "50ms",
    itl: Itl = "20ms",
    dry_run: DryRun = False,
) -> Report:
    """Be an inference server: OpenAI's API and vLLM's metrics, as fast as the hardware of a profile would be.

    Requests are batched, queue and share the KV cache as on a real server, and more than it can do makes them
    wait. Faults happen as they are ordered: `airectl help simulating` lists them.

    Examples:
      airectl simulate --listen 127.0.0.1:0 --duration 1s
      airectl simulate --profile xeon-llama-8b --replicas 2 --dry-run
      airectl simulate --fault stall@30s-60s:0.1 --fault 503:0.01 --dry-run
    """
    from airectl.sim.server import Place
    from airectl.sim.service import Settings

    found = profiles_of(run, [profile])
    if found.findings:
        return simulate_words.unreadable(found.findings)
    chosen = found.profiles[0]
    host, port = address_of(listen)
    settings = Settings(
        profile=chosen,
        model=model or chosen.model.name,
        replicas=replicas,
        seed=seed,
        speed=speed,
        faults=faults_of(fault or []),
        control=control,
        golden=(time_of("--ttft", ttft), time_of("--itl", itl)) if golden else None,
        median_tokens=answer_tokens,
    )
    if golden and speed != 1:
        raise UsageError("--speed goes with a profile's own times", help="leave --golden out, or give --ttft and --itl")
    place = Place(
        host=host,
        port=port,
        duration_s=None if duration is None else time_of("--duration", duration),
        stopped=lambda: bool(run.env.stop),
    )
    if dry_run:
        return simulate_words.forecast([chosen], replicas, profile)
    return _served(run, settings, place)


def _served(run: Run, settings: Settings, place: Place) -> Report:
    """Serve until the end."""
    from airectl.sim import server

    if not is_loopback(place.host):
        _say(run, f"warning: anyone who reaches {place.host} can use this server; it asks for no key")
    where: list[str] = []

    def began(url: str) -> None:
        where.append(url)
        _say(run, f"{settings.profile.name} listens at {url}")
        for command in simulate_words.suggestions(url):
            _say(run, f"try: {command}")

    with run.env.stop.watched():
        outcome: Outcome = server.run(settings, place, began)
    return _report(settings.profile, settings, outcome, where[0])


def _report(profile: Profile, settings: Settings, outcome: Outcome, url: str) -> Report:
    return Report(
        status=Status.DONE,
        data=simulate_words.data(settings, outcome, url),
        blocks=tuple(simulate_words.blocks(profile, outcome)),
    )


def _say(run: Run, text: str) -> None:
    if not run.shared.quiet:
        print(f"airectl: {inert(text)}", file=run.env.stderr, flush=True)
