"""Everything of a load test that can be decided before the server is asked: what, where to, and whether at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.loadtest_given import Given, options_of
from airectl.commands.loadtest_server import accelerators_of, price_of
from airectl.commands.loadtest_target import Target, permitted, proxied, target_of
from airectl.commands.specs import one_of, with_excerpts
from airectl.core.findings import Finding
from airectl.core.load_bounds import Bounds
from airectl.errors import ConfigError, UsageError
from airectl.load.asked import Asked
from airectl.load.protocols import DEFAULT, NAMES
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.plan import Plan
    from airectl.load.protocols.interface import Protocol
    from airectl.load.running import Order
    from airectl.load.safety import Demand
    from airectl.net.http_client import Client

ENGINES: Final = ("local", "locust")
_SCENARIOS: Final = (".yaml", ".yml", ".json", "-")
# A core is left for this process, and for the server where it is on this machine.
_MOST_PROCESSES: Final = 8
_RUNS: Final = "airectl-runs"
_SALTS: Final = 2**32


class UnusableError(Exception):
    """The scenario, or a file that it names, cannot be used; the findings say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message)
        self.findings = findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What will be sent, where, and within which bounds; `processes` are those wanted on this machine.

    `shown` is the folder of the run as the user wrote it. `by_proxy`: requests go by one, and the server is asked
    nothing beside the load. `findings` are about files and settings.
    """

    target: Target
    asked: Asked
    order: Order
    demand: Demand
    bounds: Bounds
    processes: int
    shown: str
    folder: Path
    streamed: bool
    client: Client
    by_proxy: bool = False
    findings: tuple[Finding, ...] = ()


def prepare(run: Run, given: Given) -> Prepared:
    """Raises UnusableError for bad files, UsageError, ConfigError and Unreachable for what else cannot be."""
    from airectl.load import planning
    from airectl.load.demand import demand
    from airectl.load.safety import bound

    if one_of("--engine", given.engine, ENGINES) == "local" and given.cluster.workers is not None:
        raise UsageError("--expect-workers goes with --engine locust", help="add `--engine locust`")
    asked = _asked(run, given)
    if not asked.target:
        raise UsageError("the scenario names no target", help="write `target: URL` in it")
    target = target_of(run, asked.target, given.token)
    data = planning.load(asked, run.env)
    if not data.usable:
        raise UnusableError(data.findings)
    plan = planning.plan_of(asked, data, salt=int(run.env.now().timestamp()) % _SALTS)
    bounds, wants = given.caps.over(run.config.loadtest), demand(plan)
    if not given.search.wanted:
        bound(wants, bounds)
    by_proxy = given.wire.proxies and proxied(run, target.endpoint)
    place = permitted(target.endpoint, bounds, yes=given.yes, proxied=by_proxy)
    protocol = protocol_of(asked, target, asked.model or target.model)
    shown = given.out or f"{_RUNS}/{plan.name}-{run.env.now():%Y%m%dT%H%M%SZ}"
    return Prepared(
        target=target,
        asked=asked,
        order=_addressed(_order(given, asked, target, plan, streamed=protocol.streams), place.addresses),
        demand=wants,
        bounds=bounds,
        processes=_processes(given, asked, plan),
        by_proxy=by_proxy,
        shown=shown,
        folder=run.env.cwd / shown,
        streamed=protocol.streams,
        client=client_of(target),
        findings=(*target.remarks, *data.findings, *planning.remarks(asked, plan, wants.requests)),
    )


def _asked(run: Run, given: Given) -> Asked:
    """The scenario with the flags over it; a URL alone is a scenario that says no more."""
    from airectl.load.overrides import overridden

    options = options_of(given.options)
    if given.target.endswith(_SCENARIOS):
        asked = overridden(_scenario(run, given.target), given.overrides)
    else:
        asked = overridden(Asked(), replace(given.overrides, target=given.target))
    protocol = one_of("--protocol", asked.protocol or DEFAULT, NAMES)
    return replace(asked, protocol=protocol, options={**asked.options, **options})


def _scenario(run: Run, path: str) -> Asked:
    from airectl.load import scenario
    from airectl.spec.source import read

    inputs = read([path], run.env)
    if inputs.findings or not inputs.texts:
        raise UnusableError(inputs.findings)
    text = inputs.texts[0]
    try:
        return scenario.read(text.path, text.text)
    except scenario.ScenarioError as error:
        raise UnusableError(list(with_excerpts(list(error.findings), {text.path: text.text}))) from None


def protocol_of(asked: Asked, target: Target, model: str) -> Protocol:
    """The protocol as it was asked for. Raises UsageError."""
    from airectl.load.protocols import protocol
    from airectl.load.protocols.interface import ProtocolError, Settings

    settings = Settings(base=target.endpoint.path, model=model, options=asked.options)
    try:
        return protocol(asked.protocol, settings)
    except ProtocolError as error:
        raise UsageError(str(error), help=error.help) from None


def client_of(target: Target) -> Client:
    """What asks a server beside the load. Raises ConfigError."""
    from airectl.load.control import CONNECT_S, LIMIT_BYTES
    from airectl.net.http_client import Client
    from airectl.net.places import CredentialsError

    try:
        return Client(target.endpoint, target.credentials, connect_s=CONNECT_S, limit_bytes=LIMIT_BYTES)
    except CredentialsError as error:
        raise ConfigError(str(error), help=error.help) from None


def _order(given: Given, asked: Asked, target: Target, plan: Plan, *, streamed: bool) -> Order:
    from airectl.load.job import Job, WhenFull
    from airectl.load.running import Order

    job = Job(
        url=target.url,
        protocol=asked.protocol,
        model=asked.model or target.model,
        wanted_model=target.answers,
        options=asked.options,
        proxies=given.wire.proxies,
        keep_alive=given.wire.keep_alive,
        credentials=target.table,
        credentials_folder=target.folder,
        most_in_flight=asked.most_in_flight,
        when_full=WhenFull(asked.when_full),
        send_for_s=plan.ends_s or 0.0,
        most_requests=plan.requests or 0,
        drain_s=given.patience.drain_s,
        timeouts=given.patience.timeouts(asked.timeouts),
    )
    runs_on, price = accelerators_of(given.accelerator), price_of(given.price)
    fixed = {
        "streamed": streamed,
        "accelerator": runs_on.name,
        "accelerators": runs_on.count,
        "price_per_hour": f"{price:f}" if price else "",
        "caps": {"in_flight": asked.most_in_flight, "when_full": asked.when_full} if asked.most_in_flight else {},
    }
    return Order(job=job, plan=plan, name=plan.name, about={**fixed, **arrivals_about(plan)})


def _addressed(order: Order, addresses: tuple[str, ...]) -> Order:
    """The order for these addresses and no others: they are what was judged."""
    return replace(order, job=replace(order.job, addresses=addresses))


def arrivals_about(plan: Plan) -> Mapping[str, Any]:
    """What a manifest says of the plan's arrivals."""
    from airectl.core.schedule import EVEN, POISSON, Closed, Open
    from airectl.load.demand import planned

    about: dict[str, Any] = {"closed": False, "steady": False, "planned_requests": planned(plan)}
    match plan.arrivals:
        case Closed():
            return {**about, "arrivals": "closed", "closed": True, "steady": True}
        case Open():
            rates = {rate for each in plan.arrivals.segments for rate in (each.from_rps, each.to_rps)}
            gaps = {EVEN: "constant", POISSON: "poisson"}.get(plan.arrivals.burstiness, "gamma")
            return {**about, "arrivals": gaps, "steady": len(rates) == 1}
    return {**about, "arrivals": "trace"}


def _processes(given: Given, asked: Asked, plan: Plan) -> int:
    """One a core, but one; not more than there are places for requests."""
    cores = len(os.sched_getaffinity(0))
    wanted = given.processes or min(max(cores - 1, 1), _MOST_PROCESSES)
    places = [each for each in (asked.most_in_flight, plan.concurrency, plan.requests or 0) if each]
    return min([wanted, *places])
