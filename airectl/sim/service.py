"""What the simulator answers to each request: routes, faults, and the choice of a replica."""

from __future__ import annotations

import asyncio
import json
import time
import typing
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from airectl import __version__
from airectl.core.replica.profile import Profile
from airectl.core.replica.scheduler import QueueFullError, TooLongError
from airectl.sim import exchange, faults, questions, wire
from airectl.sim.exchange import Exchange, Line, Terms
from airectl.sim.exposition import CONTENT_TYPE
from airectl.sim.faults import Fault, FaultError
from airectl.sim.http_requests import Request
from airectl.sim.metrics import REJECTIONS, Metrics
from airectl.sim.pace import FixedPace, Pace, ReplicaPace
from airectl.sim.questions import ApiError, Question

FAULT_HEADER: Final = "x-airectl-fault"
_RETRY_AFTER_S: Final = 1
_STATUSES: Final = {faults.Kind.TOO_MANY: 429, faults.Kind.UNAVAILABLE: 503}
_MOST_FAULTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is simulated. `golden` are the times to the first and between further tokens, None: as the model has it.

    `control`: clients on this machine may order faults. `median_tokens` is the usual length of an answer that
    nobody limits.
    """

    profile: Profile
    model: str
    replicas: int = 1
    seed: int = 0
    speed: float = 1.0
    faults: Sequence[Fault] = ()
    control: bool = False
    golden: tuple[float, float] | None = None
    median_tokens: int = 200


@dataclass(slots=True)
class Tally:
    """What was answered: requests by kind, answers by status, faults by kind, tokens that were streamed or sent."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    cancelled: int = 0


class Abandoned(typing.Protocol):
    """A connection that the end of the server ends."""

    def abandon(self) -> None:
        """Close it at once."""


