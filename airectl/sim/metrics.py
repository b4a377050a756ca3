"""The page `/metrics`: replicas under vLLM's names, the HTTP layer, and GPUs under those of DCGM's exporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from airectl.core.replica.profile import Profile
from airectl.sim.engine_metrics import EngineMetrics
from airectl.sim.exposition import Histogram, family, sample

_ANSWER_EDGES: Final = (0.1, 0.5, 1)
_FINE_EDGES: Final = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 7.5, 10, 30, 60,
)  # fmt: skip
REJECTIONS: Final = ("max_num_queued_reqs", "max_num_queued_tokens")
# A GPU that does nothing draws about so much of its full power.
_IDLE_POWER: Final = 0.1
_MEBIBYTE: Final = 1024 * 1024
_ENERGY: Final = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
# What the exporter has by default and what stays as it is while nothing breaks; the clocks are an H100's.
_STEADY: Final = {
    "DCGM_FI_DEV_SM_CLOCK": 1980,
    "DCGM_FI_DEV_MEM_CLOCK": 2619,
    "DCGM_FI_DEV_ENC_UTIL": 0,
    "DCGM_FI_DEV_DEC_UTIL": 0,
    "DCGM_FI_DEV_XID_ERRORS": 0,
    "DCGM_FI_DEV_FB_RESERVED": 0,
    "DCGM_FI_DEV_VGPU_LICENSE_STATUS": 0,
    "DCGM_FI_DEV_ROW_REMAP_FAILURE": 0,
}
_STEADY_COUNTS: Final = (
    "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
)  # fmt: skip


@dataclass(slots=True)
class HttpMetrics:
    """Answers by path, method and class of status, as the HTTP layer of Python servers counts them."""

    answers: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seconds: dict[tuple[str, str], Histogram] = field(default_factory=dict)
    fine: Histogram = field(default_factory=lambda: Histogram(_FINE_EDGES))

    def add(self, path: str, method: str, status: int, seconds: float) -> None:
        """One answer; `seconds` is to its end."""
        self.answers[path, method, f"{status // 100}xx"] += 1
        self.seconds.setdefault((path, method), Histogram(_ANSWER_EDGES)).observe(seconds)
        self.fine.observe(seconds)

    def lines(self) -> Iterator[str]:
        """The samples."""
        counts = (
            sample("http_requests_total", {"handler": path, "method": method, "status": status}, count)
            for (path, method, status), count in sorted(self.answers.items())
        )
        yield from family("http_requests_total", "counter", counts)
        name = "http_request_duration_seconds"
        each = (
            line
            for (path, method), seconds in sorted(self.seconds.items())
            for line in seconds.lines(name, {"handler": path, "method": method})
        )
        yield from family(name, "histogram", each)
        name = "http_request_duration_highr_seconds"
        yield from family(name, "histogram", self.fine.lines(name, {}))


class Metrics:
    """All that the simulator counts."""

    def __init__(self, profile: Profile, model: str, replicas: int, speed: float) -> None:
        self.profile = profile
        self.model = model
        self.engines = [EngineMetrics(profile, model, number, speed) for number in range(replicas)]
        self.http = HttpMetrics()
        self.rejected: Counter[str] = Counter()
        self._seen = [(0.0, 0.0)] * replicas
        self._busy = [0.0] * replicas

    def page(self, now_s: float) -> str:
        """The text, at a time in seconds since the start."""
        return "\n".join(
            [*self._engine_lines(), *self._rejections(), *self.http.lines(), *self._device_lines(now_s), ""]
        )

    def _engine_lines(self) -> Iterator[str]:
        yield from _families("gauge", (pair for each in self.engines for pair in each.gauges()))
        yield from _families("counter", (pair for each in self.engines for pair in each.counters()))
        for name in self.engines[0].histograms():
            full = f"vllm:{name}"
            found = (line for each in self.engines for line in each.histograms()[name].lines(full, each.labels))
            yield from family(full, "histogram", found)

    def _rejections(self) -> Iterator[str]:
        name = "vllm:admission_rejections_total"
        lines = (
            sample(name, {"model_name": self.model, "reason": reason}, self.rejected[reason])
            for reason in REJECTIONS
            if self.rejected[reason]
        )
        yield from family(name, "counter", lines)

    def _device_lines(self, now_s: float) -> Iterator[str]:
        if self.profile.accelerator.kind != "gpu":
            return
        pairs: list[tuple[str, str]] = []
        for number, engine in enumerate(self.engines):
            pairs += self._devices(number, engine, self._busy_ratio(number, engine.work.busy_s, now_s))
        counters = (_ENERGY, *_STEADY_COUNTS)
        yield from _families("gauge", (pair for pair in pairs if pair[0] not in counters), prefix="")
        yield from _families("counter", (pair for pair in pairs if pair[0] in counters), prefix="")

    def _busy_ratio(self, number: int, busy_s: float, now_s: float) -> float:
        """How much of the last second or more a replica computed; an earlier look sees the same."""
        before_s, before_busy_s = self._seen[number]
        if now_s - before_s >= 1:
            self._busy[number] = min(max((busy_s - before_busy_s) / (now_s - before_s), 0.0), 1.0)
            self._seen[number] = now_s, busy_s
        return self._busy[number]

    def _devices(self, number: int, engine: EngineMetrics, busy: float) -> Iterator[tuple[str, str]]:
        """The figures of each GPU of one replica: all of them do the same."""
        hardware = self.profile.accelerator
        total = hardware.memory_bytes / _MEBIBYTE
        used = total * self.profile.serving.memory_ratio
        watts = hardware.power_w * (_IDLE_POWER + (1 - _IDLE_POWER) * busy)
        joules = hardware.power_w * (_IDLE_POWER * self._seen[number][0] + (1 - _IDLE_POWER) * engine.work.busy_s)
        values = {
            "DCGM_FI_DEV_GPU_UTIL": 100 * busy,
            "DCGM_FI_DEV_MEM_COPY_UTIL": 100 * busy,
            "DCGM_FI_DEV_GPU_TEMP": 30 + 40 * busy,
            "DCGM_FI_DEV_POWER_USAGE": watts,
            _ENERGY: joules * 1000,
            "DCGM_FI_DEV_FB_USED": used,
            "DCGM_FI_DEV_FB_FREE": total - used,
            "DCGM_FI_DEV_MEMORY_TEMP": 35 + 40 * busy,
            "DCGM_FI_PROF_GR_ENGINE_ACTIVE": busy,
            "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": busy * self.profile.efficiency.compute_ratio,
            "DCGM_FI_PROF_DRAM_ACTIVE": busy * self.profile.efficiency.bandwidth_ratio,
            **_STEADY,
            **dict.fromkeys(_STEADY_COUNTS, 0.0),
        }
        for chip in range(number * hardware.count, (number + 1) * hardware.count):
            labels = {
                "gpu": str(chip), "UUID": f"GPU-{chip:08x}", "pci_bus_id": f"00000000:{chip + 1:02X}:00.0",
                "device": f"nvidia{chip}", "modelName": hardware.name, "Hostname": "simulator",
            }  # fmt: skip
            yield from ((name, sample(name, labels, value)) for name, value in values.items())


def _families(kind: str, pairs: Iterable[tuple[str, str]], prefix: str = "vllm:") -> Iterator[str]:
    """Samples under their families, whose order is that of their first sample."""
    found: dict[str, list[str]] = {}
    for name, line in pairs:
        found.setdefault(name, []).append(line)
    for name, lines in found.items():
        yield from family(prefix + name, kind, lines)


def total(engines: Sequence[EngineMetrics]) -> dict[str, int]:
    """Sums over replicas: prompt, cached and generated tokens, preemptions."""
    names = ("prompt_tokens", "cached_tokens", "generation_tokens", "preemptions")
    return {name: sum(getattr(each, name) for each in engines) for name in names}
