"""The files that `metrics lint` judges, and what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from airectl.core.findings import Finding, Severity, sort_key
from airectl.core.report import Gate, Outcome, fails
from airectl.evaluate.judged_queries import Judged

if TYPE_CHECKING:
    from airectl.rules.written import Queries
    from airectl.spec.context import Context
    from airectl.spec.source import Inputs

# Of a spec only what its metrics are, and what keeps it from being read, is told here.
_OF_METRICS: Final = "AIR1"
_UNREAD: Final = frozenset(("AIR001", "AIR002", "AIR003", "AIR004", "AIR005"))
# Of a file that holds nothing to judge no comment can be said to be without effect.
_BROKEN: Final = frozenset(("AIR002", "AIR123"))
# What ends a line of YAML and not one of JSON.
_NOT_BREAKS: Final = str.maketrans(dict.fromkeys("\x85\u2028\u2029", " "))


@dataclass(slots=True, kw_only=True)
class Work:
    """Texts by path, the queries in them, and findings. `slos` are those of the specs."""

    texts: dict[str, str] = field(default_factory=dict)
    queries: list[Queries] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    judged: Judged = field(default_factory=Judged)
    slos: int = 0
    ignored: int = 0

    def take_rules(self, inputs: Inputs) -> None:
        """Add rule files."""
        from airectl.rules.rule_queries import rule_queries

        self._take(inputs, rule_queries)

    def take_dashboards(self, inputs: Inputs) -> None:
        """Add dashboards."""
        from airectl.rules.dashboards import dashboard_queries

        self._take(inputs, dashboard_queries)
        self.texts |= {each.path: each.text.translate(_NOT_BREAKS) for each in inputs.texts}

    def _take(self, inputs: Inputs, read: Callable[[str, str], Queries]) -> None:
        self.findings += inputs.findings
        for each in inputs.texts:
            self.texts[each.path] = each.text
            self.queries.append(read(each.path, each.text))

    def recorded(self) -> Iterator[str]:
        """Names that recording rules give."""
        yield from (query.record for each in self.queries for query in each.queries if query.record)

    def judge(self, context: Context) -> None:
        """Judge the queries of rules and dashboards; comments in the files silence findings."""
        from airectl.evaluate.judged_queries import judge
        from airectl.spec import ignores

        self.judged = judge((query for each in self.queries for query in each.queries), context.catalogue)
        found = [*(finding for each in self.queries for finding in each.findings), *self.judged.findings]
        broken = {each.at.path for each in found if each.at and each.code in _BROKEN}
        texts = {path: text for path, text in self.texts.items() if path not in broken}
        silenced = ignores.apply(found, texts, context.codes, context.now.date())
        self.findings += silenced.findings
        self.ignored += silenced.count

    def judge_specs(self, inputs: Inputs, context: Context) -> None:
        """Judge specs as `validate` does, and keep what is about metrics."""
        from airectl.spec.check import check

        if not (inputs.texts or inputs.findings):
            return
        result = check(inputs.texts, context, inputs.findings)
        self.findings += (f for f in result.findings if f.code in _UNREAD or f.code.startswith(_OF_METRICS))
        self.texts |= {each.path: each.text for each in inputs.texts}
        self.slos = sum(document.kind == "SLO" for document in result.specs.documents)
        self.ignored += result.ignored

    def in_order(self) -> list[Finding]:
        """Every finding, by its place."""
        return sorted(dict.fromkeys(self.findings), key=sort_key)

    def gates(self, least: Severity | None) -> Iterator[Gate]:
        """One gate a file: it fails when the file has a finding that counts."""
        failing: dict[str, Finding] = {}
        for finding in self.in_order():
            if fails(finding, least):
                failing.setdefault(finding.at.path if finding.at else "", finding)
        for path in dict.fromkeys([*self.texts, *failing]):
            first = failing.get(path)
            yield Gate(
                name="metrics",
                group=path,
                outcome=Outcome.FAILED if first else Outcome.PASSED,
                message=first.message if first else "",
                at=first.at if first else None,
            )
