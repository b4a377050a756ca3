"""Scenarios: what they mean, what is wrong with them and where, and flags over them."""

from __future__ import annotations

import re
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airectl.core.lengths import Lengths, Shape
from airectl.core.schedule import EVEN, Closed, Open, Segment, Traced, steady
from airectl.core.slo import Measure
from airectl.errors import UsageError
from airectl.exits import Exit
from airectl.load import limits, scenario
from airectl.load.asked import Asked, Limit, PromptsFile, TraceFile
from airectl.load.demand import demand, planned
from airectl.load.overrides import Overrides, overridden
from airectl.load.plan import Plan, Prefix, Synthetic, Think
from airectl.load.planning import Data, plan_of, remarks
from airectl.load.scenario import ScenarioError, read
from airectl.load.traces.rows import Columns, Row, Window


def asked(text: str) -> Asked:
    return read("load/scenario.yaml", text)


def wrong(text: str) -> list[tuple[str, str, str]]:
    with pytest.raises(ScenarioError) as caught:
        read("s.yaml", text)
    return [
        (each.code, f"{each.at.line}:{each.at.col}" if each.at else "", each.message) for each in caught.value.findings
    ]


FULL = """\
name: nightly
title: what it is
target: http://127.0.0.1:8000
protocol: completions
model: llama
seed: 7
duration: 5m
warm_up: 30s
requests: 1000
arrivals: {ramp: {from: 1, to: 50, over: 4m}, burstiness: 0.5}
workload:
  input: {distribution: lognormal, mean: 512, deviation: 300, min: 16, max: 4096}
  output: 128
  shared_prefix: {share: 0.25, prefixes: 8}
  turns: {distribution: uniform, min: 1, max: 5}
  think: {mean: 2s, distribution: exponential}
in_flight: {most: 64, when_full: drop}
options: {stream: true, parameters: {temperature: 0.5, stop: [a]}}
timeouts: {first_token: 500ms, total: 1m}
objectives: {limits: mlperf-llama3.1-8b, ttft: 1s, e2e: 10s, target: 0.95}
tokenizer: tokenizer.json
"""


def test_every_key_means_something() -> None:
    assert asked(FULL) == Asked(
        name="nightly",
        title="what it is",
        target="http://127.0.0.1:8000",
        protocol="completions",
        model="llama",
        seed=7,
        duration_s=300.0,
        warm_up_s=30.0,
        requests=1000,
        arrivals=Open(segments=(Segment(duration_s=240.0, from_rps=1.0, to_rps=50.0),), burstiness=0.5),
        workload=Synthetic(
            input=Lengths(shape=Shape.LOGNORMAL, mean=512.0, deviation=300.0, least=16, most=4096),
            output=Lengths(mean=128),
            prefix=Prefix(count=8, share=0.25),
            turns=Lengths(shape=Shape.UNIFORM, least=1, most=5),
            think=Think(mean_s=2.0, random=True),
        ),
        most_in_flight=64,
        when_full="drop",
        options={"stream": True, "parameters": {"temperature": 0.5, "stop": ["a"]}},
        timeouts={"first_token": 0.5, "total": 60.0},
        limits=(
            Limit(measure=Measure.TTFT, threshold_s=Decimal(1), target=Decimal("0.95")),
            Limit(measure=Measure.TPOT, threshold_s=Decimal("0.1"), target=Decimal("0.99")),
            Limit(measure=Measure.E2E, threshold_s=Decimal(10), target=Decimal("0.95")),
        ),
        tokenizer="load/tokenizer.json",
    )


@pytest.mark.parametrize(
    ("text", "arrivals"),
    [
        ("rate: 10", steady(10)),
        ("rate: 10\n  process: constant", steady(10, EVEN)),
        ("rate: 10\n  process: poisson", steady(10)),
        ("rate: 2.5\n  process: gamma\n  burstiness: 0.25", steady(2.5, 0.25)),
        ("concurrency: 32", Closed(concurrency=32)),
        (
            "steps: [{rate: 5, for: 1m}, {rate: 10, for: 30s}]",
            Open(
                segments=(
                    Segment(duration_s=60, from_rps=5, to_rps=5),
                    Segment(duration_s=30, from_rps=10, to_rps=10),
                )
            ),
        ),
    ],
)
def test_arrivals(text: str, arrivals: object) -> None:
    assert asked(f"arrivals:\n  {text}\n").arrivals == arrivals


