"""Why a connection came to nothing, from the exceptions that three libraries put around each other."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from airectl.errors import SourceError
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import Denied, NoAnswer, Problem, table, unreachable, who


def problem(error: BaseException, connection: Connection) -> Problem:
    """The problem behind an exception of a request."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return Problem(error=_of_tls(cause, connection), ends=True)
    names = {type(cause).__name__ for cause in causes}
    if "IncompleteRead" in names:
        help = "look at the server, and at the proxies before it: one of them ends answers early"
        return Problem(error=NoAnswer(f"{who(connection)} gave an answer that is cut off", help=help), passing=True)
    if "DecodeError" in names:
        message = f"{who(connection)} gave an answer that cannot be unpacked"
        return Problem(error=NoAnswer(message, help="look at the proxies before it"))
    reason, help = _why(causes, names, connection)
    return Problem(error=unreachable(f"{who(connection)} {reason}", help), passing=True, ends=True)


def _why(causes: list[BaseException], names: set[str], connection: Connection) -> tuple[str, str]:
    origin = connection.endpoint.origin
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"cannot be found: there is no address for `{origin.host}`", "check the name in `url`, the DNS, the VPN"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        help = "start it, or correct `url`; a port that is forwarded may have closed"
        return f"refused the connection: nothing listens on port {origin.port}", help
    if any(isinstance(cause, TimeoutError) for cause in causes) or "ConnectTimeoutError" in names:
        return "did not take the connection in time", "check `url`; a firewall or a missing VPN lets one wait"
    help = "check that `url` has the right port, and https:// where it speaks TLS"
    if origin.scheme == "https" and not connection.credentials.certificate:
        help = "check that `url` has the right port; it may ask for a `client_cert`"
    return "closed the connection without an answer", help


def _of_tls(error: ssl.SSLError, connection: Connection) -> SourceError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_trusted(error.verify_message.rstrip("."), connection)
    if "alert" in str(error).lower():
        given = connection.credentials.certificate
        verb = "refused the client's certificate" if given else "asks for a client's certificate"
        help = f"give `client_cert` and `client_key` in {table(connection)}, signed by whom it trusts"
        return Denied(f"{who(connection)} {verb}", help=help)
    return unreachable(f"{who(connection)} does not speak TLS as it should", "write http:// in `url` if it has none")


def _not_trusted(why: str, connection: Connection) -> SourceError:
    help = f"put the certificate of whoever signed it into `ca_file` of {table(connection)}"
    if "expired" in why or "not yet" in why:
        help = "have its certificate renewed, or set this machine's clock"
    elif "mismatch" in why.lower() or "not valid for" in why:
        help = "write a name that stands in its certificate in `url`"
    return unreachable(f"{who(connection)} is not trusted: {why[:1].lower()}{why[1:]}", help)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that led to it, however they are attached."""
    pending, seen = [error], set()
    while pending:
        each = pending.pop(0)
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            inner = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
            pending += [cause for cause in inner if isinstance(cause, BaseException)]
