"""Which Prometheus a query goes to, and with whose credentials.

The address may come from anywhere: a DataSource of a spec, airectl.toml, `--source`. Credentials come from
airectl.toml alone, and a table of it is bound to the server that its `url` names: a spec may name the same
server and its credentials are used, and cannot have them sent anywhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.secrets import names_secret
from airectl.core.slo import Query
from airectl.core.units import parse_seconds
from airectl.errors import SourceError
from airectl.net import credentials
from airectl.net.credentials import Credentials
from airectl.net.places import CredentialsError, Place
from airectl.net.urls import Endpoint, UrlError, endpoint
from airectl.sources.protocol import Setting

# Every key of a table that is a Prometheus.
KEYS: Final = ("type", "url", "timeout", *credentials.KEYS)
# Kinds of server, in lower case, that refuse parameters they do not know.
_STRICT: Final = ("amazon", "azure", "google")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A Prometheus, or what speaks its API. Two are equal if the same server answers to the same rights.

    `name` is what it is called in messages. `lenient`: it passes over parameters that it does not know.
    `remarks` are what is to be said of it, a finding without a place each.
    """

    name: str
    endpoint: Endpoint
    credentials: Credentials = field(default_factory=Credentials)
    lenient: bool = True
    timeout_s: float | None = None
    remarks: tuple[Finding, ...] = field(default=(), compare=False)

    def said(self, at: Location) -> Iterator[Finding]:
        """The remarks at the place of a query."""
        for remark in self.remarks:
            yield Finding(code=remark.code, severity=remark.severity, message=remark.message, help=remark.help, at=at)


def connection_of(query: Query, setting: Setting) -> Connection | None:
    """The Prometheus that `query` goes to; None where nothing names its address.

    Raises SourceError: AIR212 for an address that is none, AIR213 for credentials that cannot be had.
    """
    details = query.connection
    configured = _is_configured(query, setting)
    url = details.get("url")
    if url is None and not configured:
        return None
    name = query.ref or query.type
    said = f"`[sources.{name}]` of {setting.config_file}" if configured else f"the source `{name}`"
    # A flag or a setting is no fault of the spec.
    address = _endpoint(url, said, invalid=not configured and bool(query.connection_file))
    if "://" in name:
        name = str(address)
    table_name = name if configured else _bound(address, name, setting)
    table = setting.configured.get(table_name, {})
    place = Place(
        said=f"`[sources.{table_name}]`",
        folder=(setting.cwd / setting.config_file).parent,
        environ=setting.environ,
    )
    return Connection(
        name=name,
        endpoint=address,
        credentials=_credentials(table, place),
        lenient=not query.type.casefold().startswith(_STRICT),
        timeout_s=_timeout_s(table, place),
        remarks=(*_remarks(place, table, address), *(() if configured else _unused(details, name))),
    )


def _is_configured(query: Query, setting: Setting) -> bool:
    """Whether the query's source is a table of airectl.toml, and not a document or a flag."""
    return query.ref in setting.configured and query.connection is setting.configured[query.ref]


def _endpoint(url: Any, said: str, *, invalid: bool) -> Endpoint:
    if not isinstance(url, str) or not url:
        help = 'write `url = "https://prometheus.example.com"`'
        raise SourceError(f"{said} has no `url`", help=help, code="AIR212", invalid=invalid)
    try:
        return endpoint(url)
    except UrlError as error:
        raise SourceError(f"{said}: {error}", help=error.help, code="AIR212", invalid=invalid) from None


def _bound(address: Endpoint, name: str, setting: Setting) -> str:
    """The table whose credentials are for this server: by its name where there are several, else by its path."""
    found = {}
    for each, table in setting.configured.items():
        try:
            other = endpoint(str(table.get("url", "")))
        except UrlError:
            continue
        if other.origin == address.origin:
            found[each] = other
    if name in found:
        return name
    same = [each for each, other in found.items() if other == address] or list(found)
    if len(same) > 1:
        listed = ", ".join(f"`[sources.{each}]`" for each in same)
        raise SourceError(
            f"{listed} are for the same server as the source `{name}`, and it is not known which is meant",
            help="name one of them with `--source`, or in `metricSourceRef`",
            code="AIR213",
        )
    return same[0] if same else ""


def _credentials(table: Mapping[str, Any], place: Place) -> Credentials:
    try:
        found = credentials.read(table, place)
    except CredentialsError as error:
        raise SourceError(str(error), help=error.help, code="AIR213") from None
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1, 0.6)
            help = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(KEYS)}"
            raise SourceError(f"unknown key `{key}` in {place.said}", help=help, code="AIR213")
    return found


def _timeout_s(table: Mapping[str, Any], place: Place) -> float | None:
    text = table.get("timeout")
    if text is None:
        return None
    try:
        seconds = parse_seconds(text) if isinstance(text, str) else Decimal(0)
    except ValueError:
        seconds = Decimal(0)
    if seconds <= 0:
        message = f"`timeout` of {place.said} must be a time with its unit, got `{text}`"
        raise SourceError(message, help='write `timeout = "30s"`', code="AIR213")
    return float(seconds)


def _remarks(place: Place, table: Mapping[str, Any], address: Endpoint) -> Iterator[Finding]:
    for message, help in place.remarks:
        yield Finding(code="AIR213", severity=Severity.WARNING, message=message, help=help)
    if table.get("insecure_skip_verify") and address.origin.scheme == "https":
        yield Finding(
            code="AIR217",
            severity=Severity.WARNING,
            message=f"{place.said} does not look whether {address.origin} is who it says it is",
            help="put the certificate that signed the server's into `ca_file`, and leave `insecure_skip_verify` out",
        )


def _unused(details: Mapping[str, Any], name: str) -> Iterator[Finding]:
    """Credentials that a spec names: whoever may change a spec could have them sent to a server of theirs."""
    for key in details:
        if key in credentials.KEYS or names_secret(key):
            yield Finding(
                code="AIR213",
                severity=Severity.WARNING,
                message=f"`{key}` of the source `{name}` is not used: a spec does not say who may ask",
                help=f"put it into `[sources.{name}]` of airectl.toml, together with the `url` it is for",
            )
