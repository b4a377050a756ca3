"""PrometheusRule manifests: valid by the operator's definition, and the same rules as in Prometheus' own files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import generated_rules
import spec_texts
from airectl.core.slo import Slo
from airectl.rules.model import Generated, SloRules
from airectl.rules.operator import Options, files, is_label, is_namespace, name_of
from airectl.rules.prometheus_file import files as rule_files
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
# Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Rule
DURATION: Final = {
    "type": "string",
    "minLength": 1,
    "pattern": "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$",
}
TEXTS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
SUBDOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
RULE: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["expr"],
    "oneOf": [{"required": ["record"]}, {"required": ["alert"]}],
    "properties": {
        "record": {"type": "string"},
        "alert": {"type": "string"},
        "expr": {"type": ["string", "integer"]},
        "for": DURATION,
        "keep_firing_for": DURATION,
        "labels": TEXTS,
        "annotations": TEXTS,
    },
}
MANIFEST: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "monitoring.coreos.com/v1"},
        "kind": {"const": "PrometheusRule"},
        "metadata": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "maxLength": 253, "pattern": f"^{SUBDOMAIN}$"},
                "namespace": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
                "labels": TEXTS,
            },
        },
        "spec": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "groups": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "minLength": 1},
                            "interval": DURATION,
                            "rules": {"type": "array", "items": RULE},
                        },
                    },
                }
            },
        },
    },
}


def made(name: str) -> Generated:
    return generated_rules.generated(spec_texts.read_file(ROOT / "slo-specs" / name).specs)


@pytest.mark.parametrize("name", ["chat-vllm.yaml", "tpu.yaml", "quickstart.yaml"])
def test_manifests_are_valid_and_hold_the_rules_of_the_files(name: str, tmp_path: Path) -> None:
    rules = made(name)
    written = files(rules, Options(namespace="monitoring", labels={"prometheus": "main"}))
    plain = rule_files(rules)
    assert len(written) == len(plain) > 0
    for path, text in written.items():
        (manifest,) = yaml.safe_load_all(text)
        Draft202012Validator(MANIFEST).validate(manifest)
        assert manifest["metadata"]["namespace"] == "monitoring"
        assert manifest["metadata"]["labels"]["prometheus"] == "main"
        groups = [group["name"] for group in manifest["spec"]["groups"]]
        assert len(groups) == len(set(groups))
        own = path.replace(".prometheusrule.yaml", ".rules.yaml")
        assert manifest["spec"] == yaml.safe_load(plain[own])
        (tmp_path / own).write_text(yaml.safe_dump(manifest["spec"]), "utf-8")
    said = generated_rules.check(tmp_path)
    assert said.passed, said.text


def test_without_a_namespace_none_is_written() -> None:
    (text, *_) = files(made("chat-vllm.yaml"), Options()).values()
    assert "namespace" not in yaml.safe_load(text)["metadata"]


def _named(service: str, name: str) -> SloRules:
    rules = made("chat-vllm.yaml").slos[0]
    slo: Slo = rules.slo
    fields: dict[str, Any] = {key: getattr(slo, key) for key in slo.__slots__}
    given = {key: getattr(rules, key) for key in rules.__slots__}
    return SloRules(**{**given, "slo": Slo(**{**fields, "service": service, "name": name})})


@given(st.text(min_size=1, max_size=400), st.text(min_size=1, max_size=400))
def test_every_name_is_a_subdomain(service: str, name: str) -> None:
    found = name_of(_named(service, name))
    assert len(found) <= 253
    assert re.fullmatch(SUBDOMAIN, found)


def test_long_names_that_differ_at_the_end_stay_apart() -> None:
    assert name_of(_named("s", "x" * 300 + "a")) != name_of(_named("s", "x" * 300 + "b"))


@pytest.mark.parametrize(
    ("key", "value", "taken"),
    [("team", "sre", True), ("team", "", True), ("a", "x" * 63, True), ("a", "x" * 64, False), ("a", "b c", False),
     ("a", "-b", False), ("_a", "b", False), ("a", "b\n", False)],
)  # fmt: skip
def test_labels_that_kubernetes_takes(key: str, value: str, taken: bool) -> None:
    assert is_label(key, value) is taken


@pytest.mark.parametrize(("text", "taken"), [("mon", True), ("Mon", False), ("m" * 64, False), ("a.b", False)])
def test_namespaces_that_kubernetes_takes(text: str, taken: bool) -> None:
    assert is_namespace(text) is taken


def test_the_command_writes_manifests_and_beside_them_what_promtool_tests(airectl: Runner) -> None:
    spec = str(ROOT / "slo-specs" / "chat-vllm.yaml")
    command = ["rules", spec, "--format", "prometheus-operator", "--namespace", "mon", "--label", "team=sre"]
    _, stderr, code = airectl.call([*command, "--out", "out"])
    assert code == 0, stderr.decode()
    out = airectl.cwd / "out"
    assert {path.name.partition(".")[2] for path in out.iterdir() if path.is_file()} == {"prometheusrule.yaml"}
    assert {path.name.partition(".")[2] for path in (out / "tests").iterdir()} == {"rules.yaml", "rules.test.yaml"}
    said = generated_rules.run_tests(out / "tests", ["chat-chat-itl.rules.test.yaml"])
    assert said.passed, said.text
    stdout, _, code = airectl.call(command)
    documents = list(yaml.safe_load_all(stdout))
    assert code == 0
    assert [document["kind"] for document in documents] == ["PrometheusRule"] * 3
    assert all(document["metadata"]["labels"]["team"] == "sre" for document in documents)


@pytest.mark.parametrize(
    "more",
    [["--namespace", "mon"], ["--format", "prometheus-operator", "--namespace", "Mon"],
     ["--format", "prometheus-operator", "--label", "team=a b"]],
)  # fmt: skip
def test_what_kubernetes_would_refuse_is_refused(more: list[str], airectl: Runner) -> None:
    _, stderr, code = airectl.call(["rules", str(ROOT / "slo-specs" / "chat-vllm.yaml"), *more])
    assert code == 2
    assert b"error: --" in stderr
