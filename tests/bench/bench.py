"""Figures for airectl's speed: `make bench`. CPU time of child processes, the median of several runs.

AIRECTL_BENCH_LARGE=1 takes the event logs and the Prometheus of the speed targets: they need 2 GB in the
temporary folder, and minutes to write.

It prints and never fails: a figure depends on the machine, and the tests hold the causes instead
(test_startup.py: which modules a command imports).
"""

from __future__ import annotations

import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import event_logs
import forecast_speed
import load_speed
import prometheus_bench
import rules_speed
import simulator_speed

RUNS: Final = 15
LARGE_RUNS: Final = 3
DOCUMENTS: Final = 10_000
FILES: Final = 100
SEED: Final = 20_261_120
PAGE_BYTES: Final = 5_000_000
AIRECTL: Final = str(Path(sys.executable).with_name("airectl"))
SPEC: Final = str(Path(__file__).parents[2] / "slo-specs" / "chat-vllm.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Medians over the runs of one command, in seconds."""

    cpu_s: float
    wall_s: float


def measure(command: Sequence[str], runs: int) -> Cost:
    """Run `command` and take user plus system time of the process and its children."""
    once(command)  # the first run fills the caches of the file system
    costs = [once(command) for _ in range(runs)]
    return Cost(cpu_s=median(cost.cpu_s for cost in costs), wall_s=median(cost.wall_s for cost in costs))


def once(command: Sequence[str]) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall_s = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode()}")
    return Cost(cpu_s=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall_s=wall_s)


def document(number: int, rng: random.Random) -> str:
    """One SLO of 30 lines, valid, and unlike the others."""
    service = f"service-{rng.randrange(500):03}"
    code = rng.choice(("5..", "500", "503", "50[0-9]"))
    target = rng.choice(("0.9", "0.95", "0.99", "0.995", "0.999"))
    return f"""apiVersion: openslo/v1
kind: SLO
metadata:
  name: slo-{number:05}
  annotations:
    airectl.dev/owner: team-{rng.randrange(40):02}
    airectl.dev/runbook: https://runbooks.example.com/{service}
spec:
  service: {service}
  indicator:
    metadata:
      name: sli-{number:05}
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            type: Prometheus
            spec:
              query: sum(http_requests_total{{job="{service}",code!~"{code}"}})
        total:
          metricSource:
            type: Prometheus
            spec: {{query: 'sum(http_requests_total{{job="{service}"}})'}}
  timeWindow:
    - duration: {rng.choice(("7d", "28d", "30d"))}
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: {target}
"""


