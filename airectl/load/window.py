"""Which part of a run is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from airectl.core.requests import NEVER, Requests, Truth, Whole
from airectl.runs.manifest import COMPLETE
from airectl.runs.reading import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From the end of the warm-up to the end of the plan, or of the run where that came before; `ended_ns` is that.

    A run that was stopped is measured up to then: its last answers are waited for while nothing is sent any more.

    Where a rate was kept to its end, the silence after the last request is part of the plan: it is measured too.
    Nanoseconds since the start; `end_ns` is exclusive.
    """

    start_ns: int
    end_ns: int
    ended_ns: int

    @property
    def length_s(self) -> float:
        """How long it is; 0 where the run did not get past its warm-up."""
        return max(self.end_ns - self.start_ns, 0) / 1e9

    def holds(self, times_ns: Whole) -> Truth:
        """Which times lie in it."""
        inside: Truth = (times_ns >= self.start_ns) & (times_ns < self.end_ns)
        return inside


def window_of(run: Run) -> Window:
    """The measured window of a run. A run without an end ended with its last record. Raises RunError."""
    about = run.manifest
    planned_ns, ended_ns = round(about.duration_s * 1e9), round(run.end.ended_s * 1e9) if run.end else 0
    if not run.end or not planned_ns:
        last_ns, intended_ns = _extent(run)
        ended_ns = ended_ns if run.end else last_ns
        # A plan without a time of its end ends with its last request.
        planned_ns = planned_ns or intended_ns + 1
    stopped_s = run.end.sent_until_s if run.end else None
    sent_ns = ended_ns if stopped_s is None else min(round(stopped_s * 1e9), ended_ns)
    end_ns = planned_ns if _kept_to_its_end(run) else min(planned_ns, sent_ns)
    return Window(start_ns=round(about.warm_up_s * 1e9), end_ns=end_ns, ended_ns=max(ended_ns, end_ns))


def _kept_to_its_end(run: Run) -> bool:
    """Whether nothing but its time ended the plan: neither its last request, nor a trace's, nor anyone else."""
    plan, ended = run.manifest.plan, run.end is not None and run.end.how == COMPLETE
    arrivals = plan.get("arrivals")
    return ended and isinstance(arrivals, dict) and arrivals.get("kind") == "open" and plan.get("requests") is None


def _extent(run: Run) -> tuple[int, int]:
    """The end of the last request, and when the last one was intended."""
    last_ns = intended_ns = 0
    for batch in run.batches():
        last_ns = max(last_ns, int(batch.fixed["end_ns"].max()), int(batch.fixed["intended_ns"].max()))
        intended_ns = max(intended_ns, int(batch.fixed["intended_ns"].max()))
    return last_ns, intended_ns


def due_ns(requests: Requests) -> Whole:
    """When each was intended; when it was sent, where the plan gave no time."""
    return np.where(requests.intended_ns == NEVER, requests.sent_ns, requests.intended_ns)