def test_files_are_relative_to_the_scenario() -> None:
    found = asked(
        "workload: {trace: azure.csv, from: 10m, for: 1h, rows: 500, skip_faulty: true}\narrivals: {time_scale: 60}"
    )
    assert found.workload == TraceFile(
        path="load/azure.csv", window=Window(from_s=600, for_s=3600, rows=500), skip_faulty=True
    )
    assert found.arrivals == Traced(time_scale=60)
    assert asked("workload: {prompts: /abs.jsonl, order: shuffled, output: 5, think: 3s}").workload == PromptsFile(
        path="/abs.jsonl", output=Lengths(mean=5), shuffled=True, think=Think(mean_s=3)
    )
    assert asked("workload: {trace: '-'}").workload == TraceFile(path="-")


@pytest.mark.parametrize("name", scenario.presets())
def test_every_preset_can_be_planned_and_says_where_it_is_from(name: str) -> None:
    found = scenario.preset(name)
    assert found.name == name
    assert found.title
    assert found.sources or name == "rag"
    plan = plan_of(found, Data())
    assert planned(Plan.from_json(plan.to_json())) is not None


def test_presets_are_what_was_promised() -> None:
    assert scenario.presets() == ("chat", "code-completion", "embeddings", "long-context", "rag")


def test_a_scenario_on_a_preset_has_its_own_keys_first() -> None:
    found = asked("preset: rag\nname: mine\narrivals: {rate: 4}\n")
    assert (found.name, found.arrivals) == ("mine", steady(4))
    assert found.workload == scenario.preset("rag").workload


@pytest.mark.parametrize(
    ("name", "ttft_s", "tpot_s"),
    [
        ("mlperf-llama2-70b", "2", "0.2"),
        ("mlperf-llama2-70b-interactive", "0.45", "0.04"),
        ("mlperf-llama3.1-8b", "2", "0.1"),
        ("mlperf-llama3.1-8b-interactive", "0.5", "0.03"),
        ("mlperf-llama3.1-405b", "6", "0.175"),
        ("mlperf-llama3.1-405b-interactive", "4.5", "0.08"),
        ("mlperf-deepseek-r1", "2", "0.08"),
    ],
)
def test_limits_of_mlperf(name: str, ttft_s: str, tpot_s: str) -> None:
    found = limits.shipped()[name]
    assert found.limits == (
        Limit(measure=Measure.TTFT, threshold_s=Decimal(ttft_s), target=Decimal("0.99")),
        Limit(measure=Measure.TPOT, threshold_s=Decimal(tpot_s), target=Decimal("0.99")),
    )
    assert found.source.startswith("https://")
    assert len(limits.shipped()) == 7


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("preset: ragg", "1:9", "no preset is called `ragg`"),
        ("objectives: {limits: mlperf}", "1:22", "no limit is called `mlperf`"),
        ("objectives: {target: 0.9}", "1:14", "`target` has no time that it is for"),
        ("duration: 0s", "1:11", "`duration` must be above 0"),
        ("timeouts: {total: 0s}", "1:19", "`total` must be above 0"),
        ("arrivals: {concurrency: 1, process: poisson}", "1:28", "`process` does not go with `concurrency`"),
        ("arrivals: {rate: 1, process: constant, burstiness: 2}", "1:52", "`burstiness` does not go with"),
        ("arrivals: {rate: 1, process: gamma}", "1:30", "`process: gamma` needs `burstiness`"),
        ("arrivals: {ramp: {from: 0, to: 0, over: 1m}}", "1:12", "`ramp` never sends anything"),
        ("arrivals: {ramp: {from: 0, to: 1, over: 0s}}", "1:41", "`over` must be above 0"),
        ("arrivals: {steps: [{rate: 0, for: 1m}]}", "1:12", "`steps` never sends anything"),
        ("arrivals: {time_scale: 2}", "1:12", "`time_scale` is for traces"),
        ("workload: {input: 5, order: file}", "1:22", "`order` does not go with `input`"),
        ("workload: {trace: a, output: 5}", "1:22", "`output` does not go with `trace`"),
        ("workload: {prompts: a, turns: 5}", "1:24", "`turns` does not go with `prompts`"),
        ("workload: {input: 5, think: 5s}", "1:22", "`think` is for conversations"),
        ("workload: {input: {distribution: uniform, min: 5}}", "1:34", "`distribution: uniform` needs `max`"),
        ("workload: {input: {distribution: uniform, min: 5, max: 4}}", "1:56", "`min` is 5, and `max` is 4"),
        ("workload: {input: {distribution: fixed, mean: 5, deviation: 4}}", "1:50", "`deviation` does not go with"),
        ("workload: {input: {distribution: normal, mean: 5, deviation: 1, max: 4}}", "1:70", "`mean` is 5, and"),
    ],
)  # fmt: skip
def test_a_contradiction_is_told_at_its_place(text: str, place: str, message: str) -> None:
    ((code, at, said),) = wrong(text)
    assert (code, at) == ("AIR410", place)
    assert message in said


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("duration: 5", "AIR012", "1:11"),
        ("duration: 5 minutes", "AIR013", "1:11"),
        ("durations: 5m", "AIR011", "1:1"),
        ("arrivals: {}", "AIR015", "1:1"),
        ("arrivals: {rate: 1, concurrency: 1}", "AIR015", "1:1"),
        ("arrivals: {rate: .nan}", "AIR007", ""),
        ("arrivals: {rate: -1}", "AIR013", "1:18"),
        ("workload: {input: {mean: 5}}", "AIR010", "1:12"),
        ("workload: {input: 0}", "AIR013", "1:19"),
        ("seed: 4294967296", "AIR013", "1:7"),
        ("name: ../x", "AIR013", "1:7"),
        ("name: a\nname: b", "AIR003", "2:1"),
        ("[1, 2]", "AIR410", "1:1"),
        ("", "AIR410", "1:1"),
        ("name: a\n---\nname: b", "AIR410", "1:1"),
        ("name: [", "AIR002", ""),
        ("name: \0", "AIR002", "1:7"),
    ],
)
def test_a_deviation_from_the_schema_has_its_place(text: str, code: str, place: str) -> None:
    found = wrong(text)
    assert found[0][0] == code, found
    assert not place or found[0][1] == place


