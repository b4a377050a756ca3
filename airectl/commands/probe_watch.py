"""What `airectl probe --interval` does while it goes on: metrics for Prometheus, and a line where something changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.probing.golden import Prompt
    from airectl.probing.metrics import Metrics
    from airectl.probing.prober import Prober, Result


@dataclass(slots=True)
class Watch:
    """Counts each result, and says on stderr when a prompt begins to fail, fails otherwise, or is right again."""

    metrics: Metrics
    now: Callable[[], datetime]
    say: Callable[[str], None]
    _before: dict[str, str] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """One result."""
        self.metrics.add(result)
        if not result.asked:
            return
        name, reason = result.prompt.name, result.failure.reason.value if result.failure else ""
        if reason != self._before.get(name, ""):
            self.say(f"{self.now():%H:%M:%SZ} {said(result)}")
        self._before[name] = reason

    def end_round(self) -> None:
        """All prompts were asked."""
        self.metrics.end_round(self.now().timestamp())


def of(run: Run, prober: Prober, prompts: Sequence[Prompt], listen: str | None, open_: ExitStack) -> Watch:
    """What watches from now on; it serves metrics at `listen` until `open_` is closed. Raises UsageError."""
    from airectl.probing import metrics

    def say(text: str) -> None:
        if not run.shared.quiet:
            print(f"airectl: {inert(text)}", file=run.env.stderr, flush=True)

    made = metrics.Metrics(prober, prompts)
    served = ""
    if listen is not None:
        serving = metrics.Serving(made.registry, *metrics.listen_address(listen))
        open_.callback(serving.close)
        served = f"; metrics at {serving.url}"
    say(f"asking {prober.target.name}{served}")
    return Watch(made, run.env.now, say)


def said(result: Result) -> str:
    """A result in one line."""
    if not result.asked:
        return f"{result.prompt.name}: not asked"
    if result.failure:
        return f"{result.prompt.name}: {result.failure.reason.words}: {result.failure.said}"
    return f"{result.prompt.name}: right"
