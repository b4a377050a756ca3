"""SLOs that are about to be written: which series they count, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from airectl.core import exposition
from airectl.errors import UsageError
from airectl.promql.matchers import Matcher, Op
from airectl.spec import schema
from airectl.telemetry import catalogue
from airectl.telemetry.detection import detected
from airectl.telemetry.drafts import Draft, Narrowing, drafts
from airectl.telemetry.server import Server
from airectl.telemetry.unseen import UNSEEN
from airectl.telemetry.wishes import wish

SYSTEMS = catalogue.load().systems
PROD = (Matcher(name="namespace", op=Op.EQUAL, value="prod"), Matcher(name="job", op=Op.REGEX, value="a|b"))
VLLM = (Path(__file__).parent / "expositions" / "vllm.txt").read_text("utf-8")


def made(system: str, narrowing: Narrowing = Narrowing(), **wanted: str) -> Sequence[Draft]:  # noqa: B008  # frozen
    server = Server(system=SYSTEMS[system])
    wishes = [wish(SYSTEMS[system].presets[name.replace("_", "-")], f"--{name}", text) for name, text in wanted.items()]
    return drafts(wishes, server, "chat", narrowing)


def queries(found: Sequence[Draft]) -> list[str]:
    return [query for each in found for query in each.queries.values()]


def test_without_narrowing_the_queries_are_the_catalogues_own() -> None:
    (draft,) = made("vllm", availability="99.9%")
    assert dict(draft.queries) == dict(SYSTEMS["vllm"].presets["availability"].ratio_at())
    assert (draft.name, draft.title) == ("chat-availability", "availability")


@pytest.mark.parametrize("system", [name for name in SYSTEMS if SYSTEMS[name].presets])
def test_a_selector_is_on_every_series(system: str) -> None:
    preset = next(each for each in SYSTEMS[system].presets.values() if not each.needs_model)
    text = "99%"
    if preset.family:
        text = f"{SYSTEMS[system].families[preset.family].buckets[0]}s"
    elif preset.compares:
        text = "1s@99%" if preset.value is None else f"{preset.value}@99%"
    server = Server(system=SYSTEMS[system])
    if preset.family and SYSTEMS[system].families[preset.family].unit != "seconds":
        text = text.replace("s", "ms")
    (draft,) = drafts([wish(preset, "--slo x=", text)], server, "chat", Narrowing(matchers=PROD))
    for query in draft.queries.values():
        assert query.count('namespace="prod"') == query.count('job=~"a|b"') >= 1


def test_one_model_several_and_each_for_itself() -> None:
    one = made("vllm", Narrowing(models=("llama-3.1-8b",)), ttft="500ms")
    assert all('model_name="llama-3.1-8b"' in query for query in queries(one))
    some = made("vllm", Narrowing(models=("llama-3.1-8b", "a+b")), ttft="500ms")
    assert all('model_name=~"llama\\\\-3\\\\.1\\\\-8b|a\\\\+b"' in query for query in queries(some))
    each = made("vllm", Narrowing(by_model=True), ttft="500ms")
    assert [draft.model_label for draft in each] == ["model_name"]
    assert all("model_name" not in query for query in queries(each))


def test_metrics_that_name_no_model_count_them_all_and_say_so() -> None:
    narrowed, every = made("sglang", Narrowing(models=("a",)), ttft="600ms", availability="99%")
    assert (narrowed.model_label, every.model_label) == ("model_name", "")
    with pytest.raises(UsageError, match="--model cannot be: no metric of these SLOs has a label of the model"):
        made("sglang", Narrowing(models=("a",)), availability="99%")
    with pytest.raises(UsageError, match="--by-model cannot be"):
        made("tgi", Narrowing(by_model=True), availability="99%")
    with pytest.raises(UsageError, match="--by-model cannot be"):
        made("tpu-device-plugin", Narrowing(by_model=True), saturation="95%")


def test_an_slo_about_models_is_one_for_each() -> None:
    found = made("envoy-ai-gateway", Narrowing(models=("gpt-4", "o1")), wrong_model="99%")
    assert [each.name for each in found] == ["chat-wrong-model-gpt-4", "chat-wrong-model-o1"]
    assert ['"gpt-4"' in each.queries["total"] for each in found] == [True, False]
    with pytest.raises(UsageError, match="`wrong-model` needs the name of a model"):
        made("envoy-ai-gateway", wrong_model="99%")


def test_two_thresholds_of_one_preset_have_two_names() -> None:
    server = Server(system=SYSTEMS["vllm"])
    ttft = SYSTEMS["vllm"].presets["ttft"]
    both = [wish(ttft, "--ttft", text) for text in ("250ms@50%", "500ms")]
    assert [each.name for each in drafts(both, server, "chat", Narrowing())] == ["chat-ttft-250ms", "chat-ttft-500ms"]
    with pytest.raises(UsageError, match="two of the SLOs would be called `chat-ttft-500ms`"):
        drafts([wish(ttft, "--ttft", text) for text in ("500ms", "0.5s@99%")], server, "chat", Narrowing())


def test_a_limit_that_only_the_user_can_know() -> None:
    (draft,) = made("litellm", cost="0.00002@99%")
    assert draft.title == "cost <= 0.00002 dollars per token"
    (draft,) = made("triton", mean_latency="20ms")
    assert draft.title == "mean-latency < 20 ms"
    assert draft.limit == 20000


def test_names_are_those_of_the_page() -> None:
    (found,) = detected(exposition.read(VLLM.replace("vllm:", "ray_vllm_")), catalogue.load())
    server = Server(system=found.system, page=found, where="page")
    wanted = [
        wish(found.system.presets[name], "--x", text) for name, text in (("ttft", "500ms"), ("saturation", "95%"))
    ]
    for query in queries(drafts(wanted, server, "chat", Narrowing())):
        assert "vllm:" not in query
        assert "ray_vllm_" in query


def test_metrics_that_the_page_lacks_are_named() -> None:
    text = "".join(line for line in VLLM.splitlines(keepends=True) if "inter_token" not in line)
    (found,) = detected(exposition.read(text), catalogue.load())
    server = Server(system=found.system, page=found, where="page")
    assert server.lacking(found.system.presets["itl"]) == ("vllm:inter_token_latency_seconds",)
    assert server.lacking(found.system.presets["ttft"]) == ()
    # Rejections are counted from the first one on.
    without = "".join(line for line in VLLM.splitlines(keepends=True) if "rejections" not in line)
    (found,) = detected(exposition.read(without), catalogue.load())
    assert Server(system=found.system, page=found).lacking(found.system.presets["availability"]) == ()


def test_of_every_preset_it_is_said_what_it_does_not_see() -> None:
    assert set(UNSEEN) == set(schema.document("telemetry-v1")["$defs"]["presetName"]["enum"])
