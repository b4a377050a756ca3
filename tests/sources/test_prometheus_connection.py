"""Which server a query goes to, and whose credentials go with it: bound to the server, never from a spec."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from airectl.core.findings import Location, Severity
from airectl.core.slo import Query
from airectl.errors import SourceError
from airectl.sources.prometheus.server.connection import Connection, connection_of
from airectl.sources.protocol import Setting

AT = Location(path="specs/chat.yaml", line=3, col=5)
TOKEN = "hunter2-hunter2"  # noqa: S105  # a word to look for
TABLES: dict[str, dict[str, Any]] = {
    "prod": {"url": "https://prod.example.com/prometheus/", "token_env": "PROM", "timeout": "5s"},
    "logs": {"type": "Events", "path": "logs.jsonl"},
}


def setting(tables: Mapping[str, Mapping[str, Any]], folder: Path = Path("/nowhere")) -> Setting:
    return Setting(cwd=folder, configured=tables, config_file="conf/airectl.toml", environ={"PROM": TOKEN})


def configured(name: str, tables: Mapping[str, Mapping[str, Any]], folder: Path = Path("/nowhere")) -> Connection:
    """The connection of a query that goes to a table."""
    query = Query(type="Prometheus", ref=name, at=AT, connection=tables[name], connection_file="conf/airectl.toml")
    found = connection_of(query, setting(tables, folder))
    assert found is not None
    return found


def of_spec(details: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], name: str = "own") -> Connection:
    """The connection of a query that goes to a DataSource."""
    query = Query(type="Prometheus", ref=name, at=AT, connection=details, connection_file="specs/sources.yaml")
    found = connection_of(query, setting(tables))
    assert found is not None
    return found


def of_flag(url: str, tables: Mapping[str, Mapping[str, Any]]) -> Connection:
    """The connection of a query that goes where --source says."""
    query = Query(type="Prometheus", ref=url, at=AT, connection={"url": url}, overrides=True)
    found = connection_of(query, setting(tables))
    assert found is not None
    return found


def failed(details: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]], name: str = "own") -> SourceError:
    with pytest.raises(SourceError) as caught:
        of_spec(details, tables, name)
    assert caught.value.help
    return caught.value


def test_a_table_brings_its_address_its_credentials_and_its_timeout() -> None:
    found = configured("prod", TABLES)
    assert (found.name, str(found.endpoint), found.timeout_s) == ("prod", "https://prod.example.com/prometheus", 5.0)
    assert found.credentials.sent() == {"Authorization": f"Bearer {TOKEN}"}
    assert found.remarks == ()


def test_a_query_without_an_address_goes_nowhere() -> None:
    assert connection_of(Query(type="Prometheus", at=AT, spec={"query": "up"}), setting(TABLES)) is None


@pytest.mark.parametrize("url", ["https://prod.example.com", "https://PROD.example.com:443/other"])
def test_the_same_server_gets_the_credentials_of_its_table(url: str) -> None:
    for found in (of_spec({"url": url}, TABLES), of_flag(url, TABLES)):
        assert found.credentials.sent() == {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "url",
    [
        "http://prod.example.com",
        "https://prod.example.com:8443",
        "https://prod.example.com.evil.example",
        "https://evil.example/prod.example.com",
        "https://xprod.example.com",
    ],
)
def test_another_server_gets_none(url: str) -> None:
    for found in (of_spec({"url": url}, TABLES), of_flag(url, TABLES), of_spec({"url": url}, TABLES, "prod")):
        assert not found.credentials.given
        assert found.credentials.sent() == {}


def test_a_source_that_a_flag_names_is_called_by_its_address() -> None:
    assert of_flag("http://127.0.0.1:9090/", {}).name == "http://127.0.0.1:9090"


def test_a_spec_cannot_say_which_credentials_are_sent() -> None:
    details = {"url": "https://evil.example", "token_env": "PROM", "headers": {"X": "y"}, "apiKey": "k", "region": "eu"}
    found = of_spec(details, TABLES)
    assert found.credentials.sent() == {}
    said = list(found.said(AT))
    assert [(each.code, each.severity, each.at) for each in said] == [("AIR213", Severity.WARNING, AT)] * 3
    assert [each.message.split("`")[1] for each in said] == ["token_env", "headers", "apiKey"]


def test_of_several_tables_for_a_server_its_name_or_its_path_decides() -> None:
    tables = {
        "a": {"url": "https://host/a", "tenant": "team-a"},
        "b": {"url": "https://host/b", "tenant": "team-b"},
    }
    assert of_spec({"url": "https://host/b"}, tables).credentials.sent() == {"X-Scope-OrgID": "team-b"}
    assert of_spec({"url": "https://host/c"}, tables, "a").credentials.sent() == {"X-Scope-OrgID": "team-a"}
    error = failed({"url": "https://host/c"}, tables)
    assert error.code == "AIR213"
    assert "`[sources.a]`, `[sources.b]`" in error.message


@pytest.mark.parametrize("url", ["ftp://host", "https://me:hunter2@host", 7, "", None, "host:9090"])
def test_an_address_that_is_none(url: Any) -> None:
    error = failed({"url": url}, {}) if url is not None else failed({"url": ""}, {})
    assert (error.code, error.invalid) == ("AIR212", True)
    assert "hunter2" not in f"{error.message}{error.help}"
    with pytest.raises(SourceError) as caught:
        configured("prod", {"prod": {"url": url} if url is not None else {}})
    assert (caught.value.code, caught.value.invalid) == ("AIR212", False)
    assert "`[sources.prod]` of conf/airectl.toml" in caught.value.message


@pytest.mark.parametrize(
    ("table", "said", "help"),
    [
        ({"token_env": "UNSET"}, "the variable UNSET is not set", "set it"),
        ({"token": TOKEN}, "is a secret in plain text", "token_env"),
        ({"tokne_env": "PROM"}, "unknown key `tokne_env`", "did you mean `token_env`"),
        ({"colour": "red"}, "unknown key `colour`", "known: type, url"),
        ({"timeout": "5"}, "must be a time with its unit, got `5`", "30s"),
        ({"timeout": 5}, "must be a time with its unit", "30s"),
        ({"timeout": "0s"}, "must be a time with its unit", "30s"),
    ],
)
def test_settings_that_cannot_be_used_say_what_to_write(table: dict[str, Any], said: str, help: str) -> None:
    with pytest.raises(SourceError) as caught:
        configured("prod", {"prod": {"url": "https://host", **table}})
    assert (caught.value.code, caught.value.invalid) == ("AIR213", False)
    assert said in caught.value.message
    assert help in caught.value.help
    assert TOKEN not in f"{caught.value.message}{caught.value.help}"


def test_files_are_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "token").write_text(TOKEN)
    (tmp_path / "conf" / "token").chmod(0o644)
    found = configured("prod", {"prod": {"url": "https://host", "token_file": "token"}}, tmp_path)
    assert found.credentials.sent() == {"Authorization": f"Bearer {TOKEN}"}
    (remark,) = found.remarks
    assert (remark.code, remark.severity, remark.help) == ("AIR213", Severity.WARNING, "chmod 600 token")


def test_tls_that_is_not_verified_is_said() -> None:
    (remark,) = configured("prod", {"prod": {"url": "https://host", "insecure_skip_verify": True}}).remarks
    assert (remark.code, remark.severity) == ("AIR217", Severity.WARNING)
    assert configured("prod", {"prod": {"url": "http://host", "insecure_skip_verify": True}}).remarks == ()


@pytest.mark.parametrize(
    ("type_", "lenient"), [("Prometheus", True), ("thanos", True), ("GoogleManagedPrometheus", False)]
)
def test_unknown_parameters_go_where_they_are_passed_over(type_: str, *, lenient: bool) -> None:
    query = Query(type=type_, ref="own", at=AT, connection={"url": "https://host"})
    found = connection_of(query, setting({}))
    assert found is not None
    assert found.lenient is lenient


def test_no_secret_is_printed() -> None:
    assert TOKEN not in repr(configured("prod", TABLES))
