"""What `airectl demo` runs, as data: the commands as they would be typed, how each ends, and why it matters."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# The loop that one spec drives.
PICTURE: Final = """\
  init --> validate --> rules --> load test --> budget
    ^                                              |
    |                                              v
  forecast <-- capacity <-- postmortem <--------- gate"""
REPORTS: Final = "reports"
PAGE: Final = "report.html"
RUN: Final = "run"
CAPACITY: Final = "capacity"
# It ends by itself if nobody does.
SIMULATOR: Final = "airectl simulate --control --listen {listen} --duration 15m"
FAULT: Final = "slow-first-token=1500ms:0.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long what takes long takes.

    `fault_s` is from when to when the fault lasts, in seconds of the load test, around the middle of what it measures,
    so that nothing grows or falls from end to end. `search` are the options of the search for the capacity.
    """

    rate_rps: int
    warm_up_s: int
    duration_s: int
    fault_s: tuple[float, float]
    search: str


USUAL: Final = Pace(
    rate_rps=30, warm_up_s=2, duration_s=18, fault_s=(8.5, 13.5), search="--rate 40 --resolution 0.25 --replicates 1"
)
FAST: Final = Pace(
    rate_rps=30, warm_up_s=1, duration_s=8, fault_s=(3.5, 6.5),
    search="--rate 32 --max-rate 32 --replicates 1",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command, and how it is to end.

    `name` is its place in the loop. `shows` are the kinds of blocks of its report that tell most, beside the verdict;
    of a table so many `rows`. `makes` is the folder that has to go before it can be run once more, and `measures` says
    that it may have to be: where this machine was too busy, nothing is decided.
    """

    name: str
    command: str
    why: str
    exit: int = 0
    shows: tuple[str, ...] = ()
    rows: int = 8
    limit_s: float = 60.0
    makes: str = ""
    measures: bool = False
    faulty: bool = False
    kept: bool = True

    def line(self, number: int) -> str:
        """The command line, with the file that keeps its report."""
        return f"{self.command} -o saved={self.report(number)}" if self.kept else self.command

    def report(self, number: int) -> str:
        """The file that keeps its report."""
        return f"{REPORTS}/{number}-{self.name.replace(' ', '-')}.json"


def steps(url: str, pace: Pace) -> Sequence[Step]:
    """The loop, against the server at `url`."""
    at = shlex.quote(url)
    shape = "--input-tokens 512 --output-tokens 16"
    return (
        Step(
            name="init",
            command=f"airectl init --telemetry vllm --from {at}/metrics --service chat --availability 99% "
            "--ttft 500ms@95% --itl 200ms@99% --owner chat-oncall --runbook runbooks",
            why="One OpenSLO file says what is promised; its queries fit the metrics that this server has.",
            shows=("table",),
        ),
        Step(
            name="validate",
            command="airectl validate slo-specs",
            why="A spec is checked like code, before anybody relies on it.",
        ),
        Step(
            name="rules",
            command="airectl rules slo-specs --out rules",
            why="The same file makes Prometheus record, and page when a budget burns too fast.",
            shows=("table",),
            rows=4,
        ),
        Step(
            name="load test",
            command=f"airectl loadtest {at} --rate {pace.rate_rps} --duration {pace.duration_s}s "
            f"--warm-up {pace.warm_up_s}s {shape} --specs slo-specs --out {RUN}",
            why="Requests come at their times, whatever the server does; in the middle four in five first tokens "
            "come 1.5 s late.",
            exit=1,
            shows=("table", "last table", "chart"),
            limit_s=150,
            makes=RUN,
            measures=True,
            faulty=True,
        ),
        Step(
            name="budget",
            command=f"airectl budget slo-specs --run {RUN}",
            why="What that did to the error budgets, and when.",
            exit=1,
            shows=("table", "chart"),
        ),
        Step(
            name="gate",
            command=f"airectl check slo-specs --run {RUN}",
            why="In CI this release would stop here: exit code 1, for whatever calls it.",
            exit=1,
        ),
        Step(
            name="postmortem",
            command=f"airectl postmortem new --run {RUN} --specs slo-specs --title 'Slow first tokens'",
            why="What data know is filled in, to the second; what people have to think about is left blank.",
            shows=("table", "chart"),
        ),
        Step(
            name="capacity",
            command=f"airectl loadtest {at} --find-capacity {pace.search} --specs slo-specs --slo chat/chat-ttft "
            f"{shape} --step 2s --confidence 0.9 --timeout 2s --drain 1s --accelerator H100 --out {CAPACITY}",
            why="The fault is gone; how many requests a second does one accelerator take within the promise?",
            shows=("table",),
            limit_s=300,
            makes=CAPACITY,
            measures=True,
        ),
        Step(
            name="forecast",
            command=f"airectl forecast demand.csv --capacity {CAPACITY} --replicas 6 --lead-time 4w "
            "--horizon 13w --accelerator h100 --node 1 --prices prices.yaml",
            why="When does demand outgrow that, and by when is how much to be ordered? The "
            "trace is real, of a load balancer; its counts of five minutes are taken for requests a second.",
            shows=("chart",),
        ),
        Step(
            name="report",
            command=f"airectl report {REPORTS}/*.json --title 'airectl demo' -o html={PAGE}",
            why="All of it on one page, for who was not there.",
            kept=False,
        ),
    )


def fault_lines(url: str, pace: Pace) -> Sequence[str]:
    """What orders the fault in a shell, beside the load test."""
    start, end = pace.fault_s
    faults = shlex.quote(f'{{"faults": ["{FAULT}"]}}')
    return (
        f"(sleep {start + 1:g}; curl -s -X POST {url}/faults -d {faults};",
        f" sleep {end - start:g}; curl -s -X DELETE {url}/faults) &",
    )
