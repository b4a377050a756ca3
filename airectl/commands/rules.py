"""`airectl rules`: Prometheus rules, their tests, dashboards and routes, from SLO specs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands import rule_words
from airectl.commands.routing_options import AlertmanagerVersion, SecretsDir, Smtp, receiver_options
from airectl.commands.rule_output import FORMATS, OPERATOR, Wanted, as_text, differing, left_over, planned
from airectl.commands.ruled import Asked, Ruled, ruled
from airectl.commands.selection import Only
from airectl.commands.specs import Paths, one_of
from airectl.core.findings import sort_key
from airectl.core.report import Block, Lines, Next, Report, Status, Verdict
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.rules.receivers import Options

_STDOUT: Final = "-"
# Labels that airectl sets itself.
_OWN: Final = ("sloth_", "airectl_")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_PARTS: Final = ("alerts", "records")
_DASHBOARDS: Final = ("grafana",)

Out = Annotated[
    str, typer.Option("--out", metavar="DIR", help="Write a file for each SLO into DIR.", show_default="stdout")
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")]
Namespace = Annotated[str, typer.Option(metavar="NAME", help="Of the manifests for the Prometheus operator.")]
Windows = Annotated[
    str | None, typer.Option("--windows", metavar="FILE", help="Alerts by your own table instead of the shipped ones.")
]
Label = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Add a label to every record; repeatable.")
]
Disable = Annotated[
    list[str] | None, typer.Option("--disable", metavar="PART", help="Leave out alerts or records; repeatable.")
]
Dashboards = Annotated[
    str | None, typer.Option("--dashboards", metavar="KIND", help="A dashboard for each service as well: grafana.")
]
Alertmanager = Annotated[bool, typer.Option("--alertmanager", help="Routes and receivers of the alerts as well.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say which files would be written, and write none.")]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; fail where the files in DIR are not these.")]


def generate(
    run: Run,
    paths: Paths = None,
    *,
    out: Out = _STDOUT,
    format: Format = FORMATS[0],
    namespace: Namespace = "",
    windows: Windows = None,
    slo: Only = None,
    label: Label = None,
    disable: Disable = None,
    dashboards: Dashboards = None,
    alertmanager: Alertmanager = False,
    alertmanager_version: AlertmanagerVersion = None,
    secrets_dir: SecretsDir = None,
    smtp: Smtp = None,
    dry_run: DryRun = False,
    check: Check = False,
) -> Report:
    """Write Prometheus rules for SLOs: recordings, burn-rate alerts, an alert for missing data.

    Without --out the rules go to stdout and the report to stderr. When something is wrong nothing is
    written, and the exit code is 1.

    Examples:
      airectl rules slo-specs --out rules
      airectl rules slo-specs/chat-vllm.yaml > chat.rules.yaml
      airectl rules slo-specs --out rules --check
    """
    if dashboards is not None:
        one_of("--dashboards", dashboards, _DASHBOARDS)
    wanted = Wanted(
        format=one_of("--format", format, FORMATS),
        namespace=namespace,
        labels=_labels(label),
        dashboards=dashboards or "",
        receivers=_receivers(alertmanager, (alertmanager_version, secrets_dir, smtp)),
    )
    _check_manifests(wanted)
    if out == _STDOUT and (check or dry_run or dashboards or alertmanager):
        raise UsageError("--check, --dry-run, --dashboards and --alertmanager need --out", help="add --out DIR")
    off = [one_of("--disable", part, _PARTS) for part in disable or ()]
    asked = Asked(
        paths=paths,
        slo=slo,
        windows=windows,
        labels=wanted.labels,
        alerts="alerts" not in off,
        records="records" not in off,
    )
    made = ruled(run, asked)
    if made.invalid or not made.checked.files:
        return _unwritten(made, out)
    if out == _STDOUT:
        return _printed(made, wanted)
    return _checked(run, made, wanted, out) if check else _written(run, made, wanted, out, dry_run=dry_run)


def _labels(given: Sequence[str] | None) -> dict[str, str]:
    """KEY=VALUE as labels. Raises UsageError for what Prometheus does not take, or airectl sets itself."""
    found = {}
    for text in given or ():
        key, equals, value = text.partition("=")
        if not equals or not _LABEL.fullmatch(key) or key.startswith("__"):
            raise UsageError(f"--label cannot be `{text}`", help="write KEY=VALUE, such as cluster=eu-1")
        if key.startswith(_OWN):
            raise UsageError(f"--label cannot set `{key}`", help="airectl sets it, so that dashboards find the SLO")
        found[key] = value
    return found


def _receivers(wanted: bool, given: tuple[str | None, str | None, str | None]) -> Options | None:
    """What is said of Alertmanager, where its configuration is wanted."""
    if not wanted:
        if any(each is not None for each in given):
            help = "add --alertmanager"
            raise UsageError("--alertmanager-version, --secrets-dir and --smtp are for --alertmanager", help=help)
        return None
    return receiver_options(*given)


def _check_manifests(wanted: Wanted) -> None:
    """Raises UsageError for what Kubernetes would refuse."""
    from airectl.rules.operator import is_label, is_namespace

    if wanted.format != OPERATOR:
        if wanted.namespace:
            raise UsageError("--namespace is for manifests", help=f"add --format {OPERATOR}")
        return
    if wanted.namespace and not is_namespace(wanted.namespace):
        help = "Kubernetes takes at most 63 lower-case letters, digits and `-`"
        raise UsageError(f"--namespace cannot be `{wanted.namespace}`", help=help)
    for key, value in wanted.labels.items():
        if not is_label(key, value):
            help = "Kubernetes takes at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends"
            raise UsageError(f"--label cannot be `{key}={value}` in manifests", help=help)


def _unwritten(made: Ruled, out: str) -> Report:
    status, why = Status.FAILED, "there are errors"
    if not made.checked.files:
        status, why = Status.UNREADABLE, "nothing could be read"
    return Report(
        status=status,
        data={"out": None, "files": [], "slos": []},
        blocks=[Verdict(word=status.value.upper(), text=f"nothing was written: {why}")],
        findings=sorted(made.findings, key=sort_key),
        artefact="" if out == _STDOUT else None,
    )


def _printed(made: Ruled, wanted: Wanted) -> Report:
    text = as_text(made, wanted)
    blocks = [_verdict(made), *_told(made), Next(commands=[_again(made, "rules"), "airectl help rules"])]
    return _done(made, blocks, out="", files={}, artefact=text)


def _written(run: Run, made: Ruled, wanted: Wanted, out: str, *, dry_run: bool) -> Report:
    plan = planned(made, wanted)
    files = _below(out, plan.files)
    blocks: list[Block] = [_verdict(made, f" in {rule_words.many(len(files), 'file')}"), *_told(made)]
    if dry_run:
        blocks.append(Lines(title="nothing was written; it would be", lines=list(files)))
    gone = left_over(run, out, files)
    if gone:
        blocks.append(Lines(title="left over, of no SLO in these specs", lines=gone))
    blocks.append(Next(commands=[_again(made, out)] if dry_run else list(_next(made, out, files))))
    made = replace(made, findings=(*made.findings, *plan.findings))
    report = _done(made, blocks, out=out, files=files)
    return replace(report, files={}) if dry_run else report


def _checked(run: Run, made: Ruled, wanted: Wanted, out: str) -> Report:
    """Whether the folder holds what would be written."""
    plan = planned(made, wanted)
    files = _below(out, plan.files)
    wrong = [*differing(run, files), *(f"{path} is of no SLO in these specs" for path in left_over(run, out, files))]
    status = Status.FAILED if wrong else Status.PASSED
    known = rule_words.many(len(files), "file")
    text = f"{len(wrong)} of {known} in {out} not as the specs say" if wrong else f"{known} in {out} as the specs say"
    blocks: list[Block] = [Verdict(word=status.value.upper(), text=text)]
    if wrong:
        blocks += [Lines(lines=wrong), Next(commands=[_again(made, out)])]
    made = replace(made, findings=(*made.findings, *plan.findings))
    report = _done(made, blocks, out=out, files=files)
    return replace(report, status=status, files={}, data={**report.data, "differing": wrong})


def _again(made: Ruled, out: str) -> str:
    """The command that writes the files."""
    return shlex.join(["airectl", "rules", *made.paths, "--out", out])


def _below(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    return {str(Path(folder, name)): content for name, content in files.items()}


def _verdict(made: Ruled, where: str = "") -> Verdict:
    return Verdict(word="DONE", text=rule_words.counted(made.generated) + where)


def _told(made: Ruled) -> Iterator[Block]:
    table = rule_words.alert_table(made.generated)
    if table.rows:
        yield table
    yield from rule_words.explained(made.generated)


def _next(made: Ruled, out: str, files: Mapping[str, str]) -> Iterator[str]:
    plain = sorted({str(Path(path).parent) for path in files if path.endswith(".rules.yaml")})
    for folder in map(shlex.quote, plain):
        yield f"promtool check rules {folder}/*.rules.yaml"
        if any(path.endswith(".rules.test.yaml") for path in files):
            yield f"promtool test rules {folder}/*.rules.test.yaml"
    routes = next((path for path in files if path.endswith("alertmanager.yaml")), None)
    if routes:
        yield f"amtool check-config {shlex.quote(routes)}"
    if made.findings:
        yield f"airectl explain {max(made.findings, key=lambda f: f.severity.rank).code}"


def _done(
    made: Ruled, blocks: Sequence[Block], *, out: str, files: Mapping[str, str], artefact: str | None = None
) -> Report:
    return Report(
        status=Status.DONE,
        data={"out": out or None, "files": list(files), "slos": rule_words.data_of(made.generated)},
        blocks=blocks,
        findings=sorted(made.findings, key=sort_key),
        files=files,
        artefact=artefact,
    )
