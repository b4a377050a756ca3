"""Why a probe failed: the words of reports, the label of metrics, the code of the finding and what it spends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from airectl.core.completion import Fault
from airectl.core.slo import Measure


class Reason(StrEnum):
    """One for each failed probe; these are all the values that a metric's label can have."""

    CONNECT = "connect"
    CONNECT_TIMEOUT = "connect_timeout"
    TLS = "tls"
    DENIED = "denied"
    RATE_LIMITED = "rate_limited"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    HTTP_OTHER = "http_other"
    ERROR_PAYLOAD = "error_payload"
    MALFORMED = "malformed"
    RESET = "reset"
    TOO_LARGE = "too_large"
    FIRST_TOKEN_TIMEOUT = "first_token_timeout"  # noqa: S105  # a token of text
    STALL = "stall"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    TOKEN_LIMIT = "token_limit"  # noqa: S105  # the same
    WRONG_MODEL = "wrong_model"
    MISMATCH = "mismatch"

    @property
    def words(self) -> str:
        """As a table says it."""
        return _WORDS.get(self, self.value.replace("_", " "))

    @property
    def code(self) -> str:
        """The code of the finding."""
        return next(code for code, reasons in _CODES.items() if self in reasons)

    @property
    def measure(self) -> Measure:
        """What a failure of this kind counts against: an answer, a whole one, or a right one."""
        if self in (Reason.WRONG_MODEL, Reason.MISMATCH):
            return Measure.QUALITY
        return Measure.COMPLETENESS if self in _INCOMPLETE else Measure.AVAILABILITY

    @property
    def closed(self) -> bool:
        """Whether the server did not even take the request, so that the next one will fare no better."""
        return self in (Reason.CONNECT, Reason.CONNECT_TIMEOUT, Reason.TLS)


_INCOMPLETE: Final = frozenset((Reason.TRUNCATED, Reason.EMPTY, Reason.TOKEN_LIMIT))
_WORDS: Final[Mapping[Reason, str]] = {
    Reason.CONNECT: "no connection",
    Reason.TLS: "TLS",
    Reason.HTTP_4XX: "refused",
    Reason.HTTP_5XX: "server error",
    Reason.HTTP_OTHER: "no answer",
    Reason.ERROR_PAYLOAD: "error in the stream",
    Reason.MALFORMED: "malformed stream",
    Reason.RESET: "connection closed",
    Reason.FIRST_TOKEN_TIMEOUT: "no first token",
    Reason.EMPTY: "empty answer",
    Reason.TOKEN_LIMIT: "cut at the token limit",
    Reason.MISMATCH: "wrong answer",
}
_CODES: Final[Mapping[str, frozenset[Reason]]] = {
    "AIR131": frozenset((Reason.CONNECT, Reason.CONNECT_TIMEOUT, Reason.TLS)),
    "AIR132": frozenset((Reason.DENIED, Reason.RATE_LIMITED, Reason.HTTP_4XX, Reason.HTTP_5XX, Reason.HTTP_OTHER)),
    "AIR133": frozenset((
        Reason.ERROR_PAYLOAD, Reason.MALFORMED, Reason.RESET, Reason.TOO_LARGE, Reason.TRUNCATED, Reason.EMPTY,
    )),
    "AIR134": frozenset((Reason.FIRST_TOKEN_TIMEOUT, Reason.STALL, Reason.TIMEOUT)),
    "AIR135": frozenset((Reason.WRONG_MODEL,)),
    "AIR136": frozenset((Reason.MISMATCH,)),
    "AIR137": frozenset((Reason.TOKEN_LIMIT,)),
}  # fmt: skip

OF_FAULT: Final[Mapping[Fault, Reason]] = {
    Fault.ERROR_PAYLOAD: Reason.ERROR_PAYLOAD,
    Fault.MALFORMED: Reason.MALFORMED,
    Fault.TRUNCATED: Reason.TRUNCATED,
    Fault.EMPTY: Reason.EMPTY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one probe failed. `said` completes "the answer to `x` ...", `help` says what to look at."""

    reason: Reason
    said: str
    help: str = ""