def write_documents(folder: Path) -> None:
    """10,000 documents in 100 files, the same for every run."""
    rng = random.Random(SEED)  # noqa: S311  # figures, not secrets
    for index in range(FILES):
        numbers = range(index, DOCUMENTS, FILES)
        text = "---\n".join(document(number, rng) for number in numbers)
        (folder / f"specs-{index:03}.yaml").write_text(text, "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `limit_s` is the target; None where there is none."""

    what: str
    seconds: float
    limit_s: float | None = None


def figures() -> Iterator[Figure]:
    """Every figure: CPU seconds, but wall-clock seconds for the many documents and the event logs."""
    python = measure([sys.executable, "-c", "pass"], RUNS).cpu_s
    yield Figure(what="python -c pass", seconds=python)
    version = measure([AIRECTL, "--version"], RUNS).cpu_s
    yield Figure(what="airectl --version, beyond bare Python", seconds=version - python, limit_s=0.010)
    for words, limit_s in ((["--help"], 0.110), (["config", "show"], 0.110), (["validate", SPEC], 0.300)):
        name = " ".join(words).replace(SPEC, "of one spec")
        yield Figure(what=f"airectl {name}", seconds=measure([AIRECTL, *words], RUNS).cpu_s, limit_s=limit_s)
    with tempfile.TemporaryDirectory() as folder:
        write_documents(Path(folder))
        large = measure([AIRECTL, "validate", "-q", folder], LARGE_RUNS)
    yield Figure(what=f"airectl validate of {DOCUMENTS:,} SLOs, wall clock", seconds=large.wall_s, limit_s=4.0)
    yield Figure(what="  the same, CPU of all cores", seconds=large.cpu_s)
    full = bool(os.environ.get("AIRECTL_BENCH_LARGE"))
    size = event_logs.LARGE if full else event_logs.USUAL
    with tempfile.TemporaryDirectory() as folder:
        for spent in event_logs.figures(AIRECTL, Path(folder), size):
            what = f"{spent.what} ({spent.memory_mb:,.0f} MB)"
            yield Figure(what=what, seconds=spent.wall_s, limit_s=spent.limit_s)
    yield linted()
    with tempfile.TemporaryDirectory() as folder:
        rng = random.Random(SEED)  # noqa: S311  # figures, not secrets
        documents = (document(number, rng) for number in range(rules_speed.SLOS))
        spent_s = rules_speed.wall_s(AIRECTL, documents, Path(folder))
    what = f"airectl rules of {rules_speed.SLOS:,} SLOs with their unit tests, wall clock"
    yield Figure(what=what, seconds=spent_s, limit_s=rules_speed.LIMIT_S)
    streamed = simulator_speed.measure(1)[0]
    yield Figure(what="airectl simulate --golden, CPU of 100,000 tokens", seconds=1e5 / streamed.tokens_per_cpu_s)
    yield from forecasts()
    yield from asked(prometheus_bench.SLOS if full else prometheus_bench.FEW)


def forecasts() -> Iterator[Figure]:
    """A day ahead, of one series and of many, by the clock and without the imports."""
    one = median(forecast_speed.spent(1).wall_s for _ in range(LARGE_RUNS))
    yield Figure(what="forecast of 720 points, after import", seconds=one, limit_s=forecast_speed.ONE_LIMIT_S)
    many = forecast_speed.spent(forecast_speed.MANY)
    what = f"forecast of {forecast_speed.MANY:,} series on one core ({many.memory_mb:,.0f} MB)"
    yield Figure(what=what, seconds=many.wall_s, limit_s=forecast_speed.MANY_LIMIT_S)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "demand.csv")
        path.write_bytes(forecast_speed.file_of_one())
        words = [AIRECTL, "forecast", str(path), "--capacity", "1000", "--replicas", "9", "--lead-time", "4w", "-q"]
        whole = measure(words, LARGE_RUNS)
    yield Figure(what="airectl forecast of one CSV, wall clock", seconds=whole.wall_s, limit_s=1.2)


def linted() -> Figure:
    """A page of 5 MB: a vLLM's, for as many models as it takes."""
    page = (Path(__file__).parents[1] / "telemetry" / "expositions" / "vllm.txt").read_text("utf-8")
    samples = [line for line in page.splitlines(keepends=True) if not line.startswith("#")]
    times = -(-PAGE_BYTES // sum(map(len, samples)))
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "page.txt")
        large.write_text(page + "".join(x.replace("llama", f"{n}") for n in range(times) for x in samples), "utf-8")
        cost = measure([AIRECTL, "metrics", "lint", "-q", str(large)], LARGE_RUNS)
        return Figure(
            what=f"airectl metrics lint of {large.stat().st_size / 1e6:.1f} MB", seconds=cost.cpu_s, limit_s=1.0
        )


def asked(slos: int) -> Iterator[Figure]:
    """The figures of a Prometheus, where one is installed."""
    if not prometheus_bench.able():
        return
    with tempfile.TemporaryDirectory() as folder:
        for spent in prometheus_bench.figures(AIRECTL, Path(folder), slos):
            yield Figure(what=f"{spent.what}, wall clock", seconds=spent.wall_s, limit_s=spent.limit_s)
            yield Figure(what="  the same, CPU of airectl", seconds=spent.cpu_s)


def main() -> None:
    """Print the table."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, CPU time, median of {RUNS} runs\n")
    print(f"{'what':<72} {'figure':>10} {'target':>10}")
    for figure in figures():
        limit = f"{figure.limit_s * 1000:,.0f} ms" if figure.limit_s else ""
        print(f"{figure.what:<72} {f'{figure.seconds * 1000:,.1f} ms':>10} {limit:>10}", flush=True)
    load_speed.main()


if __name__ == "__main__":
    main()
