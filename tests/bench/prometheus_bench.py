"""Budgets of a hundred SLOs from a Prometheus on this machine: for the first time, and from the cache.

    python tests/bench/prometheus_bench.py [SLOS]

prints the table by itself. The history is the same for every run: 56 days, scraped once a minute seven
seconds after it, three series an SLO, with a process that was restarted and bursts of errors.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, TextIO

sys.path.insert(0, str(Path(__file__).parents[1]))
import servers

SLOS: Final = 100
FEW: Final = 5
DAYS: Final = 56
SCRAPE_S: Final = 60
OFFSET_S: Final = 7
END_S: Final = 1_769_644_800  # 2026-01-29
AT: Final = "2026-01-29T00:00:00Z"
HOUR_BEFORE: Final = "2026-01-28T23:00:00Z"
SEED: Final = 20_260_129
COLD_LIMIT_S: Final = 30.0
CACHED_LIMIT_S: Final = 2.0

_SLO: Final = """apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability}}
spec:
  service: {service}
  indicator:
    metadata: {{name: {service}}}
    spec:
      ratioMetric:
        counter: true
        bad:
          metricSource:
            type: Prometheus
            spec: {{query: 'sum(requests_total{{service="{service}",code=~"5.."}})'}}
        total:
          metricSource:
            type: Prometheus
            spec: {{query: 'sum(requests_total{{service="{service}"}})'}}
  timeWindow: [{{duration: 28d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.999}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took; `cpu_s` is that of airectl alone."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent(Cost):
    """The same with what it was; `limit_s` is the target for the wall clock."""

    what: str
    limit_s: float | None = None


def able() -> bool:
    """Whether a Prometheus is installed here."""
    return shutil.which("prometheus") is not None and shutil.which("promtool") is not None


def figures(airectl: str, folder: Path, slos: int = SLOS) -> Iterator[Spent]:
    """Cold, cached, and with an hour more to ask for. A hundred SLOs take a minute of CPU to write."""
    _backfill(folder, slos)
    (folder / "specs.yaml").write_text("---\n".join(_SLO.format(service=_service(i)) for i in range(slos)))
    with servers.prometheus(folder / "server") as url:
        command = [airectl, "check", "specs.yaml", "--source", url, "-q", "--on-unknown", "warn", "--at"]
        name = f"{slos} SLOs x 28 days from a Prometheus"
        for what, at, limit_s in (
            ("cold", HOUR_BEFORE, COLD_LIMIT_S),
            ("cached", HOUR_BEFORE, CACHED_LIMIT_S),
            ("an hour later", AT, None),
        ):
            cost = _run([*command, at], folder)
            target_s = limit_s if slos == SLOS else None
            yield Spent(what=f"{name}, {what}", wall_s=cost.wall_s, cpu_s=cost.cpu_s, limit_s=target_s)


def _service(index: int) -> str:
    return f"service-{index:03}"


def _backfill(folder: Path, slos: int) -> None:
    """The blocks of the server's data folder."""
    data = folder / "server" / "data"
    data.mkdir(parents=True)
    history = folder / "history.om"
    with history.open("w") as file:
        file.write("# TYPE requests counter\n")
        for index in range(slos):
            _write(file, _service(index), random.Random(SEED + index))  # noqa: S311  # figures, not secrets
        file.write("# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=768h", "--quiet"]
    subprocess.run([*command, str(history), str(data)], check=True, capture_output=True)
    history.unlink()


def _write(file: TextIO, service: str, rng: random.Random) -> None:
    count = DAYS * 86_400 // SCRAPE_S
    start_s = END_S - DAYS * 86_400 + OFFSET_S
    restart = rng.randrange(count)
    bursts = [rng.randrange(count) for _ in range(6)]
    for code, low, high in ((200, 200, 1500), (404, 0, 30), (503, 0, 0)):
        gains = [rng.randrange(low, high) if high else 0 for _ in range(count)]
        if code == 503:
            for first in bursts:
                gains[first : first + 30] = [rng.randrange(50) for _ in gains[first : first + 30]]
        values = [*accumulate(gains[:restart]), *accumulate(gains[restart:])]
        head = f'requests_total{{service="{service}",code="{code}"}} '
        file.writelines(f"{head}{value} {start_s + SCRAPE_S * i}\n" for i, value in enumerate(values))


def _run(command: Sequence[str], folder: Path) -> Cost:
    environ = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return Cost(wall_s=wall_s, cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Print the figures of as many SLOs as the first argument says."""
    slos = int(sys.argv[1]) if len(sys.argv) > 1 else SLOS
    airectl = str(Path(sys.executable).with_name("airectl"))
    with tempfile.TemporaryDirectory() as folder:
        for spent in figures(airectl, Path(folder), slos):
            print(f"{spent.what:<60} {spent.wall_s:8.2f} s, CPU {spent.cpu_s:6.2f} s", flush=True)


if __name__ == "__main__":
    main()