TOKENS = [
    "arrivals", "workload", "rate", "ramp", "steps", "input", "output", "trace", "prompts", "distribution", "lognormal",
    "mean", "deviation", "min", "max", "for", "from", "to", "over", "5m", "0s", "-1", "1e400", ".nan", "~", "true",
    "&a", "*a", "!!python/object:os.system", ": ", "{", "}", "[", "]", ", ", "\n", "  ", "- ", "'", '"', "\t", "\0",
    "9" * 50,
]  # fmt: skip


@given(st.lists(st.sampled_from(TOKENS) | st.text(max_size=3), max_size=40), st.integers(0, len(FULL)))
@settings(max_examples=250)
def test_whatever_a_scenario_holds_it_is_one_or_is_told(pieces: list[str], cut: int) -> None:
    for text in ("".join(pieces), FULL[:cut] + "".join(pieces[:3]) + FULL[cut:]):
        try:
            found = read("s.yaml", text)
        except ScenarioError as error:
            places: list[object] = [each.at for each in error.findings]
        else:
            places = [found]
            if not isinstance(found.workload, (TraceFile, PromptsFile)):
                Plan.from_json(plan_of(found, Data()).to_json())
        assert places
        assert all(places)


@pytest.mark.parametrize(
    ("given_", "changed"),
    [
        (Overrides(rate="20"), {"arrivals": steady(20, 0.5)}),
        (Overrides(rate="20", arrival="constant"), {"arrivals": steady(20, EVEN)}),
        (Overrides(arrival="poisson", rate="20"), {"arrivals": steady(20)}),
        (Overrides(concurrency=9), {"arrivals": Closed(concurrency=9)}),
        (Overrides(duration="10s", warm_up="0"), {"duration_s": 10.0, "warm_up_s": 0.0}),
        (Overrides(name="x", model="y", seed=0, requests=3), {"name": "x", "model": "y", "seed": 0, "requests": 3}),
        (Overrides(max_in_flight="5"), {"most_in_flight": 5, "when_full": "queue"}),
        (Overrides(max_in_flight="5:drop"), {"most_in_flight": 5, "when_full": "drop"}),
        (Overrides(trace="t", time_scale=60), {"workload": TraceFile(path="t"), "arrivals": Traced(time_scale=60)}),
        (Overrides(prompts="p.jsonl"), {"workload": PromptsFile(path="p.jsonl")}),
    ],
)  # fmt: skip
def test_a_flag_comes_before_the_scenario(given_: Overrides, changed: dict[str, Any]) -> None:
    before = asked(FULL)
    after = overridden(before, given_)
    for key in Asked.__dataclass_fields__:
        assert getattr(after, key) == changed.get(key, getattr(before, key)), key


