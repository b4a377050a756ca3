"""Specs that were read as the texts of another format: documents, then where each goes, then YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from airectl.core.findings import Finding
from airectl.spec import resolve
from airectl.spec.documents import SpecSet
from airectl.spec.emit import emit
from airectl.spec.relocate import below, relocated
from airectl.spec.to_sloth import to_sloth

# How each format that can be written is called, and the schema whose order of keys it has.
FORMATS: Final[Mapping[str, str]] = {"openslo": "OpenSLO v1", "sloth": "Sloth prometheus/v1"}
_SCHEMAS: Final = {"openslo": "openslo-v1", "sloth": "sloth-v1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What to write: one of FORMATS, with references kept, resolved or made (`export`)."""

    to: str
    inline: bool = False
    remove_refs: bool = False
    export: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """The documents, each with the spec file that it comes from, and what could not be said in them."""

    how: How
    documents: tuple[tuple[str, Mapping[str, Any]], ...]
    findings: tuple[Finding, ...] = ()

    def text(self) -> str:
        """All documents as one stream, with the paths of logs as they are."""
        return emit([document for _, document in self.documents], _SCHEMAS[self.how.to])

    def in_file(self, name: str, cwd: Path) -> dict[str, str]:
        """All documents in one file: its text by its name. Paths of logs are made to fit it."""
        return self._texts(dict.fromkeys(self._sources(), name), cwd)

    def in_folder(self, folder: str, cwd: Path) -> dict[str, str]:
        """A file below `folder` for each spec file: texts by their names. Paths of logs are made to fit."""
        return self._texts(below(folder, self._sources(), cwd), cwd)

    def _sources(self) -> list[str]:
        return list(dict.fromkeys(path for path, _ in self.documents))

    def _texts(self, names: Mapping[str, str], cwd: Path) -> dict[str, str]:
        parts: dict[str, list[Any]] = {}
        for path, document in self.documents:
            old, new = (cwd / path).parent, (cwd / names[path]).parent
            parts.setdefault(names[path], []).append(relocated(document, old, new))
        return {name: emit(documents, _SCHEMAS[self.how.to]) for name, documents in parts.items()}


def convert(specs: SpecSet, how: How) -> Conversion:
    """Every document of `specs`, which must be free of errors, in the format that `how` names."""
    if how.to == "sloth":
        made = to_sloth(specs)
        documents = tuple(zip(made.paths, made.documents, strict=True))
        return Conversion(how=how, documents=documents, findings=made.findings)
    if how.inline:
        nodes = resolve.inline(specs, remove_refs=how.remove_refs)
    elif how.export:
        nodes = resolve.export(specs)
    else:
        nodes = [document.node for document in specs.documents]
    return Conversion(how=how, documents=tuple((node.path, node) for node in nodes))
