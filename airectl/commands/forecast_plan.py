"""`airectl forecast plan.yaml`: several services, each asked as a command line would ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os.path import relpath
from pathlib import Path
from typing import Any, Final

from airectl.commands.forecast_reading import InputAsked, reading_of, unanswered
from airectl.commands.forecast_sizing import ModelAsked, SizingAsked, sized
from airectl.commands.forecasted import AheadAsked, Asked, Context, Forecasted, foreseen, service_of, timing_of
from airectl.commands.specs import with_excerpts
from airectl.core.findings import Finding
from airectl.demand import plan_file, texts
from airectl.demand.plan_file import PlanFile
from airectl.demand.series import Reading
from airectl.demand.service import Service
from airectl.errors import UsageError
from airectl.run import Run
from airectl.spec import source
from airectl.spec.tree import Map

_OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*)")
_KEYS: Final = {"event": "events"}
# Paths, where they name no shipped profile and are no number.
_PATHS: Final = ("file", "capacity", "requests", "prices", "profile")


def planned(run: Run, asked: Asked) -> Forecasted:
    """The outlooks of a plan's services. Raises UsageError."""
    inputs = source.read([asked.input.series], run.env)
    if inputs.findings:
        return Forecasted(now=run.env.now(), findings=inputs.findings)
    text = inputs.texts[0]
    found = plan_file.read(text.path, text.text)
    told = {text.path: text.text}
    if not isinstance(found, PlanFile):
        return Forecasted(now=run.env.now(), findings=tuple(with_excerpts(found, told)))
    services: list[tuple[Service, Reading]] = []
    findings: list[Finding] = []
    for node in found.services:
        service, more = _service(run, asked, found, node)
        findings += more
        if service is not None:
            services.append(service)
    at = texts.moment("--at", asked.input.at) if asked.input.at else None
    if not services:
        findings = list(with_excerpts(findings, told))
        return Forecasted(now=at or run.env.now(), findings=findings, unanswered=unanswered(findings))
    done = foreseen(run, services, Context(asked=asked, at=at, findings=findings))
    budget = found.node.get("budget_gpus") if asked.sizing.budget is None else asked.sizing.budget
    place = found.node.at("budget_gpus") if "budget_gpus" in found.node else None
    return replace(done, findings=tuple(with_excerpts(done.findings, told)), budget=budget, budget_at=place, texts=told)


def _service(
    run: Run, asked: Asked, plan: PlanFile, node: Map
) -> tuple[tuple[Service, Reading] | None, Sequence[Finding]]:
    """A service with its demand; None, and why, where it cannot be had."""
    given = _given(run, asked, plan, node)
    try:
        own = _asked(given, asked)
        timing = timing_of(own.ahead)
        at = texts.moment("--at", own.input.at) if own.input.at else None
        reading = reading_of(run, own.input, timing, at)
        if not reading.series:
            return None, reading.findings
        found = sized(run, own.sizing, reading)
    except UsageError as error:
        return None, [_as_finding(error, node, plan)]
    findings = [*reading.findings, *found.findings]
    if found.sizing is None:
        return None, findings
    service = replace(service_of(own, timing, reading, found), name=node["name"], at=node.at("name"))
    service = replace(service, model=node.text("model"), assumptions=_named(node, service.assumptions))
    return (service, replace(reading, series=_renamed(reading, node))), findings


def _named(node: Map, said: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{node['name']}: {each}" for each in said)


def _renamed(reading: Reading, node: Map) -> Sequence[Any]:
    """Series by the service's name; those of groups have it in front."""
    if len(reading.series) == 1:
        return (replace(reading.series[0], name=node["name"]),)
    return tuple(replace(each, name=f"{node['name']}/{each.name}") for each in reading.series)


def _given(run: Run, asked: Asked, plan: PlanFile, node: Map) -> Mapping[str, Any]:
    """What the plan says of a service: its own words first. Paths are relative to the plan."""
    shared = {key: value for key, value in plan.node.items() if key not in ("services", "budget_gpus")}
    given: dict[str, Any] = {**shared, **node}
    folder = (run.env.cwd / asked.input.series).parent
    for key in _PATHS:
        value = given.get(key)
        if isinstance(value, str) and _is_path(key, value, folder):
            given[key] = relpath(folder / value, run.env.cwd)
    return given


def _is_path(key: str, value: str, folder: Path) -> bool:
    if key == "capacity":
        try:
            float(value)
        except ValueError:
            return True
        return False
    return key != "profile" or (folder / value).exists()


def _asked(given: Mapping[str, Any], asked: Asked) -> Asked:
    """The command line that the plan stands for; flags that were given come first."""

    def text(key: str, flag: str | None = None) -> str | None:
        value = given.get(key)
        return flag if flag is not None else None if value is None else str(value)

    def number(key: str, flag: Any = None) -> Any:
        value = given.get(key)
        return flag if flag is not None else value

    ahead, sizing, model = asked.ahead, asked.sizing, asked.sizing.model
    return replace(
        asked,
        input=InputAsked(
            series=str(given.get("file") or given["query"]),
            kind="query" if "query" in given else "file",
            time=text("time"), value=text("value"), group_by=text("group_by"), zone=text("zone", asked.input.zone),
            unit=text("unit"), source=text("source", asked.input.source),
            history=text("history", asked.input.history), at=asked.input.at,
        ),
        ahead=AheadAsked(
            horizon=text("horizon", ahead.horizon), step=text("step", ahead.step), season=ahead.season,
            event=(*ahead.event, *map(str, given.get("events", ()))), growth=text("growth", ahead.growth),
            lead_time=text("lead_time", ahead.lead_time), order_quantile=text("order_quantile", ahead.order_quantile),
            fail_if_crossing=text("fail_if_crossing", ahead.fail_if_crossing),
        ),
        sizing=SizingAsked(
            model=ModelAsked(
                profile=text("profile", model.profile), requests=text("requests", model.requests),
                input_tokens=_float(number("input_tokens", model.input_tokens)),
                output_tokens=_float(number("output_tokens", model.output_tokens)),
                cached=text("cached", model.cached), ttft=text("ttft", model.ttft), itl=text("itl", model.itl),
                specs=model.specs,
            ),
            capacity=text("capacity", sizing.capacity), unit=text("unit"), replicas=number("replicas", sizing.replicas),
            headroom=text("headroom", sizing.headroom),
            failure_domain=number("failure_domain", sizing.failure_domain), surge=number("surge", sizing.surge),
            accelerator=text("accelerator", sizing.accelerator),
            tensor_parallel=number("tensor_parallel", sizing.tensor_parallel), node=number("node", sizing.node),
            budget=number("budget_gpus"), prices=text("prices", sizing.prices),
        ),
    )  # fmt: skip


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _as_finding(error: UsageError, node: Map, plan: PlanFile) -> Finding:
    """What a command line would say, at the key that says it."""
    option = _OPTION.search(error.message)
    key = option[1].replace("-", "_") if option else ""
    key = _KEYS.get(key, key)
    at = node.at(key) if key in node else plan.node.at(key) if key in plan.node else node.at("name")

    def said(text: str) -> str:
        return _OPTION.sub(lambda found: f"`{found[1].replace('-', '_')}`", text).replace("``", "`")

    return plan_file.finding(said(error.message), at, said(error.help))
