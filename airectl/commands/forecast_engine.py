"""Where many series are forecast: here, or on a cluster by the name of its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.demand.forecasting import Engine

ENGINES: Final = ("ray", "dask", "spark")


def engine_of(name: str | None) -> Engine:
    """The engine of that name; this process for none. Raises UsageError where it is not known, or not installed."""
    if name is None:
        from airectl.demand.forecasting import here

        return here
    if name not in ENGINES:
        raise UsageError(f"--engine cannot be `{name}`", help=f"one of: {', '.join(ENGINES)}; leave it out for none")
    from airectl.demand.cluster import engine

    return engine(name)