def test_no_flag_changes_nothing() -> None:
    assert overridden(asked(FULL), Overrides()) == asked(FULL)
    assert overridden(Asked(), Overrides()) == Asked()


def test_flags_of_lengths() -> None:
    found = overridden(
        asked(FULL),
        Overrides(
            input_tokens="uniform:5,9", output_tokens="normal:50,5@10-90", shared_prefix="64x2", turns="3", think="1s"
        ),
    ).workload
    assert found == Synthetic(
        input=Lengths(shape=Shape.UNIFORM, least=5, most=9),
        output=Lengths(shape=Shape.NORMAL, mean=50, deviation=5, least=10, most=90),
        prefix=Prefix(count=2, tokens=64),
        turns=Lengths(mean=3, most=100),
        think=Think(mean_s=1.0),
    )
    half = overridden(Asked(), Overrides(shared_prefix="50%")).workload
    assert isinstance(half, Synthetic)
    assert (half.prefix, half.input) == (Prefix(share=0.5), Lengths(mean=256))


def test_ramps_and_steps_last_as_long_as_the_run() -> None:
    ramp = overridden(Asked(), Overrides(rate="1..50", duration="2m")).arrivals
    assert ramp == Open(segments=(Segment(duration_s=120, from_rps=1, to_rps=50),))
    steps = overridden(Asked(duration_s=90), Overrides(rate="10,20,40")).arrivals
    assert isinstance(steps, Open)
    assert [(each.duration_s, each.from_rps) for each in steps.segments] == [(30, 10), (30, 20), (30, 40)]


def test_a_preset_lies_below_the_scenario() -> None:
    found = overridden(Asked(target="http://a", seed=3), Overrides(preset="chat", limits="mlperf-llama2-70b"))
    assert found.workload == scenario.preset("chat").workload
    assert (found.target, found.seed, len(found.limits)) == ("http://a", 3, 2)
    kept = overridden(asked(FULL), Overrides(preset="chat"))
    assert kept.workload == asked(FULL).workload


@pytest.mark.parametrize(
    "given_",
    [
        Overrides(rate="fast"), Overrides(rate="0"), Overrides(rate="0..0", duration="1m"), Overrides(rate="1..2"),
        Overrides(rate="1,,2", duration="1m"), Overrides(rate="1e3"), Overrides(rate="nan"), Overrides(rate="-1"),
        Overrides(rate="1", concurrency=2), Overrides(concurrency=0), Overrides(time_scale=2.0),
        Overrides(trace="a", time_scale=float("nan")), Overrides(trace="a", time_scale=-1.0),
        Overrides(arrival="gamma"), Overrides(arrival="gamma:0"), Overrides(arrival="often"),
        Overrides(concurrency=2, arrival="constant"), Overrides(trace="a", arrival="constant"),
        Overrides(duration="5"), Overrides(duration="0s"), Overrides(warm_up="soon"), Overrides(requests=0),
        Overrides(seed=-1), Overrides(seed=2**32), Overrides(input_tokens=""), Overrides(input_tokens="0"),
        Overrides(input_tokens="normal:5"), Overrides(input_tokens="5,6"), Overrides(input_tokens="fixed:"),
        Overrides(input_tokens="uniform:9,5"), Overrides(input_tokens="normal:50,5@60-90"),
        Overrides(input_tokens="uniform:1,5@1-5"), Overrides(input_tokens="cauchy:1,5"), Overrides(input_tokens=":5"),
        Overrides(turns="101"), Overrides(think="5s"), Overrides(shared_prefix="0"), Overrides(shared_prefix="101%"),
        Overrides(shared_prefix="5x0"), Overrides(trace="a", prompts="b"), Overrides(trace="a", input_tokens="5"),
        Overrides(prompts="a", turns="5"), Overrides(preset="none"), Overrides(limits="none"),
        Overrides(max_in_flight="0"), Overrides(max_in_flight="5:wait"), Overrides(max_in_flight="x"),
    ],
    ids=str,
)  # fmt: skip
def test_a_flag_that_cannot_be_is_refused(given_: Overrides) -> None:
    with pytest.raises(UsageError) as caught:
        overridden(Asked(), given_)
    assert caught.value.exit is Exit.USAGE
    assert caught.value.help
    assert str(caught.value)[0] in "-n"


