"""Which server is probed, and that its credentials go nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airectl.errors import ConfigError, UsageError
from airectl.net.secret import Secret
from airectl.probing.target import target
from probe_setup import settings

TABLE = {"url": "https://chat.example.com/v1", "token_env": "T", "model": "llama", "protocol": "completions"}
ENVIRON = {"T": "hunter2-hunter2"}


def test_a_url_alone() -> None:
    found = target("http://127.0.0.1:8000/", settings())
    assert (found.name, str(found.endpoint), found.protocol, found.model) == (
        "http://127.0.0.1:8000", "http://127.0.0.1:8000", "openai", "",
    )  # fmt: skip
    assert not found.credentials.given


@pytest.mark.parametrize("named", ["chat", "https://chat.example.com", "https://CHAT.example.com:443/openai"])
def test_a_table_by_its_name_or_its_server(named: str) -> None:
    found = target(named, settings(tables={"chat": TABLE}, environ=ENVIRON))
    assert (found.name, found.protocol, found.model) == ("chat", "completions", "llama")
    assert found.credentials.token == Secret("hunter2-hunter2")
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "url", ["http://chat.example.com", "https://chat.example.com:8443", "https://chat.example.com.evil.example"]
)
def test_another_server_gets_no_credentials(url: str) -> None:
    found = target(url, settings(tables={"chat": TABLE}, environ=ENVIRON))
    assert not found.credentials.given
    assert found.name == str(found.endpoint)


def test_of_several_tables_of_a_server_the_path_counts() -> None:
    tables = {"a": {"url": "https://x.example/a", "model": "a"}, "b": {"url": "https://x.example/b", "model": "b"}}
    assert target("https://x.example/b/", settings(tables=tables)).model == "b"
    with pytest.raises(UsageError, match=r"`\[probes\.a\]`, `\[probes\.b\]` are for the same server"):
        target("https://x.example", settings(tables=tables))


@pytest.mark.parametrize(
    ("named", "said", "help"),
    [
        ("chta", "`chta` is neither a URL nor a probe", "did you mean `chat`?"),
        ("127.0.0.1:8000", "is neither a URL nor a probe", "http://127.0.0.1:8000"),
        ("ftp://x", "does not begin with http", "http://127.0.0.1:8000"),
        ("https://u:p@x.example", "holds credentials", "token_env"),
        ("https://x.example?key=a", "has a query", ""),
        ("https://", "names no host", "http://127.0.0.1:8000"),
    ],
)
def test_what_is_no_address(named: str, said: str, help: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        target(named, settings(tables={"chat": TABLE}, environ=ENVIRON))
    assert help in caught.value.help


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"url": ""}, "has no `url`"),
        ({"url": "nowhere"}, r"`\[probes\.chat\]`: the URL does not begin"),
        ({"token": "hunter2"}, "is a secret in plain text"),
        ({"token_env": "NOT_SET"}, "NOT_SET is not set"),
        ({"modle": "x"}, "unknown key `modle`"),
        ({"tenant": "x"}, "unknown key `tenant`"),
        ({"protocol": "grpc"}, "`protocol` of .* cannot be `grpc`"),
        ({"protocol": 5}, "`protocol` of .* must be a text"),
    ],
)
def test_a_table_that_is_wrong(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        target("chat", settings(tables={"chat": {**TABLE, **more}}, environ=ENVIRON))
    assert "hunter2" not in f"{caught.value}{caught.value.help}"


def test_what_is_less_safe_than_it_could_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t0ken-of-ours")
    (tmp_path / "token").chmod(0o644)
    table = {"url": "https://x.example", "token_file": "token", "insecure_skip_verify": True}
    found = target("chat", settings(tables={"chat": table}, file="airectl.toml", cwd=tmp_path))
    assert [each.code for each in found.remarks] == ["AIR213", "AIR217"]
    assert found.credentials.verify is False
