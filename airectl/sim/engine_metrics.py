"""What one replica counts, under the names that vLLM exposes. The catalogue's vllm.yaml says where each is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from airectl.core.replica.profile import Profile
from airectl.core.replica.scheduler import Job
from airectl.sim.exposition import Histogram, nice_edges, sample

_FIRST: Final = (
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
)  # fmt: skip
_TOKEN: Final = (
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
)  # fmt: skip
_REQUEST: Final = (
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
)  # fmt: skip
_ITERATION: Final = (1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
_SAMPLES: Final = (1, 2, 5, 10, 20)
_PREEMPTIONS: Final = (1, 2, 3, 4, 5, 10, 20)
REASONS: Final = ("stop", "length", "abort", "error", "repetition")
# What a server without other caches and images has all the same.
_ALWAYS_ZERO: Final = (
    "external_prefix_cache_queries_total", "external_prefix_cache_hits_total", "mm_cache_queries_total",
    "mm_cache_hits_total",
)  # fmt: skip


@dataclass(slots=True)
class Level:
    """What is so at the moment: requests that run and wait, the share of the KV cache in use."""

    running: int = 0
    waiting: int = 0
    kv_ratio: float = 0.0


@dataclass(slots=True)
class Work:
    """What was done: estimates of operations, and of bytes read and written."""

    flops: float = 0.0
    bytes: float = 0.0
    busy_s: float = 0.0


class EngineMetrics:
    """One replica. Times are in seconds as a client sees them: those of the model over `speed`."""

    def __init__(self, profile: Profile, model: str, engine: int, speed: float = 1.0) -> None:
        self.labels: Mapping[str, str] = {"model_name": model, "engine": str(engine)}
        self.speed = speed
        self.level = Level()
        self.work = Work()
        self.finished = dict.fromkeys(REASONS, 0)
        self.prompt_tokens = self.cached_tokens = self.generation_tokens = self.preemptions = 0
        self.queried_tokens = 0
        tokens = nice_edges(profile.max_tokens)
        self.first = Histogram(_FIRST)
        self.between = Histogram(_TOKEN)
        self.per_token = Histogram(_TOKEN)
        self.times = {name: Histogram(_REQUEST) for name in ("e2e", "queue", "inference", "prefill", "decode")}
        self.sizes = {name: Histogram(tokens) for name in ("prompt", "generation", "most", "asked", "computed")}
        self.samples = Histogram(_SAMPLES)
        self.given_way = Histogram(_PREEMPTIONS)
        self.iteration = Histogram(_ITERATION)

    def step(self, tokens: int) -> None:
        """A step was computed."""
        self.iteration.observe(tokens)

    def prompt(self, job: Job, at_s: float) -> None:
        """A prompt was computed, and its first token if it has one."""
        self.prompt_tokens += job.ask.prompt_tokens
        self.queried_tokens += job.ask.prompt_tokens
        self.cached_tokens += job.cached
        if job.ask.output_tokens:
            self.generation_tokens += 1
            self.first.observe(max(at_s - job.arrived_s, 0.0) / self.speed)

    def token(self, gap_s: float) -> None:
        """A further token, `gap_s` seconds after the one before."""
        self.generation_tokens += 1
        self.between.observe(gap_s / self.speed)

    def end(self, job: Job, reason: str, limit: int) -> None:
        """A request is over for one of REASONS; `limit` is the most tokens that it asked for."""
        self.finished[reason] += 1
        self.given_way.observe(job.preemptions)
        self.samples.observe(1)
        self.sizes["prompt"].observe(job.ask.prompt_tokens)
        self.sizes["generation"].observe(job.produced)
        self.sizes["most"].observe(job.produced)
        self.sizes["asked"].observe(limit)
        if job.begun_s is None or job.first_s is None or job.last_s is None:
            return
        self.sizes["computed"].observe(job.ask.prompt_tokens - job.cached)
        spans = {
            "e2e": job.last_s - job.arrived_s, "queue": job.begun_s - job.arrived_s,
            "inference": job.last_s - job.begun_s, "prefill": job.first_s - job.begun_s,
            "decode": job.last_s - job.first_s,
        }  # fmt: skip
        for name, seconds in spans.items():
            self.times[name].observe(max(seconds, 0.0) / self.speed)
        if job.produced > 1:
            self.per_token.observe((job.last_s - job.first_s) / (job.produced - 1) / self.speed)

    def gauges(self) -> Iterator[tuple[str, str]]:
        """Each gauge's family, without its prefix, and a sample of it."""
        level, own = self.level, self.labels
        yield "num_requests_running", self._line("num_requests_running", level.running)
        yield "num_requests_waiting", self._line("num_requests_waiting", level.waiting)
        for reason, value in (("capacity", level.waiting), ("deferred", 0)):
            name = "num_requests_waiting_by_reason"
            yield name, sample(f"vllm:{name}", {**own, "reason": reason}, value)
        for state in ("awake", "weights_offloaded", "discard_all"):
            name = "engine_sleep_state"
            yield name, sample(f"vllm:{name}", {**own, "sleep_state": state}, state == "awake")
        yield "kv_cache_usage_perc", self._line("kv_cache_usage_perc", level.kv_ratio)

    def counters(self) -> Iterator[tuple[str, str]]:
        """Each counter's family, without its prefix, and a sample of it."""
        for reason, count in self.finished.items():
            name = "request_success_total"
            yield name, sample(f"vllm:{name}", {**self.labels, "finished_reason": reason}, count)
        sources = {"local_compute": self.prompt_tokens - self.cached_tokens, "local_cache_hit": self.cached_tokens}
        for source, count in sources.items():
            name = "prompt_tokens_by_source_total"
            yield name, sample(f"vllm:{name}", {**self.labels, "source": source}, count)
        name = "prompt_tokens_cached_by_source_total"
        yield name, sample(f"vllm:{name}", {**self.labels, "source": "local_cache_hit"}, self.cached_tokens)
        plain = {
            "num_preemptions_total": self.preemptions,
            "prompt_tokens_total": self.prompt_tokens,
            "prompt_tokens_cached_total": self.cached_tokens,
            "generation_tokens_total": self.generation_tokens,
            "prefix_cache_queries_total": self.queried_tokens,
            "prefix_cache_hits_total": self.cached_tokens,
            "estimated_flops_per_gpu_total": self.work.flops,
            "estimated_read_bytes_per_gpu_total": self.work.bytes,
            "estimated_write_bytes_per_gpu_total": 0,
            **dict.fromkeys(_ALWAYS_ZERO, 0),
        }
        for name, value in plain.items():
            yield name, self._line(name, value)

    def histograms(self) -> Mapping[str, Histogram]:
        """Each histogram by its family, without its prefix."""
        return {
            "time_to_first_token_seconds": self.first,
            "inter_token_latency_seconds": self.between,
            "request_time_per_output_token_seconds": self.per_token,
            "e2e_request_latency_seconds": self.times["e2e"],
            "request_queue_time_seconds": self.times["queue"],
            "request_inference_time_seconds": self.times["inference"],
            "request_prefill_time_seconds": self.times["prefill"],
            "request_decode_time_seconds": self.times["decode"],
            "request_prompt_tokens": self.sizes["prompt"],
            "request_generation_tokens": self.sizes["generation"],
            "request_max_num_generation_tokens": self.sizes["most"],
            "request_params_max_tokens": self.sizes["asked"],
            "request_prefill_kv_computed_tokens": self.sizes["computed"],
            "request_params_n": self.samples,
            "request_num_preemptions": self.given_way,
            "iteration_tokens_total": self.iteration,
        }

    def _line(self, name: str, value: float) -> str:
        return sample(f"vllm:{name}", self.labels, value)
