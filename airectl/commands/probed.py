"""What `airectl probe` does: read prompts and objectives, ask, count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from airectl.commands import probe_watch
from airectl.commands.ruled import built_of
from airectl.commands.selection import chosen
from airectl.commands.specs import Checked, load_specs, one_of
from airectl.core.findings import Finding, Severity
from airectl.core.units import parse_seconds
from airectl.errors import ConfigError, UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.probing.goals import Goal, Unmeasured
    from airectl.probing.golden import Prompt
    from airectl.probing.prober import Prober
    from airectl.probing.reasons import Failure
    from airectl.probing.record import Record
    from airectl.probing.rounds import Schedule
    from airectl.probing.target import Target

_CONNECT_S: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait, as times with their unit."""

    timeout: str
    first_token: str
    stall: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line wants probed. `thresholds` are times by the measure's name."""

    target: str
    limits: Limits
    thresholds: Mapping[str, str | None]
    protocol: str | None = None
    model: str | None = None
    response_model: str | None = None
    prompts: str | None = None
    specs: Sequence[str] | None = None
    slo: Sequence[str] | None = None
    count: int | None = None
    interval: str | None = None
    listen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """What the server is held to, and what a probe cannot measure of the specs."""

    goals: tuple[Goal, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    checked: Checked | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What came of it. `unusable`: the prompts cannot be used, and nothing was asked.

    `lost` is why the server could not even say which model it has. `partial`: the user ended it early.
    """

    target: Target
    model: str = ""
    record: Record
    objectives: Objectives
    schedule: Schedule
    findings: tuple[Finding, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    unusable: bool = False
    lost: Failure | None = None
    partial: bool = False


def probed(run: Run, asked: Asked) -> Probed:
    """Everything that was asked for. Raises UsageError and ConfigError where nothing can be."""
    from airectl.probing.record import Record

    schedule = _schedule(asked)
    target = _target(run, asked)
    objectives = _objectives(run, asked)
    prompts, found, texts = _prompts(run, asked.prompts)
    done = Probed(
        target=target,
        record=Record(prompts, objectives.goals),
        objectives=objectives,
        schedule=schedule,
        findings=(*found, *target.remarks),
        texts=texts,
        unusable=not prompts,
    )
    return done if done.unusable else _ask(run, replace(done, target=_with_model(target, objectives)), prompts, asked)


def _ask(run: Run, done: Probed, prompts: Sequence[Prompt], asked: Asked) -> Probed:
    """Ask every prompt as often as is wanted."""
    from airectl.net.flight import StoppedError
    from airectl.probing.prober import ModelsError
    from airectl.probing.rounds import rounds

    prober = _prober(run, done.target, asked.limits)
    prober.check(prompts)
    partial, lost = False, None
    with run.env.stop.watched(), ExitStack() as open_:
        try:
            prober.find_model()
            watch = probe_watch.of(run, prober, prompts, asked.listen, open_) if asked.interval else None
            for results in rounds(prober, prompts, done.schedule, run.env.stop):
                for result in results:
                    done.record.add(result)
                    run.log(probe_watch.said(result))
                    if watch:
                        watch.add(result)
                done.record.rounds += 1
                if watch:
                    watch.end_round()
        except StoppedError:
            partial = done.schedule.rounds is not None or not done.record.rounds
        except ModelsError as error:
            lost = error.failure
    return replace(done, model=prober.model, partial=partial, lost=lost)


def _prober(run: Run, target: Target, limits: Limits) -> Prober:
    from airectl.net.places import CredentialsError
    from airectl.probing.exchange import Patience
    from airectl.probing.prober import Prober

    total_s = _seconds("--timeout", limits.timeout)
    patience = Patience(
        connect_s=min(_CONNECT_S, total_s),
        first_token_s=_seconds("--first-token-timeout", limits.first_token),
        stall_s=_seconds("--stall-timeout", limits.stall),
        total_s=total_s,
    )
    try:
        return Prober(target, patience, run.env.stop)
    except CredentialsError as error:
        raise ConfigError(str(error), help=error.help) from None


def _seconds(option: str, text: str) -> float:
    return float(_time(option, text))


def _time(option: str, text: str) -> Decimal:
    """A time above 0. Raises UsageError."""
    try:
        seconds = parse_seconds(text)
    except ValueError:
        seconds = Decimal(0)
    if seconds <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 500ms")
    return seconds


def _schedule(asked: Asked) -> Schedule:
    from airectl.probing.rounds import Schedule

    if asked.interval is None:
        if asked.listen is not None:
            raise UsageError("--listen goes with --interval", help="add `--interval 30s`")
        return Schedule(rounds=asked.count or 1)
    return Schedule(rounds=asked.count, interval_s=_seconds("--interval", asked.interval))


def _target(run: Run, asked: Asked) -> Target:
    """The target as the settings have it, with what the command line says of it."""
    from airectl.probing.protocols import NAMES
    from airectl.probing.target import Settings, target

    config = run.config
    found = target(
        asked.target, Settings(tables=config.probes, file=config.file, cwd=run.env.cwd, environ=run.env.environ)
    )
    if asked.protocol is not None:
        found = replace(found, protocol=one_of("--protocol", asked.protocol, NAMES))
    return replace(
        found,
        model=found.model if asked.model is None else asked.model,
        response_model=found.response_model if asked.response_model is None else asked.response_model,
    )


def _with_model(target: Target, objectives: Objectives) -> Target:
    """The target, asked for the model that the specs are about where nobody named another."""
    if target.model or target.protocol == "http":
        return target
    return replace(target, model=objectives.model)


def _prompts(run: Run, path: str | None) -> tuple[Sequence[Prompt], Sequence[Finding], Mapping[str, str]]:
    """The prompts of a file, else those that are shipped; what is wrong with the file, and its text."""
    from airectl.probing import prompt_files
    from airectl.spec.source import read

    if path is None:
        return prompt_files.shipped(), (), {}
    inputs = read([path], run.env)
    texts = {text.path: text.text for text in inputs.texts}
    found: list[Finding] = list(inputs.findings)
    prompts: list[Prompt] = []
    for text in inputs.texts:
        done = prompt_files.read(text.path, text.text)
        found += done.findings
        prompts += done.prompts
    return prompts if len(inputs.texts) == 1 else [], found, texts


def _objectives(run: Run, asked: Asked) -> Objectives:
    """Those of the flags, and of the specs. Raises UsageError."""
    from airectl.core.slo import Measure
    from airectl.probing import goals

    given = [(Measure(name), _time(f"--{name}", text)) for name, text in asked.thresholds.items() if text is not None]
    of_flags = goals.of_flags(given)
    if asked.specs is None:
        if asked.slo:
            raise UsageError("--slo goes with --specs", help="add `--specs slo-specs`")
        return Objectives(goals=tuple(of_flags))
    checked = load_specs(run, asked.specs)
    built = chosen(built_of(run, checked.specs, checked.context.catalogue), asked.slo)
    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    sound = list(_named([slo for slo in built.slos if slo.at.path not in invalid], asked.slo))
    measured, unmeasured = goals.of_slos(sound)
    left_out = [
        goals.Unmeasured(id=each.id, reason=each.reason, at=each.at)
        for each in built.left_out
        if each.at.path not in invalid
    ]
    return Objectives(
        goals=(*of_flags, *measured),
        unmeasured=(*unmeasured, *left_out),
        checked=checked,
        model=goals.model_of(sound),
    )


def _named(slos: Sequence[Slo], names: Sequence[str] | None) -> Iterator[Slo]:
    """The SLOs with only those of their objectives that --slo names. Raises UsageError for one that is not there."""
    if not names:
        yield from slos
        return
    known = {f"{slo.id}/{each.name}" for slo in slos for each in slo.objectives} | {slo.id for slo in slos}
    for name in names:
        if name.count("/") > 1 and name not in known:
            raise UsageError(f"no objective is called `{name}`", help="write its displayName, or its index from 0")
    for slo in slos:
        named = tuple(each for each in slo.objectives if {slo.id, f"{slo.id}/{each.name}"}.intersection(names))
        yield replace(slo, objectives=named)