def test_scenarios_of_the_help_page_are_scenarios() -> None:
    page = files("airectl").joinpath("data", "help", "loadtest.md").read_text("utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    for block in blocks:
        assert read("page.yaml", block).workload


def test_defaults_where_nobody_says() -> None:
    plan = plan_of(Asked(), Data(), salt=5)
    assert plan == Plan(
        arrivals=steady(1.0),
        workload=Synthetic(input=Lengths(mean=256), output=Lengths(mean=64)),
        duration_s=30.0,
        salt=5,
    )


@pytest.mark.parametrize(
    ("found", "duration_s"),
    [
        (Asked(requests=5), None),
        (Asked(duration_s=9.0, requests=5), 9.0),
        (Asked(arrivals=Closed(concurrency=5)), 30.0),
        (Asked(arrivals=Open(segments=(Segment(duration_s=50, from_rps=1, to_rps=2),)), warm_up_s=10.0), 40.0),
        (Asked(arrivals=steady(5)), 30.0),
    ],
)
def test_when_a_run_ends(found: Asked, duration_s: float | None) -> None:
    assert plan_of(found, Data()).duration_s == duration_s


def trace_data(count: int = 20) -> Data:
    columns = Columns(window=Window())
    for n in range(count):
        columns.add(Row(n // 4 * 10**9, 5, 5))
    return Data(trace=columns.trace("csv"))


def test_what_a_trace_asks_for() -> None:
    found = Asked(workload=TraceFile(path="t"), arrivals=Traced(time_scale=2))
    wanted = demand(plan_of(found, trace_data()))
    # Four rows at the same moment each second; at twice the speed two such seconds are within one.
    assert (wanted.highest_rps, wanted.ends_s, wanted.requests) == (8, 2.0, 20)
    assert planned(plan_of(found, trace_data())) == 20
    shorter = demand(plan_of(Asked(workload=TraceFile(path="t"), duration_s=1.5), trace_data()))
    assert (shorter.highest_rps, shorter.ends_s, shorter.requests) == (4, 1.0, 8)
    lengths = demand(plan_of(Asked(workload=TraceFile(path="t"), arrivals=steady(100)), trace_data()))
    assert lengths.requests == 20
    assert plan_of(Asked(workload=TraceFile(path="t")), trace_data()).arrivals == Traced()


def test_what_rates_ask_for() -> None:
    plan = plan_of(asked("arrivals: {ramp: {from: 0, to: 10, over: 10s}}"), Data())
    wanted = demand(plan)
    assert (wanted.highest_rps, wanted.ends_s, wanted.requests) == (10, 10, 50)
    assert planned(plan) in range(20, 90)
    closed = demand(plan_of(Asked(arrivals=Closed(concurrency=3)), Data()))
    assert (closed.highest_rps, closed.ends_s, closed.requests) == (None, 30.0, None)


def test_prompts_that_come_again_are_told() -> None:
    found = Asked(workload=PromptsFile(path="p.jsonl"), requests=30)
    data = Data(prompts=({"p": "a"}, {"p": "b"}, {"p": "c"}))
    (finding,) = remarks(found, plan_of(found, data), 30)
    assert (finding.code, finding.message) == ("AIR416", "the 3 prompts of the file are sent 10.0 times on average")
    assert remarks(found, plan_of(found, data), 3) == []
    (again,) = remarks(found, plan_of(found, data), None)
    assert again.message == "the 3 prompts of the file are sent again and again"
    assert remarks(Asked(), plan_of(Asked(), Data()), None) == []
