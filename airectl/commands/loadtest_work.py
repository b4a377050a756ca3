"""What `airectl loadtest` does: look, decide, send, and read what came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.loadtest_asked import Asked
from airectl.commands.loadtest_live import Live
from airectl.commands.loadtest_plan import plan_of
from airectl.commands.loadtest_target import Target, permitted, target_of
from airectl.commands.simulated import time_of
from airectl.commands.specs import one_of
from airectl.core.load_bounds import Bounds
from airectl.errors import ConfigError, SourceError, UsageError
from airectl.load.driving import How
from airectl.load.protocols import DEFAULT, NAMES
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.plan import Plan
    from airectl.load.protocols.interface import Protocol
    from airectl.load.running import Done, Engine, Order
    from airectl.load.scraper import Page
    from airectl.net.http_client import Client

# A core for what is not sending: the server on this machine, and this process.
_MOST_PROCESSES: Final = 8
_RUNS: Final = "airectl-runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What will be sent, where, and within which bounds; `processes` are those wanted on this machine.

    `shown` is the folder of the run as the user wrote it.
    """

    target: Target
    order: Order
    bounds: Bounds
    processes: int
    shown: str
    folder: Path
    streamed: bool
    client: Client


def prepare(run: Run, asked: Asked) -> Prepared:
    """Everything that can be decided without asking the server. Raises UsageError, ConfigError and Unreachable."""
    from airectl.load.demand import demand
    from airectl.load.safety import bound

    target = target_of(run, asked.target, asked.token)
    plan, bounds = plan_of(asked.plan), asked.caps.over(run.config.loadtest)
    bound(demand(plan), bounds)
    permitted(target.endpoint, bounds, yes=asked.yes)
    protocol = protocol_of(asked, target, target.model)
    name = asked.name or "loadtest"
    shown = asked.out or f"{_RUNS}/{name}-{run.env.now():%Y%m%dT%H%M%SZ}"
    return Prepared(
        target=target,
        order=_order(asked, target, plan, name, streamed=protocol.streams),
        bounds=bounds,
        processes=_processes(asked, plan),
        shown=shown,
        folder=run.env.cwd / shown,
        streamed=protocol.streams,
        client=client_of(target),
    )


def client_of(target: Target) -> Client:
    """What asks a server beside the load. Raises ConfigError."""
    from airectl.load.control import CONNECT_S, LIMIT_BYTES
    from airectl.net.http_client import Client
    from airectl.net.places import CredentialsError

    try:
        return Client(target.endpoint, target.credentials, connect_s=CONNECT_S, limit_bytes=LIMIT_BYTES)
    except CredentialsError as error:
        raise ConfigError(str(error), help=error.help) from None


def protocol_of(asked: Asked, target: Target, model: str) -> Protocol:
    """The protocol as it was asked for. Raises UsageError."""
    from airectl.load.protocols import protocol
    from airectl.load.protocols.interface import ProtocolError, Settings

    name = one_of("--protocol", asked.protocol or DEFAULT, NAMES)
    settings = Settings(base=target.endpoint.path, model=model, options=options_of(asked.options))
    try:
        return protocol(name, settings)
    except ProtocolError as error:
        raise UsageError(str(error), help=error.help) from None


def options_of(texts: Sequence[str]) -> dict[str, Any]:
    """`KEY=VALUE` of --option; a value that is JSON is that, any other a text. Raises UsageError."""
    found: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"--option cannot be `{text}`", help="write KEY=VALUE, such as stream=false")
        try:
            found[key] = json.loads(value)
        except (ValueError, RecursionError):
            found[key] = value
    return found


def _order(asked: Asked, target: Target, plan: Plan, name: str, *, streamed: bool) -> Order:
    from airectl.core.schedule import Closed, Open
    from airectl.load.job import Job
    from airectl.load.running import Order

    most, when_full = asked.in_flight
    job = Job(
        url=target.url,
        protocol=asked.protocol or DEFAULT,
        model=asked.model or target.model,
        options=options_of(asked.options),
        credentials=target.table,
        credentials_folder=target.folder,
        most_in_flight=most,
        when_full=when_full,
        send_for_s=plan.ends_s or 0.0,
        most_requests=plan.requests or 0,
        drain_s=asked.patience.drain_s,
        timeouts=asked.patience.timeouts,
    )
    open_ = plan.arrivals if isinstance(plan.arrivals, Open) else None
    about = {
        "arrivals": "closed" if isinstance(plan.arrivals, Closed) else "open" if open_ else "trace",
        "closed": isinstance(plan.arrivals, Closed),
        "steady": open_ is not None and len({r for s in open_.segments for r in (s.from_rps, s.to_rps)}) == 1,
        "streamed": streamed,
        "planned_requests": plan.requests,
        "caps": {"in_flight": most, "when_full": when_full.value} if most else {},
    }
    return Order(job=job, plan=plan, name=name, about=about)


