"""Make the demo logs that airectl ships in airectl/data/demo: requests, predictions, judged answers, batches.

    python tests/data/make_demo_logs.py TRACES [FOLDER]

TRACES is a folder with azure-llm-2023-conv.csv, FOLDER where the logs go. Same input, same bytes: every
number comes from the trace or from one seeded generator, by arithmetic that all platforms share.

Real in requests.jsonl: the order and the relative gaps of arrivals, and each request's numbers of input
and output tokens. They are those of the Azure LLM inference trace 2023, conversation (CC-BY-4.0,
Microsoft Azure, https://github.com/Azure/AzurePublicDataset): a random 12,000 of its 19,366 requests.
The trace covers 58 minutes of one day; here they are stretched over 28 days, so bursts are as strong as
in the trace but last hours, and there is no rhythm of day and night.

Made up in requests.jsonl, by the model below: dates, latency, status and finish reason.

    ttft_s = 0.06 + input_tokens / 12,000 per second, times 0.8 to 1.3, times 4 for one request in 200
    e2e_s  = ttft_s + (output_tokens - 1) · 0.025 s, times 0.9 to 1.2
    status = 500 or 503 for 0.3 % of requests; finish_reason = length for 2 %, else stop

The incident in the third week: from Wednesday 2026-11-04 06:00 to Thursday 06:00 UTC the prefix cache
is off and prefill four times slower; on that Wednesday from 13:00 to 17:00 three in four requests get
status 503.

Made up in predictions.jsonl, all of it: 3,000 intents predicted at random times of the same 28 days,
right in 97 % of the cases. Labels come 2 to 40 hours later; 1 % never come; the log was taken at its
end, so the last ones are still missing. `good` is whether prediction and label agree.

Made up too: judged.jsonl, 400 answers of a retrieval service that were drawn for a judge, 95 % of them
grounded, judged 1 to 10 hours later; and batches.jsonl, 900 items of batches, one in 250 of them late.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

TRACE: Final = "azure-llm-2023-conv.csv"
SHIPPED: Final = Path(__file__).parents[2] / "airectl" / "data" / "demo"
START: Final = datetime(2026, 10, 19, tzinfo=UTC)
LENGTH: Final = timedelta(days=28)
END: Final = START + LENGTH
REQUESTS: Final = 12_000
JUDGED: Final = 400
BATCHED: Final = 900
PREDICTIONS: Final = 3_000
SLOW: Final = (datetime(2026, 11, 4, 6, tzinfo=UTC), datetime(2026, 11, 5, 6, tzinfo=UTC))
DOWN: Final = (datetime(2026, 11, 4, 13, tzinfo=UTC), datetime(2026, 11, 4, 17, tzinfo=UTC))
# A batch and how long its items may take, in seconds.
BATCHES: Final = (("nightly-summaries", 7_200), ("catalogue-tags", 3_600), ("evaluations", 14_400))
INTENTS: Final = ("billing", "cancel", "order", "refund", "other")
_SEED: Final = 20_231_116


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request of the trace: when it came, as a share of the trace's length, and its tokens."""

    share: float
    input_tokens: int
    output_tokens: int


def arrivals(trace: Path, rng: Random) -> list[Arrival]:
    """A random REQUESTS of the trace's requests, in order."""
    rows = [line.split(",") for line in trace.read_text("utf-8").splitlines()[1:] if line]
    times = [_seconds(row[0]) for row in rows]
    first, length = times[0], times[-1] - times[0]
    chosen = sorted(rng.sample(range(len(rows)), REQUESTS))
    return [
        Arrival(share=(times[i] - first) / length, input_tokens=int(rows[i][1]), output_tokens=int(rows[i][2]))
        for i in chosen
    ]


def _seconds(text: str) -> float:
    """The time of day of a trace's timestamp, which has seven decimals."""
    hours, minutes, seconds = text.partition(" ")[2].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def requests(trace: Path) -> Iterator[dict[str, Any]]:
    """The request log, in order of time."""
    rng = Random(_SEED)  # noqa: S311  # a model of latency, no secret
    # The last request stands a second before the end, so that the end is the time to evaluate at.
    last = LENGTH - timedelta(seconds=1)
    for arrival in arrivals(trace, rng):
        yield _request(START + arrival.share * last, arrival, rng)


