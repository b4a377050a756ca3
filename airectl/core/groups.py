"""Groups: an SLO with `airectl.dev/group-by` is one SLO for each combination of its labels' values."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

# More groups than a report can tell apart; whoever groups by a user's id has made a mistake.
MOST: Final = 200

Group = Mapping[str, str]


def named(group: Group) -> str:
    """`{model="a",region="eu"}`, as it stands behind an SLO's name; empty for what is no group."""
    pairs = ",".join(f"{label}={json.dumps(value, ensure_ascii=False)}" for label, value in group.items())
    return f"{{{pairs}}}" if pairs else ""


def in_order(groups: Iterable[Group], by: Iterable[str]) -> list[Group]:
    """Each group once, by the values of the labels `by`, in that order; a label that is not there is empty."""
    labels = tuple(by)
    values = sorted({tuple(group.get(label, "") for label in labels) for group in groups})
    return [dict(zip(labels, each, strict=True)) for each in values]
