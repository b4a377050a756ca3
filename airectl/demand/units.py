"""What a series counts: the unit it is in, and metrics that look like demand and are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.errors import UsageError

REQUESTS: Final = "requests/s"
OUTPUT_TOKENS: Final = "output tokens/s"
ACCELERATORS: Final = "accelerators"
# How a unit may be written on a command line, blanks and dashes alike.
_SPELLINGS: Final[Mapping[str, str]] = {
    "requests/s": REQUESTS,
    "rps": REQUESTS,
    "req/s": REQUESTS,
    "qps": REQUESTS,
    "output tokens/s": OUTPUT_TOKENS,
    "tokens/s": OUTPUT_TOKENS,
    "tok/s": OUTPUT_TOKENS,
    "gpus": ACCELERATORS,
    "tpus": ACCELERATORS,
    "accelerators": ACCELERATORS,
}
_WORD: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.]*")
_UNIT: Final = re.compile(r"[A-Za-z][A-Za-z0-9 /%._-]{0,39}")
# Names that say what is counted, where the user does not.
_NAMES: Final = (
    (re.compile(r"(generation|output|completion|generated)_?tokens", re.IGNORECASE), OUTPUT_TOKENS),
    (re.compile(r"\b(rps|qps)\b|(?<![a-z])req(uest)?s?(?![a-z])", re.IGNORECASE), REQUESTS),
    (re.compile(r"gpu_num|num_gpus|gpus\b|running_gpu|tpus\b", re.IGNORECASE), ACCELERATORS),
)


def unit_of(text: str) -> str:
    """The unit that --unit names; any other short text is taken as it is. Raises UsageError."""
    if not _UNIT.fullmatch(text):
        raise UsageError(
            f"--unit cannot be `{text}`", help=f"write a few words, such as `{REQUESTS}` or `{OUTPUT_TOKENS}`"
        )
    return _SPELLINGS.get(text.casefold().replace("-", " ").replace("_", " "), text)


def guessed(metric: str) -> str:
    """The unit that the name of a column or a query tells; empty where it tells none."""
    return next((unit for pattern, unit in _NAMES if pattern.search(metric)), "")


# What each of these measures instead of demand. Prefer tokens a second against a measured capacity.
_MISLEADING: Final = (
    (
        re.compile(r"DEV_GPU_UTIL|gpu_utilization|utilization[._]gpu|duty_cycle|nvidia_smi_utilization", re.IGNORECASE),
        "is the share of time in which any kernel ran: it is near 100 % long before the accelerator is full",
        "DRAM_ACTIVE and PIPE_TENSOR_ACTIVE say how much of it is used",
    ),
    (
        re.compile(r"FB_USED|memory_used|fb_used|hbm_used|gpu_memory", re.IGNORECASE),
        "never falls under an inference server, which takes its memory at the start and keeps it",
        "the memory says nothing of demand",
    ),
    (
        re.compile(r"(kv|gpu)_cache_usage|cache_usage_perc|kv_cache_util|token_usage", re.IGNORECASE),
        "is 16 to 32 % while prompts have filled the accelerator already",
        "the KV cache is one of several limits, and often not the first",
    ),
    (
        re.compile(r"kube_pod|kube_deployment|\bpods?\b|pod_count", re.IGNORECASE),
        "counts pods, which an autoscaler sets: it is what was given, not what was asked for",
        "a pod is no instance, and what was turned away is not in it",
    ),
)


def misleading(metric: str, at: Location | None) -> Iterator[Finding]:
    """What is to be said of a metric that is used as demand."""
    for pattern, why, note in _MISLEADING:
        if found := pattern.search(metric):
            yield Finding(
                code="AIR514",
                severity=Severity.WARNING,
                message=f"`{_whole(metric, found.start())}` {why}",
                at=at,
                notes=(note,),
                help=f"forecast {OUTPUT_TOKENS} or {REQUESTS}, against a capacity that a load test measured",
            )


def _whole(metric: str, at: int) -> str:
    """The name in a query that holds a place."""
    return next((word[0] for word in _WORD.finditer(metric) if word.start() <= at < word.end()), metric)