def _request(time: datetime, arrival: Arrival, rng: Random) -> dict[str, Any]:
    noise, tail, fate, reason, pace = (rng.random() for _ in range(5))
    prefill_s = arrival.input_tokens / 12_000 * (4 if _within(time, SLOW) else 1)
    ttft_s = (0.06 + prefill_s) * (0.8 + 0.5 * noise) * (4 if tail < 0.005 else 1)
    e2e_s = ttft_s + (arrival.output_tokens - 1) * 0.025 * (0.9 + 0.3 * pace)
    status = _status(fate, 0.75 if _within(time, DOWN) else 0.003)
    served = status == 200
    return {
        "timestamp": _rfc3339(time),
        "model": "chat-8b",
        "status": status,
        "ttft_s": round(ttft_s, 3) if served else None,
        "e2e_s": round(e2e_s, 3) if served else None,
        "input_tokens": arrival.input_tokens,
        "output_tokens": arrival.output_tokens if served else 0,
        "finish_reason": ("length" if reason < 0.02 else "stop") if served else "error",
    }


def _status(fate: float, failing: float) -> int:
    if fate >= failing:
        return 200
    return 503 if failing > 0.5 or fate < failing / 2 else 500


def predictions() -> Iterator[dict[str, Any]]:
    """The prediction log, in order of time, as it stood at END."""
    rng = Random(_SEED + 1)  # noqa: S311  # a model of labels, no secret
    shares = sorted(rng.random() for _ in range(PREDICTIONS))
    for number, share in enumerate(shares, 1):
        time = START + share * LENGTH
        truth, right, late, never = rng.choice(INTENTS), rng.random(), rng.random(), rng.random()
        wrong = INTENTS[(INTENTS.index(truth) + 1 + int(right * 1_000) % 4) % 5]
        prediction = truth if right < 0.97 else wrong
        known = never >= 0.01 and time + timedelta(hours=2 + 38 * late) <= END
        yield {
            "timestamp": _rfc3339(time),
            "id": f"p{number:05d}",
            "model": "intent-v3",
            "prediction": prediction,
            "label": truth if known else None,
            "good": prediction == truth if known else None,
        }


def judged() -> Iterator[dict[str, Any]]:
    """The answers that were drawn for the judge, in order of time, as they stood at END."""
    rng = Random(_SEED + 2)  # noqa: S311  # a model of judgements, no secret
    for number, time in enumerate(_times(JUDGED, rng), 1):
        quality, found, late = rng.random(), rng.random(), rng.random()
        passages = 0 if found < 0.003 else 1 + int(found * 6)
        grounded = passages > 0 and quality < 0.95
        score = 0.8 + 0.2 * quality if grounded else 0.1 + 0.6 * quality
        known = time + timedelta(hours=1 + 9 * late) <= END
        yield {
            "timestamp": _rfc3339(time),
            "answer": f"a{number:03d}",
            "passages": passages,
            "groundedness": round(score, 2) if known else None,
        }


def batches() -> Iterator[dict[str, Any]]:
    """The log of batch items: each when it was done or its deadline had passed, in order of time."""
    rng = Random(_SEED + 3)  # noqa: S311  # a model of queues, no secret
    for number, time in enumerate(_times(BATCHED, rng), 1):
        name, deadline_s = rng.choice(BATCHES)
        pace, fate = rng.random(), rng.random()
        late = fate < 0.004
        yield {
            "timestamp": _rfc3339(time),
            "batch": name,
            "item": number,
            # Of the late ones, half were never done.
            "finished_s": None if fate < 0.002 else round(deadline_s * (1.1 if late else 0.2 + 0.7 * pace), 1),
            "deadline_s": deadline_s,
        }


def _times(count: int, rng: Random) -> list[datetime]:
    """Random times from START on; the last is a second before END, so that END is the time to evaluate at."""
    last = END - timedelta(seconds=1)
    return [START + share * (last - START) for share in sorted(rng.random() for _ in range(count - 1))] + [last]


def _within(time: datetime, span: tuple[datetime, datetime]) -> bool:
    return span[0] <= time < span[1]


def _rfc3339(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def render(rows: Iterator[dict[str, Any]]) -> bytes:
    """JSONL without blanks."""
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows).encode()


def make(traces: Path) -> dict[str, bytes]:
    """Every log by its file name."""
    made = {"predictions": predictions(), "judged": judged(), "batches": batches()}
    return {
        "requests.jsonl": render(requests(traces / TRACE)),
        **{f"{name}.jsonl": render(rows) for name, rows in made.items()},
    }


if __name__ == "__main__":
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else SHIPPED
    for name, content in make(Path(sys.argv[1])).items():
        (folder / name).write_bytes(content)
        print(f"{folder / name}: {len(content):,} bytes")
