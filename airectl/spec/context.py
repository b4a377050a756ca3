"""What loading and linting may know of the world; all of it is passed in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from airectl.core.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`retention_s` and `scrape_interval_s` are None where nobody said; then lints that need them are silent.

    `sources` are the names of sources in airectl.toml: a reference to one is not broken.
    `policies` are the names of policies there.
    `codes` are the finding codes there are: an ignore comment may name no other.
    `stopped` tells whether to end early, with what there is; it is asked between two texts.
    """

    now: datetime
    catalogue: Catalogue = field(default_factory=Catalogue)
    retention_s: int | None = None
    scrape_interval_s: int | None = None
    sources: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    strict_refs: bool = False
    codes: frozenset[str] = frozenset()
    stopped: Callable[[], bool] = bool
