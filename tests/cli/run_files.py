"""The records of the run folders in tests/load/runs, for transcripts, which cannot hold them."""

from pathlib import Path

RUNS = Path(__file__).parents[1] / "load" / "runs"


def chat_records() -> bytes:
    """Those of `chat`."""
    return (RUNS / "chat" / "requests-000.bin").read_bytes()


def slow_records() -> bytes:
    """Those of `slow`."""
    return (RUNS / "slow" / "requests-000.bin").read_bytes()


def torn_records() -> bytes:
    """Those of `chat`, without the end of the last one."""
    return chat_records()[:-9]
