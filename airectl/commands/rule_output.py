"""The files of a run of `airectl rules`, and what is already on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airectl.commands.ruled import Ruled, later
from airectl.core.findings import Finding
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.rules.receivers import Options

PROMETHEUS: Final = "prometheus"
OPERATOR: Final = "prometheus-operator"
FORMATS: Final = (PROMETHEUS, OPERATOR)
# How files of rules begin; such a file in the folder that no SLO has any more is left over.
_BEGINS: Final = (b"# Prometheus rules of ", b"# Unit tests of ")
# Below the folder of manifests: `kubectl apply -f FOLDER` does not look into it.
_TESTS: Final = "tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which files: rules in a format, dashboards of a kind (empty: none), Alertmanager's for `receivers` (None: none).

    `namespace` and `labels` are those of the manifests for the operator.
    """

    format: str = PROMETHEUS
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    dashboards: str = ""
    receivers: Options | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Path below the folder to content, and what there is to say of them."""

    files: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


def planned(made: Ruled, wanted: Wanted) -> Planned:
    """Every file of the run."""
    from airectl.rules.unit_tests import unit_tests

    tests = unit_tests(made.generated)
    files = dict(_rules(made, wanted, tests.files))
    findings = tests.findings
    if wanted.dashboards:
        from airectl.rules import grafana

        files |= grafana.files(made.generated)
    if wanted.receivers:
        from airectl.rules.alertmanager import FILE, alertmanager
        from airectl.rules.routing import notices

        routed = alertmanager(notices(made.generated, made.alerting), wanted.receivers)
        files[FILE] = routed.text
        findings += routed.findings
    return Planned(files=files, findings=later(made.checked, findings))


def _rules(made: Ruled, wanted: Wanted, tests: Mapping[str, str]) -> Mapping[str, str]:
    """The rules with their tests; beside manifests, which promtool cannot read, in a folder of their own."""
    from airectl.rules import operator, prometheus_file

    files = {**prometheus_file.files(made.generated), **tests}
    if wanted.format == PROMETHEUS:
        return files
    own = operator.Options(namespace=wanted.namespace, labels=wanted.labels)
    return {
        **operator.files(made.generated, own),
        **{f"{_TESTS}/{name}": content for name, content in files.items()},
    }


def as_text(made: Ruled, wanted: Wanted) -> str:
    """All rules together, for stdout: one document, as Prometheus reads no second one; manifests one by one."""
    from airectl.rules import operator, prometheus_file

    if wanted.format == PROMETHEUS:
        return prometheus_file.text(made.generated.slos)
    own = operator.Options(namespace=wanted.namespace, labels=wanted.labels)
    return "---\n".join(operator.files(made.generated, own).values())


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
    patterns = ("*.rules*.yaml", f"{_TESTS}/*.rules*.yaml", "*.prometheusrule.yaml")
    found = sorted(path for each in patterns for path in (run.env.cwd / folder).glob(each))
    gone = [each for each in found if each not in written and (_content(each) or b"").startswith(_BEGINS)]
    return [str(Path(folder, each.relative_to(run.env.cwd / folder))) for each in gone]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
