"""The prober's metrics: what is counted, how they look to Prometheus, and that the catalogue knows them."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.openmetrics import exposition
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from airectl.core.catalogue import MetricType
from airectl.core.exposition import read
from airectl.env import Stop
from airectl.errors import UsageError
from airectl.probing import metrics
from airectl.probing.metrics import Metrics, Serving, listen_address
from airectl.probing.prober import Prober, Result
from airectl.probing.reasons import Failure, Reason
from airectl.telemetry import catalogue
from inference_server import MODEL, Reply, inference, scripted
from probe_setup import CAPITAL, UNHURRIED, aimed

ODD = replace(CAPITAL, name="odd", messages=[{"role": "user", "content": "odd"}], expect=None)


def prober(url: str, name: str = "chat", protocol: str = "openai") -> Prober:
    return Prober(aimed(url, name=name, protocol=protocol), UNHURRIED, Stop())


def openmetrics(made: Metrics) -> str:
    page = exposition.generate_latest(made.registry)  # type: ignore[no-untyped-call]  # the library has no types there
    return str(page, "utf-8")


def values(made: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """The samples called `name` that are not 0, by the values of the labels beside target and model."""
    found = {}
    families = text_string_to_metric_families(openmetrics(made))  # type: ignore[no-untyped-call]  # the same
    for family in families:
        for sample in family.samples:
            if sample.name == name and sample.value:
                own = {label: value for label, value in sample.labels.items() if label not in ("target", "model")}
                assert sample.labels["target"] == "chat"
                found[tuple(own.values())] = sample.value
    return found


def test_each_result_is_counted() -> None:
    with inference(scripted([{"prompt": "odd", "fault": "error"}])) as server:
        asking = prober(server.url)
        made = Metrics(asking, [CAPITAL, ODD])
        for _ in range(3):
            for result in asking.round([CAPITAL, ODD]):
                made.add(result)
    made.add(Result(prompt=CAPITAL, asked=False))
    made.end_round(1795176000.0)
    assert values(made, "airectl_probe_requests_total") == {("capital",): 3, ("odd",): 3}
    assert values(made, "airectl_probe_failures_total") == {("odd", "error_payload"): 3}
    assert values(made, "airectl_probe_answers_total") == {("capital", "right"): 3}
    assert values(made, "airectl_probe_time_to_first_token_seconds_count") == {("capital",): 3, ("odd",): 3}
    assert values(made, "airectl_probe_e2e_latency_seconds_count") == {("capital",): 3}
    assert values(made, "airectl_probe_inter_token_latency_seconds_count") == {("odd",): 18}
    assert values(made, "airectl_probe_last_round_timestamp_seconds") == {(): 1795176000.0}


def test_every_series_is_there_from_the_start_and_there_are_no_more() -> None:
    made = Metrics(prober("http://127.0.0.1:1"), [CAPITAL, ODD])
    page = read(generate_latest(made.registry).decode())
    assert page.faults == ()
    failures = page.families["airectl_probe_failures_total"]
    assert set(failures.labels["reason"]) == {reason.value for reason in Reason}
    assert failures.samples == 2 * len(Reason)
    assert page.families["airectl_probe_answers_total"].samples == 2
    before = generate_latest(made.registry).count(b"\n")
    for reason in Reason:
        made.add(Result(prompt=ODD, failure=Failure(reason=reason, said="x")))
    assert generate_latest(made.registry).count(b"\n") == before


def test_plain_http_has_no_tokens() -> None:
    made = Metrics(prober("http://127.0.0.1:1", protocol="http"), [CAPITAL])
    page = read(generate_latest(made.registry).decode())
    assert page.families["airectl_probe_time_to_first_token_seconds"].samples == 0
    assert page.families["airectl_probe_e2e_latency_seconds"].samples > 0


def test_a_name_of_a_model_cannot_break_the_page() -> None:
    asking = prober("http://127.0.0.1:1")
    asking.model = 'a"\n\\ b} 1\n# EOF'
    page = read(openmetrics(Metrics(asking, [CAPITAL])), open_metrics=True)
    assert page.faults == ()
    assert set(page.families["airectl_probe_requests"].labels["model"]) == {asking.model}


EDGES = {
    "airectl_probe_time_to_first_token_seconds": metrics.FIRST_TOKEN_EDGES,
    "airectl_probe_inter_token_latency_seconds": metrics.BETWEEN_EDGES,
    "airectl_probe_e2e_latency_seconds": metrics.WHOLE_EDGES,
}
_KINDS = {"info": MetricType.GAUGE, "gauge": MetricType.GAUGE, "counter": MetricType.COUNTER}


def test_the_catalogue_has_what_the_prober_exposes() -> None:
    known = catalogue.load().systems["airectl-probe"]
    made = Metrics(prober("http://127.0.0.1:1"), [CAPITAL])
    made.end_round(1.0)
    page = read(generate_latest(made.registry).decode())
    shown = {name: family for name, family in page.families.items() if family.samples}
    assert set(shown) == set(known.families)
    for name, family in shown.items():
        assert known.families[name].type == _KINDS.get(family.type, family.type), name
        assert set(family.labels) - {"le"} == set(known.families[name].labels), name
    for name, edges in EDGES.items():
        assert [float(edge) for edge in known.families[name].buckets] == list(edges)
    reasons = known.families["airectl_probe_failures_total"]
    assert set(reasons.values["reason"]) == {reason.value for reason in Reason}
    assert reasons.measure_by["reason"] == {reason.value: reason.measure for reason in Reason}


@pytest.mark.parametrize("threshold", [0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10])
def test_usual_thresholds_are_edges(threshold: float) -> None:
    assert threshold in metrics.FIRST_TOKEN_EDGES
    assert threshold in metrics.WHOLE_EDGES


def test_they_are_served_on_loopback() -> None:
    serving = Serving(Metrics(prober("http://127.0.0.1:1"), [CAPITAL]).registry, "127.0.0.1", 0)
    try:
        answer = httpx.get(serving.url, headers={"Accept": "application/openmetrics-text"}, trust_env=False)
        port = int(serving.url.rpartition(":")[2].partition("/")[0])
        with pytest.raises(UsageError, match=f"cannot listen at 127.0.0.1 port {port}: address already in use"):
            Serving(Metrics(prober("http://127.0.0.1:1"), [CAPITAL]).registry, "127.0.0.1", port)
    finally:
        serving.close()
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    assert f'airectl_probe_info{{model="{MODEL}"' in answer.text
    with pytest.raises(httpx.ConnectError):
        httpx.get(serving.url, trust_env=False)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),  # noqa: S104  # a test of the text
        ("localhost:80", ("localhost", 80)),
    ],
)
def test_addresses(text: str, meant: tuple[str, int]) -> None:
    assert listen_address(text) == meant


@pytest.mark.parametrize("text", ["9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", ""])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="--listen cannot be"):
        listen_address(text)


def test_a_slow_answer_is_in_no_fast_bucket() -> None:
    with inference(Reply(text="Paris it is", first_s=0.2)) as server:
        asking = prober(server.url)
        made = Metrics(asking, [CAPITAL])
        for result in asking.round([CAPITAL]):
            made.add(result)
    buckets = values(made, "airectl_probe_time_to_first_token_seconds_bucket")
    assert ("0.15", "capital") not in buckets
    assert buckets["+Inf", "capital"] == 1
