"""How long forecasts take, on one core: for the figures.

python tests/bench/forecast_speed.py ROWS    # prints the seconds of the pool, and the most memory in MB
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOURS: Final = 720
MANY: Final = 10_000
ONE_LIMIT_S: Final = 0.3
MANY_LIMIT_S: Final = 30.0
MEMORY_LIMIT_MB: Final = 2_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Seconds by the clock after the imports, and the most memory of the whole process."""

    wall_s: float
    memory_mb: float


def spent(rows: int) -> Spent:
    """Forecast so many made series a day ahead, in a process of their own with one thread."""
    env = {**os.environ, **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")}
    done = subprocess.run(
        [sys.executable, str(Path(__file__)), str(rows)], env=env, check=True, capture_output=True, text=True
    )
    return Spent(**json.loads(done.stdout))


def file_of_one() -> bytes:
    """One series as a file, sixteen weeks of hours that end now."""
    from made_demand import demand

    values = demand("growth", 1, 16 * 168)
    start = int(time.time()) // 3600 * 3600 - len(values) * 3600
    rows = [f"{start + at * 3600},{value:.3f}" for at, value in enumerate(values)]
    return "\n".join(["time,requests_per_s", *rows, ""]).encode()


def main() -> None:
    """Forecast in this process."""
    import numpy as np

    from airectl.core.forecast.model import Options
    from airectl.core.forecast.pool import pool
    from made_demand import KINDS, demand

    rows = int(sys.argv[1])
    made = np.stack([demand(kind, 1, HOURS) for kind in KINDS])
    # Each series its own: a kind, at a level and from an hour of its own.
    rng = np.random.default_rng(1)
    values = np.stack([np.roll(made[row % len(made)], row) for row in range(rows)]) * rng.uniform(1, 9, (rows, 1))
    start = time.perf_counter()
    pool(values, Options(step_s=3600, horizon=24))
    wall_s = time.perf_counter() - start
    print(json.dumps({"wall_s": wall_s, "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3}))


if __name__ == "__main__":
    main()
