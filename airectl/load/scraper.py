"""Reads the pages of servers and exporters every few seconds while the load runs, beside it and in a thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from time import monotonic
from typing import TextIO

from airectl.core.server_side import Role, Roles, Scrape, Watching
from airectl.env import Stop
from airectl.load.control import ControlError, fetch
from airectl.net.flight import StoppedError
from airectl.net.http_client import Client, Question
from airectl.runs.manifest import append
from airectl.spec.composer import compose
from airectl.spec.tree import to_plain


@cache
def roles() -> Roles:
    """The shipped roles of series."""
    text = files("airectl").joinpath("data", "server-side.yaml").read_text("utf-8")
    data = to_plain(compose("server-side.yaml", text).documents[0])
    return Roles(
        roles=tuple(Role(name=name, **role) for name, role in data["roles"].items()),
        kind_labels=data["accelerators"]["kind"],
        each_labels=data["accelerators"]["each"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of metrics: the client of its server, its path, and what it is called. `wanted`: the user named it."""

    place: str
    client: Client
    path: str
    wanted: bool = False


@dataclass(slots=True, kw_only=True)
class Scraper:
    """Reads `pages` every `every_s`, as a context from the start of the run on.

    What it chose goes to `stream`, a line a scrape, and stays in `scrapes`. `silent` says why pages had nothing.
    """

    pages: Sequence[Page]
    watching: Watching
    stream: TextIO
    start_s: float
    every_s: float = 2.0
    scrapes: list[Scrape] = field(default_factory=list)
    silent: dict[str, str] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event)
    _stop: Stop = field(default_factory=Stop)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Scraper:
        for page in self.pages:
            thread = threading.Thread(target=self._read, args=(page,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join(self.every_s)
        with self._lock, suppress(OSError):
            self.stream.close()

    def _read(self, page: Page) -> None:
        """Once at the start, then at each multiple of the interval, and once more at the end."""
        number = 0
        while True:
            ended = self._done.wait(max(0.0, self.start_s + number * self.every_s - monotonic()))
            if not self._once(page, number * self.every_s) or ended:
                return
            number = max(number + 1, int((monotonic() - self.start_s) / self.every_s))

    def _once(self, page: Page, due_s: float) -> bool:
        """Whether it is worth going on: what has nothing the first time is left alone."""
        try:
            found = fetch(page.client, Question(path=page.path), max(self.every_s, 1.0), self._stop)
        except ControlError as error:
            return self._nothing(page, str(error))
        except StoppedError:
            return False
        if found.status != 200:
            return self._nothing(page, f"HTTP {found.status}")
        chosen = self.watching.chosen(found.text)
        if not chosen:
            return self._nothing(page, "nothing there that is known")
        # One moment for all pages of a round, so that what several servers say can be added.
        return self._kept(Scrape(t_s=max(due_s, 0.0), place=page.place, samples=chosen))

    def _kept(self, scrape: Scrape) -> bool:
        """Whether there is room for it. That a disk is full ends the run by those who send, and is told by them."""
        with self._lock:
            if self.stream.closed:
                return False
            try:
                append(self.stream, {"t_s": scrape.t_s, "from": scrape.place, "samples": dict(scrape.samples)})
            except OSError:
                return False
            self.scrapes.append(scrape)
        return True

    def _nothing(self, page: Page, why: str) -> bool:
        known = any(each.place == page.place for each in self.scrapes)
        if not known:
            self.silent[page.place] = why
        return known
