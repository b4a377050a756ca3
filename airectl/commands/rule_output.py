"""The files of a run of `airectl rules`, and what is already on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airectl.commands.ruled import Ruled
from airectl.core.findings import Finding
from airectl.run import Run

PROMETHEUS: Final = "prometheus"
OPERATOR: Final = "prometheus-operator"
FORMATS: Final = (PROMETHEUS, OPERATOR)
# How files of rules begin; such a file in the folder that no SLO has any more is left over.
_BEGINS: Final = "# Prometheus rules of "
_ALERTMANAGER: Final = "alertmanager.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which files: rules in a format, with dashboards of a kind (empty: none) and Alertmanager's configuration."""

    format: str = PROMETHEUS
    dashboards: str = ""
    alertmanager: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Path below the folder to content, and what there is to say of them."""

    files: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def planned(made: Ruled, wanted: Wanted) -> Planned:
    """Every file of the run."""
    files = dict(_rules(made, wanted.format))
    findings: tuple[Finding, ...] = ()
    if wanted.dashboards:
        from airectl.rules import grafana

        files |= grafana.files(made.generated)
    if wanted.alertmanager:
        from airectl.rules.alertmanager import alertmanager
        from airectl.rules.receivers import Options
        from airectl.rules.routing import notices

        routed = alertmanager(notices(made.generated, made.alerting), Options())
        files[_ALERTMANAGER] = routed.text
        findings = routed.findings
    return Planned(files=files, findings=findings)


def _rules(made: Ruled, format: str) -> Mapping[str, str]:
    from airectl.rules import prometheus_file

    return prometheus_file.files(made.generated)


def as_text(made: Ruled, format: str) -> str:
    """All rules together, for stdout: one document, as Prometheus reads no second one."""
    from airectl.rules import prometheus_file

    return prometheus_file.text(made.generated.slos)


def differing(run: Run, files: Mapping[str, str]) -> Iterator[str]:
    """The files that are not on the disk as they should be, each with the reason."""
    for path, content in files.items():
        there = _content(run.env.cwd / path)
        if there is None:
            yield f"{path} is missing"
        elif there != content.encode():
            yield f"{path} is not what the specs say"


def left_over(run: Run, folder: str, files: Mapping[str, str]) -> list[str]:
    """Files of rules in the folder that were written for SLOs which are gone."""
    written = {run.env.cwd / path for path in files}
    found = sorted((run.env.cwd / folder).glob("*.rules*.yaml"))
    gone = [each for each in found if each not in written and (_content(each) or b"").startswith(_BEGINS.encode())]
    return [str(Path(folder, each.name)) for each in gone]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
