"""Run folders for tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airectl.runs.manifest import End, Manifest, append, begin, client_path, finish, requests_path
from airectl.runs.record import MAGIC, Record, pack

# 2026-11-20 12:00 UTC.
STARTED_S = 1_795_176_000
COMPLETE = End(how="complete", ended_s=61.0)


def manifest(**changes: Any) -> Manifest:
    """A run of 60 s that sends at a constant rate, without a warm-up."""
    given = {
        "tool_version": "0.1.0",
        "name": "chat",
        "target": "http://127.0.0.1:8000",
        "protocol": "openai-chat",
        "model": "llama",
        "started_unix_ns": STARTED_S * 10**9,
        "duration_s": 60.0,
        "arrivals": "constant",
        **changes,
    }
    return Manifest(**given)


def write_run(
    folder: Path, about: Manifest, records: Sequence[Record], *, processes: int = 1, end: End | None = COMPLETE
) -> Path:
    """A run folder with these records, dealt out to the processes in turn."""
    begin(folder, about)
    for process in range(processes):
        packed = b"".join(map(pack, records[process::processes]))
        requests_path(folder, process).write_bytes(MAGIC + packed)
    if end:
        finish(folder, about, end)
    return folder


def write_client(folder: Path, process: int, cpu_ratio: float, seconds: int) -> None:
    """What a process says of itself each second that uses so much of a core."""
    with client_path(folder, process).open("w", encoding="utf-8") as stream:
        for second in range(1, seconds + 1):
            append(stream, {"t_s": float(second), "cpu_s": cpu_ratio * second, "in_flight": 1, "sent": second})
