"""Runbooks in words: the four sections of one alert, from what its SLOs say. Pure: nothing is read or written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import Final

from airectl.core.annotations import read
from airectl.core.incident.alerts import Alert, Watched
from airectl.core.naming import ID, error_ratio, slug, window_name
from airectl.core.units import plain, spoken_seconds
from airectl.incident.runbooks import words
from airectl.incident.runbooks.parts import PROMQL, SHELL, fence, joined, length, listed, percent, quoted, table

MEANING: Final = "Meaning"
IMPACT: Final = "Impact"
DIAGNOSIS: Final = "Diagnosis"
MITIGATION: Final = "Mitigation"
# 106 of the 106 runbooks of the Prometheus operator have these.
# Source: https://github.com/prometheus-operator/runbooks
HEADINGS: Final = (MEANING, IMPACT, DIAGNOSIS, MITIGATION)
_PAIRS: Final = ("severity", "windows", "bad above", "burns", "budget gone", "total outage seen after")
_HAND_OVER_S: Final = 1800


def sections(alert: Alert) -> dict[str, str]:
    """Heading to markdown, in order."""
    return {
        MEANING: joined(_meaning(alert)),
        IMPACT: joined(_impact(alert)),
        DIAGNOSIS: joined(_diagnosis(alert)),
        MITIGATION: joined(_mitigation(alert)),
    }


def _meaning(alert: Alert) -> Iterator[str]:
    if alert.missing_data:
        waits = length(max(each.no_data_s for each in alert.watched))
        yield f"`{alert.name}` fires when the service `{alert.service}` is not measured: no samples for {waits}."
    else:
        yield f"`{alert.name}` fires when the service `{alert.service}` spends an error budget too fast."
    yield _urgency(alert)
    for each in alert.watched:
        yield from _promise(alert, each)


def _urgency(alert: Alert) -> str:
    severities = " and ".join(alert.severities)
    when = "now: someone is woken up for it" if alert.urgent else "on the next working day: nobody is woken up for it"
    fastest = [(pair.factor, each) for each in alert.watched for pair in each.pairs]
    if not fastest:
        return f"**Urgency: {severities}.** It is {when}."
    factor, each = max(fastest, key=lambda pair: pair[0])
    lasts = length(each.slo.window.duration.nominal_s / factor)
    return (
        f"**Urgency: {severities}.** It is {when}. {plain(round(factor, 2))} times too fast, the whole budget lasts "
        f"{lasts}; while everything fails, {length(each.budget_s)}."
    )


def _promise(alert: Alert, each: Watched) -> Iterator[str]:
    yield f"### {each.title}"
    known = words.advice(each)
    signal = each.objective.signal
    limit = ""
    if signal and signal.threshold is not None:
        amount = spoken_seconds(signal.threshold) if signal.unit == "s" else plain(signal.threshold)
        limit = f" The limit is {amount}."
    window = each.slo.window.duration.spoken
    yield (
        f"Promised: {percent(each.objective.target)} good over {window}, so the budget is "
        f"{percent(1 - each.objective.target)}. Bad here: {known.bad}.{limit}"
    )
    if each.slo.description:
        yield quoted(each.slo.description)
    if each.pairs:
        yield table(_PAIRS, [_pair(each, index) for index in range(len(each.pairs))])
    for role, query in each.queries:
        yield fence(PROMQL, _name(alert, each, f"sli-{role}"), query)


def _pair(each: Watched, index: int) -> list[str]:
    pair = each.pairs[index]
    return [
        pair.severity,
        f"{window_name(pair.long_s)} and {window_name(pair.short_s)}",
        percent(pair.threshold),
        f"{plain(round(pair.factor, 2))} times too fast",
        percent(pair.share),
        length(pair.detection_s) if pair.detection_s is not None else "never",
    ]


def _impact(alert: Alert) -> Iterator[str]:
    for each in alert.watched:
        name = f"`{each.title}`: " if len(alert.watched) > 1 else ""
        gone = f" When it fires, {percent(each.pairs[0].share)} of the budget is gone." if each.pairs else ""
        yield f"{name}{words.advice(each).users}{gone}"
    depends = sorted({name for each in alert.watched for name in _depends(each)})
    if depends:
        yield f"It depends on {', '.join(f'`{name}`' for name in depends)}: look there first."
    yield "Call it an outage only if everything fails. What is worse for some is degraded for those."


def _depends(each: Watched) -> list[str]:
    return [f"{service}/{name}" for service, name in read(each.slo.annotations, "depends-on") or ()]


def _diagnosis(alert: Alert) -> Iterator[str]:
    yield "Everything in this section only reads."
    for each in alert.watched:
        yield from _first_look(alert, each)
    yield listed(dict.fromkeys(point for each in alert.watched for point in words.advice(each).look))
    for asked in dict.fromkeys(asked for each in alert.watched for asked in words.questions(each)):
        yield asked.reading
        yield fence(PROMQL, asked.name, asked.query)
    yield "What changed just before? Look at deploys, models, prompts, indexes and flags."
    yield fence(SHELL, "changes", 'git log --since="3 hours ago" --oneline')
    dashboards = {read(each.slo.annotations, "dashboard") for each in alert.watched} - {None}
    if dashboards:
        yield f"Dashboard: {', '.join(sorted(f'<{url}>' for url in dashboards))}"


def _first_look(alert: Alert, each: Watched) -> Iterator[str]:
    spec = quote(each.slo.at.path)
    if not each.pairs:
        yield f"Do sources answer, and have they what `{each.title}` needs?"
        yield fence(SHELL, _name(alert, each, "doctor"), f"airectl doctor --specs {spec}")
        return
    yield f"How bad is `{each.title}`, since when, and what is left of the budget?"
    command = f"airectl budget {spec} --slo {quote(each.slo.id)} --explain"
    yield fence(SHELL, _name(alert, each, "budget"), command)
    shortest = min(pair.short_s for pair in each.pairs)
    query = f"{error_ratio(shortest)}{{{ID}={_text(each.id)}}}"
    yield fence(PROMQL, _name(alert, each, "error-ratio"), query)


def _mitigation(alert: Alert) -> Iterator[str]:
    yield (
        "The commands here change something: say what you do before you do it. "
        "A variable that nobody has set stops the command."
    )
    known = list(dict.fromkeys(words.advice(each) for each in alert.watched))
    done: set[str] = set()
    for step in (step for advice in known for step in advice.steps):
        if step.name not in done:
            yield f"**{step.name.capitalize()}.** {step.words}"
            yield fence(SHELL, step.name, step.run, confirm=True)
        done.add(step.name)
    yield listed(dict.fromkeys(point for advice in known for point in advice.also))
    yield "Did it help? The error ratio over the short window falls within minutes, the budget comes back slowly."
    yield "### Who does what"
    yield table(("who", "does"), _roles(alert, known))
    yield "### Escalation"
    yield _escalation(alert)
    yield "### Afterwards"
    yield "While it is fresh, with the times in UTC:"
    yield fence(SHELL, "postmortem", _postmortem(alert))


def _roles(alert: Alert, known: Sequence[words.Advice]) -> Iterator[tuple[str, str]]:
    reached = f" ({', '.join(alert.targets)})" if alert.targets else ""
    owners = sorted({read(each.slo.annotations, "owner") or "" for each in alert.watched} - {""})
    owned = f" ({', '.join(owners)})" if owners else ""
    specialists = "; ".join(dict.fromkeys(advice.specialist for advice in known))
    yield (
        f"first line: on call{reached}",
        "acknowledges, says who is hit, goes through Diagnosis, undoes a recent change",
    )
    yield f"second line: owner of the service{owned}", "decides about rollback, load shedding and what people are told"
    yield f"specialist: {specialists}", "finds the cause, verifies the repair"


def _escalation(alert: Alert) -> str:
    if not alert.urgent:
        return (
            "Hand over to the second line if it is not understood by the end of the working day, and at once if it "
            "becomes a page. Call it an incident as soon as people ask."
        )
    return (
        f"Hand over to the second line after {length(_HAND_OVER_S)} without a falling error ratio, and at once if more "
        "than one service is hit, if data may be lost or seen by others, or if somebody may be harmed. Call it an "
        "incident then, and name one person who leads."
    )


def _postmortem(alert: Alert) -> str:
    first = alert.watched[0]
    slos = " ".join(f"--slo {quote(name)}" for name in dict.fromkeys(each.slo.id for each in alert.watched))
    specs = quote(first.slo.at.path)
    return f'airectl postmortem new --specs {specs} {slos} --from "${{FROM:?}}" --to "${{TO:?}}"'


def _name(alert: Alert, each: Watched, base: str) -> str:
    """The name of a fence, once in the file."""
    return base if len(alert.watched) == 1 else f"{base}-{slug(each.id.removeprefix(alert.service))}"


def _text(value: str) -> str:
    """A value of a label as PromQL writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
