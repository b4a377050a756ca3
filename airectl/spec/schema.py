"""Check trees against the shipped JSON Schemas; every deviation becomes a finding in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from airectl.core.findings import Finding, Location, Severity
from airectl.core.units import plain
from airectl.spec.tree import Map, Seq

if TYPE_CHECKING:
    from jsonschema import ValidationError

_CODES: Final = {"required": "AIR010", "additionalProperties": "AIR011", "type": "AIR012", "oneOf": "AIR015"}
TYPES: Final = {"object": "a mapping", "array": "a list", "string": "a text", "number": "a number",
                 "integer": "a whole number", "boolean": "true or false", "null": "nothing"}  # fmt: skip
# As many documents as jsonschema checks in the time that compiling takes.
COMPILE_AFTER: Final = 400
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

    def __init__(self, part: Any) -> None:
        import jsonschema

        checker = jsonschema.FormatChecker(formats=())
        for name, check in _FORMATS.items():
            checker.checks(name)(check)
        self.part = part
        self.explain = jsonschema.Draft202012Validator(part, format_checker=checker).iter_errors
        self.seen = 0
        self.compiled: Callable[[Any], Any] | None = None

    def accepts(self, node: Map) -> bool:
        """Whether nothing is wrong, as far as that is known without asking for an explanation."""
        self.seen += 1
        if self.seen == COMPILE_AFTER:
            self.compiled = _compile(self.part)
        if self.compiled is None:
            return False
        try:
            self.compiled(node)
        except ValueError:  # what fastjsonschema raises
            return False
        return True


def _compile(part: Any) -> Callable[[Any], Any]:
    import fastjsonschema

    # Nothing in the schemas means something else in draft 7, the newest that it knows.
    draft7 = {**part, "$schema": "http://json-schema.org/draft-07/schema#"}
    compiled: Callable[[Any], Any] = fastjsonschema.compile(draft7, formats=_FORMATS, use_default=False)
    return compiled


@cache
def _checker(name: str, definition: str) -> _Checker:
    schema = document(name)
    return _Checker(resolved(schema, schema["$defs"][definition] if definition else schema))


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


def check(node: Map, name: str, definition: str) -> list[Finding]:
    """Every deviation of `node` from `$defs/definition` of the schema `name`."""
    checker = _checker(name, definition)
    if checker.accepts(node):
        return []
    findings = (f for error in checker.explain(node) for f in _findings(node, error))
    # One error per missing key comes, and each yields them all; a part behind two references comes twice.
    return list(dict.fromkeys(findings))


def _findings(root: Map, error: ValidationError) -> Iterator[Finding]:
    path = list(error.absolute_path)
    schema: Any = error.schema
    kind = str(error.validator)
    if kind == "additionalProperties":
        yield from _unknown_keys(_walk(root, path), schema)
        return
    if kind == "required":
        yield from _missing_keys(root, error)
        return
    code = _CODES.get(kind) or schema.get("x-code") or "AIR013"
    message, label, help = _words(error, path)
    yield Finding(
        code=code, severity=Severity.ERROR, message=message, label=label, help=help, at=_place(root, path, kind)
    )


def _unknown_keys(node: Any, schema: Any) -> Iterator[Finding]:
    known = list(schema.get("properties", ()))
    patterns = tuple(schema.get("patternProperties", ()))
    for key in node:
        if key in known or any(re.search(pattern, key) for pattern in patterns):
            continue
        near = get_close_matches(key, known, 1) or [each for each in known if each.casefold() == key.casefold()]
        yield Finding(
            code="AIR011",
            severity=Severity.ERROR,
            message=f"unknown key `{key}`",
            at=node.key_at(key),
            label=f"did you mean `{near[0]}`?" if near else "",
            help=f"write `{near[0]}`" if near else f"known here: {', '.join(known)}" if known else "remove it",
        )


def _missing_keys(root: Map, error: ValidationError) -> Iterator[Finding]:
    path, schema = list(error.absolute_path), error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    for key in wanted:
        if key not in instance:
            yield Finding(
                code=_CODES["required"],
                severity=Severity.ERROR,
                message=f"{_name(path)} needs `{key}`",
                at=_place(root, path, "required"),
                help=f"add `{key}:`" + _meaning(schema, key),
            )


def _words(error: ValidationError, path: list[Any]) -> tuple[str, str, str]:
    """Message, label and help of a schema error."""
    schema: Any = error.schema
    kind = str(error.validator)
    instance: Any = error.instance
    value: Any = error.validator_value
    name = _name(path)
    example = f"for example `{json.dumps(schema['examples'][0])}`" if schema.get("examples") else ""
    if "x-message" in schema and kind in ("oneOf", "minItems", "maxItems"):
        return schema["x-message"], "", schema.get("x-help", "")
    if kind == "type":
        wanted = " or ".join(TYPES[t] for t in ([value] if isinstance(value, str) else value))
        return f"{name} must be {wanted}, got {_spoken(instance)}", "", example
    if kind in ("enum", "const"):
        return _not_one_of(name, [value] if kind == "const" else value, instance)
    if schema.get("x-code") == "AIR014":
        return _not_a_ratio(name, schema, instance)
    return f"{name} is not valid: {_spoken(instance)}", "", schema.get("description", example)


def _name(path: list[Any]) -> str:
    """What a message calls the node at `path`."""
    return f"`{path[-1]}`" if path and isinstance(path[-1], str) else "an item" if path else "the document"


def _meaning(schema: Any, key: str) -> str:
    text = schema.get("properties", {}).get(key, {}).get("description", "")
    return f" ({text.split('. ')[0].rstrip('.')})" if text else ""


def _not_one_of(name: str, allowed: list[Any], instance: Any) -> tuple[str, str, str]:
    near = get_close_matches(str(instance), [str(a) for a in allowed], 1, 0.5)
    label = f"did you mean `{near[0]}`?" if near else ""
    return f"{name} cannot be {_spoken(instance)}", label, f"one of: {', '.join(map(str, allowed))}"


def _not_a_ratio(name: str, schema: Any, value: Any) -> tuple[str, str, str]:
    top = schema.get("exclusiveMaximum", schema.get("maximum"))
    if isinstance(value, str):
        return f"{name} must be a percentage below 100% or a ratio below 1, got {_spoken(value)}", "", _written(schema)
    message = f"{name} must be {'a ratio between 0 and 1' if top == 1 else 'a percentage below 100'}, got {value}"
    if top == 1 and 1 < value <= 100:
        return message, "looks like a percentage", f"write `{plain(Decimal(value) / 100)}`"
    if value == top:
        return message, "leaves no error budget", "a target of 100 % cannot be kept; choose one below it"
    return message, "", schema.get("description", "")


def _written(schema: Any) -> str:
    return f"for example `{schema['examples'][0]}`"


def _spoken(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{text if len(text) <= 60 else text[:57] + '...'}`"


def _walk(node: Any, path: list[Any]) -> Any:
    for step in path:
        node = node[step]
    return node


def _place(root: Map, path: list[Any], kind: str) -> Location:
    """The value of the deviation; the key of a container, which is where the eye looks."""
    if not path:
        return root.here
    parent: Map | Seq = _walk(root, path[:-1])
    if isinstance(parent, Seq):
        return parent.at(path[-1])
    return parent.key_at(path[-1]) if kind == "required" else parent.at(path[-1])
