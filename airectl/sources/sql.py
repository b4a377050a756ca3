"""The one SQL expression that a spec may contain: what is allowed, held by an allow-list on its syntax tree.

A spec may come from a pull request. An expression names columns of its own log, compares, calculates
and calls the pure functions below; everything else is rejected before it runs: subqueries, table
functions, aggregates, window functions, settings, anything that is no single expression.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import duckdb

MAX_LENGTH: Final = 4_000
# Classes of DuckDB's expression tree; SUBQUERY, WINDOW, STAR, PARAMETER and what may come are out.
_CLASSES: Final = frozenset(
    {"COLUMN_REF", "CONSTANT", "COMPARISON", "CONJUNCTION", "OPERATOR", "BETWEEN", "CASE", "CAST", "TYPE", "FUNCTION",
     "LAMBDA"}  # LAMBDA is what `json -> 'key'` parses as; the functions that take a lambda are not allowed
)  # fmt: skip
# Pure functions on one row's values, none of which makes a value much larger than what it is given.
_OPERATORS: Final = "+ - * / // % ** ^ ~~ !~~ ~~* !~~* ~~~ || -> ->> & | << >> @ !"
_NUMBERS: Final = (
    "abs ceil ceiling floor round trunc sign sqrt ln log log2 log10 exp pow power mod greatest least "
    "isnan isinf isfinite coalesce nullif ifnull if"
)
_TEXTS: Final = (
    "lower upper lcase ucase trim ltrim rtrim length strlen len substring substr left right contains starts_with "
    "ends_with prefix suffix instr strpos position regexp_matches regexp_full_match regexp_extract like_escape "
    "not_like_escape ilike_escape not_ilike_escape"
)
_NESTED: Final = (
    "json_extract json_extract_string json_exists json_type json_valid json_array_length list_contains "
    "array_contains list_has array_has array_length list_extract struct_extract map_extract array_extract "
    "element_at row struct_pack list_value"
)
_TIMES: Final = (
    "epoch epoch_ms date_part datepart hour minute second day month year dayofweek isodow to_days to_hours "
    "to_minutes to_seconds to_timestamp make_timestamp strptime try_strptime"
)
# They copy what they are given, outside of DuckDB's memory limit: a thousand times a long text is gigabytes.
_CONSTRUCTORS: Final = frozenset({"list_value", "row", "struct_pack"})
_FUNCTIONS: Final = frozenset(" ".join((_OPERATORS, _NUMBERS, _TEXTS, _NESTED, _TIMES)).split())


_INTEGERS: Final = "tinyint smallint integer int int4 int8 bigint hugeint utinyint usmallint uinteger ubigint uhugeint"
_OTHERS: Final = (
    "boolean bool float real double decimal numeric varchar text string char date time timestamp datetime "
    "timestamptz timestamp_s timestamp_ms timestamp_ns interval json uuid list"
)
_TYPES: Final = frozenset((*_INTEGERS.split(), *_OTHERS.split(), "timestamp with time zone", "double precision"))


class RejectedError(Exception):
    """The expression is not allowed or not SQL. `help` says what to write, `offset` where (from 0), if known."""

    def __init__(self, message: str, help: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.help = help
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression that passed: its text, and the columns it names."""

    text: str
    columns: frozenset[str]


_PREFIX: Final = "SELECT "


def check(text: str, connection: duckdb.DuckDBPyConnection) -> Expression:
    """Parse `text` with `connection` and hold its tree against the allow-list.

    Raises RejectedError.
    """
    if len(text) > MAX_LENGTH:
        raise RejectedError(f"the expression is longer than {MAX_LENGTH:,} characters", "shorten it")
    if not text.strip():
        raise RejectedError("the expression is empty", "leave the key out to take every row")
    node = _select_list(text, connection)
    columns: set[str] = set()
    for part in _expressions(node):
        kind = part["class"]
        if kind not in _CLASSES:
            raise _not_allowed(kind, part)
        if kind == "FUNCTION":
            _check_function(part)
        if kind == "TYPE" and str(part["type_name"]).lower() not in _TYPES:
            raise RejectedError(f"the type `{part['type_name']}` is not allowed", _ONE, _offset(part))
        if kind == "COLUMN_REF":
            columns.add(str(part["column_names"][0]))
    return Expression(text=text, columns=frozenset(columns))


