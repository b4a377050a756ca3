"""A refused query is marked where it is wrong in the spec, however it was rewritten and however it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import servers
from airectl.core.findings import Finding, Location, Severity
from airectl.core.slo import Query
from airectl.errors import SourceError, Unreachable
from airectl.net.urls import endpoint
from airectl.sources.prometheus.server import placing
from airectl.sources.prometheus.server.answers import Found
from airectl.sources.prometheus.server.client import Client, Limits
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.prometheus.server.failures import Refused
from airectl.spec.composer import compose
from airectl.spec.tree import Map

CONNECTION = Connection(name="prod", endpoint=endpoint("http://127.0.0.1:9090"))
# Unknown to every Prometheus: the server marks its name.
WRONG = "nosuch(up)"
# Each style has a WRONG, marked at its first letter.
STYLES = {
    "plain": f"query: 1 + {WRONG}\n",
    "single quotes": f"query: '1 + {WRONG}'\n",
    "double quotes": f'query: "1 + {WRONG}"\n',
    "plain over lines": f"query: 1 +\n    2 +\n    {WRONG}\nmore: 1\n",
    "quotes over lines": f"query: '1\n\n  + {WRONG}'\n",
    "literal": f"query: |\n  1 +\n    {WRONG}\n  + 3\nmore: 1\n",
    "literal, stripped": f"query: |2-\n    1\n  + {WRONG}\nmore: 1\n",
    "folded": f"query: >-\n  1\n  +\n  {WRONG}\n",
    "flow": f"{{a: {{query: '{WRONG}'}}}}\n",
    "after other letters": f"query: 'count(up{{a=\"äöü😀\"}}) + {WRONG}'\n",
    "after a comment of PromQL": f"query: |\n  # nothing\n  {WRONG}\n",
    "after a placeholder": f"query: 'rate(up[{{{{.window}}}}]) + {WRONG}'\n",
}


def query(text: str, folder: Path) -> Query:
    (folder / "chat.yaml").write_text(text, "utf-8")
    (node,) = compose("chat.yaml", text).documents
    assert isinstance(node, Map)
    spec = node.map("a") if "a" in node else node
    return Query(type="Prometheus", at=Location(path="chat.yaml", line=1, col=1), spec=spec)


def marked(at: Location | None, text: str) -> str:
    """The text from a place on, to the end of its line."""
    assert at is not None
    return text.split("\n")[at.line - 1][at.col - 1 :]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with servers.prometheus(tmp_path_factory.mktemp("prometheus") / "one") as url:
        yield Client(Connection(name="prod", endpoint=endpoint(url)), Limits())


def refused(client: Client, text: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client.instant(text, 0)
    return caught.value


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_the_server_s_position_is_found_in_every_style(text: str, client: Client, tmp_path: Path) -> None:
    asked: list[str] = []

    def again(own: str) -> object:
        asked.append(own)
        return client.instant(own, 0)

    error = refused(client, f"sum_over_time(({WRONG})[5m:1m])")
    failure = placing.failure(query(text, tmp_path), error, again, tmp_path)
    assert failure.invalid
    assert marked(failure.finding.at, text).startswith(WRONG)
    assert "unknown function" in failure.finding.message
    assert len(asked) == 1


def test_a_query_that_was_sent_as_written_is_not_asked_again(client: Client, tmp_path: Path) -> None:
    text = f"query: 1 + {WRONG}\n"
    failure = placing.failure(query(text, tmp_path), refused(client, f"1 + {WRONG}"), pytest.fail, tmp_path)
    assert marked(failure.finding.at, text).startswith(WRONG)


def test_the_end_of_a_query_is_its_last_letter(client: Client, tmp_path: Path) -> None:
    text = "query: sum(up\nmore: 1\n"
    failure = placing.failure(query(text, tmp_path), refused(client, "sum(up"), pytest.fail, tmp_path)
    assert marked(failure.finding.at, text) == "p"


ODD = {
    "an escape": f'query: "1 +\\x20{WRONG}"\n',
    "an anchor": f"a: &q '1 + {WRONG}'\nquery: *q\n",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_where_the_letters_are_not_those_of_the_file_the_query_is_marked(
    text: str, client: Client, tmp_path: Path
) -> None:
    asked = query(text.replace("a: &q", "b: &q"), tmp_path)
    failure = placing.failure(asked, refused(client, WRONG), lambda own: client.instant(own, 0), tmp_path)
    assert isinstance(asked.spec, Map)
    at = failure.finding.at
    assert at is not None
    assert (at.line, at.path) == (asked.spec.at("query").line, "chat.yaml")


def test_a_file_that_is_gone_has_the_query_marked(client: Client, tmp_path: Path) -> None:
    asked = query(f"query: 1 + {WRONG}\n", tmp_path)
    (tmp_path / "chat.yaml").unlink()
    failure = placing.failure(asked, refused(client, f"1 + {WRONG}"), pytest.fail, tmp_path)
    assert failure.finding.at == asked.spec.at("query")  # type: ignore[attr-defined]  # it is a Map


def test_a_query_that_only_the_rewriting_broke_is_marked_as_a_whole(client: Client, tmp_path: Path) -> None:
    asked = query("query: up\n", tmp_path)
    failure = placing.failure(asked, refused(client, WRONG), lambda own: client.instant(own, 0), tmp_path)
    assert failure.finding.at == asked.spec.at("query")  # type: ignore[attr-defined]  # it is a Map
    assert failure.finding.code == "AIR214"


def test_a_server_that_is_gone_when_asked_again_changes_nothing(client: Client, tmp_path: Path) -> None:
    def gone(_own: str) -> object:
        raise Unreachable("gone", code="AIR212")

    asked = query("query: up\n", tmp_path)
    failure = placing.failure(asked, refused(client, WRONG), gone, tmp_path)
    assert failure.finding.code == "AIR214"
    assert failure.finding.at == asked.spec.at("query")  # type: ignore[attr-defined]  # it is a Map


def test_any_other_error_stands_at_the_source_of_the_query(tmp_path: Path) -> None:
    asked = query("query: up\n", tmp_path)
    failure = placing.failure(asked, Unreachable("down", code="AIR212", help="start it"), pytest.fail, tmp_path)
    assert (failure.finding.code, failure.finding.at, failure.invalid) == ("AIR212", asked.at, False)
    assert failure.finding.severity is Severity.ERROR


def test_a_query_that_is_too_large_is_not_the_spec_s_fault(tmp_path: Path) -> None:
    error = Refused("too large", help="less", reason="too many samples")
    failure = placing.failure(query("query: up\n", tmp_path), error, pytest.fail, tmp_path)
    assert not failure.invalid


def doubts(tmp_path: Path, *answers: Found) -> list[Finding]:
    return list(placing.doubts(query("query: up\n", tmp_path), answers, CONNECTION))


def test_what_a_server_says_of_its_answers_is_told_once_without_its_position(tmp_path: Path) -> None:
    info = 'PromQL info: metric might not be a counter: "up" (1:6)'
    said = Found(series=(), infos=(info,), warnings=("PromQL warning: bad bucket label (1:4)",))
    again = Found(series=(), infos=(info.replace("1:6", "1:14"),))
    found = doubts(tmp_path, said, again)
    assert [(each.severity, each.message.partition("of its answer: ")[2]) for each in found] == [
        (Severity.INFO, 'metric might not be a counter: "up"'),
        (Severity.WARNING, "bad bucket label"),
    ]
    assert {(each.code, each.at.line if each.at else 0) for each in found} == {("AIR217", 1)}


def test_nothing_is_said_of_answers_without_doubt(tmp_path: Path) -> None:
    assert doubts(tmp_path, Found(series=())) == []
