"""Results of a load test for machines. Every key is there; null is what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airectl.core.latency import QUANTILE
from airectl.core.requests import DEFINITIONS
from airectl.core.validity import State

if TYPE_CHECKING:
    from airectl.core.goodput import Score, Unmeasured
    from airectl.core.validity import Check
    from airectl.load.results import Results


def results_data(results: Results) -> dict[str, Any]:
    """Everything that was measured, under stable keys."""
    about, counts, rates, window = results.manifest, results.counts, results.rates, results.window
    return {
        "name": about.name,
        "target": about.target,
        "protocol": about.protocol,
        "model": about.model or None,
        "accelerator": about.accelerator or None,
        "accelerators": about.accelerators or None,
        "arrivals": about.arrivals or None,
        "seed": about.seed,
        "started_at": about.to_json()["started_at"],
        "partial": not results.complete,
        "ended": results.end.how if results.end else "cut off",
        "lost": list(results.end.lost) if results.end else [],
        "window": {"from_s": window.start_ns / 1e9, "to_s": window.end_ns / 1e9, "length_s": window.length_s},
        "validity": results.judgement.validity.value,
        "checks": [_check(each) for each in results.judgement.checks],
        "requested_rps": rates.requested_rps,
        "achieved_rps": rates.achieved_rps,
        "requests_per_s": rates.requests_per_s,
        "output_tokens_per_s": rates.output_tokens_per_s,
        "input_tokens_per_s": rates.input_tokens_per_s,
        "output_tokens_per_s_per_accelerator": _per(rates.output_tokens_per_s, about.accelerators),
        "goodput_rps": rates.goodput_rps,
        "goodput_ratio": rates.goodput_ratio,
        "schedule_lag_s": {key: results.lag.to_json()[key] for key in ("p50", "p99", "max")},
        "metrics": {
            name: {since: summary.to_json() for since, summary in each.items()}
            for name, each in results.latencies.items()
        },
        "requests": counts.measured,
        "answered_requests": counts.answered,
        "failed_requests": counts.failed,
        "warm_up_requests": counts.warm_up,
        "recorded_requests": counts.recorded,
        "planned_requests": counts.planned,
        "unrecorded_requests": counts.unrecorded,
        "queued": counts.queued,
        "dropped": counts.dropped,
        "errors": dict(counts.errors),
        "error_messages": {kind: list(said) for kind, said in results.messages.items() if said},
        "finish_reasons": dict(results.finish_reasons),
        "models": dict(results.models),
        "tokens_source": dict(results.tokens),
        "torn_files": results.torn.files,
        "torn_bytes": results.torn.bytes,
        "unreadable_lines": results.broken_lines,
        "client": {
            "processes": results.client.processes,
            "cpu_ratio": max(results.client.cpu_ratio.values(), default=None),
            "cpu_ratios": {str(number): ratio for number, ratio in results.client.cpu_ratio.items()},
            "cpu_mean_ratio": results.client.cpu_mean_ratio,
        },
        "objectives": [score_data(each) for each in results.scores],
        "not_measured": [_unmeasured(each) for each in results.unmeasured],
        "series": dict(results.series),
        "definitions": {"quantile": QUANTILE, **DEFINITIONS},
    }


def _per(value: float | None, count: int) -> float | None:
    return value / count if value is not None and count else None


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "state": check.state.value,
        "figure": check.figure,
        "limit": check.limit,
        "reason": check.said if check.state is not State.OK else None,
    }


def score_data(score: Score) -> dict[str, Any]:
    """One objective and how far it was met."""
    goal = score.goal
    return {
        "objective": goal.id,
        "service": goal.service or None,
        "signal": goal.measure.value,
        "threshold_s": goal.threshold_s,
        "target_ratio": goal.target,
        "good_events": score.good,
        "valid_events": score.valid,
        "good_ratio": score.ratio,
        "low_ratio": score.low,
        "high_ratio": score.high,
        "minimum_events": score.minimum,
        "status": score.state.value,
    }


def _unmeasured(each: Unmeasured) -> dict[str, Any]:
    return {"objective": each.id, "service": each.service or None, "reason": each.reason}
