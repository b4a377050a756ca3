"""Which server is probed, and with whose credentials.

The address comes from the command line or from a table `[probes.NAME]` of airectl.toml; credentials come from such a
table alone and are bound to the server that its `url` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from airectl.core.findings import Finding, Severity
from airectl.errors import ConfigError, UsageError
from airectl.net import credentials
from airectl.net.credentials import Credentials
from airectl.net.places import CredentialsError, Place
from airectl.net.urls import Endpoint, UrlError, endpoint
from airectl.probing.protocols import DEFAULT, NAMES

# Every key of a table that is a probe. A tenant is a matter of metrics.
_CREDENTIALS: Final = tuple(key for key in credentials.KEYS if key != "tenant")
KEYS: Final = ("url", "protocol", "model", "response_model", *_CREDENTIALS)
_SCHEME: Final = "://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to probe. `name` is what it is called in reports and metrics.

    `model` is the one to ask for, empty where nobody said; `response_model` what its answers have to say they are
    of, empty: the same. `remarks` are findings about the settings.
    """

    name: str
    endpoint: Endpoint
    protocol: str = DEFAULT
    model: str = ""
    response_model: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a target is made from: the tables of probes, the file that they stand in, and the variables there are."""

    tables: Mapping[str, Mapping[str, Any]]
    file: str
    cwd: Path
    environ: Mapping[str, str]


def target(name_or_url: str, settings: Settings) -> Target:
    """The server that is meant. Raises UsageError for an address that is none, ConfigError for a wrong table."""
    if name_or_url in settings.tables:
        url = settings.tables[name_or_url].get("url")
        if not isinstance(url, str) or not url:
            raise ConfigError(f"`[probes.{name_or_url}]` has no `url`", help='write `url = "http://127.0.0.1:8000"`')
        return _target(_address(url, f"`[probes.{name_or_url}]`"), name_or_url, settings)
    if _SCHEME not in name_or_url:
        near = get_close_matches(name_or_url, settings.tables, 1, 0.5)
        help = f"did you mean `{near[0]}`?" if near else "write a URL such as http://127.0.0.1:8000"
        raise UsageError(f"`{name_or_url}` is neither a URL nor a probe of airectl.toml", help=help)
    address = _address(name_or_url, "")
    return _target(address, _bound(address, settings.tables), settings)


def _address(url: str, said: str) -> Endpoint:
    try:
        return endpoint(url, api="")
    except UrlError as error:
        if said:
            raise ConfigError(f"{said}: {error}", help=error.help) from None
        raise UsageError(
            str(error), help=error.help.replace("https://prometheus.example.com", "http://127.0.0.1:8000")
        ) from None


def _bound(address: Endpoint, tables: Mapping[str, Mapping[str, Any]]) -> str:
    """The table for this server: by its path where there are several; empty where there is none."""
    found = {}
    for name, table in tables.items():
        try:
            other = endpoint(str(table.get("url", "")), api="")
        except UrlError:
            continue
        if other.origin == address.origin:
            found[name] = other
    same = [name for name, other in found.items() if other == address] or list(found)
    if len(same) > 1:
        listed = ", ".join(f"`[probes.{name}]`" for name in same)
        raise UsageError(f"{listed} are for the same server", help="name the one you mean in place of the URL")
    return same[0] if same else ""


def _target(address: Endpoint, table_name: str, settings: Settings) -> Target:
    table = settings.tables.get(table_name, {})
    said = f"`[probes.{table_name}]`"
    place = Place(said=said, folder=(settings.cwd / settings.file).parent, environ=settings.environ)
    try:
        found = credentials.read(table, place)
        protocol, model, answers = (place.text(table, key) for key in ("protocol", "model", "response_model"))
    except CredentialsError as error:
        raise ConfigError(str(error), help=error.help) from None
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1, 0.6)
            help = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(KEYS)}"
            raise ConfigError(f"unknown key `{key}` in {said}", help=help)
    if protocol not in ("", *NAMES):
        raise ConfigError(f"`protocol` of {said} cannot be `{protocol}`", help=f"one of: {', '.join(NAMES)}")
    return Target(
        name=table_name or str(address),
        endpoint=address,
        protocol=protocol or DEFAULT,
        model=model,
        response_model=answers,
        credentials=found,
        remarks=_remarks(place, table, address),
    )


def _remarks(place: Place, table: Mapping[str, Any], address: Endpoint) -> tuple[Finding, ...]:
    found = [
        Finding(code="AIR213", severity=Severity.WARNING, message=message, help=help) for message, help in place.remarks
    ]
    if table.get("insecure_skip_verify") and address.origin.scheme == "https":
        message = f"{place.said} does not look whether {address.origin} is who it says it is"
        help = "put the certificate that signed the server's into `ca_file`, and leave `insecure_skip_verify` out"
        found.append(Finding(code="AIR217", severity=Severity.WARNING, message=message, help=help))
    return tuple(found)
