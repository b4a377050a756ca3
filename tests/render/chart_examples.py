"""Charts to draw: lines with a gap, a band, a limit and moments; and bars in lanes."""

from airectl.core.chart import Axis, Band, Chart, Level, Line, Moment, Role, Span

START = 1_790_000_000.0
HOSTILE = "</text><script>alert(1)</script> \x1b[31m"


def demand(name: str = "requests") -> Chart:
    """Forty hours that grow, four unknown, and twenty more foreseen."""
    past = [START + 3600 * hour for hour in range(40)]
    coming = [START + 3600 * hour for hour in range(40, 60)]
    grown = [None if 10 <= hour < 14 else 10.0 + hour for hour in range(40)]
    mean = [50.0 + hour for hour in range(20)]
    return Chart(
        title=f"{name} of chat",
        x=Axis(time=True),
        y=Axis(title=name, unit="1/s"),
        summary="the demand grows from 10 to 49 a second and reaches the capacity of 60 on 2026-09-23",
        lines=[
            Line(name="history", x=past, y=grown, role=Role.HISTORY),
            Line(name="forecast", x=coming, y=mean, role=Role.FORECAST),
        ],
        bands=[Band(name="90 %", x=coming, low=[y - 5 for y in mean], high=[y + 5 for y in mean])],
        levels=[Level(value=60, label="capacity")],
        moments=[Moment(x=coming[10], label="reached", role=Role.BAD)],
    )


def timeline(label: str = "firing") -> Chart:
    """Three lanes: a stretch, a moment, a stretch."""
    return Chart(
        title="timeline",
        x=Axis(time=True),
        summary="ChatSlow fired for 10 minutes after a deploy",
        spans=[
            Span(start=START, end=START + 600, lane="ChatSlow", label=label),
            Span(start=START + 100, end=START + 100, lane="deploys", label="v12", role=Role.PLAIN),
            Span(start=START + 500, end=START + 900, lane="rollback", role=Role.GOOD),
        ],
        moments=[Moment(x=START + 60, label="detected")],
    )
