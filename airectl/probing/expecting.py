"""Expectations as a file of prompts says them, and what is wrong with them before anything is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.probing.golden import AnyOf, Contains, Exact, Expectation, Json, Matches, Single
from airectl.promql import regexes
from airectl.spec.tree import Map, Seq, to_plain


def expectation(owner: Map) -> Expectation:
    """What stands under `expect`, which has no problem."""
    node = owner["expect"]
    if isinstance(node, Map) and isinstance(node.get("any_of"), Seq):
        return AnyOf(parts=tuple(_single(part, node) for part in node["any_of"]))
    return _single(node, owner)


def _single(node: Any, owner: Map) -> Single:
    if not isinstance(node, Map):
        return Exact(text=str(node))
    ignore_case = node.get("ignore_case", owner.get("ignore_case", False)) is True
    if "regex" in node:
        return Matches(pattern=node["regex"], ignore_case=ignore_case, at=node.at("regex"))
    if "json_schema" in node:
        return Json(schema=to_plain(node["json_schema"]), at=node.key_at("json_schema"))
    if "contains" in node:
        return Contains(text=node["contains"], ignore_case=ignore_case)
    return Exact(text=node["exact"], ignore_case=ignore_case)


def problems(owner: Map) -> Iterator[Finding]:
    """What a schema cannot say of `expect`: expressions and schemas that are none."""
    node = owner["expect"]
    nodes = [node, *node.maps("any_of")] if isinstance(node, Map) else []
    for each in nodes:
        if "regex" in each:
            yield from _of_pattern(each)
        if "json_schema" in each:
            yield from _of_schema(each["json_schema"], each)


def _of_pattern(node: Map) -> Iterator[Finding]:
    pattern, at = node.text("regex"), node.at("regex")
    try:
        # What it costs to compile is bounded first, what it costs to run where it is run.
        if regexes.cost(pattern) > regexes.MAX_COST:
            yield _finding("the regular expression is too large", at, "write fewer and smaller repetitions")
            return
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        said = getattr(error, "msg", "it is too large")
        yield _finding(f"not a regular expression: {said}", at, "Python's `re` reads it; is a \\ or a bracket missing?")


# Nothing is fetched for a schema.
_REFERENCES: Final = ("$ref", "$dynamicRef")


def _of_schema(schema: Map, owner: Map) -> Iterator[Finding]:
    import jsonschema

    try:
        jsonschema.Draft202012Validator.check_schema(to_plain(schema))
    except jsonschema.SchemaError as error:
        at = _place(schema, list(error.absolute_path), owner)
        yield _finding(f"not a JSON Schema: {error.message[:200]}", at, "draft 2020-12 is meant")
        return
    for node in _maps(schema):
        for key in _REFERENCES:
            if key in node and not node.text(key).startswith("#"):
                help = "write it out, or refer to a part of the same schema: `#/$defs/NAME`"
                yield _finding(f"`{key}` leads out of the schema", node.at(key), help)


def _maps(node: Any) -> Iterator[Map]:
    if isinstance(node, Map):
        yield node
        for value in node.values():
            yield from _maps(value)
    elif isinstance(node, Seq):
        for value in node:
            yield from _maps(value)


def _place(schema: Map, path: list[Any], owner: Map) -> Location:
    """Where the schema is wrong."""
    at, node = owner.key_at("json_schema"), schema
    for step in path:
        at, node = node.at(step), node[step]
    return at


def _finding(message: str, at: Location, help: str) -> Finding:
    return Finding(code="AIR130", severity=Severity.ERROR, message=message, at=at, help=help)
