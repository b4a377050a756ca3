"""Cases to the results of their sources: one source's failure stays its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from airectl.core.slices import Slices
from airectl.errors import SourceError
from airectl.evaluate.cases import Case, failed
from airectl.sources.protocol import Answer, Result, Setting, Stopped, Unsupported, answers, find


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAsked:
    """Left out because the run is offline."""

    reason: str


def read(type_: str, cases: Sequence[Case], setting: Setting, *, offline: bool) -> Iterator[Result | NotAsked]:
    """One result a case; after an error of the source, the failure of each that is left."""
    answered = 0
    try:
        source = find(type_) if type_ else None
        if source is None or (offline and source.network):
            yield from [_left_out(type_, offline=offline)] * len(cases)
            return
        for result in answers(source, setting, [case.ask for case in cases]):
            yield result
            answered += 1
            if setting.stop:
                yield from [Stopped()] * (len(cases) - answered)
                return
    except SourceError as error:
        yield from (failed(case, error) for case in cases[answered:])


def _left_out(type_: str, *, offline: bool) -> Unsupported | NotAsked:
    if not type_:
        return Unsupported(reason="nothing says what kind of source it is")
    if offline:
        return NotAsked(reason=f"`{type_}` is asked over the network, and this run is offline")
    return Unsupported(reason=f"sources of type `{type_}` are not supported yet")


def counted(case: Case, answer: Answer) -> Slices:
    """The slices of an answer, without what the policy excludes."""
    return answer.slices.excluding((each.start_s, each.end_s) for each in case.policy.exclusions)
