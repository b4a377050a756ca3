"""What a load test comes to: gates and findings. Those of a run that is not valid are undecided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from airectl.commands.specs import with_excerpts
from airectl.commands.validate import file_gates
from airectl.core.findings import Finding, Location, Severity, sort_key
from airectl.core.report import Gate, Outcome
from airectl.core.slo import Measure
from airectl.core.units import plain, spoken_seconds

if TYPE_CHECKING:
    from airectl.commands.loadtest_goals import Objectives
    from airectl.commands.loadtest_server import ServerSide
    from airectl.core.goodput import Score
    from airectl.load.results import Results

GROUP: Final = "load test"
_OFTEN: Final = 0.01
# What counts as good of each measure, with its threshold behind it where it has one.
_COUNTED: Final = {
    Measure.TTFT: "first tokens came within",
    Measure.ITL: "gaps between tokens were within",
    Measure.TPOT: "answers had a time per token within",
    Measure.E2E: "answers were complete within",
    Measure.AVAILABILITY: "requests were answered",
    Measure.COMPLETENESS: "answers were whole",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A run, what it is held to, and the folder that it is in as the user named it."""

    folder: str
    results: Results
    objectives: Objectives
    server: ServerSide | None = None


def gates(tested: Tested, least: Severity | None) -> Iterator[Gate]:
    """One for validity, one for answers, one an objective, one a file of specs; with --fail-on never none fails."""
    results, failed = tested.results, Outcome.FAILED if least else Outcome.PASSED
    if tested.objectives.checked:
        yield from file_gates(tested.objectives.checked, least)
    outcome = Outcome.PASSED if results.valid else Outcome.UNDECIDED
    yield Gate(name="validity", group=GROUP, outcome=outcome, message="; ".join(results.judgement.reasons))
    if results.counts.measured:
        outcome = Outcome.PASSED if results.counts.answered else failed
        yield Gate(name="answers", group=GROUP, outcome=outcome, message=_unanswered(results))
    for score in results.scores:
        yield _gate(score, results, failed)
    for each in results.unmeasured:
        group = each.service or GROUP
        yield Gate(name=each.id, group=group, outcome=Outcome.SKIPPED, message=each.reason, at=each.at)


def _gate(score: Score, results: Results, failed: Outcome) -> Gate:
    outcomes = {"met": Outcome.PASSED, "missed": failed, "inconclusive": Outcome.UNDECIDED}
    outcome = outcomes[score.state.value] if results.valid else Outcome.UNDECIDED
    message = "" if outcome is Outcome.PASSED else said(score)
    if not results.valid:
        message = f"the run is {results.judgement.validity}"
    goal = score.goal
    return Gate(name=goal.id, group=goal.service or GROUP, outcome=outcome, message=message, at=goal.at)


def _unanswered(results: Results) -> str:
    counts = results.counts
    return "" if counts.answered else f"none of {counts.measured:,} requests was answered"


def said(score: Score) -> str:
    """`94.8 % of first tokens`: `4,550 of 4,800 first tokens came within 500 ms, and 99 % must`."""
    goal = score.goal
    within = f" {spoken_seconds(goal.threshold_s)}" if goal.threshold_s is not None else ""
    text = f"{score.good:,} of {score.valid:,} {_COUNTED[goal.measure]}{within}, and {plain(goal.target * 100)} % must"
    if score.state.value == "inconclusive":
        text += f"; {score.minimum:,} are enough to decide"
    return text


def findings(tested: Tested) -> list[Finding]:
    """Everything that is to be said, each at its place."""
    checked = tested.objectives.checked
    of_specs = [f for f in checked.findings if f.severity is Severity.ERROR] if checked else []
    texts = checked.specs.texts if checked else {}
    found = [*_validity(tested), *_record(tested), *_answers(tested), *_objectives(tested.results)]
    return sorted((*of_specs, *with_excerpts(found, texts)), key=sort_key)


def _validity(tested: Tested) -> Iterator[Finding]:
    results = tested.results
    if results.valid:
        return
    help = {
        "client-limited": "send from more processes, or ask for less; `airectl loadtest calibrate` measures this host",
        "unstable": "the server does not keep up at this rate: ask for less, or let the warm-up last longer",
        "inconclusive": "let it run longer",
    }[results.judgement.validity.value]
    message = f"the run is {results.judgement.validity}: {'; '.join(results.judgement.reasons)}"
    yield Finding(code="AIR426", severity=Severity.WARNING, message=message, at=_at(tested), help=help)


def _at(tested: Tested) -> Location:
    return Location(path=tested.folder)


def _record(tested: Tested) -> Iterator[Finding]:
    """What is not in the records, or cannot be read."""
    results, lost = tested.results, list[str]()
    if results.end is None:
        in_flight = results.client.in_flight
        lost.append("it was cut off" + (f" with {in_flight:,} requests in flight" if in_flight else ""))
    elif results.end.how != "complete":
        lost.append(f"it ended before its time ({results.end.how})")
    lost += results.end.lost if results.end else ()
    if results.torn.files:
        lost.append(f"{results.torn.bytes:,} bytes at the end of {_many(results.torn.files, 'file')} are torn")
    if results.broken_lines:
        lost.append(f"{_many(results.broken_lines, 'line')} of the client or the server cannot be read")
    if results.counts.unrecorded:
        lost.append(f"{results.counts.unrecorded:,} of {results.counts.planned or 0:,} planned requests left no record")
    if lost:
        message = f"the record of the run is not whole: {'; '.join(lost)}"
        help = "figures are those of what is there"
        yield Finding(code="AIR428", severity=Severity.WARNING, message=message, at=_at(tested), help=help)


def _answers(tested: Tested) -> Iterator[Finding]:
    counts = tested.results.counts
    if not counts.failed:
        return
    few = counts.answered and counts.failed < _OFTEN * counts.measured
    severity = Severity.INFO if few else Severity.WARNING if counts.answered else Severity.ERROR
    kinds = ", ".join(
        f"{count:,} {kind}" for kind, count in _most(counts.errors) if kind not in ("dropped", "cancelled")
    )
    examples = [f"{kind}: {text}" for kind, said in tested.results.messages.items() for text in said[:1]]
    yield Finding(
        code="AIR429",
        severity=severity,
        message=f"{counts.failed:,} of {counts.measured:,} requests failed: {kinds}",
        at=_at(tested),
        notes=tuple(examples),
        help="they are in no latency, and bad for every objective",
    )


def _most(errors: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(errors.items(), key=lambda item: (-item[1], item[0]))


def _objectives(results: Results) -> Iterator[Finding]:
    for score in results.scores if results.valid else ():
        goal = score.goal
        if score.state.value == "missed":
            message = f"`{goal.id}` is missed: {said(score)}"
            help = "`--find-capacity` looks for the rate at which it is met"
            yield Finding(code="AIR425", severity=Severity.ERROR, message=message, at=goal.at, help=help)
        elif score.state.value == "inconclusive":
            message = f"`{goal.id}` is not decided: {said(score)}"
            yield Finding(
                code="AIR425", severity=Severity.WARNING, message=message, at=goal.at, help="let it run longer"
            )
    for each in results.unmeasured:
        message = f"`{each.id}` is not measured by a load test: {each.reason}"
        yield Finding(code="AIR427", severity=Severity.INFO, message=message, at=each.at)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def worst(findings: Sequence[Finding]) -> str:
    """The code to explain: that of the worst finding."""
    return max(findings, key=lambda f: f.severity.rank).code
