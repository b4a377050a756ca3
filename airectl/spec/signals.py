"""What each objective of an SLO measures, from its annotations, its queries and the catalogue."""

from collections.abc import Iterator
from dataclasses import replace

from airectl.core.catalogue import Catalogue
from airectl.core.signal import Selection, Selections, signal_of
from airectl.core.slo import Objective, Query, RatioIndicator, Slo, ThresholdIndicator
from airectl.promql.guard import PromqlError
from airectl.promql.matchers import edge_of
from airectl.promql.parse import parse
from airectl.promql.selectors import Selector
from airectl.spec.queries import is_promql


def with_signals(slo: Slo, catalogue: Catalogue) -> Slo:
    """The same SLO, each objective with its signal; None stays where a load test cannot measure it."""
    objectives = tuple(
        replace(objective, signal=signal_of(slo.annotations, _selections(slo, objective), catalogue))
        for objective in slo.objectives
    )
    return replace(slo, objectives=objectives)


def _selections(slo: Slo, objective: Objective) -> Selections:
    indicator = slo.indicator_of(objective)
    if isinstance(indicator, ThresholdIndicator):
        return Selections(marked=tuple(_read(indicator.metric)), value=objective.value)
    if isinstance(indicator, RatioIndicator):
        marked = indicator.good or indicator.bad
        return Selections(
            marked=tuple(_read(marked)) if marked else (),
            total=tuple(_read(indicator.total)),
            bad=indicator.good is None,
        )
    return Selections(marked=())


def _read(query: Query) -> Iterator[Selection]:
    """The selections of a query; of one that is not PromQL, none."""
    text = query.spec.get("query")
    if not isinstance(text, str) or not is_promql(query.type):
        return
    try:
        parsed = parse(text)
    except PromqlError:
        return
    for selector in parsed.selectors:
        yield from (_selection(name, selector) for name in selector.names or ("",))


def _selection(name: str, selector: Selector) -> Selection:
    le = selector.matcher("le")
    return Selection(
        series=name,
        edge=edge_of(le) if le else None,
        selects=lambda label, value: all(m.selects(value) is not False for m in selector.labels if m.name == label),
        quantile="histogram_quantile" in selector.calls(),
    )
