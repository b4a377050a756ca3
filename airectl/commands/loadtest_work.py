"""What a load test does: ask the server whether it is there, send, and have its metrics read beside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from airectl.commands.loadtest_given import Given
from airectl.commands.loadtest_live import Live
from airectl.commands.loadtest_prepare import Prepared, client_of, protocol_of
from airectl.commands.loadtest_target import target_of
from airectl.commands.simulated import time_of
from airectl.errors import SourceError, UsageError
from airectl.load.driving import How, Watch
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.plan import Plan
    from airectl.load.running import Beside, Done, Engine, Order
    from airectl.load.scraper import Page


def look(run: Run, given: Given, prepared: Prepared) -> Order:
    """Ask the server whether it is there, for its models, and for the tokens of a few prompts. Raises AirectlError."""
    from airectl.load import readiness

    target, order, stop = prepared.target, prepared.order, run.env.stop
    said = f"the server at {target.url}"
    with stop.watched():
        spoken, path = order.job.protocol, target.endpoint.path
        behind = prepared.by_proxy
        listed = [] if behind else readiness.ready(prepared.client, said, path, stop, protocol=spoken)
        model = readiness.chosen_model(listed, order.job.model, said)
        order = replace(order, job=replace(order.job, model=model, wanted_model=order.job.wanted_model or model))
        if prepared.asked.tokenizer:
            from airectl.load import tokenizer

            found = tokenizer.calibrated(prepared.asked.tokenizer, run.env.cwd)
            order = replace(order, plan=replace(order.plan, calibration=found))
        elif given.calibrate and spoken in readiness.LISTING and not behind:
            protocol, plan = protocol_of(prepared.asked, target, model), order.plan
            counted = readiness.calibrated(prepared.client, protocol, seed=plan.seed, longest=_longest(plan), stop=stop)
            if counted:
                order = replace(order, plan=replace(plan, calibration=counted))
    return order


def _longest(plan: Plan) -> float:
    """About how long prompts are; a trace and a file may have any length."""
    return max(getattr(getattr(plan.workload, "input", None), "expected", 1024.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What all runs of one command share: who sends, and what is read beside."""

    run: Run
    engine: Engine
    live: Live
    beside: Beside

    def send(self, order: Order, folder: Path, title: str = "") -> Done:
        """One run. Raises SourceError where it cannot begin."""
        from airectl.load.running import execute

        self.live.begin(title, order.plan.ends_s, order.plan.requests)
        done = execute(order, self.engine, folder, self.beside)
        if done.ended.how is How.FAILED:
            raise SourceError(done.ended.message, help=done.ended.help)
        return done


@contextmanager
def sending(run: Run, given: Given, prepared: Prepared, live: Live) -> Iterator[Sending]:
    """Everything that is needed to send, until it is left. Raises UsageError and SourceError."""
    from airectl.core.server_side import Watching
    from airectl.load.running import Beside
    from airectl.load.scraper import roles
    from airectl.telemetry.catalogue import load

    beside = Beside(
        watch=Watch(observe=live.show, say=live.say, stop=run.env.stop),
        pages=_pages(run, given, prepared),
        watching=Watching(roles(), load()),
    )
    with run.env.stop.watched(), _engine(run, given, prepared, live) as engine:
        yield Sending(run=run, engine=engine, live=live, beside=beside)


def _pages(run: Run, given: Given, prepared: Prepared) -> list[Page]:
    """The pages of metrics to read beside the load: the server's own, and those that --metrics names."""
    from airectl.load.scraper import Page

    own = f"{prepared.target.endpoint.origin}/metrics"
    found = {own: Page(place=own, client=prepared.client, path="/metrics")}
    for text in given.metrics:
        place = target_of(run, text)
        path = place.endpoint.path or "/metrics"
        name = f"{place.endpoint.origin}{path}"
        found[name] = Page(place=name, client=client_of(place), path=path, wanted=True)
    return list(found.values())


@contextmanager
def _engine(run: Run, given: Given, prepared: Prepared, live: Live) -> Iterator[Engine]:
    """What sends: processes here, or workers elsewhere."""
    from airectl.load.running import LocalEngine, LocustEngine

    cluster = given.cluster
    if given.engine == "local":
        yield LocalEngine(environ=run.env.environ, processes=prepared.processes)
        return
    from airectl.load.cluster.master import Workers
    from airectl.load.cluster.pipe import ClusterError

    expected, within_s = cluster.workers or 1, time_of("--worker-timeout", cluster.wait)
    try:
        all_ = Workers(run.env.environ, cluster.bind, cluster.port)
    except ClusterError as error:
        raise UsageError(str(error), help=error.help) from None
    try:
        with all_ as workers:
            live.say(f"waiting at {cluster.bind}:{workers.port}")
            workers.gather(expected, within_s, run.env.stop, live.say)
            yield LocustEngine(workers=workers)
    except ClusterError as error:
        raise SourceError(str(error), help=error.help) from None
