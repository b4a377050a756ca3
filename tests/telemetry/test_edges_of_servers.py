"""A latency is measured at an edge of the histogram; between two edges both are named, and nothing is interpolated."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from airectl.core import exposition
from airectl.errors import UsageError
from airectl.telemetry import catalogue
from airectl.telemetry.detection import detected
from airectl.telemetry.server import Server, seconds
from airectl.telemetry.thresholds import Threshold, threshold
from airectl.telemetry.wishes import Wish, wish

SYSTEMS = catalogue.load().systems
LATENCIES = [(name, each.name) for name in SYSTEMS for each in SYSTEMS[name].presets.values() if each.family]
VLLM = (Path(__file__).parent / "expositions" / "vllm.txt").read_text("utf-8")


def asked(system: str, preset: str, text: str, option: str = "--ttft") -> tuple[Wish, Server]:
    server = Server(system=SYSTEMS[system])
    return wish(SYSTEMS[system].presets[preset], option, text), server


def live(text: str) -> Server:
    (found,) = detected(exposition.read(text), catalogue.load())
    return Server(system=found.system, page=found, where="http://127.0.0.1:8000/metrics")


def refused(wanted: Wish, server: Server) -> str:
    with pytest.raises(UsageError) as error:
        threshold(wanted, server)
    return f"{error.value.message}\n{error.value.help}"


@pytest.mark.parametrize(("system", "preset"), LATENCIES)
def test_every_edge_can_be_asked_for_and_nothing_between_two(system: str, preset: str) -> None:
    server = Server(system=SYSTEMS[system])
    found = SYSTEMS[system].presets[preset]
    family = SYSTEMS[system].families[found.family]
    known = server.edges(found.family)
    assert known
    for number, edge in enumerate(known):
        at = threshold(Wish(preset=found, target=Decimal("0.95"), limit=seconds(edge, family)), server)
        assert at.edge == edge
        assert (at.below is None) is (number == 0)
        assert (at.above is None) is (number == len(known) - 1)
        assert not at.own
    for below, above in pairwise(known):
        between = seconds((below + above) / 2, family)
        assert "lies between" in refused(Wish(preset=found, target=Decimal("0.95"), limit=between), server)


def test_half_a_second_on_sglang_names_both_edges() -> None:
    said = refused(*asked("sglang", "ttft", "500ms"))
    assert said == (
        "sglang:time_to_first_token_seconds has no bucket at 500 ms: it lies between 400 ms and 600 ms\n"
        "write `--ttft 400ms` (stricter) or `--ttft 600ms` (laxer), or give the server a bucket at 500 ms; "
        "`--from URL` reads the edges of your own server"
    )


def test_the_target_that_was_written_stays_in_the_advice() -> None:
    assert "`--slo ttft=400ms@99.5%` (stricter)" in refused(*asked("sglang", "ttft", "500ms@99.5%", "--slo ttft="))


@pytest.mark.parametrize(
    ("text", "said"),
    [("0.1ms", "its first one is 1 ms"), ("3000s", "its last one is 2560 s")],
)
def test_beyond_the_edges_there_is_one_to_choose(text: str, said: str) -> None:
    message = refused(*asked("vllm", "ttft", text))
    assert said in message
    assert message.count("(stricter)") + message.count("(laxer)") == 1


def test_edges_of_the_server_itself_come_first() -> None:
    server = live(VLLM.replace('le="0.5"', 'le="0.3"'))
    preset = server.system.presets["ttft"]
    own = threshold(wish(preset, "--ttft", "300ms"), server)
    assert own == Threshold(
        edge=Decimal("0.3"), seconds=Decimal("0.3"), below=Decimal("0.25"), above=Decimal("0.75"), own=True
    )
    said = refused(wish(preset, "--ttft", "500ms"), server)
    assert "it lies between 300 ms and 750 ms" in said
    assert "--from" not in said
    assert not threshold(wish(preset, "--ttft", "250ms"), server).own


def test_an_edge_is_the_same_number_however_it_is_written() -> None:
    server = live(VLLM.replace('le="0.5"', 'le="0.50"'))
    assert threshold(wish(server.system.presets["ttft"], "--ttft", "500ms"), server).edge == Decimal("0.5")


def test_times_in_milliseconds() -> None:
    assert threshold(*asked("ray-serve", "e2e", "500ms", "--e2e")).edge == Decimal(500)
    assert "`--e2e 500ms` (stricter) or `--e2e 1s` (laxer)" in refused(*asked("ray-serve", "e2e", "700ms", "--e2e"))
