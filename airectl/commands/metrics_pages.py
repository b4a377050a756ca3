"""Reading live pages for a command: URLs, files and stdin, each with its findings and its gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airectl.core.findings import Finding, Location, Severity
from airectl.core.report import Gate, Outcome, fails
from airectl.errors import SourceError, UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.catalogue import Catalogue
    from airectl.core.exposition import Page
    from airectl.sources.protocol import Setting
    from airectl.telemetry.observing import Observation

_STDIN: Final = "-"
# A longer line is no excerpt.
_LONGEST: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One page that was asked for: what is on it, None where nothing is; `remote`: it was to come over the network."""

    name: str
    seen: Observation | None
    findings: tuple[Finding, ...] = ()
    remote: bool = False

    def gate(self, least: Severity | None) -> Gate:
        """Passed for a page without faults. One that could not be had over the network is undecided."""
        wrong = next((each for each in self.findings if fails(each, least)), None)
        outcome = Outcome.FAILED if wrong or self.seen is None else Outcome.PASSED
        if self.seen is None and self.remote:
            outcome = Outcome.UNDECIDED
        return Gate(
            name="page",
            group=self.name,
            outcome=outcome,
            message=wrong.message if wrong else "",
            at=wrong.at if wrong else None,
        )


def readings(run: Run, places: Sequence[str], catalogue: Catalogue) -> list[Reading]:
    """Each page once, in the order given. Raises UsageError for a place that cannot be one."""
    if "" in places:
        raise UsageError("a page is empty", help="name a URL or a file; is a variable of your script not set?")
    return [_reading(run, place, catalogue) for place in dict.fromkeys(places)]


def _reading(run: Run, place: str, catalogue: Catalogue) -> Reading:
    from airectl.core.page_text import page_of
    from airectl.sources import metrics_page

    remote = metrics_page.is_url(place)
    if "://" in place and not remote:
        shown = metrics_page.name_of(place)
        raise UsageError(f"`{shown}` is no page that can be read", help="write http://, https:// or the path of a file")
    name = metrics_page.name_of(place) if remote else "<stdin>" if place == _STDIN else place
    try:
        if remote:
            fetched = metrics_page.fetch(place, _setting(run))
            data, open_metrics, remarks = fetched.data, fetched.open_metrics, fetched.remarks
        else:
            data, open_metrics, remarks = _local(run, place), False, ()
    except SourceError as error:
        return Reading(name=name, seen=None, findings=(_not_had(error, name),), remote=remote)
    run.log(f"read {name}, {len(data):,} bytes")
    page, text = page_of(data, open_metrics=open_metrics)
    return Reading(
        name=name,
        seen=_seen(name, page, catalogue),
        findings=(*remarks, *_faults(name, page, text)),
        remote=remote,
    )


def _seen(name: str, page: Page, catalogue: Catalogue) -> Observation | None:
    from airectl.telemetry.observing import observe

    has_samples = any(family.series for family in page.families.values())
    return observe(name, page, catalogue) if has_samples else None


def _setting(run: Run) -> Setting:
    from airectl.commands.evaluated import setting_of

    return setting_of(run, run.env.now())


def _local(run: Run, place: str) -> bytes:
    """The bytes of a file or of stdin, as many as may be. Raises SourceError."""
    from airectl.core.page_text import MAX_BYTES

    try:
        if place == _STDIN:
            return run.env.stdin.read(MAX_BYTES + 1)
        with (run.env.cwd / place).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        help = "check the path and its permissions; a URL begins with http:// or https://"
        raise SourceError(f"cannot read the page: {why}", help=help, code="AIR001") from None


def _not_had(error: SourceError, name: str) -> Finding:
    return Finding(
        code=error.code, severity=Severity.ERROR, message=error.message, at=Location(path=name), help=error.help
    )


def _faults(name: str, page: Page, text: str) -> Iterator[Finding]:
    from airectl.spec.credentials import masked

    lines = text.split("\n") if page.faults else []
    for fault in page.faults:
        line = "".join(lines[fault.line - 1 : fault.line]).rstrip("\r")
        end = max(fault.col + 1, 1)
        yield Finding(
            code="AIR122",
            severity=Severity.ERROR,
            message=fault.message,
            at=Location(path=name, line=fault.line, col=fault.col, end_line=fault.line, end_col=end),
            help=fault.help or "correct what writes the page: Prometheus refuses all of it",
            excerpt=masked(line) if len(line) <= _LONGEST else "",
        )
