"""What `postmortem new` reads beside specs: exports, chats, repositories, runs, alerts of a source."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from airectl.core.incident.timeline import Imported, NotUnderstood
from airectl.core.secrets import redact_url
from airectl.errors import AirectlError, UsageError
from airectl.incident.facts import Read
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.commands.postmortem_facts import Specs

STDIN: Final = "-"
_LARGEST: Final = 64 * 1024 * 1024
_MOST_ROWS: Final = 2_000
_MOST_COMMITS: Final = 2_000
_MOST_FILES: Final = 400
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The inputs that a command line names, by their kind."""

    alerts: Sequence[str] = ()
    pagerduty: Sequence[str] = ()
    opsgenie: Sequence[str] = ()
    statuspage: Sequence[str] = ()
    slack: Sequence[str] = ()
    git: Sequence[str] = ()
    runs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The time that rows are kept of: from some time before the incident to its end."""

    start: datetime
    end: datetime

    def kept(self, imported: Imported) -> Imported:
        """The rows within, as many as a document can hold; the others are counted."""
        rows = tuple(row for row in imported.rows if self.start <= row.at <= self.end)
        left_out = imported.left_out + len(imported.rows) - len(rows)
        notes = imported.not_understood
        if len(rows) > _MOST_ROWS:
            reason = f"{len(rows) - _MOST_ROWS:,} rows of the interval are left out: the first {_MOST_ROWS:,} are kept"
            notes = (*notes, NotUnderstood(path="$", reason=reason))
            rows = tuple(sorted(rows, key=lambda row: row.at)[:_MOST_ROWS])
        return replace(imported, rows=rows, left_out=left_out, not_understood=notes)


def reads(run: Run, named: Named, reach: Reach, specs: Specs) -> Iterator[Read]:
    """Every input, read. Raises UsageError for one that is not there."""
    from airectl.incident.importers import opsgenie, pagerduty, statuspage

    for name in named.alerts:
        yield _read(name, "alerts", _alerts(run, name, reach, specs), reach)
    exports = (
        ("PagerDuty", named.pagerduty, pagerduty.read),
        ("Opsgenie", named.opsgenie, opsgenie.read),
        ("status page", named.statuspage, statuspage.read),
    )
    for kind, names, importer in exports:
        for name in names:
            yield _read(name, kind, _export(run, name, importer), reach)
    for name in named.slack:
        yield _read(name, "Slack", _slack(run, name, reach), reach)
    for name in named.git:
        yield _read(name, "git", _git(run, name, reach), reach)
    for name in named.runs:
        yield _read(name, "run", _run(run, name), reach)


def _read(name: str, kind: str, imported: Imported, reach: Reach) -> Read:
    return Read(name=redact_url(name), kind=kind, imported=reach.kept(imported))


def _payload(run: Run, name: str) -> Any:
    """The JSON of a file, or a note where it is none. Raises UsageError for a file that cannot be read."""
    try:
        if name == STDIN:
            data = run.env.stdin.read(_LARGEST + 1)
        else:
            with (run.env.cwd / name).open("rb") as stream:
                data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"cannot read {name}: {(error.strerror or str(error)).lower()}", help="check the path"
        ) from None
    if len(data) > _LARGEST:
        return NotUnderstood(path="$", reason=f"it is larger than {_LARGEST // 2**20} MiB")
    run.log(f"read {name}, {len(data):,} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        return NotUnderstood(path="$", reason=f"it is no JSON: {said}")


def _export(run: Run, name: str, importer: Callable[[Any, str], Imported]) -> Imported:
    payload = _payload(run, name)
    if isinstance(payload, NotUnderstood):
        return Imported(not_understood=(payload,))
    return importer(payload, _origin(name))


def _origin(name: str) -> str:
    return "stdin" if name == STDIN else Path(name).name


def _alerts(run: Run, name: str, reach: Reach, specs: Specs) -> Imported:
    """Of a file by what it looks like; what is no file is a source."""
    from airectl.incident.importers import alertmanager, prometheus_alerts

    if name != STDIN and not (run.env.cwd / name).is_file():
        return _fired(run, name, reach, specs)
    payload = _payload(run, name)
    if isinstance(payload, NotUnderstood):
        return Imported(not_understood=(payload,))
    if prometheus_alerts.matches(payload):
        return prometheus_alerts.read(payload, _origin(name))
    if alertmanager.matches(payload) or payload == []:
        return alertmanager.read(payload, _origin(name))
    reason = "neither a webhook or an API answer of Alertmanager, nor a range of `ALERTS` from Prometheus"
    return Imported(not_understood=(NotUnderstood(path="$", reason=reason),))


def _fired(run: Run, name: str, reach: Reach, specs: Specs) -> Imported:
    """The alerts of a source, without those that name a service that is not ours."""
    from airectl.incident.importers import prometheus_alerts
    from airectl.incident.importers.payload import Reader
    from airectl.sources.prometheus.alerts import fired

    query, setting = specs.query_of(name, "--alerts"), specs.setting
    start_s, end_s = int(reach.start.timestamp()), int(reach.end.timestamp())
    reader = Reader(query.ref)
    try:
        found = fired(query, setting, start_s, end_s)
    except AirectlError as error:
        reader.note(query.ref, error.message)
        return reader.imported()
    for index, each in enumerate(found):
        service = each.labels.get("sloth_service") or each.labels.get("service")
        if specs.services and service and service not in specs.services:
            reader.skip()
            continue
        alert = prometheus_alerts.Alert(labels=each.labels, times=each.times, until_s=end_s, link=each.page)
        prometheus_alerts.add(reader, alert, f"ALERTS[{index}]")
    return reader.imported()


def _slack(run: Run, name: str, reach: Reach) -> Imported:
    """One file of messages, or an export: the folder of a channel, or the folder of all channels."""
    from airectl.incident.importers import slack

    root = run.env.cwd / name
    files = _messages(root, reach) if root.is_dir() else [(name, "")]
    rows: list[Any] = []
    notes: list[NotUnderstood] = []
    left_out = 0
    for path, channel in files[:_MOST_FILES]:
        payload = _payload(run, path)
        if isinstance(payload, NotUnderstood):
            notes.append(replace(payload, path=Path(path).name))
            continue
        found = slack.read(slack.within(payload, reach.start, reach.end), _origin(path), channel)
        rows += found.rows
        notes += found.not_understood
        left_out += found.left_out
    if len(files) > _MOST_FILES:
        notes.append(NotUnderstood(path=name, reason=f"only {_MOST_FILES} of its {len(files):,} files were read"))
    if not files:
        notes.append(NotUnderstood(path=name, reason="no day of a channel in it lies in the interval"))
    return Imported(rows=tuple(rows), not_understood=tuple(notes), left_out=left_out)


def _messages(root: Path, reach: Reach) -> list[tuple[str, str]]:
    """The files of days near the interval, each with the name of its channel."""
    found = []
    for path in sorted(root.glob("*.json")) + sorted(root.glob("*/*.json")):
        try:
            day = datetime.strptime(path.stem, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            continue
        # Slack's days are those of the workspace's time zone.
        if reach.start - 2 * _DAY <= day <= reach.end + _DAY:
            found.append((str(path), path.parent.name))
    return found


def _git(run: Run, name: str, reach: Reach) -> Imported:
    from airectl import vcs
    from airectl.incident.importers import git_log

    folder = run.env.cwd / name
    if not folder.is_dir():
        raise UsageError(f"there is no folder {name}", help="--git takes a checkout")
    commits = list(vcs.log(folder, reach.start, reach.end, _MOST_COMMITS))
    imported = git_log.read(commits, folder.resolve().name, vcs.web_address(folder))
    if len(commits) < _MOST_COMMITS:
        return imported
    note = NotUnderstood(path=name, reason=f"only the latest {_MOST_COMMITS:,} commits of the interval were read")
    return replace(imported, not_understood=(*imported.not_understood, note))


def _run(run: Run, name: str) -> Imported:
    from airectl.incident.importers import runs
    from airectl.runs.reading import open_run

    found = open_run(run.env.cwd / name)
    end = found.end.to_json(found.manifest.started_unix_ns) if found.end else None
    return runs.read(found.manifest.to_json(), end, name)
