"""References resolve both ways, as OpenSLO's own SDK does it, and nothing that was read changes."""

from pathlib import Path
from typing import Any

import pytest

from airectl.spec import resolve
from airectl.spec.composer import compose
from airectl.spec.emit import emit
from airectl.spec.tree import to_plain
from spec_texts import documents, found, is_v1, read, read_file

SDK = Path("specs/openslo-sdk")


def expected(path: Path) -> Any:
    return to_plain(compose(str(path), path.read_text("utf-8")).documents[0])


def plain(nodes: Any) -> Any:
    """Nodes as they are read again after they were written."""
    nodes = list(nodes)
    written = [to_plain(each) for each in compose("out.yaml", emit(nodes, "openslo-v1")).documents]
    assert written == [to_plain(node) for node in nodes]
    return written


@pytest.mark.parametrize(
    ("name", "remove"),
    [("v1_slo", True), ("v1_alert_policies_remove_refs", True), ("v1_alert_policies_keep_refs", False)],
)
def test_inline_is_that_of_the_sdk(conformance: Path, name: str, remove: bool) -> None:
    loaded = read_file(conformance / SDK / f"inline/inputs/{name}.yaml")
    before = documents(loaded)
    resolved = resolve.inline(loaded.specs, remove_refs=remove)
    assert plain(resolved) == expected(conformance / SDK / f"inline/outputs/{name}.yaml")
    assert documents(loaded) == before


@pytest.mark.parametrize("name", ["v1_slo", "v1_alert_policies"])
def test_export_is_that_of_the_sdk(conformance: Path, name: str) -> None:
    loaded = read_file(conformance / SDK / f"export/inputs/{name}.yaml")
    before = documents(loaded)
    assert plain(resolve.export(loaded.specs)) == expected(conformance / SDK / f"export/outputs/{name}.yaml")
    assert documents(loaded) == before


@pytest.mark.parametrize("mode", ["inline", "export"])
def test_resolving_nothing_keeps_everything(conformance: Path, mode: str) -> None:
    loaded = read_file(conformance / SDK / f"{mode}/inputs/custom_config.yaml")
    nodes = [document.node for document in loaded.specs.documents]
    assert plain(nodes) == expected(conformance / SDK / f"{mode}/outputs/custom_config.yaml")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("v1_alert_policies_invalid_condition", {"conditionRef": "cpu-usage-breach"}),
        ("v1_alert_policies_invalid_target", {"targetRef": "devs-email-notification"}),
        ("v1_slo_invalid_policy", {"alertPolicyRef": "no-policy"}),
        ("v1_slo_invalid_target", {"targetRef": "devs-email-notification"}),
        ("v1_slo_invalid_sli", {"indicatorRef": "no-sli"}),
    ],
)
def test_a_reference_to_nothing_stays(conformance: Path, name: str, broken: dict[str, str]) -> None:
    loaded = read_file(conformance / SDK / f"inline/inputs/{name}.yaml")
    resolved = plain(resolve.inline(loaded.specs))
    ((key, text),) = broken.items()
    assert (key, text) in pairs(resolved)


def pairs(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [pair for item in value for pair in pairs(item)]
    if isinstance(value, dict):
        return [*value.items(), *(pair for item in value.values() for pair in pairs(item))]
    return []


SLI = """
    apiVersion: openslo/v1
    kind: SLI
    metadata: {name: errors, displayName: Errors}
    spec: {thresholdMetric: {metricSource: {type: Any, spec: {query: x}}}}
    ---
    """
COMPOSITE = """
    apiVersion: openslo/v1
    kind: SLO
    metadata: {name: whole}
    spec:
      service: web
      timeWindow: [{duration: 4w, isRolling: true}]
      budgetingMethod: Occurrences
      objectives:
        - {target: 0.99, op: lt, value: 1, indicatorRef: errors}
        - target: 0.9
          op: lt
          value: 1
          indicator: {spec: {thresholdMetric: {metricSource: {type: Any, spec: {query: y}}}}}
    """


def test_parts_of_a_composite_are_resolved_too() -> None:
    loaded = read(SLI + COMPOSITE)
    (slo,) = resolve.inline(loaded.specs, remove_refs=True)
    indicator = slo.map("spec").maps("objectives")[0].map("indicator")
    assert indicator["metadata"] == {"name": "errors", "displayName": "Errors"}
    assert "indicatorRef" not in slo.map("spec").maps("objectives")[0]
    # What was moved in still points at the line where it was written.
    assert indicator.map("metadata").at("displayName").line == 4


def test_an_sli_without_a_name_is_called_as_its_slo() -> None:
    loaded = read(COMPOSITE)
    slo, sli = resolve.export(loaded.specs)
    assert [each.get("indicatorRef") for each in slo.map("spec").maps("objectives")] == ["errors", "whole"]
    assert (sli["kind"], sli.map("metadata")["name"]) == ("SLI", "whole")


POLICY = """
    apiVersion: openslo/v1
    kind: AlertPolicy
    metadata: {{name: {name}}}
    spec:
      conditions:
        - kind: AlertCondition
          metadata: {{name: fast}}
          spec: {{severity: page, condition: {{kind: burnrate, op: gt, threshold: {threshold}, lookbackWindow: 1h}}}}
      notificationTargets:
        - kind: AlertNotificationTarget
          metadata: {{name: mail}}
          spec: {{target: email}}
    ---
    """


def test_equal_objects_become_one_and_different_ones_stay_two() -> None:
    loaded = read("".join(POLICY.format(name=f"p{n}", threshold=n) for n in (1, 2, 1)).replace("p1", "p0", 1))
    exported = resolve.export(loaded.specs)
    names = [(each["kind"], each.map("metadata")["name"]) for each in exported]
    assert names == [
        ("AlertPolicy", "p0"),
        ("AlertNotificationTarget", "mail"),
        ("AlertCondition", "fast"),
        ("AlertPolicy", "p2"),
        ("AlertCondition", "fast-2"),
        ("AlertPolicy", "p1"),
    ]
    refs = [each.map("spec").maps("conditions") for each in exported if each["kind"] == "AlertPolicy"]
    assert refs == [[{"conditionRef": "fast"}], [{"conditionRef": "fast-2"}], [{"conditionRef": "fast"}]]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "slo-specs").glob("*.yaml")), ids=lambda p: p.stem)
def test_what_is_exported_can_be_put_back(path: Path) -> None:
    loaded = read_file(path)
    exported = read(emit(resolve.export(loaded.specs), "openslo-v1"))
    assert (found(exported), is_v1(exported)) == ([], True)
    inside = [to_plain(node) for node in resolve.inline(loaded.specs, remove_refs=True)]
    back = [to_plain(node) for node in resolve.inline(exported.specs, remove_refs=True)]
    assert back == inside
