"""What is made into rules: specs are read, their SLOs built, and the generator run on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airectl.commands.evaluated import graver
from airectl.commands.selection import chosen
from airectl.commands.specs import Checked, load_specs, with_excerpts
from airectl.core.alerting import Alerting
from airectl.core.findings import Finding, Severity
from airectl.core.slo import queries
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.catalogue import Catalogue
    from airectl.core.slo import Slo
    from airectl.rules.model import Generated
    from airectl.rules.windows import Table
    from airectl.spec.build import Built
    from airectl.spec.documents import SpecSet

# Findings of validation that concern alerts; of the others only errors are told.
_TOLD: Final = frozenset(("AIR027", "AIR028", "AIR036", "AIR037"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line wants made. `windows` is the file of the user's own table."""

    paths: Sequence[str] | None = None
    slo: Sequence[str] | None = None
    windows: str | None = None
    labels: Mapping[str, str]
    alerts: bool = True
    records: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The rules of a run, and every finding that concerns them. With an error among these nothing is written.

    `paths` are those that were named on the command line.
    """

    paths: tuple[str, ...]
    checked: Checked
    generated: Generated
    alerting: Mapping[str, Alerting]
    findings: tuple[Finding, ...]

    @property
    def invalid(self) -> bool:
        """Whether something is wrong, so that nothing is to be written."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def ruled(run: Run, asked: Asked) -> Ruled:
    """The rules that were asked for. Raises UsageError."""
    from airectl.rules.generate import Options, generate
    from airectl.rules.model import Generated
    from airectl.spec.alerting import alerting

    tables, wrong = tables_of(run, asked.windows)
    checked = load_specs(run, asked.paths)
    built = chosen(built_of(run, checked.specs, checked.context.catalogue), asked.slo)
    found = graver(checked.findings, built.left_out)
    told = [f for f in found if f.severity is Severity.ERROR or f.code in _TOLD]
    by_slo = alerting(checked.specs)
    options = Options(
        tables=tables,
        labels=asked.labels,
        alerts=asked.alerts,
        records=asked.records,
        runbooks=runbooks_url(run),
    )
    sound = not wrong and not any(f.severity is Severity.ERROR for f in told)
    generated = generate(built.slos, options, by_slo) if sound else Generated(slos=())
    own = _silenced(checked, generated.findings, everything=sound and not asked.slo)
    return Ruled(
        paths=tuple(asked.paths or ()),
        checked=checked,
        generated=generated,
        alerting=by_slo,
        findings=(*wrong, *told, *own),
    )


def runbooks_url(run: Run) -> str:
    """Where the folder of runbooks can be read, ending in `/`; empty where the settings do not say."""
    url = str(run.config.get("runbooks.url"))
    return url if not url or url.endswith("/") else f"{url}/"


def errors(slos: Sequence[Slo], checked: Checked) -> list[Finding]:
    """What is wrong with the rules of those of the SLOs that are asked for in PromQL; nothing is written.

    MetricsQL is none of it: whoever evaluates it need not make rules of it.
    """
    from airectl.spec.queries import is_promql

    def in_promql(slo: Slo) -> bool:
        return all(is_promql(query.type) for each in slo.objectives for query in queries(slo.indicator_of(each)))

    asked = [slo for slo in slos if in_promql(slo)]
    if not asked:
        return []
    from airectl.rules.generate import Options, generate
    from airectl.rules.tables import shipped
    from airectl.spec.alerting import alerting

    generated = generate(asked, Options(tables=shipped()), alerting(checked.specs))
    found = [f for f in generated.findings if f.severity is Severity.ERROR and f.code != "AIR303"]
    return list(_silenced(checked, found, everything=False))


def built_of(run: Run, specs: SpecSet, catalogue: Catalogue) -> Built:
    """The SLOs of specs, their queries sent to the sources that the settings name."""
    from airectl.spec.build import build
    from airectl.spec.connections import Connections

    default = run.config.get("source")
    connections = Connections(configured=run.config.sources, file=run.config.file, default=default)
    return build(specs, connections, catalogue)


def tables_of(run: Run, path: str | None) -> tuple[tuple[Table, ...], list[Finding]]:
    """The user's table in the file `path`, else those that are shipped; and what is wrong with it."""
    from airectl.rules import tables

    if path is None:
        return tables.shipped(), []
    try:
        text = (run.env.cwd / path).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
        raise UsageError(f"--windows: cannot read {path}: {reason}", help="name a file with a table") from None
    read = tables.read(path, text)
    findings = list(with_excerpts(read.findings, {path: text}))
    return (read.table,) if read.table else (), findings


def later(checked: Checked, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings of what is written beside the rules, without those that comments silence."""
    return _silenced(checked, findings, beside=True)


def _silenced(
    checked: Checked, findings: Sequence[Finding], *, beside: bool = False, everything: bool = False
) -> tuple[Finding, ...]:
    """Findings without those that comments silence; where `everything` was made, comments without effect are told."""
    from airectl.spec import ignores

    family = ignores.BESIDE if beside else ignores.RULED
    context, texts = checked.context, checked.specs.texts
    left = ignores.apply_later(findings, texts, context.codes, context.now.date(), family=family).findings
    kept = left if everything else [finding for finding in left if finding in findings]
    return tuple(with_excerpts(list(kept), texts))
