"""What `airectl check` looks at beside specs and budgets: postmortems and runbooks, where the settings name them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from airectl.core.findings import Finding, Severity
from airectl.core.report import Gate, Lines, Outcome
from airectl.run import Run

# Specs that are named on the command line may be some of them, and then other runbooks are of other alerts.
_OF_ALL_SPECS: Final = "AIR661"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The findings and gates of documents, a line for each folder that was looked at, and what failed in it."""

    findings: tuple[Finding, ...] = ()
    gates: tuple[Gate, ...] = ()
    lines: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def told(self) -> Iterator[Lines]:
        """What was looked at, as a block; none where it was nothing."""
        if self.lines:
            yield Lines(title="beside the specs", lines=self.lines)


def beside(run: Run, paths: Sequence[str] | None, least: Severity | None) -> Beside:
    """Look at the folders that `[postmortems]` and `[runbooks]` of the settings name."""
    parts = [*_postmortems(run, least), *_runbooks(run, paths, least)]
    return Beside(
        findings=tuple(finding for part in parts for finding in part.findings),
        gates=tuple(gate for part in parts for gate in part.gates),
        lines=tuple(line for part in parts for line in part.lines),
        failed=tuple(text for part in parts for text in part.failed),
    )


def _postmortems(run: Run, least: Severity | None) -> Iterator[Beside]:
    paths = run.config.beside("postmortems.path", run.env.cwd)
    if not paths:
        return
    from airectl.commands.postmortem_check import look

    looked = look(run, paths)
    yield _gated("postmortem", paths[0], tuple(looked.gates(least)), looked.findings)


def _runbooks(run: Run, paths: Sequence[str] | None, least: Severity | None) -> Iterator[Beside]:
    folders = run.config.beside("runbooks.path", run.env.cwd)
    if not folders:
        return
    from airectl.commands.runbook_check import look

    looked = look(run, folders[0], paths)
    if looked.made.invalid:
        # Without rules no alert is known; what is wrong with the specs fails as it is.
        yield Beside(lines=(f"runbooks in {folders[0]} were not looked at: there are errors in the specs",))
        return
    found = tuple(each for each in looked.findings if not paths or each.code != _OF_ALL_SPECS)
    yield _gated("runbook", folders[0], tuple(looked.gates(least)), found)


def _gated(noun: str, folder: str, gates: tuple[Gate, ...], findings: tuple[Finding, ...]) -> Beside:
    failed = sum(1 for gate in gates if gate.outcome is Outcome.FAILED)
    said = f"{_many(len(gates), noun)} in {folder}"
    wrong = f"{_many(failed, noun)} not as {'it' if failed == 1 else 'they'} must be"
    return Beside(
        findings=findings,
        gates=gates,
        lines=(f"{said}, {failed} of them not as they must be" if failed else said,),
        failed=(wrong,) if failed else (),
    )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
