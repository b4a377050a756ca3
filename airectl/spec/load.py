"""Texts to OpenSLO v1 objects, with every finding of every text."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from airectl.core.findings import Finding, Location, Severity
from airectl.spec.composer import compose
from airectl.spec.context import Context
from airectl.spec.documents import SpecObject, SpecSet
from airectl.spec.formats import format_of, unknown
from airectl.spec.source import SourceText
from airectl.spec.tree import Map, Seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The objects that were read and what is wrong with the texts as such."""

    specs: SpecSet
    findings: tuple[Finding, ...]


def load(texts: Iterable[SourceText], context: Context) -> Loaded:
    """Compose, recognise, convert and check every text. Nothing stops it but the end of the texts."""
    documents: list[SpecObject] = []
    findings: list[Finding] = []
    read: dict[str, str] = {}
    with _without_gc():
        for text in texts:
            read[text.path] = text.text
            composed = compose(text.path, text.text)
            findings += composed.findings
            if not composed.documents and not composed.findings:
                findings.append(_empty(text))
            for root in composed.documents:
                _take(root, text, context, documents, findings)
    return Loaded(specs=SpecSet(documents=tuple(documents), texts=read), findings=tuple(findings))


def _take(
    root: object, text: SourceText, context: Context, documents: list[SpecObject], findings: list[Finding]
) -> None:
    """A document is one object or a list of objects."""
    for node in root if isinstance(root, Seq) else [root]:
        if not isinstance(node, Map):
            findings.append(_no_mapping(root, text))
            return
        found = format_of(node)
        if found is None:
            findings.append(unknown(node, named=text.named))
            continue
        converted = found.to_v1(node, context)
        findings += converted.findings
        documents += (SpecObject(kind=str(d.get("kind")), node=d, written_as=found.NAME) for d in converted.documents)


@contextmanager
def _without_gc() -> Iterator[None]:
    """Trees of thousands of documents are all alive: collecting while they grow doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _empty(text: SourceText) -> Finding:
    return Finding(
        code="AIR009",
        severity=Severity.ERROR if text.named else Severity.INFO,
        message="the file holds no document",
        at=Location(path=text.path, line=1, col=1),
        help="write a spec, or start from one of slo-specs/",
    )


def _no_mapping(root: object, text: SourceText) -> Finding:
    at = root.here if isinstance(root, Seq) else Location(path=text.path, line=1, col=1)
    return Finding(
        code="AIR009",
        severity=Severity.ERROR if text.named else Severity.INFO,
        message="not an SLO spec: a document must be a mapping, or a list of mappings",
        at=at,
        help="a spec has `apiVersion: openslo/v1`, `version: prometheus/v1`, or `service` and `SLO`",
    )