class Service:
    """The simulated server behind its connections."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.loop = loop
        self.metrics = Metrics(settings.profile, settings.model, settings.replicas, settings.speed)
        self.paces: list[Pace] = [self._pace(number) for number in range(settings.replicas)]
        self.faults: list[Fault] = list(settings.faults)
        self.tally = Tally()
        self.lines: set[Abandoned] = set()
        self.start_s = loop.time()
        self._created = int(time.time())

    def _pace(self, number: int) -> Pace:
        metrics = self.metrics.engines[number]
        if self.settings.golden:
            return FixedPace(self.loop, *self.settings.golden, metrics)
        return ReplicaPace(self.loop, self.settings.profile, metrics)

    @property
    def elapsed_s(self) -> float:
        """Since the start."""
        return self.loop.time() - self.start_s

    def answer(self, line: Line, request: Request, *, local: bool) -> Exchange | None:
        """Answer a request: an Exchange where that takes time, None where it is done."""
        try:
            if request.path in questions.PATHS:
                _allow(request, "POST")
                return self._tokens(line, request, local=local)
            status, kind, body = self._page(request, local=local)
        except ApiError as error:
            self.refuse(line, request, error)
            return None
        self.count(request, status, 0.0)
        line.send(_for(request, body, wire.whole(status, body, keep=request.keep, kind=kind)))
        line.finished()
        return None

    def refuse(self, line: Line, request: Request | None, error: ApiError) -> None:
        """An error object; without a request nothing can follow it."""
        self.count(request, error.status, 0.0)
        headers = {"retry-after": str(_RETRY_AFTER_S)} if error.status == 429 else {}
        if error.status == 405:
            headers = {"allow": error.param or ""}
        keep = request is not None and request.keep
        body = wire.error(error)
        line.send(_for(request, body, wire.whole(error.status, body, keep=keep, headers=headers)))
        line.finished()

    def count(self, request: Request | None, status: int, seconds: float) -> None:
        """One answer, for the report and the metrics of the HTTP layer."""
        self.tally.statuses[status] += 1
        known = request is not None and (request.path in questions.PATHS or request.path in _PAGES)
        path = request.path if known and request else "none"
        self.metrics.http.add(path, request.method if request else "none", status, seconds)

    def _tokens(self, line: Line, request: Request, *, local: bool) -> Exchange | None:
        number = self.tally.requests
        self.tally.requests += 1
        fault = self._fault(request, number, local=local)
        if fault:
            self.tally.faults[fault.kind.value] += 1
            if fault.kind in _STATUSES:
                said = "too many requests" if fault.kind is faults.Kind.TOO_MANY else "the server is overloaded"
                raise ApiError(_STATUSES[fault.kind], said, "Overloaded")
        settings = self.settings
        kind = questions.PATHS[request.path]
        question = questions.read(kind, request.body, settings.model, settings.profile.max_tokens)
        begun = Exchange(line, request, self._terms(question, number, fault), self._least_loaded())
        try:
            begun.start(self.loop)
        except QueueFullError as error:
            self.metrics.rejected[REJECTIONS[0]] += 1
            raise ApiError(503, str(error), "ServiceUnavailableError") from None
        except TooLongError as error:
            raise ApiError(400, str(error)) from None
        return begun

    def _fault(self, request: Request, number: int, *, local: bool) -> Fault | None:
        """The fault that the request orders, else the one that befalls it. Raises ApiError."""
        ordered = request.headers.get(FAULT_HEADER)
        if ordered is None:
            return faults.chosen(self.faults, self.settings.seed, number, self.elapsed_s)
        self._allow_control(local=local)
        return _parsed(ordered)

    def _terms(self, question: Question, number: int, fault: Fault | None) -> Terms:
        settings = self.settings
        form = wire.Form(
            chat=question.kind is questions.Kind.CHAT,
            id=f"{wire.id_prefix(question.kind)}-{settings.seed:x}-{number:x}",
            created=self._created,
            model=exchange.model_named(settings.model, fault),
        )
        return Terms(
            question=question,
            answer=exchange.said(question, settings.seed, settings.median_tokens, fault),
            form=form,
            keys=() if settings.golden else exchange.keys_of(question, settings.profile.serving.block_tokens),
            fault=fault,
            stamped=settings.golden is not None,
        )

    def _least_loaded(self) -> Pace:
        """The replica with the fewest requests, the first of them."""
        return min(self.paces, key=lambda pace: pace.load)

    def _page(self, request: Request, *, local: bool) -> tuple[int, str, bytes]:
        """Status, type and body of what is answered at once. Raises ApiError."""
        page = _PAGES.get(request.path)
        if page is None:
            raise ApiError(404, f"there is no `{request.path}`", "NotFoundError")
        if request.path == "/faults":
            self._allow_control(local=local)
            _allow(request, "GET", "POST", "DELETE")
        else:
            _allow(request, "GET", "HEAD")
        return page(self, request)

    def _allow_control(self, *, local: bool) -> None:
        if not (self.settings.control and local):
            raise ApiError(404, "faults are ordered with --control, from this machine", "NotFoundError")

    def _models(self, _request: Request) -> tuple[int, str, bytes]:
        model = {
            "id": self.settings.model, "object": "model", "created": self._created, "owned_by": "airectl",
            "max_model_len": self.settings.profile.max_tokens,
        }  # fmt: skip
        return 200, "application/json", wire.as_json({"object": "list", "data": [model]})

    def _metrics(self, _request: Request) -> tuple[int, str, bytes]:
        for pace in self.paces:
            pace.level()
        return 200, CONTENT_TYPE, self.metrics.page(self.elapsed_s).encode()

    def _health(self, _request: Request) -> tuple[int, str, bytes]:
        return 200, "application/json", b"{}"

    def _version(self, _request: Request) -> tuple[int, str, bytes]:
        return 200, "application/json", wire.as_json({"version": f"airectl-{__version__}"})

    def _order(self, request: Request) -> tuple[int, str, bytes]:
        """GET: the faults; POST: take these instead; DELETE: none any more. Times count from the order on."""
        if request.method == "DELETE":
            self.faults = []
        elif request.method == "POST":
            now_s = self.elapsed_s
            self.faults = [_shifted(_parsed(text), now_s) for text in _ordered(request.body)]
        listed = [{"kind": each.kind.value, "share": each.share} for each in self.faults]
        return 200, "application/json", wire.as_json({"faults": listed})


_Page = Callable[[Service, Request], tuple[int, str, bytes]]
_PAGES: Final[Mapping[str, _Page]] = {
    "/v1/models": Service._models,
    "/metrics": Service._metrics,
    "/health": Service._health,
    "/version": Service._version,
    "/faults": Service._order,
}


def _for(request: Request | None, body: bytes, answer: bytes) -> bytes:
    """The answer as a request may have it: to HEAD without its body."""
    return answer[: len(answer) - len(body)] if request and request.method == "HEAD" else answer


def _allow(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise ApiError(405, f"`{request.path}` is asked with {methods[0]}", "MethodNotAllowed", ", ".join(methods))


def _parsed(text: str) -> Fault:
    try:
        return faults.parse(text)
    except FaultError as error:
        raise ApiError(400, f"no fault is called `{text[:80]}`: {error}", param="faults") from None


def _ordered(body: bytes) -> Sequence[str]:
    """The faults of an order, each as on the command line. Raises ApiError."""
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    texts = value.get("faults") if isinstance(value, dict) else None
    if not isinstance(texts, list) or len(texts) > _MOST_FAULTS or not all(isinstance(text, str) for text in texts):
        raise ApiError(400, 'an order is {"faults": ["stall:0.1"]}', param="faults")
    return texts


def _shifted(fault: Fault, by_s: float) -> Fault:
    to_s = None if fault.to_s is None else fault.to_s + by_s
    return Fault(kind=fault.kind, seconds=fault.seconds, from_s=fault.from_s + by_s, to_s=to_s, share=fault.share)
