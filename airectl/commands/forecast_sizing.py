"""What carries a demand, as the command line says it: capacity, reserve, accelerators, prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from airectl.core.findings import Finding, Location, Severity
from airectl.demand import texts
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.sizing import Packing
    from airectl.demand.accelerators import Kind
    from airectl.demand.capacity import Capacity
    from airectl.demand.carrying import Carrying, Modelled
    from airectl.demand.series import Reading
    from airectl.demand.service import Sizing


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAsked:
    """A replica by its model."""

    profile: str | None = None
    requests: str | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    cached: str | None = None
    ttft: str | None = None
    itl: str | None = None
    specs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingAsked:
    """What carries the demand."""

    model: ModelAsked
    capacity: str | None = None
    unit: str | None = None
    replicas: int | None = None
    headroom: str | None = None
    failure_domain: int | None = None
    surge: int | None = None
    accelerator: str | None = None
    tensor_parallel: int | None = None
    node: int | None = None
    budget: int | None = None
    prices: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """The sizing with the unit of the demand, what was taken for granted, and findings. None: it cannot be had."""

    sizing: Sizing | None
    unit: str = ""
    assumptions: Sequence[str] = ()
    findings: Sequence[Finding] = ()


class _Unsized(Exception):
    """There is no sizing; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def sized(run: Run, asked: SizingAsked, reading: Reading) -> Sized:
    """How the demand of `reading` is carried. Raises UsageError."""
    assumptions: list[str] = []
    findings: list[Finding] = []
    try:
        unit = _unit(asked, reading, assumptions)
        return _sized(run, asked, unit, (assumptions, findings))
    except _Unsized as error:
        return Sized(sizing=None, findings=(*findings, error.finding))


def _unit(asked: SizingAsked, reading: Reading, assumptions: list[str]) -> str:
    """What the user says, what the reader knows, else what the name of the metric tells."""
    from airectl.demand.units import guessed, unit_of

    if asked.unit is not None:
        return unit_of(asked.unit)
    for each in reading.series[:1]:
        if each.unit:
            return each.unit
        if found := guessed(each.metric):
            assumptions.append(f"`{each.metric}` is in {found}, by its name; `--unit` says otherwise")
            return found
    return ""


_Said = tuple[list[str], list[Finding]]


def _sized(run: Run, asked: SizingAsked, unit: str, said: _Said) -> Sized:
    from airectl.core.sizing import Reserve
    from airectl.demand.service import Sizing

    assumptions, findings = said
    capacity = _capacity(run, asked)
    kind = _kind(asked, capacity)
    model = _model(run, asked, unit, said)
    carrying = _carrying(capacity, model, unit, assumptions)
    if carrying is not None and asked.replicas is None:
        assumptions.append("1 replica runs now; `--replicas N` says how many do")
    reserve = Reserve(
        headroom_ratio=texts.ratio("--headroom", asked.headroom) if asked.headroom else 0.0,
        failure_replicas=1 if asked.failure_domain is None else asked.failure_domain,
        surge_replicas=1 if asked.surge is None else asked.surge,
    )
    packing = _packing(asked, kind, (capacity, model), assumptions if carrying else [])
    tokens = capacity.tokens_per_request if capacity else None
    sizing = Sizing(
        carrying=carrying,
        capacity=capacity,
        model=model,
        replicas=asked.replicas or 1,
        reserve=reserve,
        packing=packing,
        kind=kind,
        accelerator=kind.name if kind else (asked.accelerator or ""),
        tokens_per_unit=None if tokens is None else Decimal(tokens),
        budget=asked.budget,
    )
    if asked.prices:
        sizing = _priced(run, asked.prices, sizing, findings)
    return Sized(sizing=sizing, unit=unit, assumptions=tuple(assumptions), findings=tuple(findings))


def _capacity(run: Run, asked: SizingAsked) -> Capacity | None:
    from airectl.demand import capacity

    if asked.capacity is None:
        return None
    found = capacity.read(asked.capacity, run.env)
    if isinstance(found, Finding):
        raise _Unsized(found)
    return found


