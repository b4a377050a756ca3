"""The simulator as a process of its own, in golden mode: the truth that a calibration measures against."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from airectl.processes import Place, Server, serving


def golden_server(environ: Mapping[str, str], ttft_s: float, itl_s: float) -> AbstractContextManager[Server]:
    """A server that sends tokens at fixed times, whatever the load. Raises Unreachable if it does not begin."""
    times = ("--ttft", f"{ttft_s * 1000:.6f}ms", "--itl", f"{itl_s * 1000:.6f}ms")
    args = ("simulate", "--golden", "--listen", "127.0.0.1:0", *times)
    return serving(args, Place(folder=Path.cwd(), environ=environ))
