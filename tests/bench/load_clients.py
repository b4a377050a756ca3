"""Clients to compare the load engine with: what one would write in an afternoon, on aiohttp or on httpx.

Run as a process: CLIENT URL REQUESTS EVERY_S TOKENS LIMIT_S. It asks the golden simulator on the default event loop,
keeps the time of each token, and prints what it measured as JSON. After LIMIT_S it stops where it is.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

SENT = "airectl_sent_ns"
Lines = Callable[[dict[str, Any]], Any]


@dataclass(slots=True)
class Measured:
    """Times in nanoseconds: of each request how late it was sent, of each token when it came and when it was sent."""

    lags: list[int] = field(default_factory=list)
    tokens: list[list[tuple[int, int]]] = field(default_factory=list)


@asynccontextmanager
async def aiohttp_lines(url: str) -> AsyncIterator[Lines]:
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def lines(body: dict[str, Any]) -> AsyncIterator[bytes]:
            async with session.post(f"{url}/v1/chat/completions", json=body) as response:
                async for line in response.content:
                    yield line

        yield lines


@asynccontextmanager
async def httpx_lines(url: str) -> AsyncIterator[Lines]:
    import httpx

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=None, trust_env=False) as client:  # noqa: S113  # LIMIT_S ends it

        async def lines(body: dict[str, Any]) -> AsyncIterator[str]:
            async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
                async for line in response.aiter_lines():
                    yield line

        yield lines


async def one(lines: Lines, due_ns: int, tokens: int, into: Measured) -> None:
    """One request at its time."""
    await asyncio.sleep(max(0.0, (due_ns - time.monotonic_ns()) / 1e9))
    into.lags.append(time.monotonic_ns() - due_ns)
    mine: list[tuple[int, int]] = []
    into.tokens.append(mine)
    body = {
        "messages": [{"role": "user", "content": "hello"}], "max_tokens": tokens, "ignore_eos": True, "stream": True,
    }  # fmt: skip
    async for line in lines(body):
        text = line.decode() if isinstance(line, bytes) else line
        if text.startswith("data: {"):
            at_ns = time.monotonic_ns()
            chunk = json.loads(text[6:])
            if chunk["choices"] and chunk["choices"][0]["delta"].get("content"):
                mine.append((at_ns, chunk[SENT]))


@dataclass(frozen=True, slots=True)
class Work:
    """Requests at even distances, each for so many tokens, and when to stop."""

    requests: int
    every_s: float
    tokens: int
    limit_s: float


async def main(client: str, url: str, work: Work) -> None:
    """All of them, and what came of it."""
    into = Measured()
    async with (aiohttp_lines if client == "aiohttp" else httpx_lines)(url) as lines:
        start_ns, cpu_s = time.monotonic_ns() + 500_000_000, time.process_time()
        dues = [start_ns + round(number * work.every_s * 1e9) for number in range(work.requests)]
        tasks = [asyncio.create_task(one(lines, due_ns, work.tokens, into)) for due_ns in dues]
        await asyncio.wait(tasks, timeout=work.limit_s)
        cpu_s = time.process_time() - cpu_s
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    errors = [[at_ns - sent_ns for at_ns, sent_ns in each] for each in into.tokens if each]
    print(
        json.dumps(
            {
                "tokens": sum(map(len, errors)),
                "cpu_s": cpu_s,
                "lag_s": [lag / 1e9 for lag in into.lags],
                "ttft_error_s": [each[0] / 1e9 for each in errors],
                "delay_s": [delay / 1e9 for each in errors for delay in each],
            }
        )
    )


if __name__ == "__main__":
    name, address, *numbers = sys.argv[1:]
    given = Work(int(numbers[0]), float(numbers[1]), int(numbers[2]), float(numbers[3]))
    asyncio.run(main(name, address, given))
