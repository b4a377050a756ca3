"""What the commands of `airectl simulate` share: profiles by name or file, and options read from text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.specs import with_excerpts
from airectl.core.findings import Finding
from airectl.core.units import parse_seconds
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.replica.profile import Profile
    from airectl.sim.faults import Fault

DEFAULT: Final = "h100-llama-8b"
ProfileName = Annotated[
    str, typer.Option("--profile", metavar="NAME|FILE", help="A shipped profile, or a file with your own.")
]
_FILES: Final = (".yaml", ".yml", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Profiles that could be read, and what is wrong with the others."""

    profiles: Sequence[Profile] = ()
    findings: Sequence[Finding] = ()


def profiles_of(run: Run, names: Sequence[str]) -> Profiles:
    """Profiles by their name, or from files. Raises UsageError for a name that is not shipped."""
    from airectl.sim import profiles
    from airectl.spec.source import read

    found: list[Profile] = []
    findings: list[Finding] = []
    for name in names:
        if name in profiles.names():
            found.append(profiles.shipped(name))
            continue
        if not name.endswith(_FILES):
            known = ", ".join(profiles.names())
            raise UsageError(f"no profile is called `{name}`", help=f"one of: {known}; or a file that ends with .yaml")
        inputs = read([name], run.env)
        findings += inputs.findings
        for text in inputs.texts:
            try:
                found.append(profiles.read(text.path, text.text))
            except profiles.ProfileError as error:
                findings += with_excerpts(list(error.findings), {text.path: text.text})
    return Profiles(profiles=found, findings=findings)


def time_of(option: str, text: str) -> float:
    """A time above 0, in seconds. Raises UsageError."""
    try:
        seconds = parse_seconds(text)
    except ValueError:
        seconds = Decimal(0)
    if seconds <= 0:
        raise UsageError(f"{option} cannot be `{text}`", help="write a time with its unit, such as 500ms")
    return float(seconds)


def faults_of(texts: Sequence[str]) -> list[Fault]:
    """The faults of the command line. Raises UsageError."""
    from airectl.sim import faults

    found = []
    for text in texts:
        try:
            found.append(faults.parse(text))
        except faults.FaultError as error:
            raise UsageError(f"--fault cannot be `{text}`", help=str(error)) from None
    return found


def address_of(text: str) -> tuple[str, int]:
    """Host and port of `127.0.0.1:8000`, `[::1]:8000` or `:8000`, which is loopback. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (colon and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise UsageError(f"--listen cannot be `{text}`", help="write an address and a port, such as 127.0.0.1:8000")
    return host, int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
