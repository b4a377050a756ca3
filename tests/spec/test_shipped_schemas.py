"""The shipped JSON Schemas are valid and judge whole documents through their root, as an editor uses them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from airectl.commands.schema import SCHEMAS
from airectl.spec import schema
from airectl.spec.composer import compose
from airectl.spec.documents import KINDS
from airectl.spec.tree import Map
from spec_texts import documents, read_file

ROOT = Path(__file__).parents[2]
READ = {"openslo": "openslo-v1", "openslo-v1alpha": "openslo-v1alpha", "sloth": "sloth-v1", "short": "short-v1"}


def plain(value: Any) -> Any:
    """As an editor's JSON has it: numbers are floats, sequences are lists."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def judge(name: str, document: Any) -> list[str]:
    """What an editor would mark; it knows no formats of airectl's own."""
    validator = jsonschema.Draft202012Validator(schema.document(name))
    return [error.message for error in validator.iter_errors(plain(document))]


def composed(text: str) -> list[Any]:
    result = compose("spec.yaml", text)
    assert result.findings == []
    return result.documents


@pytest.mark.parametrize("name", SCHEMAS.values())
def test_each_is_a_schema_of_its_draft(name: str) -> None:
    found = schema.document(name)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["title"]
    assert found["description"]


def references(part: Any) -> list[dict[str, Any]]:
    """Every part of a schema that refers to another."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    own = [part] if isinstance(part, dict) and "$ref" in part else []
    return own + [each for item in inner for each in references(item)]


@pytest.mark.parametrize("name", SCHEMAS.values())
def test_no_limit_stands_beside_a_reference(name: str) -> None:
    # The compiled schema is read as draft 7, where it would count for nothing.
    beside = {key for part in references(schema.document(name)) for key in part if not key.startswith("x-")}
    assert beside <= {"$ref", "description", "examples", "title"}


SPECS = [p for folder in ("tests/codes", "slo-specs") for p in sorted((ROOT / folder).rglob("*.yaml"))]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_compiled_schema_agrees(path: Path) -> None:
    for node in compose(path.name, path.read_bytes().decode("utf-8", "replace")).documents:
        if isinstance(node, Map) and node.get("apiVersion") == "openslo/v1" and node.get("kind") in KINDS:
            checker = schema._Checker(schema.document("openslo-v1"), node["kind"])
            checker.seen = schema.COMPILE_AFTER - 1
            assert checker.accepts(node) == (list(checker.explain(node)) == [])


def properties(part: Any, where: str = "") -> list[tuple[str, Any]]:
    """Every property of a schema with its path."""
    if isinstance(part, list):
        return [each for item in part for each in properties(item, where)]
    if not isinstance(part, dict):
        return []
    own = [(f"{where}.{key}", value) for key, value in part.get("properties", {}).items()]
    inner = [each for key, value in part.items() if key != "examples" for each in properties(value, f"{where}.{key}")]
    return own + inner


@pytest.mark.parametrize("name", READ.values())
def test_every_field_says_what_it_means(name: str) -> None:
    whole = schema.document(name)
    for where, field in properties(whole["$defs"]):
        if ".object." in where or field == {"const": "openslo/v1"} or set(field) == {"const"}:
            continue  # Only there to choose between kinds.
        assert "description" in field or "$ref" in field, where
        for example in field.get("examples", []):
            part = schema.resolved(whole, field)
            assert not list(jsonschema.Draft202012Validator(part).iter_errors(example)), (where, example)


def test_the_root_accepts_every_openslo_v1_file(conformance: Path) -> None:
    paths = [p for g in ("openslo-sdk", "openslo-spec") for p in (conformance / "specs" / g).rglob("*.yaml")]
    assert len(paths) > 20
    for path in paths:
        for document in composed(path.read_text("utf-8")):
            assert judge("openslo-v1", document) == [], path


def test_the_roots_accept_every_file_of_sloth(conformance: Path) -> None:
    for path in (conformance / "specs/sloth").glob("*.yml"):
        name = "openslo-v1alpha" if path.stem.startswith("openslo") else "sloth-v1"
        for document in composed(path.read_text("utf-8")):
            assert judge(name, document) == [], path
        for converted in documents(read_file(path)):
            assert judge("openslo-v1", converted) == [], path


@pytest.mark.parametrize(
    "text",
    [
        "service: chat\ntelemetry: vllm\nSLO: {accuracy: 95%, latency: 200ms, availability: 0.999}",
        "service: chat\nevents: logs/*.jsonl\nSLO: {accuracy: 95.5 %}",
        "service: chat\nevents: {path: [a, b], timestamp: t, good: g, valid: v}\nSLO: {latency: {p99: 1s, of: e2e}}",
        "- service: chat\n  SLO: {ttft: {p99.9: 200ms, column: first}, itl: 50ms, completeness: 99%}",
    ],
)
def test_the_short_form_is_accepted(text: str) -> None:
    assert [judge("short-v1", each) for each in composed(text)] == [[]]


GOOD = {
    "openslo": "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: web}",
    "openslo-v1alpha": "apiVersion: openslo/v1alpha\nkind: Service\nmetadata: {name: web}",
    "sloth": (
        "version: prometheus/v1\nservice: web\nslos:\n"
        "  - {name: a, objective: 99, sli: {raw: {error_ratio_query: 'x[{{.window}}]'}}}"
    ),
    "short": "service: chat\ntelemetry: vllm\nSLO: {availability: 99%, latency: 200ms}",
}


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("openslo", "kind: Service", "kind: Servce"),
        ("openslo", "name: web", "name: Web"),
        ("openslo", "metadata", "metdata"),
        ("openslo", "openslo/v1", "openslo/v2"),
        ("openslo-v1alpha", "kind: Service", "kind: SLI"),
        ("openslo-v1alpha", "name: web", "nme: web"),
        ("sloth", "objective: 99", "objective: 100"),
        ("sloth", "{{.window}}", "5m"),
        ("sloth", "raw:", "rw:"),
        ("sloth", "prometheus/v1", "prometheus/v2"),
        ("short", "99%", "100%"),
        ("short", "99%", "99"),
        ("short", "200ms", "200"),
        ("short", "200ms", "{p99: 200}"),
        ("short", "latency", "latnecy"),
    ],
)
def test_what_is_wrong_is_rejected_through_the_root(form: str, old: str, new: str) -> None:
    text = GOOD[form]
    assert old in text
    (good,), (bad,) = composed(text), composed(text.replace(old, new))
    assert judge(READ[form], good) == []
    assert judge(READ[form], bad) != []
    assert judge(READ[form], [good, bad]) != []


def test_the_files_are_written_as_the_command_prints_them() -> None:
    for name in SCHEMAS.values():
        path = Path(schema.__file__).parents[1] / "data/schemas" / f"{name}.json"
        text = path.read_text("utf-8")
        assert text.endswith("}\n")
        assert json.loads(text) == schema.document(name)
