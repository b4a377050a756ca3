"""What somebody wants promised: `--ttft 500ms@95%`, `--availability 99.9%`, `--slo saturation=0.8@95%`, as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from airectl.core.preset import Preset
from airectl.core.units import PER_SECOND, parse_percent, parse_seconds, plain
from airectl.errors import UsageError
from airectl.telemetry.starting import target_of

_AT: Final = "@"
_LARGEST: Final = Decimal(10**15)
_SHARES: Final = {"ratio": Decimal(1), "percent": Decimal(100)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A promise by a preset. `limit` is its threshold: seconds of a latency, else in the preset's unit; None: none.

    `option` is how it was written, as in `--ttft`; empty where nobody wrote it. `said`: the target was written.
    """

    preset: Preset
    target: Decimal
    limit: Decimal | None = None
    option: str = ""
    said: bool = True


def wish(preset: Preset, option: str, text: str) -> Wish:
    """Read the value of an option. Raises UsageError, which says what to write."""
    value, at, share = (part.strip() for part in text.rpartition(_AT))
    if at and not (value and share):
        side = "behind" if value else "before"
        raise UsageError(f"`{option}{_joint(option)}{text}` has nothing {side} the `@`", help="leave the `@` out")
    if not at:
        value, share = (share, "") if _has_limit(preset, share) else ("", share)
    elif not (preset.family or preset.compares):
        help = f"write the target alone: `{option}{_joint(option)}{share}`"
        raise UsageError(f"`{preset.name}` has no threshold, got `{text}`", help=help)
    limit = _limit(preset, option, value) if value else preset.value
    target = _target(option, share) if share else target_of(preset.name)
    return Wish(preset=preset, target=target, limit=limit, option=option, said=bool(share))


def _has_limit(preset: Preset, text: str) -> bool:
    """Whether a single value is the threshold: of a latency always, of a value where only the user can know it."""
    if preset.compares and preset.value is not None:
        return not _is_target(text)
    return bool(preset.family or preset.compares)


def _is_target(text: str) -> bool:
    return text.endswith("%") or _is_share(text)


def _is_share(text: str) -> bool:
    try:
        return 0 < Decimal(text) < 1
    except InvalidOperation:
        return False


def _joint(option: str) -> str:
    """What stands between an option and its value: `--ttft 500ms`, `--slo ttft=500ms`."""
    return "" if option.endswith("=") else " "


def _limit(preset: Preset, option: str, text: str) -> Decimal:
    if preset.family or preset.unit in PER_SECOND:
        try:
            seconds = parse_seconds(text)
        except ValueError:
            help = f"write a time with its unit, such as `{option}{_joint(option)}500ms`"
            raise UsageError(f"`{option}{_joint(option)}{text}` is no time", help=help) from None
        return seconds if preset.family else seconds * PER_SECOND[preset.unit]
    return _number(preset, option, text)


def _number(preset: Preset, option: str, text: str) -> Decimal:
    try:
        if text.endswith("%") and preset.unit in _SHARES:
            return parse_percent(text) * _SHARES[preset.unit]
        number = Decimal(text)
    except (ValueError, InvalidOperation):
        number = Decimal("NaN")
    if number.is_finite() and 0 <= number < _LARGEST:
        return number
    unit = f", in {preset.unit}" if preset.unit else ""
    example = plain(preset.value) if preset.value is not None else "0.00002"
    help = f"write a number{unit}, and a target if you like: `{option}{_joint(option)}{example}@95%`"
    raise UsageError(f"`{option}{_joint(option)}{text}` is no limit of `{preset.name}`", help=help)


def _target(option: str, text: str) -> Decimal:
    """A percentage, or a ratio below 1. Raises UsageError."""
    try:
        target = parse_percent(text) if text.endswith("%") else Decimal(text)
    except (ValueError, InvalidOperation):
        target = Decimal("NaN")
    if target.is_finite() and 0 < target < 1:
        return target
    help = "write a percentage below 100%, such as `99.9%`"
    if target == 1:
        help += "; 100% would leave no error budget"
    elif target.is_finite() and 1 < target < 100:
        help = f"did you mean `{text}%`?"
    raise UsageError(f"`{text}` is no target, in `{option}`", help=help)
