"""Questions to one Prometheus. The only module that imports prometheus-api-client.

The library forms the requests; how they go over the network is ours: a session that keeps to the policy of
airectl.net, bounded retries, and one deadline for a question with all its attempts.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar

import requests
import urllib3
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect

from airectl.env import Stop
from airectl.errors import SourceError
from airectl.net import flight, tls
from airectl.net.flight import Deadline, Flight, TooLongError
from airectl.net.places import CredentialsError
from airectl.net.retries import Retries, retry_after_s
from airectl.net.session import Session, StatusError, Terms, TooLargeError
from airectl.sources.prometheus.server import answers, causes, failures, statuses
from airectl.sources.prometheus.server.answers import Found, Grid, HistogramsError, NoAnswerError
from airectl.sources.prometheus.server.connection import Connection
from airectl.sources.watch import StoppedError

T = TypeVar("T")
# The largest answer of 11,000 points a series: about a thousand series.
_LARGEST: Final = 256 * 1024 * 1024
# Of Thanos: nothing rather than a part of it. Of VictoriaMetrics: the times that are asked for, and no rounder ones.
_LENIENT: Final = {"partial_response": "false", "nocache": "1"}
# Whatever an attempt may fail with; anything else is a mistake of ours.
_FAILURES: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    PrometheusApiClientException,
    StatusError,
    TooLargeError,
    NoAnswerError,
    HistogramsError,
    TooLongError,
    OSError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long one question may take, with all its attempts; how many connections are kept; how large an answer is.

    `stop` ends it at once. After `patience` questions in a row that came to nothing, no more are asked.
    """

    stop: Stop = field(default_factory=Stop)
    question_s: float = 60.0
    parallel: int = 4
    answer_bytes: int = _LARGEST
    retries: Retries = field(default_factory=Retries)
    patience: int = 2
    log: Callable[[str], None] = field(default=lambda _text: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query, at `start_s`; with a `step_s`, every so many seconds from there to `end_s`, both among them.

    At most 11,000 points: whoever asks for more asks several times.
    """

    query: str
    start_s: float
    end_s: float = 0
    step_s: int | None = None


class Client:
    """Asks one Prometheus. It may be used by several threads at a time.

    All of its methods raise SourceError: those of `failures`, with the code of the finding. They raise
    StoppedError when the user asks to end.
    """

    def __init__(self, connection: Connection, limits: Limits) -> None:
        self.connection, self.limits = connection, limits
        self._asked = threading.local()
        self._health = _Health(limits.patience)
        self._session = _session(connection, limits, self._decode)
        self._connect = PrometheusConnect(
            url=str(connection.endpoint), session=self._session, retry=urllib3.Retry(total=0), method="POST"
        )
        self._session.adopt()

    def instant(self, query: str, at_s: float) -> Found:
        """The value of each series at a moment."""
        return self.ask(Question(query=query, start_s=at_s))

    def range(self, query: str, start_s: int, end_s: int, step_s: int) -> Found:
        """The values of each series at both ends and every `step_s` seconds between: at most 11,000 of them."""
        return self.ask(Question(query=query, start_s=start_s, end_s=end_s, step_s=step_s))

    def ask(self, question: Question) -> Found:
        """The series that answer a question; none where there are none."""
        try:
            found = self._until_answered(partial(self._send, question))
        except failures.Refused as error:
            error.query = question.query
            raise
        for heard in getattr(self._asked, "heard", ()):
            heard.append(found)
        if found.partial or any(map(failures.tells_of_parts, found.warnings)):
            raise failures.partial_answer(self.connection, found)
        return found

    @contextmanager
    def hearing(self) -> Iterator[list[Found]]:
        """Every answer that this thread gets meanwhile, for what the server says about them."""
        heard: list[Found] = []
        self._asked.heard = [*getattr(self._asked, "heard", ()), heard]
        try:
            yield heard
        finally:
            self._asked.heard.pop()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The `data` of another part of the API, such as `/api/v1/status/buildinfo`."""
        url = f"{self.connection.endpoint}{path}"

        def send(_deadline: Deadline) -> Any:
            return answers.data(self._session.request("GET", url, params=params or {}).content).get("data")

        return self._until_answered(send)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _send(self, question: Question, deadline: Deadline) -> Found:
        """One request, through the library; in a flight's thread."""
        params = {"timeout": f"{max(1, math.ceil(deadline.left_s))}s"}
        if self.connection.lenient:
            params |= _LENIENT
        if question.step_s is None:
            self._asked.grid = None
            at_once: Found = self._connect.custom_query(question.query, {"time": str(question.start_s), **params})
            return at_once
        grid = Grid(start_s=int(question.start_s), end_s=int(question.end_s), step_s=question.step_s)
        self._asked.grid = grid
        start, end = (datetime.fromtimestamp(each, UTC) for each in (grid.start_s, grid.end_s))
        over_time: Found = self._connect.custom_query_range(question.query, start, end, str(grid.step_s), params)
        return over_time

    def _decode(self, body: bytes) -> Any:
        """An answer in the shape that the library looks for its result in."""
        return {"data": {"result": answers.read(body, self._asked.grid)}}

    def _until_answered(self, send: Callable[[Deadline], T]) -> T:
        self._health.check()
        limit_s = min(self.limits.question_s, self.connection.timeout_s or math.inf)
        deadline = Deadline(limit_s, self.limits.stop)
        problem: failures.Problem | None = None
        for attempt in count(1):
            try:
                found = Flight(partial(send, deadline)).until(deadline)
            except flight.StoppedError:
                raise StoppedError from None
            except _FAILURES as error:
                # What ran into the deadline while it was tried again failed for the reason before.
                if problem is None or not isinstance(error, TooLongError):
                    problem = _problem(error, self.connection)
            else:
                self._health.well()
                return found
            self._wait(problem, attempt, deadline)
        raise AssertionError("attempts are counted without end")

    def _wait(self, problem: failures.Problem, attempt: int, deadline: Deadline) -> None:
        """Until the next attempt. Raises the problem's error where there is none."""
        self.limits.log(f"{problem.error.message} (attempt {attempt})")
        asked_s = retry_after_s(problem.asked, datetime.now(UTC))
        spread = random.random()  # noqa: S311  # it spreads retries, and guards nothing
        wait_s = self.limits.retries.wait_s(attempt, asked_s=asked_s, left_s=deadline.left_s, spread=spread)
        if not problem.passing or wait_s is None:
            error = failures.tried(problem.error, attempt, deadline.limit_s - deadline.left_s)
            self._health.ill(error, ends=problem.ends)
            raise error
        try:
            deadline.pause(wait_s)
        except flight.StoppedError:
            raise StoppedError from None


def _session(connection: Connection, limits: Limits, decode: Callable[[bytes], Any]) -> Session:
    given = connection.credentials
    try:
        context = tls.context(given) if connection.endpoint.origin.scheme == "https" else None
    except CredentialsError as error:
        raise failures.Denied(f"`{connection.name}`: {error}", help=error.help) from None
    terms = Terms(
        headers=given.sent(),
        context=context,
        decode=decode,
        parallel=limits.parallel,
        limit_bytes=limits.answer_bytes,
    )
    return Session(connection.endpoint, terms)


def _problem(error: Exception, connection: Connection) -> failures.Problem:
    if isinstance(error, HistogramsError):
        return failures.of_histograms(connection)
    if isinstance(error, StatusError):
        return statuses.problem(error, connection)
    if isinstance(error, TooLongError | TooLargeError | NoAnswerError):
        return failures.of_answer(error, connection)
    return causes.problem(error, connection)


class _Health:
    """Whether it is of use to ask on: hundreds of questions to a dead server would each wait for it."""

    def __init__(self, patience: int) -> None:
        self._patience, self._in_a_row = patience, 0
        self._lock = threading.Lock()
        self._ended: SourceError | None = None

    def check(self) -> None:
        if self._ended is not None:
            raise self._ended

    def well(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def ill(self, error: SourceError, *, ends: bool) -> None:
        """A query that is refused, or asks for too much, says nothing of the server; all else does."""
        with self._lock:
            if isinstance(error, failures.Refused | failures.TooMuch):
                self._in_a_row = 0
                return
            self._in_a_row += 1
            if ends or self._in_a_row >= self._patience:
                self._ended = error
