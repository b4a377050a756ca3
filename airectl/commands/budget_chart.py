"""What was left of error budgets over their windows, as a chart for pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from airectl.commands.run_source import JudgedBy
from airectl.core.chart import Axis, Chart, Level, Line, Role, Span
from airectl.evaluate.evaluation import Evaluation

# The lines, those that lost most first.
_ROLES: Final = (Role.BAD, Role.HISTORY, Role.FORECAST, Role.GOOD, Role.PLAIN)
# A stretch that took less is not worth a shade.
_LEAST_SHARE: Final = 0.2


def courses(evaluations: Sequence[Evaluation], by: JudgedBy | None = None) -> Iterator[Chart]:
    """One chart of the budgets that lost the most; none where none lost anything, or when is not known.

    Of a load test that they are judged `by`, only its own time is shown.
    """
    lost = sorted((each for each in evaluations if each.course), key=_left)
    shown = lost[: len(_ROLES)]
    if not shown:
        return
    worst, start_s = shown[0], by.start.timestamp() - 1 if by else 0.0
    yield Chart(
        title="What is left of error budgets",
        summary=_summary(worst, len(evaluations) - len(shown)),
        x=Axis(time=True),
        y=Axis(title="left", unit="%"),
        lines=[_line(each, role, start_s) for each, role in zip(shown, _ROLES, strict=False)],
        levels=[Level(value=0.0, label="used up")],
        spans=[Span(start=each.start_s, end=each.end_s) for each in worst.spenders if each.share >= _LEAST_SHARE],
        page_only=True,
    )


def _left(each: Evaluation) -> float:
    return each.course[-1].ratio


def _line(each: Evaluation, role: Role, start_s: float) -> Line:
    shown = [point for point in each.course if point.at_s >= start_s]
    return Line(name=each.id, x=[float(at_s) for at_s, _ in shown], y=[ratio * 100 for _, ratio in shown], role=role)


def _summary(worst: Evaluation, others: int) -> str:
    """What is to be seen, in words."""
    left = _left(worst)
    text = f"{worst.id} has {left:.0%} of its budget left" if left >= 0 else f"{worst.id} is overdrawn by {-left:.0%}"
    if worst.spenders:
        most = worst.spenders[0]
        start, end = (datetime.fromtimestamp(at, UTC) for at in (most.start_s, most.end_s))
        until = f"{end:%H:%M:%S}Z" if end.date() == start.date() else f"{end:%Y-%m-%d %H:%M:%S}Z"
        text += f"; {float(most.share):.0%} of what it lost went from {start:%Y-%m-%d %H:%M:%S} to {until}"
    return f"{text}; {others} more lost less or nothing" if others else text


def _at(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
