"""Runbooks of the specs in slo-specs: what they say, and what becomes of a person's edits."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from airectl.core.incident.alerts import Watched
from airectl.incident.markdown import read
from airectl.incident.runbooks import words
from airectl.incident.runbooks.managed import fresh, merged
from airectl.incident.runbooks.parts import fence
from airectl.promql.parse import parse
from airectl.spec.composer import compose
from airectl.telemetry import catalogue
from runner import Runner

ROOT: Final = Path(__file__).parents[2]
HEADINGS: Final = ["## Meaning", "## Impact", "## Diagnosis", "## Mitigation"]


@pytest.fixture
def specs(airectl: Runner) -> Runner:
    """A folder with slo-specs and the runbooks of all its alerts."""
    shutil.copytree(ROOT / "slo-specs", airectl.cwd / "slo-specs")
    _, stderr, code = airectl.call(["runbook", "generate", "slo-specs", "--out", "runbooks", "-q"])
    assert code == 0, stderr.decode()
    return airectl


def report(runner: Runner, *args: str) -> tuple[dict[str, Any], int]:
    stdout, stderr, code = runner.call([*args, "-o", "json"])
    assert stdout, stderr.decode()
    return json.loads(stdout), code


def books(runner: Runner) -> dict[str, str]:
    folder = runner.cwd / "runbooks"
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.md"))}


def test_every_alert_of_the_rules_has_a_runbook_and_every_runbook_an_alert(specs: Runner) -> None:
    found, _ = report(specs, "rules", "generate", "slo-specs", "--out", "rules")
    names = {f"{slo['service']}/{alert['alert']}.md"
             for slo in found["data"]["slos"] for alert in [*slo["alerts"], slo["no_data_alert"]] if alert}  # fmt: skip
    assert set(books(specs)) == names
    assert len(names) > 20


def test_what_is_generated_passes_the_check(specs: Runner) -> None:
    found, code = report(specs, "runbook", "check", "runbooks", "--specs", "slo-specs")
    worse = [each for each in found["findings"] if each["severity"] != "info"]
    assert (code, worse) == (0, [])
    _, code = report(specs, "runbook", "generate", "slo-specs", "--out", "runbooks", "--check")
    assert code == 0


def test_each_has_the_four_headings_in_order_and_nothing_left_to_write(specs: Runner) -> None:
    for name, text in books(specs).items():
        assert re.findall(r"^## .*$", text, re.MULTILINE) == HEADINGS, name
        assert not re.search(r"\bTODO\b|\{\w*\}`|\$M", text), name


def test_names_of_fences_are_told_apart_and_what_changes_something_is_marked(specs: Runner) -> None:
    for name, text in books(specs).items():
        marks = [json.loads(found) for found in re.findall(r"^`{3,}\w+ (\{.*\})$", text, re.MULTILINE)]
        names = [each["name"] for each in marks]
        assert sorted(names) == sorted(set(names)), name
        assert {"rollback", "postmortem"} <= set(names), name
        diagnosis = text.partition("## Diagnosis")[2].partition("## Mitigation")[0]
        assert '"confirm":true' not in diagnosis
        assert all(each.get("confirm") for each in marks if each["name"] in ("rollback", "scale", "restart")), name


def test_the_rules_link_to_the_runbook(specs: Runner) -> None:
    specs.call(["rules", "slo-specs", "--out", "rules", "-q"])
    rules = (specs.cwd / "rules" / "chat-chat-ttft.rules.yaml").read_text()
    assert 'runbook_url: "https://runbooks.example.com/chat/ChatPage.md"' in rules
    assert 'runbook_url: "https://runbooks.example.com/chat/ChatTtftNoData.md"' in rules
    assert "chat/ChatPage.md" in books(specs)


def test_settings_say_where_runbooks_are_of_slos_that_name_none(airectl: Runner) -> None:
    (airectl.cwd / "slo.yaml").write_text("service: chat\ntelemetry: vllm\nSLO:\n  availability: 99.9%\n")
    (airectl.cwd / "airectl.toml").write_text("[runbooks]\npath = 'books'\nurl = 'https://example.com/books'\n")
    stdout, _, _ = airectl.call(["rules", "slo.yaml"])
    assert b'runbook_url: "https://example.com/books/chat/ChatAvailabilityBudgetBurn.md"' in stdout
    airectl.call(["runbook", "generate", "slo.yaml", "-q"])
    found, code = report(airectl, "runbook", "check", "--specs", "slo.yaml")
    assert (code, found["findings"]) == (0, [])
    assert (airectl.cwd / "books" / "chat" / "ChatAvailabilityNoData.md").is_file()


def test_an_alert_that_is_new_and_a_runbook_that_is_old_are_both_seen(specs: Runner) -> None:
    (specs.cwd / "runbooks" / "chat" / "ChatPage.md").rename(specs.cwd / "runbooks" / "chat" / "ChatCall.md")
    found, code = report(specs, "runbook", "check", "runbooks", "--specs", "slo-specs")
    seen = {(each["code"], each["location"]["path"]) for each in found["findings"] if each["severity"] != "info"}
    assert code == 1
    assert seen == {("AIR660", "slo-specs/chat-vllm.yaml"), ("AIR661", "runbooks/chat/ChatCall.md")}
    assert {gate["name"] for gate in found["gates"] if gate["outcome"] == "failed"} == {"runbooks/chat/ChatPage.md"}


def test_what_is_said_depends_on_what_is_measured(specs: Runner) -> None:
    text = books(specs)
    assert "vllm:kv_cache_usage_perc" in text["chat/ChatPage.md"]
    assert "first token comes too late" in text["chat/ChatPage.md"]
    assert "vllm:" not in text["embeddings/EmbeddingsAvailabilityBudgetBurn.md"]
    assert "judged to be wrong" in text["notes/NotesRightBudgetBurn.md"]
    assert "airectl doctor" in text["chat/ChatTtftNoData.md"]
    assert "someone is woken up" in text["chat/ChatPage.md"]
    assert "nobody is woken up" in text["chat/ChatTicket.md"]


def test_a_person_keeps_what_they_edited(specs: Runner) -> None:
    path = specs.cwd / "runbooks" / "chat" / "ChatPage.md"
    text = path.read_text("utf-8")
    edited = text.replace("Everything in this section only reads.", "Ask Kim first.") + "\n## Ours\n\nCall the desk.\n"
    path.write_text(edited.replace("spends an error budget too fast", "spends an error budget"), "utf-8")
    spec = specs.cwd / "slo-specs" / "chat-vllm.yaml"
    spec.write_text(spec.read_text().replace("target: 0.999", "target: 0.9995"))
    found, _ = report(specs, "runbook", "generate", "slo-specs", "--out", "runbooks")
    after = path.read_text("utf-8")
    assert found["data"]["kept"] == {"runbooks/chat/ChatPage.md": ["Meaning", "Diagnosis"]}
    assert "Ask Kim first." in after
    assert "Call the desk." in after
    assert "Promised: 99.9 % good" in after
    report(specs, "runbook", "generate", "slo-specs", "--out", "runbooks", "--force")
    forced = path.read_text("utf-8")
    assert "Ask Kim first." not in forced
    assert "Call the desk." in forced
    assert "Promised: 99.95 % good" in forced


def test_without_edits_a_section_follows_the_spec(specs: Runner) -> None:
    spec = specs.cwd / "slo-specs" / "chat-vllm.yaml"
    spec.write_text(spec.read_text().replace("target: 0.999", "target: 0.9995"))
    found, code = report(specs, "runbook", "generate", "slo-specs", "--out", "runbooks", "--check")
    assert code == 1
    assert "runbooks/chat/ChatPage.md is not what the specs say" in found["data"]["differing"]
    report(specs, "runbook", "generate", "slo-specs", "--out", "runbooks")
    assert "Promised: 99.95 % good" in books(specs)["chat/ChatPage.md"]


def test_a_file_of_ones_own_is_left_alone_unless_forced() -> None:
    own = "# ChatPage\n\nCall Kim.\n"
    assert merged("ChatPage", own, {"Meaning": "x"}).text == own
    assert merged("ChatPage", own, {"Meaning": "x"}).kept == ("Meaning",)
    assert merged("ChatPage", own, {"Meaning": "x"}, force=True).text == fresh("ChatPage", {"Meaning": "x"})


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_ends_are_no_edits(ending: str) -> None:
    text = fresh("ChatPage", {"Meaning": "a\n\nb", "Impact": "c"}).replace("\n", ending)
    assert merged("ChatPage", text, {"Meaning": "new", "Impact": "c"}).kept == ()


def asked() -> Iterator[tuple[str, str]]:
    """Every query of the data, with its system."""
    path = "airectl/data/runbooks/systems.yaml"
    data = compose(path, (ROOT / path).read_text("utf-8")).documents[0]
    for system, said in data.items():
        for each in said if system == "below" else said["queries"]:
            yield "dcgm-exporter" if system == "below" else system, each["query"]


@pytest.mark.parametrize(("system", "query"), sorted(asked()))
@pytest.mark.parametrize("matchers", ["", 'job="chat"'])
def test_queries_ask_for_metrics_that_the_catalogue_has(system: str, query: str, matchers: str) -> None:
    known = catalogue.system(system)
    assert known is not None
    text = query.replace("{$M,", f"{{{matchers}," if matchers else "{").replace("$M", matchers)
    for selector in parse(text).selectors:
        found = known.find(selector.name)
        assert found is not None, selector.name
        assert found.family.current
        asks = {each.name for each in selector.matchers} - {"job", "le", "__name__"}
        assert asks <= {*found.family.labels, "reason", "verdict"} or found.family.open_labels


@pytest.mark.parametrize("measure", sorted(words._measures()))
def test_every_measure_has_steps_that_are_told_apart(measure: str) -> None:
    steps = [each.name for each in words._measures()[measure].steps]
    assert "rollback" in steps
    assert len(steps) == len(set(steps))


def test_a_watched_objective_without_a_signal_says_so() -> None:
    assert "airectl.dev/signal" in words._measures()["other"].users
    assert Watched.__doc__


def test_words_of_a_spec_stay_words(airectl: Runner) -> None:
    text = (ROOT / "slo-specs" / "chat-vllm.yaml").read_text("utf-8")
    evil = "Nice. <!-- airectl:end meaning --> ```sh\\n rm -rf / | cell"
    text = text.replace("description: Requests whose first token comes within 500 ms", f'description: "{evil}"')
    (airectl.cwd / "slo.yaml").write_text(text.replace("displayName: ttft < 500 ms", 'displayName: "a | b"'))
    airectl.call(["runbook", "generate", "slo.yaml", "--out", "runbooks", "-q"])
    found, code = report(airectl, "runbook", "check", "runbooks", "--specs", "slo.yaml")
    assert (code, [each for each in found["findings"] if each["severity"] == "error"]) == (0, [])
    before = books(airectl)
    again, _ = report(airectl, "runbook", "generate", "slo.yaml", "--out", "runbooks")
    assert again["data"]["kept"] == {}
    assert books(airectl) == before


@pytest.mark.parametrize(("text", "bar"), [("a", "```"), ("a ``` b", "````"), ("`````", "``````")])
def test_a_fence_is_longer_than_what_it_holds(text: str, bar: str) -> None:
    (found,) = read("x.md", fence("sh", "x", text, confirm=True)).fences
    assert fence("sh", "x", text).startswith(f"{bar}sh")
    assert (found.text, found.name, found.marks["confirm"], found.closed) == (text, "x", True, True)
