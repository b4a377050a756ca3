"""Whom TLS trusts, and what it shows of us."""

from __future__ import annotations

import ssl

from airectl.net.credentials import Credentials
from airectl.net.places import CredentialsError


def context(credentials: Credentials) -> ssl.SSLContext:
    """TLS 1.2 or later, verified. Raises CredentialsError for files that hold no certificate.

    With a `ca_file` no one else is trusted. Without one, those that the machine trusts are, those of SSL_CERT_FILE,
    and those of the bundle that comes with Python packages: a small image has no other.
    """
    import certifi

    try:
        made = ssl.create_default_context(cafile=credentials.ca_file or None)
        if not credentials.ca_file:
            made.load_verify_locations(certifi.where())
    except (ssl.SSLError, OSError):
        help = "give it in PEM: -----BEGIN CERTIFICATE-----"
        raise CredentialsError("`ca_file` holds no certificate", help) from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if not credentials.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if credentials.certificate:
        _show(made, *credentials.certificate)
    return made


def _show(made: ssl.SSLContext, certificate: str, key: str) -> None:
    try:
        # Without a password of ours OpenSSL would ask for one on the terminal.
        made.load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError):
        help = "give both in PEM, the key without a passphrase"
        raise CredentialsError("`client_cert` and `client_key` are no certificate and its key", help) from None
