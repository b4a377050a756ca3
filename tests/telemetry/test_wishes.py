"""What is written in an option, as numbers, or what to write instead."""

from __future__ import annotations

from decimal import Decimal

import pytest

from airectl.core.preset import Preset
from airectl.errors import UsageError
from airectl.telemetry import catalogue
from airectl.telemetry.wishes import wish


def preset(system: str, name: str) -> Preset:
    found = catalogue.system(system)
    assert found is not None
    return found.presets[name]


TTFT, AVAILABLE = preset("vllm", "ttft"), preset("vllm", "availability")
FULL, BUSY = preset("vllm", "saturation"), preset("tpu-device-plugin", "saturation")
MEAN, COST = preset("triton", "mean-latency"), preset("litellm", "cost")


@pytest.mark.parametrize(
    ("of", "text", "limit", "target", "said"),
    [
        (TTFT, "500ms", "0.5", "0.95", False),
        (TTFT, "0.5s@99%", "0.5", "0.99", True),
        (TTFT, " 2s @ 99.5% ", "2", "0.995", True),
        (AVAILABLE, "99.9%", None, "0.999", True),
        (AVAILABLE, "0.9995", None, "0.9995", True),
        (FULL, "99%", "0.9", "0.99", True),
        (FULL, "0.8@99%", "0.8", "0.99", True),
        (FULL, "80%@99%", "0.8", "0.99", True),
        (BUSY, "70%@90%", "70", "0.9", True),
        (BUSY, "70@90%", "70", "0.9", True),
        (BUSY, "70", "70", "0.95", False),
        (MEAN, "20ms", "20000", "0.95", False),
        (MEAN, "20ms@99%", "20000", "0.99", True),
        (COST, "0.00002@99%", "0.00002", "0.99", True),
        (COST, "0.00002", "0.00002", "0.95", False),
    ],
)
def test_what_is_meant(of: Preset, text: str, limit: str | None, target: str, said: bool) -> None:
    found = wish(of, "--slo x=", text)
    assert found.limit == (None if limit is None else Decimal(limit))
    assert (found.target, found.said) == (Decimal(target), said)


@pytest.mark.parametrize(
    ("of", "text", "message", "help"),
    [
        (TTFT, "500", "`--ttft 500` is no time", "`--ttft 500ms`"),
        (TTFT, "99%", "`--ttft 99%` is no time", "`--ttft 500ms`"),
        (TTFT, "500ms@", "`--ttft 500ms@` has nothing behind the `@`", "leave the `@` out"),
        (TTFT, "@99%", "`--ttft @99%` has nothing before the `@`", "leave the `@` out"),
        (TTFT, "500ms@101%", "`101%` is no target, in `--ttft`", "below 100%"),
        (AVAILABLE, "99.9", "`99.9` is no target, in `--ttft`", "did you mean `99.9%`?"),
        (AVAILABLE, "100%", "`100%` is no target, in `--ttft`", "would leave no error budget"),
        (AVAILABLE, "0%", "`0%` is no target, in `--ttft`", "below 100%"),
        (AVAILABLE, "nan", "`nan` is no target, in `--ttft`", "below 100%"),
        (AVAILABLE, "500ms@99%", "`availability` has no threshold, got `500ms@99%`", "`--ttft 99%`"),
        (FULL, "x@99%", "`--ttft x` is no limit of `saturation`", "a number, in ratio"),
        (FULL, "-1@99%", "`--ttft -1` is no limit of `saturation`", "a number, in ratio"),
        (COST, "1e999999999@9%", "`--ttft 1e999999999` is no limit of `cost`", "in dollars per token"),
        (MEAN, "20@99%", "`--ttft 20` is no time", "`--ttft 500ms`"),
    ],
)
def test_what_cannot_be_meant(of: Preset, text: str, message: str, help: str) -> None:
    with pytest.raises(UsageError) as error:
        wish(of, "--ttft", text)
    assert error.value.message == message
    assert help in error.value.help


def test_a_general_option_is_said_as_it_was_written() -> None:
    with pytest.raises(UsageError, match="`--slo ttft=500` is no time"):
        wish(TTFT, "--slo ttft=", "500")
