"""Lines with credentials are shown without them, however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.spec.credentials import in_url, is_key, is_placeholder, masked


@pytest.mark.parametrize("key", ["apiKey", "DD_APP_KEY", "accessKeyID", "secretAccessKey", "session-token", "password"])
def test_keys_of_credentials(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["token_env", "passwordFile", "tokens", "query", "partition_key", "url", "label"])
def test_other_keys(key: str) -> None:
    assert not is_key(key)


@pytest.mark.parametrize(
    "text", ["", "  ", "${TOKEN}", "$TOKEN", "{{ .token }}", "${{ secrets.X }}", "<token>", "****", "xxxx"]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)


def test_urls_are_searched() -> None:
    assert in_url("https://me:s3cr3t@example.com/?api_key=abc&x=1#f") == ["s3cr3t", "abc"]
    assert in_url("https://me@example.com/?tokens=3") == []
    assert in_url("https://me:${PASSWORD}@example.com/") == []


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("    apiKey: hunter2", "    apiKey: ****"),
        ("    apiKey: hun, ter2]  # old", "    apiKey: ****  # old"),
        ("- {token: a b, region: eu, appKey: 'x, y'}", "- {token: ****, region: eu, appKey: ****}"),
        ('- "password": "a\\"b" # c', '- "password": **** # c'),
        ("password: !x &y hunter2", "password: ****"),
        ("url: https://me:s3cr3t@example.com/s3cr3t", "url: https://me:****@example.com/s3cr3t"),
        ("url: 'https://example.com/?a=b&token=abc'", "url: 'https://example.com/?a=b&token=****'"),
        ("token_env: TOKEN", "token_env: TOKEN"),
        ("query: sum(rate(x[5m]))", "query: sum(rate(x[5m]))"),
        ("token:", "token:"),
    ],
)
def test_a_line_is_shown_masked(line: str, shown: str) -> None:
    assert masked(line) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize("part", ["x", " ", "a: ", "token: a, ", "{", "://a:b@", "?a", "&token=", "'", '"', "\\"])
def test_a_line_of_a_megabyte_is_no_trouble(part: str) -> None:
    masked(part * (1_000_000 // len(part)))


@given(st.text(max_size=60), st.text("abcdefghij", min_size=6, max_size=12), st.booleans())
def test_a_quoted_credential_is_hidden_wherever_it_stands(before: str, secret: str, flow: bool) -> None:
    before = before.replace(secret, "").replace("\n", " ").replace("'", " ").replace('"', " ")
    line = f"{before} {'{' if flow else ''}apiKey: '{secret}'{', b: c}' if flow else ''}"
    assert secret not in masked(line)


@pytest.mark.parametrize(
    "token",
    [
        "sk-" + "a1" * 20, "ghp_" + "A1" * 18, "github_pat_" + "a1" * 20, "glpat-" + "a1" * 10, "hf_" + "a1" * 17,
        "xoxb-" + "1" * 12, "AKIA" + "Z1" * 8, "AIza" + "a1" * 18, "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    ],
)  # fmt: skip
def test_a_token_of_a_known_form_is_masked_wherever_it_stands(token: str) -> None:
    for line in (f"tokne: {token}", f'query: sum(up{{key="{token}"}})', f"# left over: {token}", f"- {token}"):
        assert token not in masked(line)
        assert "****" in masked(line)


def test_what_only_begins_like_a_token_stays() -> None:
    for line in ("name: sk-learn-model", "query: hf_requests_total", "labels: {team: ghp_x}", "model: eyJ"):
        assert masked(line) == line