def _select_list(text: str, connection: duckdb.DuckDBPyConnection) -> Any:
    tree, in_brackets = _parse(f"{_PREFIX}{text}\n", f"{_PREFIX}{enclosed(text)}", connection)
    if tree["error"]:
        raise _syntax_error(tree)
    if in_brackets["error"]:  # a trailing `;`
        raise RejectedError("it is not one expression", _ONE)
    statements = tree["statements"]
    node = statements[0]["node"] if len(statements) == 1 else {}
    wanted: dict[str, Any] = {
        "type": "SELECT_NODE",
        "modifiers": [],
        "where_clause": None,
        "having": None,
        "qualify": None,
        "sample": None,
    }
    plain = all(node.get(key) == value for key, value in wanted.items())
    alone = plain and len(node["select_list"]) == 1 and not node["select_list"][0].get("alias")
    if not alone or node["from_table"]["type"] != "EMPTY" or node["group_expressions"] or node["cte_map"]["map"]:
        raise RejectedError("it is not one expression", _ONE)
    return node["select_list"][0]


def enclosed(text: str) -> str:
    """`text` in brackets; the newline keeps a `-- comment` at its end from swallowing the bracket."""
    return f"({text}\n)"


def _parse(first: str, second: str, connection: duckdb.DuckDBPyConnection) -> tuple[dict[str, Any], dict[str, Any]]:
    row = connection.execute("SELECT json_serialize_sql(?), json_serialize_sql(?)", [first, second]).fetchone()
    return (json.loads(row[0]), json.loads(row[1])) if row else ({"error": True}, {"error": True})


_ONE: Final = "write one expression on the columns of the log, such as `status < 500`, without SELECT, FROM or `;`"


def _expressions(node: Any) -> Iterator[dict[str, Any]]:
    """Every node of the tree that is an expression or pretends to be one."""
    if isinstance(node, list):
        for item in node:
            yield from _expressions(item)
    elif isinstance(node, dict):
        if "class" in node:
            yield node
        elif "from_table" in node or "cte_map" in node:
            yield {"class": "SUBQUERY", **node}
        for item in node.values():
            yield from _expressions(item)


def _check_function(part: dict[str, Any]) -> None:
    name = str(part["function_name"]).lower()
    plain = not (part.get("schema") or part.get("catalog") or part.get("distinct") or part.get("filter"))
    if name not in _FUNCTIONS or not plain:
        raise RejectedError(
            f"the function `{name}` is not allowed",
            "use comparisons, arithmetic and plain functions on the row's own columns",
            _offset(part),
        )
    if name in _CONSTRUCTORS and any(child["class"] == "COLUMN_REF" for child in _expressions(part)):
        raise RejectedError(
            "a list or struct of columns is not allowed", "use `in`, or compare one by one", _offset(part)
        )


_SPOKEN: Final = {"SUBQUERY": "a subquery", "WINDOW": "a window function", "STAR": "`*`", "PARAMETER": "a parameter"}


def _not_allowed(kind: str, part: dict[str, Any]) -> RejectedError:
    return RejectedError(f"{_SPOKEN.get(kind, kind.lower())} is not allowed", _ONE, _offset(part))


def _offset(part: dict[str, Any]) -> int | None:
    place = part.get("query_location")
    return place - len(_PREFIX) if isinstance(place, int) and len(_PREFIX) <= place < 2**32 else None


def _syntax_error(tree: dict[str, Any]) -> RejectedError:
    message = str(tree.get("error_message", "it is not SQL")).splitlines()[0]
    position = str(tree.get("position", ""))
    offset = int(position) - len(_PREFIX) if position.isdigit() and int(position) >= len(_PREFIX) else None
    if tree.get("error_type") == "not implemented":  # a statement of another kind after `;`
        return RejectedError("it is not one expression", _ONE)
    return RejectedError(f"it is not SQL: {message[:1].lower()}{message[1:]}", _ONE, offset)
