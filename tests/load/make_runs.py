"""Writes the small run folders that tests have in the checkout: `python tests/load/make_runs.py`.

tests/load/runs/chat sends ten requests a second for eight seconds to a server whose first token takes 120 ms, but
from the fourth to the fifth second, when it stalls; two requests fail. Those of tests/codes show one finding each.
"""

from __future__ import annotations

import json
import shutil
import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

TESTS: Final = Path(__file__).parents[1]
sys.path[:0] = [] if str(TESTS) in sys.path else [str(TESTS)]

from airectl.runs.manifest import End, client_path  # noqa: E402  # the path above finds the next one
from airectl.runs.record import ErrorClass, Record, TokenSource  # noqa: E402
from run_folders import manifest, write_run  # noqa: E402

_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A folder: so many requests at ten a second, whose first token takes `ttft_ms`."""

    requests: int = 40
    ttft_ms: int = 120
    stall: range = range(0)
    failed: Mapping[int, tuple[ErrorClass, str]] = field(default_factory=dict)
    end: str = "complete"
    warm_up_s: float = 0.0
    torn: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)


FAILED: Final = dict.fromkeys(range(40), (ErrorClass.HTTP_5XX, "503: no replica is ready"))
FOLDERS: Final[Mapping[str, Made]] = {
    "load/runs/chat": Made(
        requests=80,
        stall=range(40, 50),
        failed={
            45: (ErrorClass.HTTP_5XX, "503: no replica is ready"),
            47: (ErrorClass.TIMEOUT_FIRST_TOKEN, "no token within 2 s"),
        },
        warm_up_s=1.0,
    ),
    "load/runs/slow": Made(requests=80, ttft_ms=240, warm_up_s=1.0),
    "codes/AIR426/bad": Made(requests=5),
    "codes/AIR426/good": Made(),
    "codes/AIR428/bad": Made(torn=True, end="interrupted"),
    "codes/AIR428/good": Made(),
    "codes/AIR429/bad": Made(failed=FAILED),
    "codes/AIR429/good": Made(),
    "codes/AIR430/bad": Made(),
    "codes/AIR430/good": Made(ttft_ms=235),
    "codes/AIR430/new": Made(ttft_ms=240),
    "codes/AIR431/bad": Made(about={"model": "llama-70b"}),
    "codes/AIR431/good": Made(),
    "codes/AIR431/new": Made(),
}


def write(folder: Path, made: Made) -> None:
    """The folder, from nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    about = manifest(
        duration_s=made.requests / 10,
        warm_up_s=made.warm_up_s,
        planned_requests=made.requests,
        seed=1,
        **made.about,
    )
    end = End(how=made.end, ended_s=made.requests / 10 + 1)
    write_run(folder, about, list(records(made)), end=end)
    lines = [{"t_s": float(t), "cpu_s": round(0.07 * t, 2), "in_flight": 2} for t in range(made.requests // 10 + 1)]
    client_path(folder, 0).write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    if made.torn:
        path = folder / "requests-000.bin"
        path.write_bytes(path.read_bytes()[:-7])


def records(made: Made) -> Iterator[Record]:
    """One after the other; a request of the stall has its first token when it is over."""
    for number in range(made.requests):
        intended = number * 100 * _MS
        # Not all alike: a spread of 20 ms that repeats every seven requests.
        ttft = (made.ttft_ms + number % 7 * 3) * _MS
        if number in made.stall:
            ttft += made.stall.stop * 100 * _MS - intended
        error, message = made.failed.get(number, (ErrorClass.NONE, ""))
        record = answered(number, intended, ttft)
        yield record if not error else replace(
            Record(index=number, intended_ns=intended, sent_ns=record.sent_ns, end_ns=intended + 2000 * _MS),
            error=error,
            message=message,
            status=503 if error is ErrorClass.HTTP_5XX else 200,
            warm_up=record.warm_up,
        )  # fmt: skip


def answered(number: int, intended: int, ttft: int) -> Record:
    """Three chunks, of one token, one and two, 20 ms apart."""
    sent = intended + 200_000
    first, last = sent + ttft, sent + ttft + 40 * _MS
    us = ttft // 1000
    return Record(
        index=number,
        intended_ns=intended,
        sent_ns=sent,
        headers_ns=first - _MS,
        first_byte_ns=first - _MS,
        first_content_ns=first,
        first_answer_ns=first,
        last_content_ns=last,
        end_ns=last + _MS,
        input_tokens=30,
        output_tokens=4,
        input_source=TokenSource.USAGE,
        output_source=TokenSource.USAGE,
        status=200,
        finish_reason="length",
        model="llama",
        chunk_us=array("I", [us, us + 20_000, us + 40_000]),
        chunk_tokens=array("H", [1, 1, 2]),
    )


if __name__ == "__main__":
    for name, each in FOLDERS.items():
        write(TESTS / name, each)
