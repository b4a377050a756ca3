"""What each SLI does not see: said beside it, so that nobody trusts it for more than it counts."""

from typing import Final

_FIRST: Final = "a request that was rejected or that failed before its first token"
_DONE: Final = "a request that was rejected or that failed"
_LENGTH: Final = "Long answers take long: compare it with the answers' lengths before you look for a fault"

# By preset, in the words of "Does not see: ...".
UNSEEN: Final = {
    "availability": "what an answer says: a fast and whole one may be nonsense",
    "availability-strict": "what an answer says: a fast and whole one may be nonsense",
    "ttft": _FIRST,
    "ttft-strict": "what comes after the first token",
    "itl": "a stream that stops for good, which has no further gap; one long gap among thousands of short ones",
    "tpot": "one long gap in an answer, which its mean hides",
    "e2e": f"{_DONE}. {_LENGTH}",
    "e2e-strict": f"whether the time was spent in the queue or on a long answer. {_LENGTH}",
    "queue-time": "a request that was turned away, which never waited",
    "completeness": "whether the limit on tokens was the client's wish: where clients ask for few, it is low by itself",
    "quality": "any question but the golden prompts: how good other answers are it cannot tell",
    "integrity": "any other kind of nonsense: `airectl probe` compares answers with what is expected",
    "rejections": "requests that failed in any other way",
    "saturation": "slices in which there was no server at all: those are missing, not bad",
    "accelerator-health": "a device that is lost altogether, whose metrics are gone; the alert for missing data tells",
    "upstream-health": "a server that is well and answers nonsense",
    "fallback": "a request that failed in the end: availability counts those",
    "wrong-model": "a model that goes by the right name and is another one",
    "guardrails": "whether a guardrail decided rightly",
    "mean-latency": "slow requests: a mean hides them, and no percentile can be had. A slice without requests is good",
    "cost": "tokens that are not billed, and what the accelerators cost while they are idle",
}
