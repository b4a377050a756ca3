"""The report of a probe: gates, findings and tables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from airectl.commands.probe_data import met
from airectl.commands.specs import with_excerpts
from airectl.commands.validate import file_gates
from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Block, Column, Gate, Kind, Lines, Next, Outcome, Status, Table, Verdict, decide
from airectl.core.slo import Measure
from airectl.core.units import plain, spoken_seconds
from airectl.probing.protocols import DEFAULT
from airectl.probing.reasons import Reason

if TYPE_CHECKING:
    from airectl.commands.probed import Probed
    from airectl.probing.goals import Score
    from airectl.probing.record import Tally

_GROUP: Final = "probe"
_MOST_NAMED: Final = 3
# What counts as good of each measure, with its threshold behind it where it has one.
_COUNTED: Final = {
    Measure.TTFT: "first tokens came within",
    Measure.ITL: "gaps between tokens were within",
    Measure.TPOT: "answers had a mean time per token within",
    Measure.E2E: "answers were complete within",
    Measure.AVAILABILITY: "probes were answered",
    Measure.COMPLETENESS: "answers were complete",
    Measure.QUALITY: "answers were right",
}


def gates(done: Probed, least: Severity | None) -> Iterator[Gate]:
    """One a prompt, one an objective, one a file of specs; with --fail-on never none fails."""
    failed = Outcome.FAILED if least else Outcome.PASSED
    if done.unusable:
        yield Gate(name="prompts", group=_GROUP, outcome=Outcome.FAILED, message="the prompts cannot be used")
        return
    if done.objectives.checked:
        yield from file_gates(done.objectives.checked, least)
    if done.lost:
        outcome = Outcome.UNDECIDED if done.lost.reason is Reason.DENIED else failed
        yield Gate(name="models", group=_GROUP, outcome=outcome, message=done.lost.said)
    for tally in done.record.tallies.values():
        yield _prompt_gate(tally, failed)
    for score in done.record.scores:
        outcome = Outcome.UNDECIDED if score.met is None else Outcome.PASSED if score.met else failed
        message = "" if score.met else _missed(score)
        goal = score.goal
        yield Gate(name=goal.id, group=goal.service or _GROUP, outcome=outcome, message=message, at=goal.at)
    for each in done.objectives.unmeasured:
        yield Gate(name=each.id, outcome=Outcome.SKIPPED, message=each.reason, at=each.at)


def _prompt_gate(tally: Tally, failed: Outcome) -> Gate:
    outcome, message = Outcome.PASSED, ""
    if not tally.asked:
        outcome, message = Outcome.UNDECIDED, "not asked"
    elif tally.worst:
        # A server that does not know who is asking says nothing of itself.
        outcome = Outcome.UNDECIDED if set(tally.reasons) == {Reason.DENIED} else failed
        message = tally.worst.said
    return Gate(name=tally.prompt.name, group=_GROUP, outcome=outcome, message=message, at=tally.prompt.at)


def status(done: Probed, gates: Sequence[Gate], on_unknown: str) -> Status:
    """The verdict; unreadable where nothing could be asked."""
    return Status.UNREADABLE if done.unusable else decide(gates, on_unknown=on_unknown)


def findings(done: Probed) -> list[Finding]:
    """Everything that is to be said, each at its place."""
    checked = done.objectives.checked
    of_specs = [f for f in checked.findings if f.severity is Severity.ERROR] if checked else []
    texts = {**(checked.specs.texts if checked else {}), **done.texts}
    found = [*done.findings, *_lost(done), *_failures(done), *_objectives(done)]
    return sorted((*of_specs, *with_excerpts(found, texts)), key=sort_key)


def _lost(done: Probed) -> Iterator[Finding]:
    if done.lost:
        message = f"the server cannot be asked for its models: {done.lost.said}"
        yield Finding(code=done.lost.reason.code, severity=Severity.ERROR, message=message, help=done.lost.help)


def _failures(done: Probed) -> Iterator[Finding]:
    """One for each way in which prompts failed; the same words of several prompts are said once."""
    same: dict[tuple[Reason, str], list[Tally]] = {}
    for tally in done.record.tallies.values():
        for reason, failure in tally.last.items():
            same.setdefault((reason, failure.said), []).append(tally)
    for (reason, said), tallies in same.items():
        prompt = tallies[0].prompt
        asked = sum(tally.asked for tally in tallies)
        failed = sum(tally.reasons[reason] for tally in tallies)
        often = f" ({failed} of {asked} times)" if asked > len(tallies) else ""
        yield Finding(
            code=reason.code,
            severity=Severity.ERROR,
            message=f"{_names(tallies)}: {said}{often}",
            at=prompt.expect_at if reason is Reason.MISMATCH else prompt.at,
            help=tallies[0].last[reason].help,
        )


def _names(tallies: Sequence[Tally]) -> str:
    names = ", ".join(f"`{tally.prompt.name}`" for tally in tallies[:_MOST_NAMED])
    more = len(tallies) - _MOST_NAMED
    return f"{names} and {more} more" if more > 0 else names


def _objectives(done: Probed) -> Iterator[Finding]:
    answered = any(tally.times.e2e_s is not None for tally in done.record.tallies.values())
    for score in done.record.scores:
        if score.met is False:
            help = "the tables have the times; `--count` asks more often, where chance may have had a part in it"
            message = f"`{score.goal.id}` is missed: {_missed(score)}"
            yield Finding(code="AIR138", severity=Severity.ERROR, message=message, at=score.goal.at, help=help)
        elif score.met is None and answered:
            help = "answers of one token have no gaps, and without usage nobody counts tokens: ask for more than a word"
            message = f"`{score.goal.id}` is not decided: {_missed(score)}"
            yield Finding(code="AIR138", severity=Severity.WARNING, message=message, at=score.goal.at, help=help)
    for each in done.objectives.unmeasured:
        message = f"`{each.id}` is not measured by a probe: {each.reason}"
        yield Finding(code="AIR139", severity=Severity.INFO, message=message, at=each.at)


def _missed(score: Score) -> str:
    """`3 of 4 first tokens came within 500 ms, and 95 % must`."""
    goal = score.goal
    counted = (
        f"{_COUNTED[goal.measure]} {spoken_seconds(goal.threshold_s)}" if goal.threshold_s else _COUNTED[goal.measure]
    )
    if score.met is None:
        return f"nothing was measured of which {counted}"
    return f"{score.good} of {score.valid} {counted}, and {plain(goal.target * 100)} % must"


_PROMPTS: Final = (
    Column(title="PROMPT"),
    Column(title="TTFT", kind=Kind.DURATION),
    Column(title="ITL", kind=Kind.DURATION),
    Column(title="ITL MAX", kind=Kind.DURATION),
    Column(title="E2E", kind=Kind.DURATION),
    Column(title="TOKENS", kind=Kind.COUNT),
    Column(title="PASSED"),
    Column(title="STATUS"),
)
_OBJECTIVES: Final = (
    Column(title="OBJECTIVE"),
    Column(title="MEASURE"),
    Column(title="THRESHOLD", kind=Kind.DURATION),
    Column(title="TARGET", kind=Kind.RATIO),
    Column(title="GOOD", kind=Kind.COUNT),
    Column(title="OF", kind=Kind.COUNT),
    Column(title="STATUS"),
)


def blocks(done: Probed, status: Status, visible: Sequence[Finding]) -> Iterator[Block]:
    """The verdict, the prompts, the objectives, what is not measured, and what to do next."""
    aside = f"{done.model} at {done.target.name}" if done.model else done.target.name
    yield Verdict(word=status.value.upper(), text=_verdict(done), aside=aside)
    tallies = list(done.record.tallies.values())
    if any(tally.asked for tally in tallies):
        yield Table(columns=_PROMPTS, rows=[_row(tally) for tally in tallies])
    if done.record.scores:
        yield Table(columns=_OBJECTIVES, rows=[_score_row(score) for score in done.record.scores])
    if done.objectives.unmeasured:
        lines = [f"{each.id}: {each.reason}" for each in done.objectives.unmeasured]
        yield Lines(title="not measured by a probe", lines=lines)
    yield Next(commands=list(_next(done, status, visible)))


def _verdict(done: Probed) -> str:
    tallies = list(done.record.tallies.values())
    if done.unusable:
        return "the prompts cannot be used"
    if done.lost:
        return "the server cannot be asked for its models"
    failed = [tally for tally in tallies if tally.worst]
    parts = [f"{len(failed) or len(tallies)} of {_many(len(tallies), 'prompt')} {'failed' if failed else 'passed'}"]
    missed = sum(score.met is False for score in done.record.scores)
    unknown = sum(score.met is None for score in done.record.scores)
    if done.record.scores:
        total = len(done.record.scores)
        parts.append(f"{missed or total - unknown} of {_many(total, 'objective')} {'missed' if missed else 'met'}")
    if done.record.rounds != 1:
        parts.append(_many(done.record.rounds, "round"))
    return ", ".join(parts)


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _row(tally: Tally) -> list[Any]:
    times = tally.times
    measured = [times.ttft_s, times.itl_s, times.itl_max_s, times.e2e_s, times.tokens]
    return [tally.prompt.name, *measured, f"{tally.passed} of {tally.asked}", _state(tally)]


def _state(tally: Tally) -> str:
    if not tally.asked:
        return "not asked"
    if tally.worst:
        return tally.reasons.most_common(1)[0][0].words
    return "right" if tally.judged else "answered"


def _score_row(score: Score) -> list[Any]:
    goal = score.goal
    threshold = "-" if goal.threshold_s is None else goal.threshold_s
    return [goal.id, goal.measure.value, threshold, goal.target, score.good, score.valid, met(score)]


def _next(done: Probed, status: Status, visible: Sequence[Finding]) -> Iterator[str]:
    if visible:
        yield f"airectl explain {max(visible, key=lambda f: f.severity.rank).code}"
    if status is Status.PASSED and done.schedule.interval_s is None:
        yield f"airectl probe {_again(done)} --interval 30s --listen 127.0.0.1:9464"
    elif status is not Status.PASSED:
        yield "airectl help probing"


def _again(done: Probed) -> str:
    """The server, as a command line names it."""
    target = done.target
    protocol = "" if target.protocol == DEFAULT else f" --protocol {target.protocol}"
    model = f" --model {shlex.quote(done.model)}" if done.model else ""
    return f"{shlex.quote(target.name)}{protocol}{model}"
