"""What if: the same demand with another growth, model, hardware, cache or promise, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from airectl.core.replica.profile import Profile
from airectl.demand import texts
from airectl.demand.carrying import Carrying, Measured, Modelled
from airectl.demand.forecasting import Engine, projections
from airectl.demand.outlook import Outlook, limit_of, outlook
from airectl.demand.service import Growth, Service, Sizing
from airectl.errors import UsageError

_KEYS: Final = ("growth", "capacity", "accelerator", "bits", "cached", "ttft", "itl", "replicas", "headroom", "profile")
_HELP: Final = "write KEY=VALUE, several with commas between them; keys: " + ", ".join(_KEYS)

Reader = Callable[[str, str], object]


def of(outlooks: Sequence[Outlook], changes: Sequence[str], engine: Engine) -> Mapping[str, Sequence[Outlook]]:
    """The outlooks of each of `changes`, by its text. Raises UsageError for one that cannot be read or computed."""
    return {text: [_varied(each, _pairs(text), engine) for each in outlooks] for text in changes}


def _pairs(text: str) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for item in text.split(","):
        key, equals, value = (part.strip() for part in item.partition("="))
        if key not in _KEYS or not equals or not value or key in pairs:
            raise UsageError(f"--what-if cannot be `{text}`", help=_HELP)
        pairs[key] = value
    return pairs


def _varied(base: Outlook, pairs: Mapping[str, str], engine: Engine) -> Outlook:
    service = base.service
    if "growth" in pairs:
        growth = _growth(pairs["growth"], service.timing.horizon_s)
        service = replace(service, timing=replace(service.timing, growth=growth))
    service = replace(service, sizing=_sizing(service, pairs))
    projection = projections([base.grid], service.timing, [limit_of(service)], engine)[0]
    plain = replace(base, service=service, projection=projection, horizon=None, plan=None, cost=None)
    return outlook(plain)


def _growth(text: str, horizon_s: int) -> Growth:
    return texts.bounded("--what-if growth", texts.growth("--what-if growth", text), horizon_s)


def _sizing(service: Service, pairs: Mapping[str, str]) -> Sizing:
    sizing = service.sizing
    if "replicas" in pairs:
        sizing = replace(sizing, replicas=_whole("replicas", pairs["replicas"]))
    if "headroom" in pairs:
        ratio = texts.ratio("--what-if headroom", pairs["headroom"])
        sizing = replace(sizing, reserve=replace(sizing.reserve, headroom_ratio=ratio))
    if "capacity" in pairs:
        sizing = replace(sizing, carrying=_scaled(sizing.carrying, pairs["capacity"]))
    if pairs.keys() & {"profile", "accelerator", "bits", "cached", "ttft", "itl"}:
        sizing = _remodelled(sizing, pairs)
    return sizing


def _scaled(carrying: Carrying | None, text: str) -> Carrying:
    """Another capacity of a replica: a number, or a factor such as `1.8x`."""
    if text.endswith("x"):
        factor = _positive("capacity", text[:-1])
        if isinstance(carrying, Measured):
            return replace(carrying, factor=carrying.factor * factor)
        if carrying is None:
            raise UsageError(f"--what-if capacity={text}: there is no capacity to multiply", help="give `--capacity`")
        return Measured(low=carrying.per_replica, factor=factor, measured=False)
    return Measured(low=_positive("capacity", text))


def _remodelled(sizing: Sizing, pairs: Mapping[str, str]) -> Sizing:
    """What the model says of a change; a measured capacity changes by as much as the model's does."""
    model = sizing.model
    if model is None:
        raise UsageError(
            f"--what-if {next(iter(pairs))}: how it changes the capacity is not known",
            help="give a model with `--profile` and the lengths of requests; or a factor, as in capacity=1.8x",
        )
    changed = _changed(model, pairs)
    packing, kind, name = sizing.packing, sizing.kind, sizing.accelerator
    if "accelerator" in pairs:
        from airectl.demand.accelerators import named

        kind = named(pairs["accelerator"], "--what-if accelerator")
        packing, name = kind.packing(packing.per_replica), kind.name
    elif "profile" in pairs:
        packing = replace(packing, per_replica=changed.profile.accelerator.count)
    carrying: Carrying = changed
    if isinstance(sizing.carrying, Measured):
        carrying = replace(sizing.carrying, factor=_ratio(changed, model) * sizing.carrying.factor)
    return replace(sizing, carrying=carrying, model=changed, packing=packing, kind=kind, accelerator=name)


def _ratio(changed: Modelled, model: Modelled) -> float:
    base = model.per_replica
    return changed.per_replica / base if base else 0.0


def _changed(model: Modelled, pairs: Mapping[str, str]) -> Modelled:
    profile, load, promise = model.profile, model.load, model.promise
    if "profile" in pairs:
        profile = _shipped(pairs["profile"])
    if "accelerator" in pairs:
        profile = _on(profile, pairs["accelerator"])
    if "bits" in pairs:
        profile = _quantised(profile, _positive("bits", pairs["bits"]))
    if "cached" in pairs:
        load = replace(load, lengths=replace(load.lengths, cached_ratio=_share("cached", pairs["cached"])))
    if "ttft" in pairs:
        promise = replace(promise, ttft_s=_seconds("ttft", pairs["ttft"]))
    if "itl" in pairs:
        promise = replace(promise, itl_s=_seconds("itl", pairs["itl"]))
    return replace(model, profile=profile, load=load, promise=promise)


def _shipped(name: str) -> Profile:
    from airectl.sim import profiles

    if name not in profiles.names():
        raise UsageError(f"--what-if profile cannot be `{name}`", help=f"one of: {', '.join(profiles.names())}")
    return profiles.shipped(name)


def _on(profile: Profile, name: str) -> Profile:
    """The same replica on as many chips of another kind."""
    from airectl.demand.accelerators import named

    chip = named(name, "--what-if accelerator").chip
    return replace(profile, accelerator=replace(chip, count=profile.accelerator.count))


def _quantised(profile: Profile, bits: float) -> Profile:
    """Weights and KV cache in so many bits; compute runs as much faster as values are smaller."""
    if bits not in (8, 16, 32):
        raise UsageError(f"--what-if bits={bits:g}: values have 8, 16 or 32 bits", help="8 is fp8 or int8, 16 is bf16")
    before, size = profile.model.value_bytes, int(bits) // 8
    accelerator = replace(profile.accelerator, flops_per_s=profile.accelerator.flops_per_s * before / size)
    return replace(profile, model=replace(profile.model, value_bytes=size), accelerator=accelerator)


def _positive(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e15:
        raise UsageError(f"--what-if {key} cannot be `{text}`", help=_HELP)
    return number


def _whole(key: str, text: str) -> int:
    number = _positive(key, text)
    if number != int(number):
        raise UsageError(f"--what-if {key} cannot be `{text}`", help="write a whole number from 1")
    return int(number)


def _share(key: str, text: str) -> float:
    from airectl.core.units import parse_percent

    try:
        found = float(parse_percent(text)) if text.endswith("%") else float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise UsageError(f"--what-if {key} cannot be `{text}`", help="write a share such as 60%")
    return found


def _seconds(key: str, text: str) -> float:
    from airectl.core.units import parse_seconds

    try:
        found = float(parse_seconds(text))
    except ValueError:
        found = 0.0
    if found <= 0:
        raise UsageError(f"--what-if {key} cannot be `{text}`", help="write a time with its unit, such as 300ms")
    return found
