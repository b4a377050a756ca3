"""What `postmortem new` knows of an incident: specs, sources and inputs put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from fractions import Fraction
from typing import TYPE_CHECKING

from airectl.commands.evaluated import connections_of, setting_of
from airectl.commands.postmortem_asked import Asked
from airectl.commands.postmortem_inputs import Reach, reads
from airectl.commands.run_source import replaced
from airectl.commands.selection import chosen
from airectl.commands.specs import DEFAULT, load_specs
from airectl.core.findings import Finding, Location, Severity
from airectl.core.incident.burned import Goal, estimated
from airectl.core.incident.classes import IncidentClass
from airectl.core.incident.damage import burned, matters, requests_of, touched, worst_stretch
from airectl.core.incident.markers import Mark, Marker
from airectl.core.incident.timeline import in_order
from airectl.core.naming import slug
from airectl.core.slo import Query
from airectl.errors import UsageError
from airectl.incident.facts import Facts, Objective
from airectl.incident.proposing import Given, burns, proposed
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.core.slo import Slo
    from airectl.evaluate.incidents import Seen
    from airectl.sources.protocol import Setting
    from airectl.spec.connections import Connections
    from airectl.spec.documents import SpecSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Specs:
    """The SLOs that are looked at, and how to reach their sources.

    `unusable` are those that cannot be measured as they are written; `findings` are errors of specs.
    """

    slos: Sequence[Slo]
    setting: Setting
    connections: Connections
    documents: SpecSet
    services: tuple[str, ...] = ()
    unusable: tuple[Objective, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def query_of(self, name: str, said: str) -> Query:
        """A source by its name or URL, as something to ask. Raises UsageError."""
        found = self.connections.preferred(name, said, self.documents)
        if found is None:
            raise UsageError(f"{said} is empty", help="name a file, a source or a URL")
        return Query(
            type=found.type,
            ref=found.name,
            at=Location(path=found.file),
            connection=found.details,
            connection_file=found.file,
            overrides=True,
        )


def specs_of(run: Run, asked: Asked) -> Specs:
    """The SLOs of valid specs, those that --slo names of them. None where there are no specs and none were named."""
    from airectl.spec.build import build
    from airectl.spec.documents import SpecSet

    connections = connections_of(run, asked.source)
    setting = setting_of(run, asked.end.until, no_cache=asked.no_cache)
    there = asked.specs or run.config.get("specs") or (run.env.cwd / DEFAULT).is_dir()
    if not there or (asked.goals and not asked.specs):
        if asked.slo:
            raise UsageError("--slo names an SLO, and there are no specs", help="name them with --specs")
        nothing = SpecSet(documents=(), texts={})
        return Specs(slos=(), setting=setting, connections=connections, documents=nothing)
    checked = load_specs(run, asked.specs or None)
    built = chosen(build(checked.specs, connections, checked.context.catalogue), asked.slo)
    wrong = [f for f in checked.findings if f.severity is Severity.ERROR]
    invalid = {f.at.path for f in wrong if f.at}
    slos = [slo for slo in built.slos if slo.at.path not in invalid]
    broken = [(slo.id, slo.service, "its spec has errors", slo.at) for slo in built.slos if slo.at.path in invalid]
    broken += [(each.id, each.service, each.reason, each.at) for each in built.left_out]
    slos = replaced(slos, asked.by) if asked.by else slos
    return Specs(
        slos=slos,
        setting=setting,
        connections=connections,
        documents=checked.specs,
        services=tuple(dict.fromkeys(slo.service for slo in slos)),
        unusable=tuple(Objective(id=id_, service=service, why=why, at=at) for id_, service, why, at in broken),
        findings=tuple(wrong),
    )


def facts_of(run: Run, asked: Asked, specs: Specs, kind: IncidentClass | None) -> Facts:
    """All that is known. Raises UsageError for an input that is not there."""
    objectives = [*(_looked_at(each, asked) for each in _seen(run, asked, specs)), *specs.unusable]
    objectives += [Objective(id=goal.slo, service="", goal=goal) for goal in asked.goals]
    reach = Reach(start=asked.start.at - asked.lead, end=asked.end.until)
    taken = list(reads(run, asked.named, reach, specs))
    told = [row for each in taken for row in each.imported.rows]
    rows = in_order([*told, *(row for each in objectives for row in burns(each, _folder(asked), asked.specs))])
    given = Given(start=asked.start, end=asked.end, marks=asked.marks)
    marks = proposed(given, objectives, rows)
    objectives = [_burnt(each, asked, marks) for each in objectives]
    affected = [each for each in objectives if each.affected]
    services = tuple(dict.fromkeys(each.service for each in affected if each.service))
    return Facts(
        start=asked.start.at,
        end=asked.end.at,
        id=_id(asked, affected, kind),
        title=asked.title,
        class_=kind,
        template=asked.template,
        marks=marks,
        objectives=objectives,
        rows=rows,
        reads=taken,
        services=services or (specs.services if asked.slo else ()),
        failed=asked.failed,
    )


def _folder(asked: Asked) -> str:
    """The load test that SLOs are judged by; empty: there is none."""
    return asked.by.folder if asked.by else ""


def _seen(run: Run, asked: Asked, specs: Specs) -> list[Seen]:
    from airectl.evaluate.cases import Moment
    from airectl.evaluate.incidents import seen

    with run.env.stop.watched():
        moment = Moment(now=asked.end.at, agreed=run.config.agreed, setting=specs.setting, offline=asked.offline)
        return seen(specs.slos, moment)


def _looked_at(each: Seen, asked: Asked) -> Objective:
    """One SLO with the stretch in which it was worse; without data an estimate, where somebody says how bad it was."""
    measured, why = each.measured, each.why
    if measured:
        part = touched(measured.slices, asked.start.at.timestamp(), asked.end.at.timestamp())
        if part.counted:
            worse = worst_stretch(part, measured.goal)
            if worse and not (asked.slo or matters(measured, part, worse)):
                worse = None
            return Objective(id=each.id, service=each.slo.service, source=each.source, measured=measured, worse=worse)
        # Silence is no sign of health: whoever cannot be reached logs nothing.
        why = "nothing was counted in the interval" if part.known else "its source has no samples of the interval"
    goal = Goal(slo=each.id, target=each.target, window=each.slo.window.duration) if asked.failed else None
    return Objective(id=each.id, service=each.slo.service, source=each.source, goal=goal, why=why, at=each.slo.at)


def _burnt(each: Objective, asked: Asked, marks: Mapping[Marker, Mark]) -> Objective:
    """With what it lost from `degraded` to `recovered`."""
    start, end = marks[Marker.DEGRADED].at, marks[Marker.RECOVERED].at
    if end <= start:
        start, end = asked.start.at, asked.end.at
    first, last = start.timestamp(), end.timestamp()
    if each.goal:
        return replace(each, burned=estimated(each.goal, int(last - first), asked.failed or Fraction(1)))
    if each.measured:
        part = touched(each.measured.slices, first, last)
        requests = requests_of(each.measured.slices, part, each.measured.policy)
        return replace(each, burned=burned(each.measured, first, last), requests=requests)
    return each


def _id(asked: Asked, affected: Sequence[Objective], kind: IncidentClass | None) -> str:
    """The day, and what it was about."""
    day = asked.start.at.astimezone(UTC).strftime("%Y-%m-%d")
    about = asked.title or (affected[0].id if affected and affected[0].service else "") or (kind.name if kind else "")
    return f"{day}-{slug(about)[:60].strip('-') if about else 'incident'}"
