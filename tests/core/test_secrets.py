"""Secrets in settings and URLs are hidden; places of secrets and other values are not."""

import pytest

from airectl.core.secrets import HIDDEN, names_secret, redact, redact_url


@pytest.mark.parametrize("key", ["token", "API_KEY", "apiKey", "key", "db-password", "client_secret", "Authorization"])
def test_secret_keys(key: str) -> None:
    assert names_secret(key)


@pytest.mark.parametrize("key", ["token_env", "tokenFile", "password_command", "url", "type", "timeout", "keyspace"])
def test_other_keys(key: str) -> None:
    assert not names_secret(key)


def test_redact_goes_to_any_depth() -> None:
    table = {
        "a": {"headers": [{"Authorization": "Bearer s3ntinel"}], "url": "https://u:s3ntinel@host/x?token=s3ntinel"}
    }
    hidden = redact(table)
    assert "s3ntinel" not in str(hidden)
    assert hidden["a"]["headers"] == [{"Authorization": HIDDEN}]


def test_a_table_under_a_secret_key_keeps_its_shape() -> None:
    assert redact({"credentials": {"user": "reader", "password": "s3ntinel"}}) == {
        "credentials": {"user": "reader", "password": HIDDEN}
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pw@host:9090/path", f"https://{HIDDEN}@host:9090/path"),
        ("https://host/api?api_key=abc&step=60", f"https://host/api?api_key={HIDDEN}&step=60"),
        ("https://host/mail@example.com", "https://host/mail@example.com"),
        ("no url", "no url"),
    ],
)
def test_urls(url: str, shown: str) -> None:
    assert redact_url(url) == shown
