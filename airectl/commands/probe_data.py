"""What machines are told of a probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airectl.commands.probed import Probed
    from airectl.probing.goals import Score
    from airectl.probing.record import Tally


def data(done: Probed) -> dict[str, Any]:
    """All of it for machines."""
    return {
        "target": done.target.name,
        "url": str(done.target.endpoint),
        "protocol": done.target.protocol,
        "model": done.model or None,
        "rounds": done.record.rounds,
        "prompts": [_prompt_data(tally) for tally in done.record.tallies.values()],
        "objectives": [_score_data(score) for score in done.record.scores],
        "unmeasured": [{"objective": each.id, "reason": each.reason} for each in done.objectives.unmeasured],
    }


def _prompt_data(tally: Tally) -> dict[str, Any]:
    times, answer = tally.times, tally.answer
    return {
        "prompt": tally.prompt.name,
        "asked": tally.asked,
        "passed": tally.passed,
        "not_asked": tally.skipped,
        "judged": tally.judged,
        "right": tally.right,
        "failures": [
            {"reason": reason, "count": count, "said": tally.last[reason].said}
            for reason, count in tally.reasons.most_common()
        ],
        "model": tally.model or None,
        "connect_s": times.connect_s,
        "ttft_s": times.ttft_s,
        "itl_p50_s": times.itl_s,
        "itl_max_s": times.itl_max_s,
        "e2e_s": times.e2e_s,
        "output_tokens": times.tokens,
        "finish_reason": (answer.finish_reason or None) if answer else None,
        "answer": answer.text if answer else None,
    }


def _score_data(score: Score) -> dict[str, Any]:
    goal = score.goal
    return {
        "objective": goal.id,
        "measure": goal.measure,
        "threshold_s": goal.threshold_s,
        "target_ratio": goal.target,
        "good": score.good,
        "valid": score.valid,
        "good_ratio": score.good / score.valid if score.valid else None,
        "status": met(score),
    }


def met(score: Score) -> str:
    """The word for a score: met, missed or unknown."""
    return "unknown" if score.met is None else "met" if score.met else "missed"
