"""From what is asked for to a plan: files are read, defaults filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airectl.core.findings import Finding, Location, Severity
from airectl.core.schedule import Arrivals, Open, Traced, steady
from airectl.env import Env
from airectl.load.asked import Asked, PromptsFile, TraceFile
from airectl.load.plan import Plan, Prompts, Replay, Workload
from airectl.load.scenario import default_workload
from airectl.load.tokens import Calibration

if TYPE_CHECKING:
    from airectl.load.traces.rows import Trace

DEFAULT_RPS = 1.0
DEFAULT_S = 30.0
REPEATED = "AIR416"


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What files hold: a trace, or rows of prompts. `findings` say what is wrong with them."""

    trace: Trace | None = None
    prompts: tuple[dict[str, Any], ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong that stands in the way."""
        return not any(each.severity is Severity.ERROR for each in self.findings)


def load(asked: Asked, env: Env) -> Data:
    """Read the file that the workload names, if any."""
    work = asked.workload
    if isinstance(work, TraceFile):
        from airectl.load.traces import reading

        wanted = reading.Wanted(path=work.path, window=work.window, skip_faulty=work.skip_faulty)
        found = reading.read(wanted, env)
        return Data(trace=found.trace, findings=found.findings)
    if isinstance(work, PromptsFile):
        from airectl.load.workloads import prompt_rows

        read = prompt_rows.read(work.path, env, skip_faulty=work.skip_faulty)
        return Data(prompts=read.rows, findings=read.findings)
    return Data()


def plan_of(asked: Asked, data: Data, *, salt: int = 0, calibration: Calibration | None = None) -> Plan:
    """The plan, from data that are usable. Pure.

    Without arrivals a trace has its own times, all else comes at one request per second; without an end, ramps and
    steps end when they are through, a trace after its last row, all else after 30 seconds.
    """
    arrivals = asked.arrivals or (Traced() if isinstance(asked.workload, TraceFile) else steady(DEFAULT_RPS))
    return Plan(
        arrivals=arrivals,
        workload=_workload(asked, data),
        name=asked.name or "loadtest",
        seed=asked.seed,
        salt=salt,
        duration_s=_duration(asked, arrivals),
        warm_up_s=asked.warm_up_s,
        requests=_requests(asked, data, arrivals),
        calibration=calibration or Calibration(),
    )


def _workload(asked: Asked, data: Data) -> Workload:
    work = asked.workload
    if isinstance(work, TraceFile):
        return _replay(data)
    if isinstance(work, PromptsFile):
        from airectl.load.workloads.packing import pack_rows

        packed = pack_rows(list(data.prompts))
        return Prompts(
            rows=len(data.prompts), packed=packed, output=work.output, shuffled=work.shuffled, think=work.think
        )
    return work or default_workload()


def _replay(data: Data) -> Replay:
    from airectl.load.workloads.replayed import replay

    if data.trace is None:
        raise ValueError("the trace was not read")
    return replay(data.trace)


def _duration(asked: Asked, arrivals: Arrivals) -> float | None:
    if asked.duration_s is not None or asked.requests is not None or isinstance(asked.workload, TraceFile):
        return asked.duration_s
    if isinstance(arrivals, Open) and not _steady(arrivals) and arrivals.duration_s > asked.warm_up_s:
        return arrivals.duration_s - asked.warm_up_s
    return DEFAULT_S


def _steady(arrivals: Open) -> bool:
    return len({rate for each in arrivals.segments for rate in (each.from_rps, each.to_rps)}) == 1


def _requests(asked: Asked, data: Data, arrivals: Arrivals) -> int | None:
    """A trace has no more requests than rows, whoever says when they are sent."""
    if not isinstance(asked.workload, TraceFile) or data.trace is None or isinstance(arrivals, Traced):
        return asked.requests
    rows = len(data.trace.times_ns)
    return rows if asked.requests is None else min(rows, asked.requests)


def remarks(asked: Asked, plan: Plan, requests: float | None) -> list[Finding]:
    """What whoever reads the results should know; `requests` is how many the plan sends, None: nobody can say."""
    work = asked.workload
    if not isinstance(work, PromptsFile) or not isinstance(plan.workload, Prompts):
        return []
    if requests is not None and requests <= plan.workload.rows:
        return []
    times = "again and again" if requests is None else f"{requests / plan.workload.rows:,.1f} times on average"
    return [
        Finding(
            code=REPEATED,
            severity=Severity.WARNING,
            message=f"the {plan.workload.rows:,} prompts of the file are sent {times}",
            at=Location(path="<stdin>" if work.path == "-" else work.path),
            notes=("a server that keeps the KV cache of prompts answers repeated ones faster than new ones",),
            help="send no more requests than there are prompts, or take more prompts",
        )
    ]