def _processes(asked: Asked, plan: Plan) -> int:
    """As many as there are cores, but one; not more than there are places for requests."""
    most, _ = asked.in_flight
    cores = len(os.sched_getaffinity(0))
    wanted = asked.processes or min(max(cores - 1, 1), _MOST_PROCESSES)
    places = [each for each in (most, plan.concurrency, plan.requests or 0) if each]
    return min([wanted, *places])


def look(run: Run, asked: Asked, prepared: Prepared) -> Order:
    """Ask the server whether it is there, for its models, and for the tokens of a few prompts. Raises AirectlError."""
    from airectl.load import readiness

    target, order = prepared.target, prepared.order
    said = f"the server at {target.url}"
    with run.env.stop.watched():
        listed = readiness.ready(prepared.client, said, target.endpoint.path, run.env.stop, protocol=order.job.protocol)
        model = readiness.chosen_model(listed, order.job.model, said)
        order = replace(order, job=replace(order.job, model=model))
        if asked.calibrate:
            protocol = protocol_of(asked, target, model)
            found = readiness.calibrated(
                prepared.client, protocol, seed=order.plan.seed, longest=_longest(order.plan), stop=run.env.stop
            )
            if found:
                order = replace(order, plan=replace(order.plan, calibration=found))
    return order


def _longest(plan: Plan) -> float:
    return max(getattr(getattr(plan.workload, "input", None), "expected", 1024.0), 1.0)


@contextmanager
def engine_of(run: Run, asked: Asked, prepared: Prepared, live: Live) -> Iterator[Engine]:
    """What sends: processes here, or workers elsewhere. Raises UsageError and SourceError."""
    from airectl.load.running import LocalEngine, LocustEngine

    if one_of("--engine", asked.engine, ("local", "locust")) == "local":
        if asked.cluster.workers is not None:
            raise UsageError("--expect-workers goes with --engine locust", help="add `--engine locust`")
        yield LocalEngine(environ=run.env.environ, processes=prepared.processes)
        return
    from airectl.load.cluster.master import Workers
    from airectl.load.cluster.pipe import ClusterError

    expected, within_s = asked.cluster.workers or 1, time_of("--worker-timeout", asked.cluster.wait)
    try:
        with Workers(run.env.environ, asked.cluster.bind, asked.cluster.port) as workers:
            live.say(f"waiting for {expected} workers at {asked.cluster.bind}:{workers.port}")
            workers.gather(expected, within_s, run.env.stop, live.say)
            yield LocustEngine(workers=workers)
    except ClusterError as error:
        raise SourceError(str(error), help=error.help) from None


def pages_of(run: Run, asked: Asked, prepared: Prepared) -> list[Page]:
    """The pages of metrics to read beside the load: the server's own, and those that --metrics names."""
    from airectl.load.scraper import Page

    origin = prepared.target.endpoint.origin
    found = {f"{origin}/metrics": Page(place=f"{origin}/metrics", client=prepared.client, path="/metrics")}
    for text in asked.metrics:
        place = target_of(run, text)
        path = place.endpoint.path or "/metrics"
        name = f"{place.endpoint.origin}{path}"
        found[name] = Page(place=name, client=client_of(place), path=path, wanted=True)
    return list(found.values())


def send(run: Run, asked: Asked, prepared: Prepared, order: Order, live: Live) -> Done:
    """Send it all. Raises what cannot be begun."""
    from airectl.core.server_side import Watching
    from airectl.load.running import Beside, execute
    from airectl.load.scraper import roles
    from airectl.telemetry.catalogue import load

    beside = Beside(
        observe=live.show,
        stop=run.env.stop,
        pages=pages_of(run, asked, prepared),
        watching=Watching(roles(), load()),
    )
    with run.env.stop.watched(), engine_of(run, asked, prepared, live) as engine:
        live.begin("", order.plan.ends_s, order.plan.requests)
        done = execute(order, engine, prepared.folder, beside)
    if done.ended.how is How.FAILED:
        raise SourceError(done.ended.message, help=done.ended.help)
    return done
