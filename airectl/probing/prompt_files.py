"""Golden prompts from YAML and JSONL. What is wrong with a file is told at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final, NamedTuple

from airectl.core.findings import Finding, Location, Severity
from airectl.probing import expecting
from airectl.probing.golden import DEFAULT_TOKENS, MOST, Prompt
from airectl.spec import lines, schema
from airectl.spec.composer import compose
from airectl.spec.tree import Map, Seq, graft, to_plain

_SCHEMA: Final = "prompts-v1"
_JSONL: Final = (".jsonl", ".ndjson")
# What the request is made of is not the file's to write.
_OWN: Final = ("model", "messages", "prompt", "stream", "stream_options")
_HELP: Final = "`airectl help probing` shows one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The prompts of a file; none where one of the findings is an error."""

    prompts: tuple[Prompt, ...] = ()
    findings: tuple[Finding, ...] = ()


def shipped() -> tuple[Prompt, ...]:
    """The prompts that are asked where no others are named."""
    text = files("airectl").joinpath("data", "prompts", "golden.yaml").read_text("utf-8")
    return read("golden.yaml", text, own=False).prompts


def read(path: str, text: str, *, own: bool = True) -> Read:
    """The prompts of a text, JSONL by the name of its file, else YAML. `own`: they have places to point at."""
    nodes, findings = _from_jsonl(path, text) if path.endswith(_JSONL) else _from_yaml(path, text)
    if not nodes and not findings:
        findings.append(finding("the file holds no prompt", Location(path=path, line=1, col=1)))
    if _sound(findings):
        findings += _contradictions(nodes)
    if not _sound(findings):
        return Read(findings=tuple(findings))
    pairs = zip(_names(nodes), nodes, strict=True)
    return Read(prompts=tuple(_prompt(node, name, own=own) for name, node in pairs), findings=tuple(findings))


def finding(message: str, at: Location, help: str = _HELP) -> Finding:
    """Why a prompt cannot be used."""
    return Finding(code="AIR130", severity=Severity.ERROR, message=message, at=at, help=help)


def _sound(findings: list[Finding]) -> bool:
    return not any(each.severity is Severity.ERROR for each in findings)


def _from_yaml(path: str, text: str) -> tuple[list[Map], list[Finding]]:
    composed = compose(path, text)
    nodes: list[Map] = []
    findings = list(composed.findings)
    for root in composed.documents:
        if isinstance(root, Map) and "prompts" in root:
            findings += schema.check(root, _SCHEMA, "file")
            nodes += root.maps("prompts")
            continue
        for node in root if isinstance(root, Seq) else [root]:
            if isinstance(node, Map):
                findings += schema.check(node, _SCHEMA, "prompt")
                nodes.append(node)
            else:
                at = root.here if isinstance(root, Seq) else Location(path=path, line=1, col=1)
                findings.append(finding("a prompt must be a mapping", at))
    return nodes, findings


class _Point(NamedTuple):
    line: int
    column: int


class _Line(NamedTuple):
    """A whole line: JSON's own reader tells no places within it."""

    start_mark: _Point
    end_mark: _Point


def _from_jsonl(path: str, text: str) -> tuple[list[Map], list[Finding]]:
    nodes: list[Map] = []
    findings: list[Finding] = []
    for number, line in enumerate(lines.split(text)):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            findings.append(_no_json(path, number + 1, error))
            continue
        if isinstance(value, dict):
            node = graft(value, path, _Line(_Point(number, 0), _Point(number, len(line))))
            findings += schema.check(node, _SCHEMA, "prompt")
            nodes.append(node)
        else:
            at = Location(path=path, line=number + 1, col=1)
            findings.append(finding("a prompt must be an object", at, "write one object a line"))
    return nodes, findings


def _no_json(path: str, line: int, error: Exception) -> Finding:
    col = getattr(error, "colno", 1)
    said = str(getattr(error, "msg", "it is nested too deep"))
    message = f"not valid JSON: {said[:1].lower()}{said[1:]}"
    return finding(message, Location(path=path, line=line, col=col), "write one object a line")


def _names(nodes: list[Map]) -> list[str]:
    """The name of each prompt; one that has none is called by its number."""
    return [node.text("name") or f"prompt-{number}" for number, node in enumerate(nodes, 1)]


def _contradictions(nodes: list[Map]) -> Iterator[Finding]:
    """What a schema cannot say."""
    if len(nodes) > MOST:
        yield finding(f"there are {len(nodes)} prompts, and {MOST} is the most", nodes[MOST].here, "split the file")
    seen: set[str] = set()
    for name, node in zip(_names(nodes), nodes, strict=True):
        if name in seen:
            yield finding(f"two prompts are called `{name}`", node.at("name"), "give each a name of its own")
        seen.add(name)
        for key in node.map("parameters"):
            if key in _OWN:
                at = node.map("parameters").key_at(key)
                yield finding(f"`{key}` is no parameter of a prompt", at, "airectl writes it itself")
        if "expect" in node:
            yield from expecting.problems(node)


def _prompt(node: Map, name: str, *, own: bool) -> Prompt:
    said = [{"role": "user", "content": node["prompt"]}] if "prompt" in node else []
    return Prompt(
        name=name,
        messages=[to_plain(each) for each in node.maps("messages")] or said,
        body=jsonable(node.get("body")),
        expect=expecting.expectation(node) if "expect" in node else None,
        status=node.get("status", 200),
        max_tokens=node.get("max_tokens", DEFAULT_TOKENS),
        temperature=jsonable(node.get("temperature", 0)),
        seed=node.get("seed", 0),
        parameters=jsonable(node.map("parameters")),
        at=(node.at("name") if "name" in node else node.here) if own else None,
        expect_at=node.key_at("expect") if own and "expect" in node else None,
    )


def jsonable(value: Any) -> Any:
    """Plain data that JSON can hold: what YAML reads exactly, JSON has as floats."""
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [jsonable(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
