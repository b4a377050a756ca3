"""From what was asked to the document of `postmortem new`: found, rendered, with its charts, and told."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from airectl.commands.postmortem_asked import LEAD, Asked
from airectl.commands.postmortem_facts import Specs, facts_of, specs_of
from airectl.commands.postmortem_words import blocks, data, findings_of, refused
from airectl.commands.specs import with_excerpts
from airectl.core.chart import Chart
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.incident.blanks import blanks, defused
from airectl.core.incident.classes import IncidentClass
from airectl.core.incident.markers import Marker
from airectl.core.report import Report, Status
from airectl.core.secrets import redact_url
from airectl.core.units import plain
from airectl.errors import UsageError
from airectl.incident.facts import Facts, Markup
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.incident.templates.folder import Chosen

STDOUT: Final = "-"
FOLDER: Final = "postmortems"
_SUFFIX: Final = ".md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A postmortem as it is to be written: its path (empty: stdout), its text, and the charts beside it."""

    path: str
    text: str
    charts: Mapping[str, Chart]

    @property
    def left(self) -> int:
        """How many blanks a person has to fill."""
        return sum(1 for _ in blanks(self.text))


def written(run: Run, asked: Asked) -> Report:
    """The report of `postmortem new`. Raises UsageError."""
    from airectl.incident.templates import folder

    kind = _class(asked.class_name)
    chosen = folder.find(asked.template or (kind.template if kind else "full"), _templates(run), run.env.cwd)
    asked = replace(asked, template=chosen.called)
    specs = specs_of(run, asked)
    facts = facts_of(run, asked, specs, kind)
    facts = replace(facts, command=_command(asked))
    path = _path(run, asked, facts)
    charts = _charts(facts, path) if path else {}
    text = _text(facts, chosen, charts)
    if isinstance(text, Finding):
        return refused(text)
    document = Document(path=path, text=text, charts=charts)
    if path and not asked.force and not asked.dry_run:
        _check_free(run, document)
    return _report(asked, specs, facts, document)


def _class(name: str) -> IncidentClass | None:
    """The class of that name. Raises UsageError."""
    from airectl.incident.classes import shipped

    if not name:
        return None
    known = shipped()
    if name not in known:
        near = get_close_matches(name, known, 1, 0.4)
        help = f"did you mean `{near[0]}`?" if near else "`airectl postmortem classes` lists them"
        raise UsageError(f"no class of incidents is called `{name}`", help=help)
    return known[name]


def _templates(run: Run) -> str:
    found = run.config.beside("postmortems.templates", run.env.cwd)
    return found[0] if found else ""


def _path(run: Run, asked: Asked, facts: Facts) -> str:
    """Where the document goes; empty for stdout."""
    if asked.out == STDOUT:
        return ""
    if asked.out.endswith(_SUFFIX) and not (run.env.cwd / asked.out).is_dir():
        return asked.out
    named = run.config.beside("postmortems.path", run.env.cwd)
    return str(Path(asked.out or (named[0] if named else FOLDER), f"{facts.id}{_SUFFIX}"))


def _charts(facts: Facts, path: str) -> dict[str, Chart]:
    """The charts by their paths, beside the document and called like it."""
    from airectl.incident import pictures

    stem = path.removesuffix(_SUFFIX)
    burn = pictures.burn(facts)
    found = {f"{stem}-burn.svg": burn} if burn else {}
    return found | {f"{stem}-timeline.svg": pictures.timeline(facts)}


def _text(facts: Facts, chosen: Chosen, charts: Mapping[str, Chart]) -> str | Finding:
    """The front matter and the rendered template, or what is wrong with the template."""
    from airectl.incident.context import context
    from airectl.incident.front import front_matter
    from airectl.incident.templates.rendering import rendered
    from airectl.render import cells, markdown
    from airectl.spec.yaml_text import dump

    markup = Markup(
        prose=lambda text: markdown.prose(defused(text)),
        code=lambda text: markdown.code(defused(text)),
        cell=markdown.in_table,
        figure=cells.shown,
    )
    names = {Path(path).stem.rpartition("-")[2]: Path(path).name for path in charts}
    body = rendered(chosen, context(facts, markup, names))
    if isinstance(body, Finding):
        return body
    return f"---\n{dump(front_matter(facts))}---\n\n{body.strip()}\n"


def _check_free(run: Run, document: Document) -> None:
    """Raises UsageError where a file is there."""
    for path in (document.path, *document.charts):
        if (run.env.cwd / path).exists():
            help = "`--force` replaces it, `--out -` prints what would be written, another --out puts it elsewhere"
            raise UsageError(f"{path} is there already, and nothing was changed", help=help)


def _report(asked: Asked, specs: Specs, facts: Facts, document: Document) -> Report:
    writes = bool(document.path) and not asked.dry_run
    warned = [finding.with_severity(Severity.WARNING) for finding in specs.findings]
    more = (
        *([asked.by.lines] if asked.by else ()),
        *(replace(chart, page_only=True) for chart in document.charts.values()),
    )
    return Report(
        status=Status.DONE,
        data=data(facts, document.path, list(document.charts), document.left),
        blocks=list(blocks(facts, _where(asked, document), document.left, document.path if writes else "", *more)),
        findings=list(with_excerpts(sorted([*warned, *findings_of(facts)], key=sort_key), specs.documents.texts)),
        files={document.path: document.text} if writes else {},
        charts=document.charts if writes else {},
        artefact=None if document.path else document.text,
    )


def _where(asked: Asked, document: Document) -> str:
    if not document.path:
        return ""
    return f"{'would be ' if asked.dry_run else ''}written to {document.path}"


def _command(asked: Asked) -> str:
    """The command line that makes the same document again, without credentials."""
    return shlex.join(["airectl", "postmortem", "new", *_words(asked)])


def _length(lead: timedelta) -> str:
    """How a lead is written; empty for the usual one."""
    return "" if lead == LEAD else f"{int(lead.total_seconds())}s"


def _words(asked: Asked) -> Iterator[str]:
    if not asked.by:
        yield from ("--from", str(asked.start), "--to", str(asked.end))
    named = asked.named
    several = (
        ("--specs", asked.specs), ("--slo", asked.slo), ("--alerts", named.alerts), ("--pagerduty", named.pagerduty),
        ("--opsgenie", named.opsgenie), ("--statuspage", named.statuspage), ("--slack", named.slack),
        ("--git", named.git), ("--run", named.runs),
    )  # fmt: skip
    for option, values in several:
        for value in values:
            yield from (option, redact_url(value))
    single = (
        ("--title", asked.title), ("--class", asked.class_name), ("--template", asked.template),
        ("--source", asked.source or ""), ("--lead", _length(asked.lead)),
    )  # fmt: skip
    for option, value in single:
        if value:
            yield from (option, redact_url(value))
    for marker in Marker:
        if marker in asked.marks:
            yield from ("--mark", f"{marker}={asked.marks[marker]}")
    if asked.failed is not None:
        yield from ("--outage", "total" if asked.failed == 1 else str(asked.failed))
    for goal in asked.goals:
        yield from ("--target", f"{plain(goal.target * 100)}%/{goal.window}")
