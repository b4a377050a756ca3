"""SLOs as `airectl init` is about to write them: each a preset, filled in for one server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from airectl.core.preset import Preset
from airectl.core.units import PER_SECOND, plain, spoken_seconds
from airectl.errors import UsageError
from airectl.promql.matchers import Matcher, Op
from airectl.promql.narrow import matched
from airectl.promql.parse import parse
from airectl.spec import moved
from airectl.telemetry.server import Server, queries
from airectl.telemetry.thresholds import Threshold, threshold
from airectl.telemetry.wishes import Wish

QUERY: Final = "query"
_OPS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which series count: those with all of `matchers`, and of `models`; none of either: every one.

    `by_model`: each model has a budget of its own.
    """

    matchers: tuple[Matcher, ...] = ()
    models: tuple[str, ...] = ()
    by_model: bool = False

    @property
    def of_models(self) -> bool:
        """Whether it is about models at all."""
        return bool(self.models) or self.by_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One SLO. `queries` are its PromQL by role: good or bad, total; or `query` alone, which is compared.

    `limit` is what that is compared with, in the preset's unit; `threshold` that of a latency. `model` is the one
    that a preset is about; `model_label` the label that models are selected by, or grouped. `lacking` are metrics
    that the server's page does not have.
    """

    wish: Wish
    name: str
    title: str
    queries: Mapping[str, str]
    threshold: Threshold | None = None
    limit: Decimal | None = None
    model: str = ""
    model_label: str = ""
    lacking: tuple[str, ...] = ()

    @property
    def preset(self) -> Preset:
        """What it is made from."""
        return self.wish.preset


def drafts(wishes: Sequence[Wish], server: Server, service: str, narrowing: Narrowing) -> tuple[Draft, ...]:
    """Every wish as a draft, each under a name of its own. Raises UsageError for what the server cannot measure."""
    made = [draft for each in wishes for draft in _made(each, server, narrowing)]
    count = Counter(each.preset.name for each in made)
    named = tuple(replace(each, name=_name(each, service, count[each.preset.name] > 1)) for each in made)
    for name, number in Counter(each.name for each in named).items():
        if number > 1:
            raise UsageError(f"two of the SLOs would be called `{name}`", help="leave one of them out")
    if narrowing.of_models and not any(each.model_label or each.model for each in named):
        option = "--by-model" if narrowing.by_model else "--model"
        help = "leave it out; where each server has one model, `--selector` selects the server"
        raise UsageError(f"{option} cannot be: no metric of these SLOs has a label of the model", help=help)
    return named


def _name(draft: Draft, service: str, twice: bool) -> str:
    """SERVICE-PRESET, and what tells it from another one of the same preset."""
    parts = [service, draft.preset.name]
    if twice and draft.threshold:
        parts.append(draft.threshold.written)
    elif twice and draft.limit is not None:
        parts.append(plain(draft.limit))
    return moved.dns_name(*parts, *([draft.model] if draft.model else []))


def _made(wish: Wish, server: Server, narrowing: Narrowing) -> Iterator[Draft]:
    if not wish.preset.needs_model:
        yield _draft(wish, server, narrowing)
        return
    models = narrowing.models or (server.models if len(server.models) == 1 else ())
    if not models:
        one_of = f", one of: {', '.join(server.models)}" if server.models else ""
        raise UsageError(f"`{wish.preset.name}` needs the name of a model", help=f"add `--model NAME`{one_of}")
    for model in models:
        yield _draft(wish, server, narrowing, model)


def _draft(wish: Wish, server: Server, narrowing: Narrowing, model: str = "") -> Draft:
    preset = wish.preset
    if preset.compares and wish.limit is None:
        help = f"add one, in {preset.unit}: `--slo {preset.name}=LIMIT@95%`"
        raise UsageError(f"`{preset.name}` needs a limit, which only you can know", help=help)
    at = threshold(wish, server) if preset.family else None
    asked = {QUERY: preset.query} if preset.compares else preset.ratio_at(at.edge if at else None, model)
    label = _model_label(preset, server) if narrowing.of_models and not model else ""
    more = (*narrowing.matchers, *_of_models(label, narrowing.models))
    return Draft(
        wish=wish,
        name="",
        title=_title(wish, at),
        queries={role: server.named(_with(text, more)) for role, text in asked.items()},
        threshold=at,
        limit=wish.limit if preset.compares else None,
        model=model,
        model_label=label,
        lacking=server.lacking(preset),
    )


def _with(query: str, more: tuple[Matcher, ...]) -> str:
    """The query with more matchers; without any it stays as the catalogue has it."""
    return matched(query, lambda _: more) if more else query


def _model_label(preset: Preset, server: Server) -> str:
    """The label of the model that every series of the preset has; empty where one has none."""
    selected = [selector.names for query in queries(preset) for selector in parse(query).selectors]
    labels = {server.model_label(names) for names in selected}
    return labels.pop() if len(labels) == 1 else ""


def _of_models(label: str, models: Sequence[str]) -> tuple[Matcher, ...]:
    if not label or not models:
        return ()
    if len(models) == 1:
        return (Matcher(name=label, op=Op.EQUAL, value=models[0]),)
    return (Matcher(name=label, op=Op.REGEX, value="|".join(map(re.escape, models))),)


def _title(wish: Wish, at: Threshold | None) -> str:
    """The objective's name: `ttft < 500 ms`, `saturation < 0.9`, `availability`."""
    preset = wish.preset
    if at:
        return f"{preset.name} < {at.spoken}"
    # Without a unit the limit is one between well and not well, which the name says already.
    return f"{preset.name} {_OPS[preset.op]} {limit_text(preset, wish.limit)}" if preset.unit else preset.name


def limit_text(preset: Preset, limit: Decimal | None) -> str:
    """What a value is compared with, as people say it: `90 %`, `1 s`, `0 requests`."""
    amount = limit or Decimal(0)
    if preset.unit in PER_SECOND:
        return spoken_seconds(amount / PER_SECOND[preset.unit])
    if preset.unit in ("ratio", "percent"):
        return f"{plain(amount * (100 if preset.unit == 'ratio' else 1))} %"
    return f"{plain(amount)} {preset.unit}".rstrip()
