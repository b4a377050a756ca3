"""Whom TLS trusts."""

import ssl
from pathlib import Path

from airectl.net import tls
from airectl.net.credentials import Credentials
from prometheus_faults import certificates


def test_with_an_authority_of_the_settings_no_one_else_is_trusted(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    (trusted,) = tls.context(Credentials(ca_file=made.file("authority.pem"))).get_ca_certs()
    assert trusted["subject"] == ((("commonName", "An authority"),),)


def test_without_one_everyone_is_verified_by_what_is_usually_trusted() -> None:
    context = tls.context(Credentials())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(context.get_ca_certs()) > 50
