"""A gauge of OpenMetrics: its name, and how its samples are taken from the data of a report."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric. `samples` gives labels and value of each sample of its subject; a value of None is no sample."""

    name: str
    help: str
    samples: Callable[[Any], Iterable[tuple[Labels, Any]]]


def plain(name: str, key: str, help: str, labels: Callable[[Mapping[str, Any]], Labels]) -> Family:
    """A metric that is one member of a subject; `window.to` is a member of a member."""
    outer, _, inner = key.partition(".")

    def samples(subject: Mapping[str, Any]) -> list[tuple[Labels, Any]]:
        value = subject.get(outer)
        if inner:
            value = value.get(inner) if isinstance(value, Mapping) else None
        return [(labels(subject), value)]

    return Family(name=name, help=help, samples=samples)
