"""The one expression of a spec: what it may say, and that it has no power even where the check were wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from airectl.sources import sql
from airectl.sources.database import connect

if TYPE_CHECKING:
    import duckdb

ALLOWED = (
    "status < 500",
    "status < 500 and ttft_s < 0.5",
    "not (finish_reason = 'error') or status in (200, 201)",
    "status between 200 and 299",
    "ttft_s is not null and ttft_s::double < 0.5",
    "try_cast(status as integer) < 500",
    "model like 'chat-%' and lower(model) <> 'chat-0'",
    "case when status = 429 then false else status < 500 end",
    "coalesce(good, false)",
    "(a.b.c)::int + 1 > 2 * x - 3",
    "json->>'$.status' = 'ok'",
    "tags[1] = 'x' and list_contains(tags, 'y')",
    'extract(hour from "timestamp"::timestamptz) between 8 and 17',
    "regexp_matches(path, '^/v1/') -- a comment",
    "'a;b' = model",
    "list_contains(['a', 'b'], model)",
    '"order" < 5 and "select" is null',
)
REJECTED = (
    "",
    "   ",
    "status < 500;",
    "1; select 2",
    "select 1",
    "(select 1)",
    "status in (select 1)",
    "exists(select 1)",
    "1 from read_text('/etc/passwd')",
    "read_text('/etc/passwd')",
    "(from read_csv('/etc/passwd'))",
    "true union select true",
    "true limit 1",
    "true where true",
    "true as good",
    "a, b",
    "*",
    "columns('.*')",
    "count(*) > 1",
    "sum(x) > 1",
    "row_number() over () > 1",
    "list_transform(tags, x -> x)",
    "x = ?",
    "x = $1",
    "true) or (true",
    "copy (select 1) to 'x.csv'",
    "attach 'x.db'",
    "install httpfs",
    "pragma_version()",
    "current_setting('memory_limit')",
    "getvariable('x')",
    "nextval('s')",
    "sleep_ms(100000) is null",
    "repeat('a', 1000000000) = model",
    "random() < 0.5",
    "now() > timestamp",
    "main.lower(model) = 'x'",
    "x /* open",
    "status <",
    "attach 'x'",
    "x::secret_type is null",
    "list_contains([" + "x, " * 900 + "x], 'a')",
    "row(x, x, x) is null",
    "true /* a comment */; select 1 -- and another",
    "true -- a comment\n; copy (select 1) to 'x'",
    "pragma database_list",
    "glob('/etc/*') is null",
    "unnest(tags) = 1",
    "getenv('HOME') = 'x'",
    "(" * 1_900 + "true" + ")" * 1_900,
    "'" + "a" * 5_000 + "' = model",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(connect([])) as connection:
        yield connection


@pytest.mark.parametrize("text", ALLOWED)
def test_an_expression_on_the_rows_own_columns_passes(text: str, connection: duckdb.DuckDBPyConnection) -> None:
    assert sql.check(text, connection).text == text


@pytest.mark.parametrize("text", REJECTED, ids=lambda text: text[:30])
def test_anything_else_is_rejected_with_a_way_out(text: str, connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(sql.RejectedError) as rejected:
        sql.check(text, connection)
    assert rejected.value.help


def test_the_columns_are_named(connection: duckdb.DuckDBPyConnection) -> None:
    assert sql.check('a.b < 1 and "C d" = lower(e)', connection).columns == {"a", "C d", "e"}


@pytest.mark.parametrize(
    ("text", "offset"),
    [("ok and sleep_ms(1) is null", 7), ("ok and (select 1)", 7), ("ok and <", 7), ("true as good", None)],
)
def test_the_place_of_what_is_wrong_is_known(
    text: str, offset: int | None, connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(sql.RejectedError) as rejected:
        sql.check(text, connection)
    assert rejected.value.offset == offset


SIGNS = (
    " ",
    "<",
    "'",
    '"',
    "(",
    ")",
    ",",
    ";",
    "--",
    "/*",
    "::",
    "[",
    "]",
    "{",
    "}",
    "->",
    "$",
    "?",
    "*",
    "\n",
    "\x00",
    "é",
)
WORDS = ("status", "500", "1e999", "int", "select", "from", "case", "when", "end", "interval", "::struct(a int)")


@pytest.mark.parametrize("seed", range(5))
def test_any_text_passes_or_is_rejected(seed: int, connection: duckdb.DuckDBPyConnection) -> None:
    rng = Random(seed)  # noqa: S311  # no secret
    for _ in range(200):
        with suppress(sql.RejectedError):
            sql.check("".join(rng.choices((*SIGNS, *WORDS), k=rng.randint(1, 15))), connection)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may read one file, beside which another one lies."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    own = tmp_path / "own.csv"
    own.write_text("a\n1\n")
    with closing(connect([own])) as connection:
        assert connection.execute("SELECT * FROM read_csv(?)", [str(own)]).fetchall() == [(1,)]
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{tmp}/secret.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
        "ATTACH '{tmp}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "COPY (SELECT 1) TO '{tmp}/own.csv'",
        "COPY (SELECT 1) TO '{tmp}/new.csv'",
        "EXPORT DATABASE '{tmp}/out'",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET memory_limit = '100GB'",
        "RESET lock_configuration",
        "SELECT * FROM local_variable",
    ],
)
def test_the_connection_itself_has_no_power(statement: str, locked: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    import duckdb  # not above: hypothesis keeps the modules of tests alive, and DuckDB complains of that at the end

    local_variable = [1]  # DuckDB would find it by name, were replacement scans on
    with pytest.raises(duckdb.Error):
        locked.execute(statement.replace("{tmp}", str(tmp_path)))
    assert local_variable
    assert (tmp_path / "own.csv").read_text() == "a\n1\n"
    assert not (tmp_path / "new.csv").exists()


def test_what_does_not_fit_the_memory_is_not_spilled_into_the_users_folder(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    settings = "SELECT current_setting('temp_directory'), current_setting('threads') <= 8"
    assert connection.execute(settings).fetchone() == ("", True)
