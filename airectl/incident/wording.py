"""The English words that lints judge by. The data are in data/language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def words() -> dict[str, Any]:
    """What data/language/english.toml holds: its tables `actions`, `blame` and `outage`."""
    text = files("airectl").joinpath("data", "language", "english.toml").read_text("utf-8")
    return tomllib.loads(text)
