"""Check trees against the shipped JSON Schemas; every deviation becomes a finding in plain words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from airectl.core.findings import Finding
from airectl.spec import deviations
from airectl.spec.tree import Map

# As many documents as jsonschema checks in the time that compiling takes.
COMPILE_AFTER: Final = 200
START_TIME: Final = "%Y-%m-%d %H:%M:%S"


@cache
def document(name: str) -> dict[str, Any]:
    """A shipped schema as data, for example `openslo-v1`."""
    text = files("airectl").joinpath("data", "schemas", f"{name}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def resolved(schema: dict[str, Any], part: Any) -> Any:
    """`part` of `schema` with every local $ref replaced by what it names.

    Twice as fast to validate as following references; the schemas shipped here are not recursive.
    """
    if isinstance(part, list):
        return [resolved(schema, item) for item in part]
    if not isinstance(part, dict):
        return part
    own = {key: resolved(schema, item) for key, item in part.items() if key != "$ref"}
    if "$ref" not in part:
        return own
    return {**resolved(schema, schema["$defs"][part["$ref"].rpartition("/")[2]]), **own}


class _Checker:
    """One schema, ready to use.

    jsonschema explains what is wrong, fastjsonschema says four times faster that nothing is: it is
    compiled once enough documents came to pay for that.
    """

    def __init__(self, schema: dict[str, Any], definition: str) -> None:
        import jsonschema

        checker = jsonschema.FormatChecker(formats=())
        for name, check in _FORMATS.items():
            checker.checks(name)(check)
        self.schema = schema
        self.definition = definition
        part = resolved(schema, schema["$defs"][definition] if definition else schema)
        self.explain = jsonschema.Draft202012Validator(part, format_checker=checker).iter_errors
        self.seen = 0
        self.compiled: Callable[[Any], Any] | None = None

    def accepts(self, node: Map) -> bool:
        """Whether nothing is wrong, as far as that is known without asking for an explanation."""
        self.seen += 1
        if self.seen == COMPILE_AFTER:
            self.compiled = _compile(self.schema, self.definition)
        if self.compiled is None:
            return False
        try:
            self.compiled(node)
        except ValueError:  # what fastjsonschema raises
            return False
        return True


def _compile(schema: dict[str, Any], definition: str) -> Callable[[Any], Any]:
    """References stay: each becomes a function. One large function with all of them is slower, up to ten times.

    Whoever raises in it has its line looked up, and Python 3.11.2 does so from the function's first line on.
    """
    import fastjsonschema

    # Nothing in the schemas means something else in draft 7, the newest that it knows: no limit stands beside a $ref.
    part = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]} if definition else schema
    draft7 = {**part, "$schema": "http://json-schema.org/draft-07/schema#"}
    compiled: Callable[[Any], Any] = fastjsonschema.compile(draft7, formats=_FORMATS, use_default=False)
    return compiled


@cache
def _checker(name: str, definition: str) -> _Checker:
    return _Checker(document(name), definition)


def _is_start_time(text: object) -> bool:
    try:
        # Wall-clock time by definition: the zone stands beside it in the spec.
        return not isinstance(text, str) or bool(datetime.strptime(text, START_TIME))  # noqa: DTZ007
    except ValueError:
        return False


def _is_time_zone(text: object) -> bool:
    try:
        return not isinstance(text, str) or bool(ZoneInfo(text))
    except (ValueError, OSError, KeyError):  # no name, a folder's name, an unknown name
        return False


_FORMATS: Final = {"openslo-start-time": _is_start_time, "iana-time-zone": _is_time_zone}


def deviation(value: Any, name: str) -> str:
    """The first deviation of plain data from a schema, as `data.gates must be array`; empty for none.

    For what a program wrote: of a person's files `check` says every deviation at its place. The schema may be
    recursive.
    """
    try:
        _compiled(name)(value)
    except ValueError as error:
        return str(error)
    return ""


@cache
def _compiled(name: str) -> Callable[[Any], Any]:
    return _compile(document(name), "")


def check(node: Map, name: str, definition: str) -> list[Finding]:
    """Every deviation of `node` from `$defs/definition` of the schema `name`."""
    checker = _checker(name, definition)
    if checker.accepts(node):
        return []
    findings = (f for error in checker.explain(node) for f in deviations.findings(node, error))
    # One error per missing key comes, and each yields them all; a part behind two references comes twice.
    return list(dict.fromkeys(findings))
