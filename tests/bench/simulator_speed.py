"""How many tokens the simulator streams in a second of CPU time, and whether its memory grows, in golden mode."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

STREAMS: Final = 250
TOKENS: Final = 2000
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_COMMAND: Final = (
    sys.executable, "-m", "airectl", "simulate", "--listen", "127.0.0.1:0", "--golden", "--ttft", "50ms",
    "--itl", "2ms",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """Tokens that were streamed, the CPU time of the simulator, the time, and its memory at the end."""

    tokens: int
    cpu_s: float
    wall_s: float
    memory_bytes: int

    @property
    def tokens_per_cpu_s(self) -> float:
        """What one core can do."""
        return self.tokens / self.cpu_s


def measure(rounds: int) -> list[Streamed]:
    """As many rounds of STREAMS answers of TOKENS tokens, in one simulator."""
    with subprocess.Popen(_COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            port = int(process.stderr.readline().rpartition(":")[2])
            return [_round(process.pid, port) for _ in range(rounds)]
        finally:
            process.terminate()


def _round(pid: int, port: int) -> Streamed:
    cpu_s, begun_s = _cpu_s(pid), time.perf_counter()
    tokens = _read(port)
    memory = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return Streamed(
        tokens=tokens,
        cpu_s=_cpu_s(pid) - cpu_s,
        wall_s=time.perf_counter() - begun_s,
        memory_bytes=int(memory.split()[1]) * 1024,
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _read(port: int) -> int:
    """Ask for all answers at once and count the events; this costs less than to send them."""
    body = json.dumps({"prompt": "a", "max_tokens": TOKENS, "ignore_eos": True, "stream": True}).encode()
    request = b"POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
    tokens = 0
    with selectors.DefaultSelector() as lines:
        for _ in range(STREAMS):
            line = socket.create_connection(("127.0.0.1", port))
            line.sendall(request + body)
            line.setblocking(False)
            lines.register(line, selectors.EVENT_READ)
        while lines.get_map():
            for key, _ in lines.select():
                line = key.fileobj  # type: ignore[assignment]  # sockets are all there is
                data = line.recv(1 << 20)
                # The stamp stands at the end of each token, and no two tokens share one.
                tokens += data.count(b"airectl_sent_ns")
                if not data:
                    lines.unregister(line)
                    line.close()
    return tokens


def main() -> None:
    """Print the figures."""
    for number, each in enumerate(measure(4), 1):
        print(
            f"round {number}: {each.tokens:,} tokens, {each.tokens_per_cpu_s:,.0f} a second of CPU time, "
            f"{each.tokens / each.wall_s:,.0f} a second, {each.memory_bytes / 1e6:.1f} MB"
        )


if __name__ == "__main__":
    main()
