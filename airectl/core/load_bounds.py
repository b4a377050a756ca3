"""What a load test may do: which targets it may go to unasked, and how much it may send at most.

`[loadtest]` of airectl.toml says so. Targets are names and addresses:

    allow = ["staging.example.com", "*.test.example.com", "10.0.0.0/8", "2001:db8::1"]

`*.example.com` is every name below example.com, and not that name itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from airectl.core.units import parse_seconds

TABLE: Final = "loadtest"
_NAME: Final = re.compile(r"(\*\.)?(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
KEYS: Final = ("allow", "max_rate", "max_duration", "max_requests")


class BoundsError(ValueError):
    """The table cannot be read; `key` is what is wrong in it, empty for the table itself."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`allow` are hosts that need no `--yes`. The others are the most of a run, each above 0.

    `max_duration_s` is the time in which requests are sent, `max_requests` their number with the warm-up.
    """

    allow: tuple[str, ...] = ()
    max_rate_rps: float = 10_000.0
    max_duration_s: float = 7_200.0
    max_requests: int = 10_000_000

    def to_json(self) -> dict[str, Any]:
        """As data, in the keys of a report."""
        return {
            "allow": list(self.allow),
            "max_rate_rps": self.max_rate_rps,
            "max_duration_s": self.max_duration_s,
            "max_requests": self.max_requests,
        }


def read_bounds(table: Any) -> Bounds:
    """The bounds of a table; what it leaves out is as above. Raises BoundsError."""
    if not isinstance(table, dict):
        raise BoundsError("must be a table")
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            raise BoundsError(f"must not hold `{key}`: " + (f"did you mean `{near[0]}`?" if near else _KNOWN), key)
    given: dict[str, Any] = {}
    if "allow" in table:
        given["allow"] = _allowed(table["allow"])
    if "max_rate" in table:
        given["max_rate_rps"] = _above_zero(table, "max_rate", (int, float))
    if "max_requests" in table:
        given["max_requests"] = _above_zero(table, "max_requests", (int,))
    if "max_duration" in table:
        given["max_duration_s"] = _time(table["max_duration"])
    return Bounds(**given)


_KNOWN: Final = f"it takes {', '.join(KEYS)}"


def allows(allow: Sequence[str], host: str, addresses: Sequence[str]) -> bool:
    """Whether an entry names `host`, or whether each of its `addresses` is in a network of an entry."""
    name = host.lower().rstrip(".")
    if any(_names(entry, name) for entry in allow):
        return True
    networks = [network for entry in allow if (network := _network(entry))]
    return bool(addresses) and all(any(_within(each, network) for network in networks) for each in addresses)


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine alone, also where IPv6 writes one of IPv4."""
    parsed = ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)


def _names(entry: str, name: str) -> bool:
    wanted = entry.lower().rstrip(".")
    return name.endswith(wanted[1:]) if wanted.startswith("*.") else name == wanted


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


def _within(address: str, network: IPv4Network | IPv6Network) -> bool:
    parsed = ip_address(address.partition("%")[0])
    return (getattr(parsed, "ipv4_mapped", None) or parsed) in network


def _allowed(value: Any) -> tuple[str, ...]:
    wanted = 'must be a list of hosts, such as ["staging.example.com", "*.test.example.com", "10.0.0.0/8"]'
    if not isinstance(value, list):
        raise BoundsError(f"has an `allow` that {wanted}", "allow")
    for each in value:
        if not (isinstance(each, str) and (_network(each) or _NAME.fullmatch(each.lower()))):
            raise BoundsError(f"has an `allow` that {wanted}, got `{each}`", "allow")
    return tuple(value)


def _above_zero(table: Mapping[str, Any], key: str, kinds: tuple[type, ...]) -> Any:
    value: Any = table[key]
    if type(value) not in kinds or not 0 < value < float("inf"):
        whole = "whole " if kinds == (int,) else ""
        raise BoundsError(f"has a `{key}` that must be a {whole}number above 0, got `{value}`", key)
    return value


def _time(value: Any) -> float:
    try:
        seconds = parse_seconds(value) if isinstance(value, str) else None
    except ValueError:
        seconds = None
    if not seconds:
        raise BoundsError(
            "has a `max_duration` that must be a time with its unit, such as 30m, got " + f"`{value}`", "max_duration"
        )
    return float(seconds)
