"""A `/metrics` page from a URL, under the network's policy and with the credentials of that server alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from airectl.core.findings import Finding, Location
from airectl.core.page_text import MAX_BYTES
from airectl.core.secrets import redact_url
from airectl.core.slo import Query
from airectl.errors import Interrupted, SourceError
from airectl.net.urls import Endpoint, Origin, UrlError, endpoint
from airectl.sources.prometheus.server.connection import Connection, connection_of
from airectl.sources.protocol import Setting

# As long as Prometheus waits for a page by default.
_TIMEOUT_S: Final = 10.0
# Not OpenMetrics if it can be helped: Python's client library then writes the colons of names as underscores.
# Source: https://github.com/prometheus/client_python/issues/1177
_ACCEPT: Final = "text/plain;version=0.0.4,*/*;q=0.1"
_OPEN_METRICS: Final = "application/openmetrics-text"
_SCHEMES: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The bytes of a page, and findings about how it was asked. `open_metrics`: the server says that it is that."""

    data: bytes
    open_metrics: bool = False
    remarks: tuple[Finding, ...] = ()


def is_url(place: str) -> bool:
    """Whether a page is to be had over the network."""
    return place.lower().startswith(_SCHEMES)


def name_of(url: str) -> str:
    """What a page is called in messages: its URL without secrets."""
    return redact_url(url)


def fetch(url: str, setting: Setting) -> Fetched:
    """The page at `url`. Raises SourceError: AIR212, AIR213, AIR215 or AIR216, as of any source."""
    origin, path = _split(url)
    asked = Query(type="Prometheus", ref=str(origin), at=Location(path=""), connection={"url": str(origin)})
    found = connection_of(asked, setting)
    if found is None:
        raise SourceError(f"{name_of(url)} cannot be asked", code="AIR212")
    place = Endpoint(origin, path.partition("?")[0])
    connection = replace(found, name=str(place), endpoint=place)
    headers, body = _answer(connection, f"{origin}{path}", setting)
    kind = str(headers.get("Content-Type", "")).lower()
    return Fetched(data=body, open_metrics=kind.startswith(_OPEN_METRICS), remarks=connection.remarks)


def _split(url: str) -> tuple[Origin, str]:
    """The server, and the path with its query. Raises SourceError."""
    parts = urlsplit("")
    with suppress(ValueError):
        parts = urlsplit(url)
    try:
        server = endpoint(f"{parts.scheme}://{parts.netloc}", api="")
        endpoint(f"{parts.scheme}://{parts.netloc}{parts.path}", api="")
    except UrlError as error:
        raise SourceError(f"`{name_of(url)}`: {error}", help=error.help, code="AIR212") from None
    return server.origin, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _answer(connection: Connection, url: str, setting: Setting) -> tuple[Any, bytes]:
    """Headers and body of one answer. Raises SourceError, and Interrupted where the user ends it."""
    import requests
    import urllib3

    from airectl.net.flight import Deadline, Flight, StoppedError, TooLongError
    from airectl.net.session import StatusError, TooLargeError
    from airectl.sources.prometheus.server import causes, failures

    session = _session(connection)
    limit_s = connection.timeout_s or _TIMEOUT_S
    try:
        answer = Flight(lambda: session.request("GET", url)).until(Deadline(limit_s, setting.stop))
    except StoppedError:
        raise Interrupted(setting.stop.signum or 0) from None
    except TooLongError as error:
        help = f"allow more with `timeout` in {failures.table(connection)}; a server that is stuck answers never"
        raise failures.unreachable(
            f"{failures.who(connection)} gave no complete page within {error.limit_s:,.3g} s", help
        ) from None
    except TooLargeError as error:
        message = f"{failures.who(connection)} gives more than {error.limit // 2**20} MiB, which is as much as is read"
        help = "a page of metrics has a few megabytes: is this one? Drop what has a series a request or a user"
        raise failures.NoAnswer(message, help=help) from None
    except StatusError as error:
        raise _of_status(error, connection) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise causes.problem(error, connection).error from None
    return answer.headers, answer.content


def _session(connection: Connection) -> Any:
    from airectl.net import tls
    from airectl.net.places import CredentialsError
    from airectl.net.session import Session, Terms

    given = connection.credentials
    origin = connection.endpoint.origin
    try:
        context = tls.context(given) if origin.scheme == "https" else None
    except CredentialsError as error:
        raise SourceError(f"`{connection.name}`: {error}", help=error.help, code="AIR213") from None
    terms = Terms(
        headers={**given.sent(), "Accept": _ACCEPT},
        context=context,
        decode=_no_json,
        parallel=1,
        limit_bytes=MAX_BYTES,
    )
    return Session(Endpoint(origin), terms)


def _no_json(_body: bytes) -> Any:
    raise ValueError("a page of metrics is text")


def _of_status(error: Any, connection: Connection) -> SourceError:
    """What a status means where a page is asked for; the words for all else are those of every source."""
    from airectl.sources.prometheus.server import failures, statuses

    who = failures.who(connection)
    if error.status == HTTPStatus.NOT_FOUND:
        help = "look for its path: often /metrics, /prometheus/metrics; are its metrics switched on?"
        return failures.NoAnswer(f"{who} has no such page (status 404)", help=help)
    if HTTPStatus.MULTIPLE_CHOICES <= error.status < HTTPStatus.BAD_REQUEST:
        location = error.headers.get("Location", "")
        message = f"{who} sends the question on to {_place_of(location)}, and no redirect is followed"
        help = f"write the address that it leads to{_with_slash(location, connection)}"
        return failures.NoAnswer(message, help=help)
    return statuses.problem(error, connection).error


def _place_of(location: str) -> str:
    from airectl.net.urls import place_of

    return place_of(location)


def _with_slash(location: str, connection: Connection) -> str:
    """The hint that covers most: a path without the slash that its server wants at the end."""
    path = urlsplit(location).path if location.isprintable() else ""
    return f": `{connection.endpoint}/`" if path == f"{connection.endpoint.path}/" else ""
