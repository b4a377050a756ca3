"""Which source a query goes to: --source, then its own name, then the default."""

from typing import Any

import pytest

from airectl.core.findings import Location
from airectl.core.slo import Query
from airectl.errors import UsageError
from airectl.spec.composer import compose
from airectl.spec.connections import Connections, Directory
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.tree import Map

AT = Location(path="chat.yaml", line=1, col=1)
DOCUMENT = """\
kind: DataSource
metadata: {name: logs}
spec: {type: Events, connectionDetails: {path: logs/*.jsonl}}
"""
CONFIGURED: dict[str, dict[str, Any]] = {
    "prod": {"url": "https://prometheus.example.com"},
    "thanos": {"type": "Thanos", "url": "https://thanos.example.com"},
    "staging": {"type": "Events", "path": "staging.jsonl"},
    "logs": {"type": "Events", "path": "other.jsonl"},
    "odd": {"type": 7},
}


def specs() -> SpecSet:
    (node,) = compose("sources.yaml", DOCUMENT).documents
    assert isinstance(node, Map)
    return SpecSet(documents=(SpecObject(kind="DataSource", node=node),))


def sent(type_: str = "", ref: str = "", **preferred: str) -> Query | None:
    directory = Directory(Connections(configured=CONFIGURED, file="conf/airectl.toml", **preferred), specs())
    return directory.sent(Query(type=type_, ref=ref, at=AT))


def told(query: Query | None) -> tuple[Any, ...]:
    assert query
    return query.type, query.ref, query.connection.get("path") or query.connection.get("url"), query.overrides


def test_a_query_that_names_nothing_stays_as_it_is() -> None:
    assert sent("Events") == Query(type="Events", at=AT)


def test_a_name_is_a_data_source_first_then_one_of_airectl_toml() -> None:
    assert told(sent(ref="logs")) == ("Events", "logs", "logs/*.jsonl", False)
    assert told(sent(ref="staging")) == ("Events", "staging", "staging.jsonl", False)
    assert told(sent(ref="prod")) == ("Prometheus", "prod", "https://prometheus.example.com", False)


def test_a_path_is_relative_to_the_file_that_says_it() -> None:
    named, configured = sent(ref="logs"), sent(ref="staging")
    assert named
    assert configured
    assert (named.connection_file, configured.connection_file) == ("sources.yaml", "conf/airectl.toml")


def test_a_name_that_nothing_has_is_none() -> None:
    assert sent(ref="nowhere") is None
    assert sent("Events", ref="nowhere") is None
    assert told(sent("Events", ref="nowhere", chosen="staging")) == ("Events", "staging", "staging.jsonl", True)


def test_the_chosen_source_comes_before_the_query_s_own_and_that_before_the_default() -> None:
    assert told(sent("Events", ref="logs", chosen="staging", default="logs"))[1] == "staging"
    assert told(sent("Events", ref="logs", default="staging"))[1] == "logs"
    assert told(sent("Events", default="staging"))[1:] == ("staging", "staging.jsonl", False)


def test_a_source_is_asked_what_it_understands() -> None:
    assert told(sent("Events", chosen="prod"))[1] == ""
    assert told(sent("Events", default="prod"))[1] == ""
    assert told(sent("VictoriaMetrics", chosen="prod"))[:2] == ("VictoriaMetrics", "prod")
    assert told(sent("prometheus", chosen="thanos"))[:2] == ("prometheus", "thanos")
    assert told(sent(chosen="thanos"))[:2] == ("Thanos", "thanos")


def test_a_url_is_a_prometheus_and_shows_no_password() -> None:
    query = sent("Prometheus", chosen="https://me:s3cret@prometheus.example.com/?token=x")
    assert query
    assert query.ref == "https://****@prometheus.example.com/?token=****"
    assert query.connection["url"] == "https://me:s3cret@prometheus.example.com/?token=x"


def test_a_type_that_is_no_text_is_none() -> None:
    assert told(sent(ref="odd"))[0] == ""


@pytest.mark.parametrize(
    ("preferred", "message", "help"),
    [
        ({"chosen": "stagin"}, "--source: no source is called `stagin`", "did you mean `staging`?"),
        ({"chosen": "zzz"}, "--source: no source is called `zzz`", "there are: logs, odd, prod, staging, thanos"),
        ({"default": "lgs"}, "the setting `source`: no source is called `lgs`", "did you mean `logs`?"),
    ],
)
def test_a_preferred_source_must_be_there(preferred: dict[str, str], message: str, help: str) -> None:
    with pytest.raises(UsageError) as error:
        sent("Events", **preferred)
    assert (error.value.message, error.value.help) == (message, help)


def test_without_any_source_the_help_says_where_to_name_one() -> None:
    with pytest.raises(UsageError) as error:
        Directory(Connections(chosen="prod"), SpecSet())
    assert error.value.help == "name one in airectl.toml: `[sources.NAME]`"


@pytest.mark.parametrize("details", ["{url: 'https://host', region: eu}", "[{url: 'https://host'}, {region: eu}]"])
def test_details_are_a_mapping_or_a_list_of_them(details: str) -> None:
    text = f"kind: DataSource\nmetadata: {{name: own}}\nspec: {{type: Prometheus, connectionDetails: {details}}}\n"
    (node,) = compose("sources.yaml", text).documents
    assert isinstance(node, Map)
    found = Connections().named("own", SpecSet(documents=(SpecObject(kind="DataSource", node=node),)))
    assert found is not None
    assert found.details == {"url": "https://host", "region": "eu"}
