"""NVIDIA's catalogue of XIDs, the driver's error numbers: what each means and what to do. The data are in data/xid."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Xid:
    """One error number. Actions are in NVIDIA's words (`RESTART_BM`, empty: none is named) and in plain ones.

    `immediate` is for whoever is on call, `investigatory` for whoever looks for the cause. `note` may be empty.
    """

    number: int
    mnemonic: str
    description: str
    immediate: str
    immediate_words: str
    investigatory: str
    investigatory_words: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Xids:
    """Every XID by number, ascending, and where they are from."""

    by_number: Mapping[int, Xid]
    source: str
    read: str

    def near(self, number: int) -> tuple[int, ...]:
        """The known numbers on both sides of one that is not known."""
        below = [each for each in self.by_number if each < number]
        above = [each for each in self.by_number if each > number]
        return (*below[-1:], *above[:1])


@cache
def load() -> Xids:
    """The shipped catalogue."""
    text = files("airectl").joinpath("data", "xid", "nvidia.toml").read_text("utf-8")
    data = tomllib.loads(text)
    words, notes = data["actions"], data["notes"]
    found = {
        int(number): Xid(
            number=int(number),
            mnemonic=mnemonic,
            description=description,
            immediate=immediate,
            immediate_words=words[immediate],
            investigatory=investigatory,
            investigatory_words=words[investigatory],
            note=notes.get(number, ""),
        )
        for number, (mnemonic, description, immediate, investigatory) in data["xids"].items()
    }
    by_number = MappingProxyType(dict(sorted(found.items())))
    return Xids(by_number=by_number, source=data["source"], read=str(data["read"]))
