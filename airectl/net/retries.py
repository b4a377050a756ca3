"""Whether to ask again, and when: pure arithmetic. Whoever asks also waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

# What may pass by itself. Any other 4xx stays what it is, however often one asks.
_PASSING: Final = frozenset((408, 429, 500, 502, 503, 504))
# Asked to wait for longer, a command is better ended: someone is looking at it.
LONGEST_WAIT_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """`attempts` in all. The waits between them double from `first_s`, and none is longer than `longest_s`."""

    attempts: int = 4
    first_s: float = 0.25
    longest_s: float = LONGEST_WAIT_S

    def wait_s(self, attempt: int, *, asked_s: float | None, left_s: float, spread: float = 0.0) -> float | None:
        """How long to wait before asking once more; None: no more.

        `attempt` counts from 1, and just failed; `asked_s` is the wait that the server asks for, `left_s` what is
        left of the deadline. `spread`, 0 to 1, makes the wait up to a half longer, so that not all who were
        turned away come back at once. A wait that is too long is not cut short: one that comes back early is
        turned away again.
        """
        if attempt >= self.attempts:
            return None
        own_s = min(self.first_s * 2 ** (attempt - 1), self.longest_s)
        wait_s = own_s * (1 + spread / 2) if asked_s is None else asked_s
        longest_s = self.longest_s * 1.5 if asked_s is None else self.longest_s
        return wait_s if wait_s <= longest_s and wait_s < left_s else None


def passing(status: int) -> bool:
    """Whether an HTTP status may be another one in a moment."""
    return status in _PASSING


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After asks for, in seconds or as a date; None where it is neither.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    # RFC 9110 dates are GMT, however they say it.
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
