"""The catalogue of metrics."""

from airectl.core.catalogue import Catalogue


def load() -> Catalogue:
    """Every known system."""
    return Catalogue()
