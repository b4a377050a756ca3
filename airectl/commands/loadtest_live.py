"""What is seen of a load test while it runs: a few lines that change on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections import deque
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from airectl.core.units import spoken_seconds
from airectl.render.inert import inert
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.progress import Progress

_LINE_EVERY_S: Final = 5.0
_RATE_OVER_S: Final = 3.0
_BAR: Final = 24


@dataclass(slots=True)
class Live:
    """Shows progress on stderr, as a context. `ends_s`: when sending ends, where it is known; `title` names the run."""

    run: Run
    title: str = ""
    ends_s: float | None = None
    requests: int | None = None
    _seen: deque[Progress] = field(default_factory=deque)
    _said_s: float = 0.0
    _screen: Any = None

    def __enter__(self) -> Live:
        if not self.run.shared.quiet and self.run.env.stderr.isatty():
            self._screen = _screen(self.run)
            self._screen.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._screen is not None:
            self._screen.stop()
            self._screen = None

    def say(self, text: str) -> None:
        """One line that stays."""
        if self.run.shared.quiet:
            return
        with self._above():
            print(f"airectl: {inert(text)}", file=self.run.env.stderr, flush=True)

    def show(self, now: Progress) -> None:
        """How far it is."""
        self._seen.append(now)
        while len(self._seen) > 2 and now.t_s - self._seen[1].t_s >= _RATE_OVER_S:
            self._seen.popleft()
        if self.run.shared.quiet or now.t_s <= 0:
            return
        if self._screen is not None:
            self._screen.update("\n".join((self._bar(now), self._figures(now))))
        elif now.t_s - self._said_s >= _LINE_EVERY_S:
            self._said_s = now.t_s
            self.say(f"{self.title}{now.t_s:.0f} s{self._left(now)}: {self._figures(now)}")

    def begin(self, title: str, ends_s: float | None, requests: int | None) -> None:
        """Another run begins."""
        self.title, self.ends_s, self.requests = title, ends_s, requests
        self._seen.clear()
        self._said_s = 0.0

    def _above(self) -> AbstractContextManager[object]:
        return nullcontext() if self._screen is None else _Paused(self._screen)

    def _left(self, now: Progress) -> str:
        if now.draining:
            return _waiting(now).replace("  ", ", ", 1)
        return f" of {self.ends_s:.0f} s" if self.ends_s else ""

    def _bar(self, now: Progress) -> str:
        done = _share(now, self.ends_s, self.requests)
        left = "" if not self.ends_s or now.draining else f"  {_time(max(self.ends_s - now.t_s, 0))} left"
        if now.draining:
            left = _waiting(now)
        filled = round(done * _BAR) if done is not None else 0
        bar = "" if done is None else "#" * filled + "." * (_BAR - filled) + "  "
        return f"{self.title}{bar}{_time(now.t_s)}{left}"

    def _figures(self, now: Progress) -> str:
        first = self._seen[0]
        over_s = now.t_s - first.t_s
        parts = [f"{now.sent:,} sent"]
        if over_s > 0:
            asked, got = (now.planned - first.planned) / over_s, (now.sent - first.sent) / over_s
            parts = [f"{got:,.1f} of {asked:,.1f} req/s", f"{now.in_flight:,} in flight"]
        median, worst = now.ttft_s(0.5), now.ttft_s(0.99)
        if median is not None and worst is not None:
            parts.append(f"ttft {_ms(median)} (p99 {_ms(worst)})")
        if now.queued or now.dropped:
            parts.append(f"{now.waiting:,} wait, {now.dropped:,} dropped")
        parts.append(f"{now.failed:,} errors")
        return ", ".join(parts)


def _waiting(now: Progress) -> str:
    """What the end waits for."""
    return f"  waiting for {now.in_flight:,} answer{'' if now.in_flight == 1 else 's'}" if now.in_flight else "  done"


@dataclass(slots=True)
class _Paused:
    """The screen stands aside for a line above it."""

    screen: Any

    def __enter__(self) -> None:
        self.screen.stop()

    def __exit__(self, *_: object) -> None:
        self.screen.start()


def _screen(run: Run) -> Any:
    from rich.console import Console
    from rich.live import Live as Screen

    console = Console(file=run.env.stderr, no_color=not run.env.colour, highlight=False, markup=False)
    return Screen("", console=console, refresh_per_second=4, transient=True)


def _share(now: Progress, ends_s: float | None, requests: int | None) -> float | None:
    """How much of it is done; None where nobody knows."""
    shares = [now.t_s / ends_s] if ends_s else []
    shares += [now.ended / requests] if requests else []
    return min(max(shares), 1.0) if shares else None


def _time(seconds: float) -> str:
    from decimal import Decimal

    return spoken_seconds(Decimal(round(seconds)))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"