def _kind(asked: SizingAsked, capacity: Capacity | None) -> Kind | None:
    """The accelerator that is named; else that of the load test, where it is known."""
    from airectl.demand.accelerators import known, named

    if asked.accelerator:
        return named(asked.accelerator)
    words = capacity.accelerator.casefold().replace("-", " ").split() if capacity else []
    found = [kind for kind in known().values() if kind.name.partition("-")[0] in words]
    return found[0] if len(found) == 1 else None


def _model(run: Run, asked: SizingAsked, unit: str, said: _Said) -> Modelled | None:
    if asked.model.profile is None:
        return None
    from airectl.commands.forecast_model import modelled

    found, findings = modelled(run, asked.model, unit, said[0])
    said[1].extend(findings)
    if found is None:
        raise _Unsized(said[1].pop())
    return found


def _carrying(capacity: Capacity | None, model: Modelled | None, unit: str, assumptions: list[str]) -> Carrying | None:
    """The load test's word comes before the model's."""
    from airectl.demand.carrying import Measured

    if capacity is None:
        if model is not None:
            assumptions.append(f"the capacity is that of a model ({model.profile.name}), and of no load test")
        return model
    interval = capacity.of(unit)
    if interval is None:
        raise _Unsized(_unmatched(capacity, unit))
    if capacity.measured:
        high = f", up to {interval.high:,.4g}" if interval.high is not None else ""
        assumptions.append(
            f"a replica carries {interval.low:,.4g} {unit}{high}; the lower bound counts ({capacity.said})"
        )
    if capacity.objectives:
        assumptions.append(f"the capacity was measured within {', '.join(capacity.objectives)}")
    return Measured(low=interval.low, high=interval.high)


def _unmatched(capacity: Capacity, unit: str) -> Finding:
    known = " and ".join(capacity.by_unit)
    what = f"the series is in {unit}" if unit else "the unit of the series is not known"
    first = next(iter(capacity.by_unit))
    return Finding(
        code="AIR513",
        severity=Severity.ERROR,
        message=f"{what}, and the capacity in {known}",
        at=Location(path=capacity.said),
        help=f"name the unit of the series, as with `--unit {first}`, or give a series that is in it",
    )


def _packing(
    asked: SizingAsked, kind: Kind | None, known: tuple[Capacity | None, Modelled | None], assumptions: list[str]
) -> Packing:
    from airectl.core.sizing import Packing

    capacity, model = known
    per_replica = asked.tensor_parallel or (capacity.accelerators if capacity else None)
    per_replica = per_replica or (model.profile.accelerator.count if model else None)
    if per_replica is None:
        assumptions.append("a replica takes 1 accelerator; `--tensor-parallel N` says how many it takes")
    if kind is not None:
        packing = kind.packing(per_replica or 1, asked.node)
        shape = f"slices of {', '.join(map(str, packing.slices))}" if packing.slices else f"nodes of {packing.node}"
        if asked.node is None:
            assumptions.append(f"{kind.title} comes in {shape}; `--node N` says otherwise")
        return packing
    return Packing(per_replica=per_replica or 1, node=asked.node or 1)


def _priced(run: Run, path: str, sizing: Sizing, findings: list[Finding]) -> Sizing:
    from dataclasses import replace

    from airectl.commands.specs import with_excerpts
    from airectl.demand import prices
    from airectl.spec import source

    inputs = source.read([path], run.env)
    if inputs.findings:
        raise _Unsized(inputs.findings[0])
    text = inputs.texts[0]
    found = prices.read(text.path, text.text, run.env.now())
    if not isinstance(found, prices.PriceList):
        told = list(with_excerpts(found, {text.path: text.text}))
        findings.extend(told[:-1])
        raise _Unsized(told[-1])
    findings.extend(with_excerpts(found.findings, {text.path: text.text}))
    chosen = found.of(sizing.accelerator)
    if isinstance(chosen, Finding):
        raise _Unsized(next(iter(with_excerpts([chosen], {text.path: text.text}))))
    return replace(sizing, prices=chosen, currency=found.currency)


def promised_s(option: str, text: str | None) -> float | None:
    """A time above 0, in seconds; None where none is given. Raises UsageError."""
    from airectl.core.units import parse_seconds

    if text is None:
        return None
    try:
        seconds = float(parse_seconds(text))
    except ValueError:
        seconds = 0.0
    if seconds <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 500ms")
    return seconds
