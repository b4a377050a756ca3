"""Texts to OpenSLO v1 objects, with every finding of every text."""

from collections.abc import Iterable
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
    """The objects that were read, what is wrong with the texts as such, and what a short form was read as.

    `partial`: the user stopped it before the last text.
    """

    specs: SpecSet
    findings: tuple[Finding, ...]
    explained: tuple[str, ...] = ()
    partial: bool = False


def load(texts: Iterable[SourceText], context: Context) -> Loaded:
    """Compose, recognise, convert and check every text, until they end or `context.stopped` says so."""
    loader = _Loader(context)
    partial = False
    for text in texts:
        if partial := context.stopped():
            break
        loader.take(text)
    return Loaded(
        specs=SpecSet(documents=tuple(loader.documents), texts=loader.texts),
        findings=tuple(loader.findings),
        explained=tuple(loader.explained),
        partial=partial,
    )


class _Loader:
    """Collects what the texts hold."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.texts: dict[str, str] = {}
        self.documents: list[SpecObject] = []
        self.findings: list[Finding] = []
        self.explained: list[str] = []

    def take(self, text: SourceText) -> None:
        """Every document of one text."""
        self.texts[text.path] = text.text
        composed = compose(text.path, text.text)
        self.findings += composed.findings
        if not composed.documents and not composed.findings:
            self.findings.append(_empty(text))
        for root in composed.documents:
            for node in root if isinstance(root, Seq) else [root]:
                self._take_object(node, root, text)

    def _take_object(self, node: object, root: object, text: SourceText) -> None:
        if not isinstance(node, Map):
            self.findings.append(_no_mapping(root, text))
            return
        found = format_of(node)
        if found is None:
            self.findings.append(unknown(node, named=text.named))
            return
        converted = found.to_v1(node, self.context)
        self.findings += converted.findings
        self.explained += converted.explained
        self.documents += (
            SpecObject(kind=str(each.get("kind")), node=each, written_as=found.NAME) for each in converted.documents
        )


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
