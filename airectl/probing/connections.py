"""Why there is no connection, from the exceptions that two libraries put around each other."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from socket import gaierror

from airectl.probing.reasons import Failure, Reason


def failure(error: Exception) -> Failure:
    """The failure behind an exception from before the request was sent."""
    causes = list(_causes(error))
    tls = next((each for each in causes if isinstance(each, ssl.SSLError)), None)
    if tls is not None:
        return _of_tls(tls)
    reason, said, help = Reason.CONNECT, "the connection failed", "check the address, and http:// or https://"
    if any(isinstance(each, gaierror) for each in causes):
        said, help = "there is no address of this name", "check the name, the DNS, the VPN"
    elif any(isinstance(each, ConnectionRefusedError) for each in causes):
        said, help = "the connection was refused: nothing listens there", "start the server, or correct the port"
    elif any(isinstance(each, TimeoutError) for each in causes):
        reason, said = Reason.CONNECT_TIMEOUT, "no connection in time"
        help = "check the address; a firewall or a missing VPN lets one wait"
    return Failure(reason=reason, said=said, help=help)


def _of_tls(error: ssl.SSLError) -> Failure:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message.rstrip(".")
        help = "put the certificate of whoever signed it into `ca_file` of `[probes.NAME]` in airectl.toml"
        return Failure(reason=Reason.TLS, said=f"the server is not trusted: {why[:1].lower()}{why[1:]}", help=help)
    help = "write http:// if it has none; it may ask for a client's certificate: `client_cert`"
    return Failure(reason=Reason.TLS, said="the server does not speak TLS as it should", help=help)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
