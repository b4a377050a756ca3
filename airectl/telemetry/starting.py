"""Where to begin when nobody says what to promise: which presets, at which targets and thresholds.

A starting point, and said to be one: whether they are right is for those to say who use the service.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from airectl.core.preset import Preset
from airectl.core.units import PER_SECOND
from airectl.telemetry.server import Server

# A page by the usual table of alerts can fire at targets above 93.06 % only.
_TARGETS: Final = {
    "availability": Decimal("0.999"),
    "availability-strict": Decimal("0.999"),
    "rejections": Decimal("0.99"),
    "itl": Decimal("0.99"),
    "integrity": Decimal("0.999"),
    "wrong-model": Decimal("0.999"),
    "guardrails": Decimal("0.999"),
    "accelerator-health": Decimal("0.999"),
    "upstream-health": Decimal("0.999"),
}
_TARGET: Final = Decimal("0.95")
_TTFT, _E2E, _MEAN = "ttft", "e2e", "mean-latency"
# In seconds: a first token within half a second seems prompt, 50 ms a token is four times as fast as people read.
_THRESHOLDS: Final = {
    _TTFT: Decimal("0.5"), "ttft-strict": Decimal("0.5"), "itl": Decimal("0.05"), "tpot": Decimal("0.05"),
    "queue-time": Decimal(1), _MEAN: Decimal(1),
}  # fmt: skip
_STREAM_S: Final = Decimal(10)
_ANSWER_S: Final = Decimal(1)
# What an AI service has that another one has not, the most telling first.
_OWN: Final = ("quality", "itl", "tpot", "completeness", "saturation", "queue-time", "accelerator-health",
               "upstream-health", "rejections")  # fmt: skip


def target_of(preset: str) -> Decimal:
    """The target to begin with, a ratio in (0, 1)."""
    return _TARGETS.get(preset, _TARGET)


def presets(server: Server) -> Iterator[Preset]:
    """The presets to begin with: availability, a latency, and one that only AI systems have, as far as there are."""
    chosen = server.system.presets
    there = {name: each for name, each in chosen.items() if not server.lacking(each)} or chosen
    for names in (("availability",), (_TTFT, _E2E, _MEAN), _OWN):
        yield from [there[name] for name in names if name in there][:1]


def threshold_of(preset: Preset, server: Server) -> Decimal | None:
    """The threshold to begin with: in seconds at an edge of the histogram, else in the preset's unit; None: none."""
    if preset.compares:
        if preset.value is None and preset.unit in PER_SECOND:
            return _THRESHOLDS[_MEAN] * PER_SECOND[preset.unit]
        return preset.value
    return _edge(preset, server) if preset.family else None


def _edge(preset: Preset, server: Server) -> Decimal:
    """The edge at or above what seems right: nobody has asked for more."""
    scale = PER_SECOND.get(server.system.families[preset.family].unit, 1)
    meant = _THRESHOLDS.get(preset.name, _STREAM_S if server.system.streaming else _ANSWER_S)
    below, above = server.around(preset.family, meant * scale)
    found = above if above is not None else below
    return (found if found is not None else meant * scale) / scale
