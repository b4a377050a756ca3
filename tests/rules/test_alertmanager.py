"""alertmanager.yaml is what amtool takes, routes as the policies say, and holds no secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import yaml

from airectl.core.alerting import NotificationTarget
from airectl.rules.alertmanager import DEFAULT_RECEIVER, Routed, alertmanager
from airectl.rules.generate import Options as GenerateOptions
from airectl.rules.generate import generate
from airectl.rules.receivers import Options
from airectl.rules.routing import Notice, notices
from airectl.rules.tables import shipped
from airectl.spec.alerting import alerting
from airectl.spec.build import build
from airectl.spec.connections import Connections
from airectl.telemetry import catalogue
from notices import AT, notice, target
from servers import alertmanager as alertmanager_server
from servers import need
from spec_texts import read, read_file

PAGER, BOARD = target("on-call", "pagerduty"), target("board", "Slack", "#chat-alerts")
GENIE, HOOK, MAIL = target("genie", "opsgenie"), target("hook", "webhook"), target("mail", "email", "chat@example.com")
ALL: Final = (PAGER, BOARD, GENIE, HOOK, MAIL)
NEWER: Final = Options(version=(0, 26))


def written(*notices: Notice, options: Options | None = None) -> Any:
    return yaml.safe_load(alertmanager(notices, options or Options()).text)


def receiver(config: Any, name: str) -> Any:
    return next(each for each in config["receivers"] if each["name"] == name)


def codes(routed: Routed) -> list[str]:
    return [finding.code for finding in routed.findings]


def amtool(*arguments: str) -> str:
    need("amtool")
    done = subprocess.run(["amtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("targets", [(), *((each,) for each in ALL), ALL], ids=lambda each: str(len(each)))
def test_amtool_takes_it(targets: Sequence[NotificationTarget], tmp_path: Path) -> None:
    alerts = [notice("chat/a", "page", *targets, resolved=True), notice("chat/b", "ticket", PAGER)]
    (tmp_path / "alertmanager.yaml").write_text(alertmanager(alerts, Options()).text)
    amtool("check-config", str(tmp_path / "alertmanager.yaml"))


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        ("sloth_service=chat sloth_id=chat-a sloth_severity=page alertname=Burns", "on-call"),
        ("sloth_service=chat sloth_id=chat-a sloth_severity=ticket alertname=Burns", "board-mail"),
        ("sloth_service=chat sloth_id=chat-b.c sloth_severity=ticket alertname=Burns", "genie"),
        ("sloth_service=chat sloth_id=chat-bXc sloth_severity=ticket alertname=Burns", DEFAULT_RECEIVER),
        ("sloth_service=chat sloth_id=chat-c sloth_severity=ticket alertname=Burns", DEFAULT_RECEIVER),
        ("sloth_service=rag sloth_id=rag-a sloth_severity=page alertname=Burns", DEFAULT_RECEIVER),
        ("alertname=Watchdog", DEFAULT_RECEIVER),
    ],
)
def test_amtool_routes_as_the_policies_say(labels: str, wanted: str, tmp_path: Path) -> None:
    alerts = [
        notice("chat/a", "page", PAGER),
        notice("chat/b.c", "page", PAGER),
        notice("chat/a", "ticket", BOARD, MAIL),
        notice("chat/b.c", "ticket", GENIE),
        notice("chat/d.e", "ticket", GENIE),
        notice("chat/c", "ticket"),
    ]
    config = tmp_path / "alertmanager.yaml"
    config.write_text(alertmanager(alerts, Options()).text)
    assert amtool("config", "routes", "test", f"--config.file={config}", *labels.split()) == wanted


def test_secrets_are_files_in_the_folder_that_was_named() -> None:
    config = written(notice("chat/a", "page", *ALL), options=Options(version=(0, 26), secrets_dir="/run/keys/"))
    everyone = receiver(config, "on-call-board-genie-hook-mail")
    assert everyone["pagerduty_configs"][0]["routing_key_file"] == "/run/keys/on-call.routing-key"
    assert everyone["slack_configs"][0]["api_url_file"] == "/run/keys/board.api-url"
    assert everyone["slack_configs"][0]["channel"] == "#chat-alerts"
    assert everyone["opsgenie_configs"][0]["api_key_file"] == "/run/keys/genie.api-key"
    assert everyone["webhook_configs"] == [{"url_file": "/run/keys/hook.url"}]
    assert everyone["email_configs"] == [{"to": "chat@example.com"}]


def test_the_head_lists_every_secret_file() -> None:
    text = alertmanager([notice("chat/a", "page", *ALL)], NEWER).text
    for name in ("on-call.routing-key", "board.api-url", "genie.api-key", "hook.url"):
        assert f"#   /etc/alertmanager/secrets/{name}  (" in text


def test_a_webhook_is_left_out_where_its_url_would_have_to_be_written() -> None:
    old = alertmanager([notice("chat/a", "page", HOOK), notice("rag/a", "page", HOOK, PAGER)], Options())
    assert codes(old) == ["AIR315"]
    assert "url_file" not in old.text
    config = yaml.safe_load(old.text)
    assert [route["receiver"] for route in config["route"]["routes"]] == [DEFAULT_RECEIVER, "hook-on-call"]
    assert codes(alertmanager([notice("chat/a", "page", HOOK)], NEWER)) == []


def test_a_target_of_another_kind_reaches_the_default_receiver_and_is_told() -> None:
    routed = alertmanager([notice("chat/a", "page", target("board", "jira"))], Options())
    assert codes(routed) == ["AIR316"]
    assert routed.findings[0].at == AT
    assert yaml.safe_load(routed.text)["route"]["routes"][0]["receiver"] == DEFAULT_RECEIVER


def test_an_email_target_needs_an_address() -> None:
    assert codes(alertmanager([notice("chat/a", "page", target("mail", "email"))], Options())) == ["AIR318"]


@pytest.mark.parametrize(
    ("relay", "settings"),
    [
        ("localhost:25", {"smtp_smarthost": "localhost:25", "smtp_require_tls": False}),
        ("mail.example.com:587", {"smtp_smarthost": "mail.example.com:587"}),
    ],
)
def test_emails_go_through_the_relay_with_tls_unless_it_is_this_host(relay: str, settings: dict[str, Any]) -> None:
    config = written(notice("chat/a", "page", MAIL), options=Options(relay=relay))
    assert config["global"] == {**settings, "smtp_from": "alertmanager@example.com"}
    assert "global" not in written(notice("chat/a", "page", PAGER))


def test_alerts_without_a_target_are_told_once_for_each_slo() -> None:
    alerts = [notice("chat/a", "page"), notice("chat/a", "ticket"), notice("chat/b", "page", PAGER)]
    (finding,) = alertmanager(alerts, Options()).findings
    assert (finding.code, finding.severity, finding.at) == ("AIR317", "info", AT)
    assert "`Burns` (page), `Burns` (ticket)" in finding.message


def test_the_target_of_slos_written_for_sloth_is_none() -> None:
    assert codes(alertmanager([notice("chat/a", "page", target("alertmanager", "alertmanager"))], Options())) == [
        "AIR317"
    ]


def test_whether_it_is_told_when_an_alert_is_over_is_what_the_policy_says() -> None:
    for resolved, wanted in ((True, True), (False, False)):
        config = written(notice("chat/a", "page", PAGER, resolved=resolved))
        assert receiver(config, "on-call")["pagerduty_configs"][0]["send_resolved"] is wanted
    assert "send_resolved" not in receiver(written(notice("chat/a", "page", PAGER)), "on-call")["pagerduty_configs"][0]


def test_two_receivers_never_share_a_name() -> None:
    config = written(
        notice("chat/a", "page", PAGER, resolved=True),
        notice("rag/a", "page", PAGER, resolved=False),
        notice("tpu/a", "page", target(DEFAULT_RECEIVER, "slack")),
    )
    names = [each["name"] for each in config["receivers"]]
    assert names == [DEFAULT_RECEIVER, "on-call", "on-call-2", f"{DEFAULT_RECEIVER}-2"]


def test_pages_are_told_sooner_and_more_often_than_tickets() -> None:
    config = written(notice("chat/a", "Critical", PAGER), notice("chat/a", "ticket", BOARD))
    page, ticket = config["route"]["routes"]
    assert (page["group_wait"], page["repeat_interval"], page["group_by"]) == (
        "30s",
        "4h",
        ["sloth_service", "sloth_id"],
    )
    assert "group_wait" not in ticket
    assert (config["route"]["group_wait"], config["route"]["repeat_interval"]) == ("5m", "1d")


def test_it_is_the_same_text_every_time() -> None:
    alerts = [notice("chat/a", "page", *ALL), notice("chat/b", "ticket", BOARD)]
    assert alertmanager(alerts, NEWER).text == alertmanager(list(alerts), NEWER).text


def test_a_description_of_several_lines_stays_a_comment() -> None:
    odd = NotificationTarget(name="odd", target="slack", at=AT, target_at=AT, description="one\nroute: {receiver: x}")
    assert written(notice("chat/a", "page", odd))["route"]["receiver"] == DEFAULT_RECEIVER


def templates(value: Any) -> Iterator[str]:
    """Every text below `value` that Alertmanager fills in."""
    if isinstance(value, str) and "{{" in value:
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from templates(each)


@pytest.mark.parametrize(
    ("severity", "wanted"),
    [("Page", {"critical", "P1", "firing: Burns (Page)"}), ("ticket", {"warning", "P3", "firing: Burns (ticket)"})],
)
def test_alertmanager_fills_in_the_templates(severity: str, wanted: set[str], tmp_path: Path) -> None:
    alert = {"status": "firing", "labels": {}, "annotations": {"summary": "it burns"}}
    data = {
        "status": "firing",
        "commonLabels": {"alertname": "Burns", "sloth_severity": severity},
        "commonAnnotations": {"runbook": "runbooks/burns.md"},
        "alerts": [{**alert, "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"}],
    }
    (tmp_path / "data.json").write_text(json.dumps(data))
    (tmp_path / "none.tmpl").write_text("")
    files = (f"--template.glob={tmp_path}/none.tmpl", f"--template.data={tmp_path}/data.json")
    found = set(templates(written(notice("chat/a", severity, *ALL), options=NEWER)["receivers"]))
    filled = {amtool("template", "render", *files, f"--template.text={text}") for text in found}
    assert filled == {
        *wanted, "runbooks/burns.md", "runbook: runbooks/burns.md", "it burns\nrunbook: runbooks/burns.md"
    }  # fmt: skip


def test_policies_of_a_spec_reach_their_targets(tmp_path: Path) -> None:
    loaded = read_file(Path(__file__).parents[2] / "slo-specs" / "chat-vllm.yaml")
    slos = build(loaded.specs, Connections(), catalogue.load()).slos
    known = alerting(loaded.specs)
    generated = generate(slos, GenerateOptions(tables=shipped()), known)
    found = [
        (each.alert, each.severity, [target.name for target in each.targets]) for each in notices(generated, known)
    ]
    no_data = generated.slos[0].no_data
    assert no_data is not None
    assert found[:3] == [
        ("ChatPage", "page", ["chat-on-call"]),
        ("ChatTicket", "ticket", ["chat-tickets"]),
        (no_data.alert, "ticket", ["chat-tickets"]),
    ]
    rules = {(rule.alert, rule.labels["sloth_severity"]) for each in generated.slos for group in each.groups
             for rule in group.rules if rule.alert}  # fmt: skip
    assert {(alert, severity) for alert, severity, _ in found} == rules


def test_missing_data_are_told_to_the_policy_that_asks_for_it() -> None:
    text = (Path(__file__).parents[2] / "slo-specs" / "chat-vllm.yaml").read_text("utf-8")
    said = "  description: Wakes someone up\n"
    assert said in text
    text = text.replace(said, f"{said}  alertWhenNoData: true\n").replace("severity: ticket", "severity: page")
    loaded = read(text, known=catalogue.load())
    slos, known = build(loaded.specs, Connections(), catalogue.load()).slos, alerting(loaded.specs)
    generated = generate(slos, GenerateOptions(tables=shipped()), known)
    silent = {rules.no_data.alert for rules in generated.slos if rules.no_data}
    found = {(each.alert, target.name) for each in notices(generated, known) for target in each.targets}
    heard = {name for alert, name in found if alert in silent and "Itl" not in alert}
    assert heard == {"chat-on-call"}


def test_a_page_silences_the_ticket_of_its_own_slo_only(tmp_path: Path) -> None:
    alerts = [notice("chat/a", "Page", PAGER), notice("chat/a", "ticket", BOARD), notice("chat/b", "ticket", BOARD)]
    text = alertmanager([notice(each.slo, each.severity) for each in alerts], Options()).text
    with alertmanager_server(tmp_path, text) as url:
        labels = [{"alertname": "Burns", "sloth_id": each.sloth_id, "sloth_severity": each.severity} for each in alerts]
        sent = [{"labels": {**each, "sloth_service": "chat"}} for each in labels]
        httpx.post(f"{url}/api/v2/alerts", json=sent, timeout=30, trust_env=False).raise_for_status()
        found = httpx.get(f"{url}/api/v2/alerts", timeout=30, trust_env=False).json()
    quiet = [each["labels"]["sloth_id"] for each in found if each["status"]["inhibitedBy"]]
    assert len(found) == 3
    assert quiet == ["chat-a"]
