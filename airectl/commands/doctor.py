"""`airectl doctor`: whether sources answer, and have what the SLOs need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.commands.doctor_words import blocks, visit_data
from airectl.commands.evaluated import connections_of, setting_of
from airectl.commands.specs import (
    DEFAULT,
    Checked,
    FailOn,
    MinSeverity,
    failing_from,
    load_specs,
    shown,
    spec_context,
    with_excerpts,
)
from airectl.core.findings import Location, Severity, sort_key
from airectl.core.report import Gate, Outcome, Report, Status, decide, fails
from airectl.core.slo import Query
from airectl.errors import UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.evaluate.examination import Named, Rounds, Visit
    from airectl.spec.connections import Connections
    from airectl.spec.context import Context
    from airectl.spec.documents import SpecSet

Source = Annotated[
    str | None,
    typer.Argument(metavar="[SOURCE]", help="A source's name or a URL; default: all of airectl.toml and the specs."),
]
Specs = Annotated[
    list[str] | None,
    typer.Option("--specs", metavar="PATHS", help="Specs whose queries are looked for; default: ./slo-specs."),
]
# A clock that is fixed for the sake of equal reports is not this machine's.
_FIXED: Final = "SOURCE_DATE_EPOCH"


def doctor(
    run: Run,
    source: Source = None,
    *,
    fail_on: FailOn = None,
    min_severity: MinSeverity = None,
    specs: Specs = None,
) -> Report:
    """Look whether sources answer, and have what the SLOs need: versions, retention, scrapes, clocks, series.

    SOURCE is asked all that it understands, as with `check --source`. Exit code 0: all is well; 1: something
    is wrong; 3: a source could not be asked.

    Examples:
      airectl doctor --specs slo-specs/demo-chat.yaml
      airectl doctor --specs slo-specs/demo-accuracy.yaml -o json
    """
    rounds, texts = _visited(run, source, specs)
    # First one a source, then one for each that is not known.
    gates = (*(_gate(each, failing_from(run, fail_on)) for each in rounds.visits), *_unknown(rounds))
    found = sorted({f for each in rounds.visits for f in each.findings}, key=sort_key)
    status = Status.UNDECIDED if rounds.partial else decide(gates)
    return Report(
        status=status,
        data={
            "sources": [visit_data(each) for each in rounds.visits],
            "left_out": [{"name": name, "reason": why} for name, why in rounds.left_out.items()],
        },
        blocks=tuple(blocks(rounds, gates, status)),
        findings=shown(run, with_excerpts(found, texts), min_severity),
        gates=gates,
        partial=rounds.partial,
    )


def _gate(visit: Visit, least: Severity | None) -> Gate:
    """A source that could not be asked is undecided; one with something wrong fails."""
    failing = [finding for finding in visit.findings if fails(finding, least)]
    outcome = Outcome.FAILED if failing else Outcome.PASSED
    if visit.unanswered:
        outcome = Outcome.UNDECIDED
    message = failing[0].message if failing else ""
    return Gate(name=visit.name, group="sources", outcome=outcome, message=message)


def _unknown(rounds: Rounds) -> Iterator[Gate]:
    for name, reason in rounds.left_out.items():
        yield Gate(name=name, group="sources", outcome=Outcome.UNDECIDED, message=reason)


def _visited(run: Run, source: str | None, paths: Sequence[str] | None) -> tuple[Rounds, dict[str, str]]:
    """What was seen of the sources, and the texts of the specs."""
    from airectl.evaluate.cases import Moment
    from airectl.evaluate.examination import Errand, visit
    from airectl.spec.documents import SpecSet

    if source == "":
        raise UsageError("the source is empty", help="name a source or a URL; is a variable of your script not set?")
    connections = connections_of(run, source)
    checked = load_specs(run, paths) if _has_specs(run, paths) else None
    specs = checked.specs if checked else SpecSet(documents=(), texts={})
    context = checked.context if checked else spec_context(run)
    errand = Errand(
        slos=_slos(checked, connections) if checked else (),
        named=tuple(_named(connections, specs)),
        alone=bool(source),
        catalogue=context.catalogue,
        compare_clocks=_FIXED not in run.env.environ,
    )
    now = run.env.now()
    with run.env.stop.watched():
        rounds = visit(errand, Moment(now=now, agreed=run.config.agreed, setting=setting_of(run, now)))
    return _without_ignored(rounds, context, specs.texts), dict(specs.texts)


def _has_specs(run: Run, paths: Sequence[str] | None) -> bool:
    """Whether there are specs to look at; a source can be looked at without any."""
    return bool(paths or run.config.get("specs") or (run.env.cwd / DEFAULT).is_dir())


def _slos(checked: Checked, connections: Connections) -> Sequence[Slo]:
    """Those of valid files; none where the source that is named is of another type than all of them."""
    from airectl.spec.build import build

    invalid = {f.at.path for f in checked.findings if f.at and f.severity is Severity.ERROR}
    try:
        built = build(checked.specs, connections, checked.context.catalogue)
    except UsageError:
        return ()
    return [slo for slo in built.slos if slo.at.path not in invalid]


def _named(connections: Connections, specs: SpecSet) -> Iterator[Named]:
    """The source that is named, else every one of airectl.toml; others are looked at where an SLO asks them."""
    from airectl.evaluate.examination import Named
    from airectl.spec.tree import Map

    chosen = connections.preferred(connections.chosen, "SOURCE", specs)
    names = () if chosen else connections.configured
    for each in (chosen, *(connections.named(name, specs) for name in names)):
        if each:
            at = each.details.at("url") if isinstance(each.details, Map) and "url" in each.details else None
            where = at or Location(path=each.file or "")
            query = Query(
                type=each.type,
                ref=each.name,
                at=where,
                connection=each.details,
                connection_file=each.file,
                overrides=True,
            )
            yield Named(query=query, at=where if where.path else None)


def _without_ignored(rounds: Rounds, context: Context, texts: Mapping[str, str]) -> Rounds:
    """The same without what comments silence."""
    from airectl.spec import ignores

    def kept(visit: Visit) -> Visit:
        found = visit.findings
        silenced = ignores.apply_later(found, texts, context.codes, context.now.date(), family=ignores.MEASURED)
        return replace(visit, findings=tuple(f for f in found if f in set(silenced.findings)))

    return replace(rounds, visits=tuple(map(kept, rounds.visits)))
