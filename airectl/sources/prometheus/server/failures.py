"""Why a Prometheus gave no answer: the errors, each with the code of its finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from airectl.core.secrets import redact_url
from airectl.errors import Rejected, SourceError, Unreachable
from airectl.net.flight import TooLongError
from airectl.net.session import TooLargeError
from airectl.sources.prometheus.server.answers import Found, NoAnswerError
from airectl.sources.prometheus.server.connection import Connection

_LONGEST: Final = 300
_TOO_MUCH: Final = re.compile(
    r"too (?:many|large|much)|exceed(?:s|ed)? .*(?:limit|maximum|points|samples|series|bytes)|max-samples"
    r"|limit exceeded|reached the limit",
    re.IGNORECASE,
)
LOGIN: Final = "look whether `url` leads to its API, and not to a login page or another program"


class Denied(SourceError):
    """It asks for credentials, or refuses those that it was shown."""

    def __init__(self, message: str, *, help: str) -> None:
        super().__init__(message, help=help, code="AIR213")


class Refused(Rejected):
    """It does not answer this query. `reason` is what it says; `line`, `col` are of the query as sent, or 0.

    `too_large`: a smaller question may be answered. `query` is the query as sent.
    """

    query = ""

    def __init__(
        self, message: str, *, help: str, reason: str, at: tuple[int, int] = (0, 0), invalid: bool = False
    ) -> None:
        super().__init__(message, help=help, code="AIR214", invalid=invalid)
        self.reason = reason
        self.line, self.col = at
        self.too_large = says_too_much(reason)


class Overloaded(SourceError):
    """It turned the question away, or ended it."""

    def __init__(self, message: str, *, help: str) -> None:
        super().__init__(message, help=help, code="AIR215")


class NoAnswer(SourceError):
    """What came back is no complete answer of a Prometheus."""

    def __init__(self, message: str, *, help: str) -> None:
        super().__init__(message, help=help, code="AIR216")


class TooMuch(NoAnswer):
    """The answer is larger than one is taken to be: half of it may not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One attempt that failed. `passing`: the next one may not; `asked`: the Retry-After that came with it.

    `ends`: every other question would fail as this one did.
    """

    error: SourceError
    passing: bool = False
    asked: str | None = None
    ends: bool = False


def unreachable(message: str, help: str) -> SourceError:
    """It did not answer."""
    return Unreachable(message, help=help, code="AIR212")


def who(connection: Connection) -> str:
    """What a connection is called in messages."""
    address = str(connection.endpoint)
    return f"`{address}`" if connection.name == address else f"`{connection.name}` ({address})"


def table(connection: Connection) -> str:
    """Where its settings are, or would be."""
    return f"`[sources.{connection.name}]`" if "/" not in connection.name else "a table `[sources.NAME]`"


def says_too_much(text: str) -> bool:
    """Whether a server's words are that a limit was passed."""
    return bool(_TOO_MUCH.search(text))


def short(text: str, connection: Connection) -> str:
    """One line of a server's words, without secrets."""
    text = " ".join(redact_url(connection.credentials.hidden_in(text)).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def of_answer(error: TooLongError | TooLargeError | NoAnswerError, connection: Connection) -> Problem:
    """An answer that came late, came large, or was none."""
    name = who(connection)
    if isinstance(error, TooLongError):
        help = f"allow more with `timeout` in {table(connection)}, or ask less: fewer series, a shorter window"
        message = f"{name} gave no complete answer within {error.limit_s:,.3g} s"
        return Problem(error=unreachable(message, help))
    if isinstance(error, TooLargeError):
        help = "ask for fewer series: aggregate with `sum`, or add matchers"
        return Problem(error=TooMuch(f"{name} gave an answer of more than {error.limit:,} bytes", help=help))
    return Problem(error=NoAnswer(f"{name} gave no answer of a Prometheus: {error}", help=LOGIN))


def of_histograms(connection: Connection) -> Problem:
    """The query selects native histograms."""
    reason = "it gives native histograms, and a budget is counted in numbers"
    help = "put it into `histogram_count()`, or `histogram_fraction()` times that for those below a threshold"
    message = f"the query cannot be used with {who(connection)}: {reason}"
    return Problem(error=Refused(message, help=help, reason=reason, invalid=True))


def tells_of_parts(warning: str) -> bool:
    """Whether a warning is of the stores behind a server, and not of the query: then parts may be missing.

    Prometheus, Thanos and Mimir begin those of a query with `PromQL`.
    """
    return not warning.lower().startswith("promql")


def partial_answer(connection: Connection, found: Found) -> SourceError:
    """The error in place of an answer that lacks parts: nobody knows which."""
    said = [warning for warning in found.warnings if tells_of_parts(warning)]
    why = f": {short(said[0], connection)}" if said else ""
    help = "look at the stores behind it: one of them does not answer, or not with all it has"
    return NoAnswer(f"{who(connection)} gave a part of the answer only{why}", help=help)


def tried(error: SourceError, attempts: int, seconds: float) -> SourceError:
    """The same error, saying how often and for how long it was tried."""
    if attempts > 1:
        error.message = f"{error.message}; tried {attempts} times over {max(seconds, 1):.0f} s"
        error.args = (error.message,)
    return error
