"""Placeholder."""

from airectl.spec.context import Context
from airectl.spec.formats import Converted
from airectl.spec.tree import Map

NAME = "sloth"


def matches(node: Map) -> bool:
    return False


def to_v1(node: Map, context: Context) -> Converted:
    return Converted()
