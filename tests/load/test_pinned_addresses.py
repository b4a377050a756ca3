"""Connections go where a target was judged to be, and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from airectl.load.engine.proxy import Proxy
from airectl.load.engine.route import Route
from airectl.load.job import Job
from airectl.net.urls import endpoint
from load_run import SHORT, asks, ran
from simulator import settings, simulator


def test_a_name_that_resolves_nowhere_is_reached_at_its_pinned_address(tmp_path: Path) -> None:
    with simulator(settings()) as running:
        url = f"http://pinned.invalid:{running.port}"
        job = Job(url=url, model="llama-3.1-8b", addresses=("127.0.0.1",), timeouts=SHORT)
        done = ran(tmp_path, job, asks(2))
    assert done.errors == ["", ""]


def test_a_name_that_leads_elsewhere_by_now_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def looked_up(route: Route) -> None:
        loop = asyncio.get_running_loop()
        real = loop.getaddrinfo

        async def watch(host: str, *args: int, **more: int) -> object:
            asked.append(host)
            return await real(host, *args, **more)

        monkeypatch.setattr(loop, "getaddrinfo", watch)
        await route.resolve()

    address = endpoint("http://localhost:9", api="")
    asyncio.run(looked_up(Route(address, None, None, ("127.0.0.1", "::1"))))
    assert asked == ["127.0.0.1", "::1"]
    asked.clear()
    asyncio.run(looked_up(Route(address, None, None)))
    assert asked == ["localhost"]


def test_a_proxy_looks_the_name_up_itself() -> None:
    proxy = Proxy(host="127.0.0.1", port=1)
    route = Route(endpoint("http://pinned.invalid", api=""), None, proxy, ("10.0.0.1",))
    asyncio.run(route.resolve())
    assert {each[1][0] for each in route._addresses} == {"127.0.0.1"}


def test_a_job_with_addresses_is_json_and_back() -> None:
    job = Job(url="http://a", addresses=("127.0.0.1", "::1"))
    assert Job.from_json(job.to_json()) == job
