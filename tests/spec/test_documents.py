"""What a set of specs knows of itself: names, references, alerts, near misses."""

from airectl.spec import lines
from airectl.spec.composer import compose
from airectl.spec.documents import SpecObject, SpecSet, identity
from airectl.spec.tree import Map


def specs(text: str) -> SpecSet:
    composed = compose("f.yaml", text)
    assert not composed.findings, composed.findings
    nodes = [node for node in composed.documents if isinstance(node, Map)]
    documents = tuple(SpecObject(kind=str(node["kind"]), node=node) for node in nodes)
    return SpecSet(documents=documents, texts={"f.yaml": text})


def slo(service: str, name: str, rest: str = "") -> str:
    return f"kind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: {service}\n{rest}---\n"


def test_an_slo_is_told_apart_by_its_service_too() -> None:
    found = specs(slo("chat", "availability") + slo("rag", "availability") + slo("chat", "availability"))
    first, other, again = found.documents
    assert identity(first) != identity(other)
    assert found.first(again) is first
    assert found.first(other) is other
    assert found.slo("rag", "availability") is other
    assert found.slo("rag", "latency") is None


ALERTS = """\
  alertPolicies:
    - alertPolicyRef: page
    - alertPolicyRef: missing
    - kind: AlertPolicy
      metadata: {name: ticket}
      spec:
        conditions:
          - kind: AlertCondition
            metadata: {name: inline}
            spec: {severity: ticket}
    - kind: AlertPolicy
      metadata: {name: mixed}
      spec:
        conditions: [{conditionRef: fast}]
---
kind: AlertPolicy
metadata: {name: page}
spec:
  conditions: [{conditionRef: fast}]
---
kind: AlertCondition
metadata: {name: fast}
---
kind: AlertCondition
metadata: {name: idle}
---
"""


def test_alerts_are_found_inline_and_by_reference_with_the_place_in_the_slo() -> None:
    found = specs(slo("chat", "availability", ALERTS).removesuffix("---\n"))
    alerts = found.alerts(found.documents[0])
    assert [(a.condition.name, a.at.line, a.inline) for a in alerts] == [
        ("fast", 6, False),
        ("inline", 13, True),
        ("fast", 18, False),
    ]
    fast, idle = (found.find("AlertCondition", name) for name in ("fast", "idle"))
    assert fast is not None
    assert idle is not None
    assert id(fast.node) in found.alerting
    assert id(idle.node) not in found.alerting


def test_objects_inside_others_are_found_in_their_file_only() -> None:
    found = specs(slo("chat", "availability", ALERTS).removesuffix("---\n"))
    assert found.find("AlertPolicy", "ticket") is None
    inline = found.inline("AlertPolicy", "ticket", "f.yaml")
    assert inline is not None
    assert inline.parent is found.documents[0]
    assert found.inline("AlertPolicy", "ticket", "g.yaml") is None


def test_near_names_are_looked_for_a_limited_number_of_times() -> None:
    found = specs("".join(f"kind: SLI\nmetadata: {{name: chat-latency-{n}}}\n---\n" for n in range(10)))
    assert found.near("SLI", "chat-latncy-3") == "chat-latency-3"
    assert found.near("SLI", "something-else") == ""
    assert found.near("DataSource", "prd", ["prod"]) == "prod"
    assert "" in {found.near("SLI", f"chat-latency-{n}x") for n in range(100)}
    assert found.near("SLI", "chat-latncy-3") == "chat-latency-3"


def test_an_slo_is_near_by_its_full_name() -> None:
    found = specs(slo("chat", "availability"))
    assert found.near("SLO", "chat/availabilty") == "chat/availability"


def test_lines_are_those_of_the_yaml_reader() -> None:
    text = "a: 1\rb: 2\r\nc: 'x\u2028y'\nd: 4\x85e: 5\n"
    root = compose("f.yaml", text).documents[0]
    written = lines.split(text)
    for key, value in (("a", "1"), ("b", "2"), ("d", "4"), ("e", "5")):
        at = root.at(key)
        assert written[at.line - 1][at.col - 1 :] == value


def test_a_line_can_be_had_and_one_that_is_not_there_is_empty() -> None:
    found = specs("kind: SLI\nmetadata: {name: x}\n")
    assert found.line(found.documents[0].at) == "metadata: {name: x}"
    assert SpecSet(documents=found.documents).line(found.documents[0].at) == ""
