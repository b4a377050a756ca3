"""What other programs know of an incident: their payloads as documented, as rows of a timeline."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airectl.core.incident.markers import Granularity
from airectl.core.incident.timeline import Imported, What
from airectl.incident.importers import (
    alertmanager,
    git_log,
    opsgenie,
    pagerduty,
    payload,
    prometheus_alerts,
    runs,
    slack,
    statuspage,
    wording,
)
from airectl.vcs import Commit

Said = tuple[str, What, str]


def said(imported: Imported) -> list[Said]:
    return [(str(row.moment), row.what, row.event) for row in imported.rows]


def paths(imported: Imported) -> list[str]:
    return [each.path for each in imported.not_understood]


def alert(**more: Any) -> dict[str, Any]:
    return {
        "labels": {"alertname": "ChatBurn", "severity": "page"},
        "annotations": {"summary": "budget burns"},
        "startsAt": "2026-11-14T02:41:00.5Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=x",
        **more,
    }


def test_a_webhook_of_alertmanager() -> None:
    over = alert(status="resolved", endsAt="2026-11-14T05:10:00+01:00")
    body = {"version": "4", "status": "firing", "truncatedAlerts": 3, "alerts": [alert(status="firing"), over]}
    found = alertmanager.read(body, "hook.json")
    fires = "ChatBurn (severity=page) fires: budget burns"
    assert said(found) == [
        ("2026-11-14T02:41:00Z", What.ALERT, fires),
        ("2026-11-14T02:41:00Z", What.ALERT, fires),
        ("2026-11-14T04:10:00Z", What.RESOLVED, "ChatBurn (severity=page) no longer fires"),
    ]
    assert {row.evidence for row in found.rows} == {"http://prometheus.example.com/graph?g0.expr=x"}
    assert [str(each.path) for each in found.not_understood] == ["$.truncatedAlerts"]


def test_the_api_of_alertmanager_gives_a_time_to_alerts_that_still_fire() -> None:
    active = alert(
        status={"state": "active", "silencedBy": []},
        endsAt="2026-11-14T03:45:00Z",
        updatedAt="2026-11-14T03:41:00Z",
        fingerprint="a",
    )
    silenced = alert(
        status={"state": "suppressed", "silencedBy": ["x"]},
        endsAt="2026-11-14T03:00:00Z",
        updatedAt="2026-11-14T03:41:00Z",
    )
    found = alertmanager.read([active, silenced], "alerts.json")
    assert [what for _, what, _ in said(found)] == [What.ALERT, What.OTHER, What.RESOLVED]
    assert alertmanager.matches([active])
    assert not alertmanager.matches({"data": {"result": []}})


def test_what_an_alert_lacks_is_listed() -> None:
    found = alertmanager.read({"alerts": [alert(labels={}), alert(startsAt="yesterday"), 7]}, "a")
    assert paths(found) == ["$.alerts[0].labels.alertname", "$.alerts[1].startsAt", "$.alerts[2]"]
    assert found.not_understood[1].reason == "no time in RFC 3339: yesterday"


def ranged(times: list[float], **labels: str) -> dict[str, Any]:
    metric = {"__name__": "ALERTS", "alertname": "ChatBurn", "alertstate": "firing", **labels}
    return {"metric": metric, "values": [[time, "1"] for time in times]}


def test_alerts_of_prometheus_over_a_range() -> None:
    start = datetime(2026, 11, 14, 2, 41, tzinfo=UTC).timestamp()
    twice = [start, start + 60, start + 120, start + 600, start + 660]
    body = {"status": "success", "data": {"resultType": "matrix", "result": [ranged(twice, severity="page")]}}
    assert said(prometheus_alerts.read(body, "alerts.json")) == [
        ("2026-11-14T02:41Z", What.ALERT, "ChatBurn (severity=page) fires"),
        ("2026-11-14T02:44Z", What.RESOLVED, "ChatBurn (severity=page) no longer fires"),
        ("2026-11-14T02:51Z", What.ALERT, "ChatBurn (severity=page) fires"),
        ("2026-11-14T02:52Z", What.RESOLVED, "ChatBurn (severity=page) was last seen to fire"),
    ]


@pytest.mark.parametrize(("until", "ends"), [(700.0, False), (1000.0, True)])
def test_an_alert_that_fires_at_the_end_of_the_range_has_no_end(until: float, ends: bool) -> None:
    reader = payload.Reader("prod")
    start = 1_795_000_000.0
    labels = {"alertname": "A", "alertstate": "firing"}
    times = [start, start + 60, start + 120]
    prometheus_alerts.add(reader, prometheus_alerts.Alert(labels=labels, times=times, until_s=start + until - 600), "x")
    assert [row.what for row in reader.rows] == [What.ALERT, *([What.RESOLVED] if ends else [])]


def test_a_pending_alert_is_no_signal_and_other_series_are_listed() -> None:
    body = {
        "data": {"result": [ranged([1795e6], alertstate="pending"), {"metric": {"job": "x"}, "values": [[1, "1"]]}]}
    }
    found = prometheus_alerts.read(body, "a")
    assert [row.what for row in found.rows] == [What.OTHER]
    assert paths(found) == ["$.data.result[1].values"]
    assert paths(prometheus_alerts.read([], "a")) == ["$"]


def test_log_entries_of_pagerduty_without_names() -> None:
    incident = {"summary": "[#1234] The budget burns", "html_url": "https://x.pagerduty.com/incidents/P1"}

    def entry(kind: str, at: str, **more: Any) -> dict[str, Any]:
        named = {"summary": "by Earline Greenholt", "agent": {"summary": "Earline Greenholt"}, "incident": incident}
        return {"type": f"{kind}_log_entry", "created_at": at, **named, **more}

    found = pagerduty.read(
        {
            "log_entries": [
                entry("trigger", "2026-11-14T02:42:00Z"),
                entry("acknowledge", "2026-11-14T03:45:10+01:00"),
                entry("annotate", "2026-11-14T03:00:00Z", channel={"summary": "rolled back"}),
                entry("new_thing", "2026-11-14T03:01:00Z"),
                entry("resolve", "2026-11-14T04:10:00Z"),
                entry("resolve", "soon"),
                {"type": "x"},
            ]
        },
        "pd.json",
    )
    assert said(found) == [
        ("2026-11-14T02:42:00Z", What.PAGE, "page: [#1234] The budget burns"),
        ("2026-11-14T02:45:10Z", What.ACK, "acknowledged: [#1234] The budget burns"),
        ("2026-11-14T03:00:00Z", What.TALK, "note: [#1234] The budget burns; rolled back"),
        ("2026-11-14T03:01:00Z", What.OTHER, "new thing: [#1234] The budget burns"),
        ("2026-11-14T04:10:00Z", What.RESOLVED, "resolved: [#1234] The budget burns"),
    ]
    assert paths(found) == ["$.log_entries[5].created_at", "$.log_entries[6]"]
    assert found.rows[0].evidence == "https://x.pagerduty.com/incidents/P1"


def test_incidents_of_pagerduty() -> None:
    incident = {
        "incident_number": 1234,
        "title": "The budget burns",
        "created_at": "2026-11-14T02:42:00Z",
        "urgency": "high",
        "status": "resolved",
        "acknowledgements": [{"at": "2026-11-14T02:45:00Z", "acknowledger": {"summary": "Earline Greenholt"}}],
        "resolved_at": "2026-11-14T04:10:00Z",
    }
    for body in ({"incidents": [incident]}, {"incident": incident}, [incident]):
        assert [event for *_, event in said(pagerduty.read(body, "pd"))] == [
            "page (high urgency): The budget burns",
            "acknowledged: The budget burns",
            "resolved: The budget burns",
        ]
    assert paths(pagerduty.read({"x": 1}, "pd")) == ["$"]


def test_a_resolved_incident_of_pagerduty_ends_with_its_last_change_of_status() -> None:
    """Older answers have no `resolved_at`."""
    incident = {"incident_number": 1, "title": "x", "created_at": "2026-11-14T02:42:00Z", "status": "resolved"}
    changed = pagerduty.read([{**incident, "last_status_change_at": "2026-11-14T04:12:00Z"}], "pd")
    assert said(changed)[-1] == ("2026-11-14T04:12:00Z", What.RESOLVED, "resolved: x")
    assert paths(pagerduty.read([incident], "pd")) == ["$[0].resolved_at"]
    still = pagerduty.read([{**incident, "status": "triggered", "last_status_change_at": "2026-11-14T04:12:00Z"}], "pd")
    assert [what for _, what, _ in said(still)] == [What.PAGE]
    assert not still.not_understood


@pytest.mark.parametrize(
    ("importer", "body", "path"),
    [
        (pagerduty.read, {"log_entries": [], "more": True}, "$.more"),
        (
            opsgenie.read,
            {"data": [], "paging": {"next": "https://api.opsgenie.com/v2/alerts?offset=20"}},
            "$.paging.next",
        ),
        (slack.read, {"messages": [], "has_more": True}, "$.has_more"),
    ],
    ids=["pagerduty", "opsgenie", "slack"],
)
def test_that_an_answer_has_more_pages_is_told(importer: Callable[..., Imported], body: Any, path: str) -> None:
    assert paths(importer(body, "a")) == [path]


def test_what_a_program_says_in_slack_stands_in_its_attachments() -> None:
    attached = {"fallback": "[FIRING:1] ChatBurn", "title": "ChatBurn", "text": "chat burns"}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*ChatBurn* <@U2>"}}
    messages = [
        {"type": "message", "subtype": "bot_message", "ts": "1795176000.1", "text": "", "attachments": [attached, 3]},
        {"type": "message", "ts": "1795176001.1", "text": "", "blocks": [{"type": "divider"}, section]},
        {"type": "message", "ts": "1795176002.1", "text": "", "attachments": [{"color": "red"}], "blocks": 7},
    ]
    found = slack.read(messages, "slack.json")
    assert [event for *_, event in said(found)] == ["[FIRING:1] ChatBurn", "*ChatBurn* @somebody"]
    assert paths(found) == ["$[2].text"]


def test_secrets_in_links_are_masked() -> None:
    link = "http://admin:hunter2@prometheus.example.com/graph?g0.expr=up&token=abcdefgh&X-Amz-Signature=00ff"
    row = alertmanager.read([alert(generatorURL=link)], "a").rows[0]
    assert row.evidence.startswith("http://****@prometheus.example.com/graph?g0.expr=up&")
    assert not any(secret in row.evidence for secret in ("hunter2", "abcdefgh", "00ff"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("acknowledged by [john.smith@opsgenie.example.com]", "acknowledged by [@somebody]"),
        ("ask <jane@example.co.uk>, please", "ask <@somebody>, please"),
        ("git@github.com:org/repo at v1.2", "git@github.com:org/repo at v1.2"),
        ("image chat@sha256:00ff and db@10.0.0.1", "image chat@sha256:00ff and db@10.0.0.1"),
    ],
)
def test_addresses_of_people_are_left_out(text: str, told: str) -> None:
    assert wording.told(text) == told


def test_alerts_of_opsgenie_by_their_report() -> None:
    each = {
        "message": "budget burns",
        "priority": "P1",
        "status": "closed",
        "acknowledged": True,
        "createdAt": "2026-11-14T02:42:00.000Z",
        "report": {"ackTime": 180_000, "closeTime": 5_280_000, "acknowledgedBy": "trinity"},
    }
    assert said(opsgenie.read({"data": [each]}, "og")) == [
        ("2026-11-14T02:42:00Z", What.PAGE, "alert (P1): budget burns"),
        ("2026-11-14T02:45:00Z", What.ACK, "acknowledged: budget burns"),
        ("2026-11-14T04:10:00Z", What.RESOLVED, "closed: budget burns"),
    ]
    silent = opsgenie.read({"data": {**each, "report": {}}}, "og")
    assert paths(silent) == ["$.data.acknowledged", "$.data.status"]
    logs = {"data": {"logs": [{"log": "Alert created", "createdAt": "2026-11-14T02:42:00Z"}, {"createdAt": "x"}]}}
    assert said(opsgenie.read(logs, "og")) == [("2026-11-14T02:42:00Z", What.OTHER, "log: Alert created")]


def test_what_a_status_page_backfilled_is_marked() -> None:
    def incident(**more: Any) -> dict[str, Any]:
        update = {"status": "investigating", "body": "We look.", "created_at": "2026-11-14T03:00:00Z"}
        return {
            "name": "Errors",
            "impact": "major",
            "shortlink": "https://stspg.io/x",
            "incident_updates": [update | more],
        }

    dated_back = {"created_at": "2026-11-15T09:00:00Z", "display_at": "2026-11-14T02:30:00Z"}
    found = statuspage.read(
        {"incidents": [incident(), incident(**dated_back), {**incident(), "backfilled": True}]}, "sp"
    )
    assert [row.backfilled for row in found.rows] == [False, True, True]
    assert said(found)[0] == (
        "2026-11-14T03:00:00Z", What.STATUS, "status page (investigating): Errors (impact major): We look."
    )  # fmt: skip
    assert said(found)[1][0] == "2026-11-14T02:30:00Z"
    assert said(found)[1][2].endswith("[written later]")
    alone = {"name": "Errors", "created_at": "2026-11-14T03:00:00Z", "backfilled": True}
    assert [row.backfilled for row in statuspage.read(alone, "sp").rows] == [True]


def test_messages_of_slack_as_plain_words() -> None:
    messages = [
        {"type": "message", "ts": "1795176000.000100", "user": "U1", "text": "<@U2> see <https://x.example|the graph>"},
        {"type": "message", "ts": "1795176060.000100", "text": "in <#C1|incident> &amp; <!here> &lt;b&gt;"},
        {"type": "message", "subtype": "channel_join", "ts": "1795176000.000100", "text": "joined"},
        {"type": "message", "ts": "now", "text": "x"},
        {"type": "message", "ts": "1795176000.000100", "text": ""},
    ]
    found = slack.read(messages, "slack.json", "ops")
    assert said(found) == [
        ("2026-11-20T12:00:00Z", What.TALK, "#ops: @somebody see the graph https://x.example"),
        ("2026-11-20T12:01:00Z", What.TALK, "#ops: in #incident & @here <b>"),
    ]
    assert paths(found) == ["$[3].ts", "$[4].text"]
    assert found.left_out == 1


def test_only_messages_of_the_interval_are_read() -> None:
    start, end = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, 13, tzinfo=UTC)
    messages = [{"ts": "1795175999", "text": "before"}, {"ts": "1795176000", "text": "in"}, {"ts": "x", "text": "?"}]
    kept = slack.within({"messages": messages}, start, end)
    assert [each["text"] for each in kept] == ["in", "?"]


SECRETS: Final = (
    ("token: abcdef123456", "abcdef123456"),
    ("password is hunter2!", "hunter2!"),
    ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
    ("curl -H 'Authorization: GenieKey eb24-faa2'", "eb24-faa2"),
    ("export API_KEY=s3cr3tvalue", "s3cr3tvalue"),
    ("https://user:pass1234@db.example.com/x", "pass1234"),
    ("https://x.example/?api_key=zzzzyyyy", "zzzzyyyy"),
    ("xoxb-1234567890-abcdefghij", "1234567890-abcdefghij"),
    ("ghp_abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvwx"),
    ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7"),
    ("https://hooks.slack.com/services/T0/B0/xyz", "B0/xyz"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nxyz\n-----END RSA PRIVATE KEY-----", "MIIE"),
)


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_masked(text: str, secret: str) -> None:
    found = wording.told(f"we did {text} and it worked")
    assert secret not in found
    assert "****" in found
    assert found.startswith("we did")


@pytest.mark.parametrize(
    "text", ["time per output token: 40 ms", "max tokens: 4096, too few", "the token bucket is empty", "key=value"]
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert wording.told(text) == text


def test_commits_that_touch_models_prompts_and_deployments_are_named() -> None:
    at = datetime(2026, 11, 14, tzinfo=UTC)

    def commit(*touched: str, tag: str = "") -> Commit:
        return Commit(id="0123456789abcdef", at=at, subject="change", paths=touched, tag=tag)

    found = git_log.read(
        [
            commit("prompts/system.md"),
            commit("models/chat/model.safetensors", "deploy/values.yaml"),
            commit("src/main.py"),
            commit(tag="v1.2"),
        ],
        "chat",
        "https://github.com/example/chat",
    )
    assert [event for *_, event in said(found)] == [
        "commit 0123456789ab (prompt): change",
        "commit 0123456789ab (model, deploy): change",
        "commit 0123456789ab: change",
        "tag v1.2: change",
    ]
    assert found.rows[0].evidence == "https://github.com/example/chat/commit/0123456789abcdef"
    many = git_log.read([commit("src/main.py")] * 80 + [commit("config/limits.yaml")], "chat")
    assert (len(many.rows), many.left_out) == (51, 30)
    assert git_log.kinds(["src/prompting.py", "airectl/registry.py", "docs/readme.md"]) == ()


def test_load_tests_by_their_run_folder() -> None:
    manifest = {"name": "peak", "target": "http://127.0.0.1:8000", "started_unix_ns": 1_795_176_000 * 10**9}
    assert said(runs.read(manifest, {"how": "complete", "ended_s": 120.5}, "runs/peak")) == [
        ("2026-11-20T12:00:00Z", What.RUN, "load test peak begins against http://127.0.0.1:8000"),
        ("2026-11-20T12:02:00Z", What.RUN, "load test peak ends (complete)"),
    ]
    assert paths(runs.read(manifest, None, "runs/peak")) == ["end.json"]
    assert paths(runs.read({}, None, "runs/peak")) == ["run.json started_unix_ns"]


def test_rows_and_notes_are_bounded_and_what_is_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "MOST_ROWS", 2_000)
    found = alertmanager.read([alert()] * (payload.MOST_ROWS + 5) + [1] * (payload.MOST_NOTES + 7), "a")
    assert len(found.rows) == payload.MOST_ROWS
    assert [each.reason for each in found.not_understood[-2:]] == [
        "7 more things were not understood",
        "5 rows are left out: at most 2,000 of one import are read",
    ]
    long = alertmanager.read([alert(annotations={"summary": "x" * 5000})], "a")
    assert len(long.rows[0].event) == wording.LONGEST


Import = Callable[[Any, str], Imported]
# What each reads its items from, in a form that it documents.
LISTS: Final[dict[str, tuple[Import, Callable[[list[Any]], Any]]]] = {
    "alertmanager webhook": (alertmanager.read, lambda items: {"alerts": items}),
    "alertmanager api": (alertmanager.read, lambda items: items),
    "prometheus": (prometheus_alerts.read, lambda items: {"data": {"result": items}}),
    "pagerduty log entries": (pagerduty.read, lambda items: {"log_entries": items}),
    "pagerduty incidents": (pagerduty.read, lambda items: {"incidents": items}),
    "opsgenie alerts": (opsgenie.read, lambda items: {"data": items}),
    "opsgenie logs": (opsgenie.read, lambda items: {"data": {"logs": items}}),
    "statuspage": (statuspage.read, lambda items: {"incidents": items}),
    "slack": (slack.read, lambda items: items),
}
WORDS = st.sampled_from(
    ["2026-11-14T02:41:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "1795176000.000100", "99999999999999",
     "firing", "resolved", "trigger_log_entry", "resolve_log_entry", "message", "open", "closed", ""]
)  # fmt: skip
KEYS = st.sampled_from(
    ["alerts", "labels", "annotations", "alertname", "alertstate", "summary", "startsAt", "endsAt", "updatedAt",
     "status", "silencedBy", "data", "result", "metric", "values", "type", "created_at", "incident", "incident_number",
     "acknowledgements", "at", "resolved_at", "channel", "title", "message", "createdAt", "report", "ackTime",
     "closeTime", "acknowledged", "log", "logs", "name", "incident_updates", "display_at", "backfilled", "body", "ts",
     "text", "subtype", "truncatedAlerts", "html_url", "generatorURL", "messages"]
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.parametrize("name", LISTS)
@given(items=st.lists(st.dictionaries(KEYS, JSON, max_size=7) | JSON, max_size=5))
def test_every_item_of_any_payload_is_accounted_for(name: str, items: list[Any]) -> None:
    read, wrap = LISTS[name]
    json.dumps(items)
    for item in items:
        found = read(wrap([item]), "a")
        assert found.rows or found.not_understood or found.left_out or is_empty(item)
        assert all(row.event and row.evidence and row.origin == "a" for row in found.rows)
    read(wrap(items), "a")


def is_empty(item: Any) -> bool:
    """A group of alerts may be an empty one."""
    return isinstance(item, dict) and item.get("alerts") == []


@given(JSON)
def test_no_payload_of_any_kind_is_a_surprise(value: Any) -> None:
    for read, _ in LISTS.values():
        read(value, "a")
    slack.within(value, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    prometheus_alerts.matches(value)
    alertmanager.matches(value)
    if isinstance(value, dict):
        runs.read(value, value, "a")


@pytest.mark.parametrize(
    "value",
    ["2026-11-14", "2026-11-14T02:41:00", "0202-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", 5, None, "x" * 99],
)
def test_a_time_without_a_zone_or_of_no_year_is_none(value: Any) -> None:
    assert payload.time_of(value) is None


def test_an_alert_is_as_exact_as_its_series_was_looked_at() -> None:
    for step, exact in ((15, Granularity.SECOND), (60, Granularity.MINUTE)):
        body = {"data": {"result": [ranged([1795e6, 1795e6 + step])]}}
        assert {row.moment.granularity for row in prometheus_alerts.read(body, "a").rows} == {exact}
