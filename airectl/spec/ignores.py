"""Comments that silence findings: `# airectl: ignore AIR014 until 2027-01-01: reason`.

A comment at the end of a line is about that line; one on a line of its own is about the next line
that is not a comment. The reason is required, the date is not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from airectl.core.findings import Finding, Location, Severity
from airectl.spec import lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """How comments are written.

    `comment` finds one in a line, with what it says as `rest`; a line that begins with one of `signs` is a comment as
    a whole. `form` is an example.
    """

    comment: re.Pattern[str]
    signs: tuple[str, ...]
    form: str


YAML: Final = Syntax(
    comment=re.compile(r"#[ \t]*airectl:[ \t]*ignore\b(?P<rest>.*)$"),
    signs=("#",),
    form="# airectl: ignore AIR014 until 2027-01-01: reason",
)
_REST: Final = re.compile(
    r"\s+(?P<codes>\w+(?:[\s,]+(?!until\b)\w+)*)(?:\s+until\s+(?P<until>[^\s:]+))?\s*(?::\s*(?P<reason>.*?))?\s*"
)
# A text that was not read has no findings to choose from.
_NEVER: Final = frozenset({"AIR001", "AIR002", "AIR003", "AIR004", "AIR005"})
# Only a run that asks the sources finds these, so only such a run can say that there is nothing to ignore;
# and only one that makes rules finds those of rules (RULED), or of what is written beside them (BESIDE).
MEASURED: Final = "AIR2"
RULED: Final = "AIR30"
BESIDE: Final = "AIR31"
# Of runbooks and postmortems, which are documents of their own; alerts without a runbook are told at their SLO.
INCIDENTS: Final = "AIR6"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One comment. `line` is the line it is about, `at` the place of the comment itself."""

    codes: tuple[str, ...]
    line: int
    at: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """What is left of the findings, how many comments silenced, and what is wrong with the comments."""

    findings: tuple[Finding, ...]
    count: int


_Ignores = dict[tuple[str, int, str], Ignore]


def apply(findings: Iterable[Finding], texts: Mapping[str, str], known: frozenset[str], today: date) -> Silenced:
    """Leave out what comments silence; add AIR036 for comments that are wrong, expired or without effect.

    Comments about what only a measurement or the making of rules finds are left to `apply_later`.
    """
    ignores, wrong = _all(texts, known, today, YAML)
    own = {key: each for key, each in ignores.items() if not key[2].startswith((MEASURED, RULED, BESIDE, INCIDENTS))}
    silenced = _silenced(findings, own)
    return Silenced(findings=(*wrong, *silenced.findings), count=silenced.count)


def apply_later(
    findings: Iterable[Finding], texts: Mapping[str, str], known: frozenset[str], today: date, *, family: str
) -> Silenced:
    """The same for the codes of one `family`: AIR036 is for comments without effect only."""
    ignores, _ = _all(texts, known, today, YAML)
    return _silenced(findings, {key: each for key, each in ignores.items() if key[2].startswith(family)})


def apply_in(
    syntax: Syntax, findings: Iterable[Finding], texts: Mapping[str, str], known: frozenset[str], today: date
) -> Silenced:
    """As `apply`, in documents whose comments are written otherwise; no code is left for later."""
    ignores, wrong = _all(texts, known, today, syntax)
    silenced = _silenced(findings, ignores)
    return Silenced(findings=(*wrong, *silenced.findings), count=silenced.count)


def _all(
    texts: Mapping[str, str], known: frozenset[str], today: date, syntax: Syntax
) -> tuple[_Ignores, list[Finding]]:
    """What is to be ignored where, and what is wrong with the comments."""
    wrong: list[Finding] = []
    ignores: _Ignores = {}
    for path, text in texts.items():
        if "airectl:" in text:
            for found in _read(path, text, _Reading(known, today, syntax)):
                if isinstance(found, Finding):
                    wrong.append(found)
                else:
                    ignores.update({(path, found.line, code): found for code in found.codes})
    return ignores, wrong


def _silenced(findings: Iterable[Finding], ignores: _Ignores) -> Silenced:
    kept: list[Finding] = []
    used: set[tuple[str, int, str]] = set()
    count = 0
    for finding in findings:
        key = (finding.at.path, finding.at.line, finding.code) if finding.at else ("", 0, "")
        if key in ignores:
            used.add(key)
            count += 1
        else:
            kept.append(finding)
    kept += (_unused(ignores[key].at, key[2]) for key in ignores if key not in used)
    return Silenced(findings=tuple(kept), count=count)


@dataclass(frozen=True, slots=True)
class _Reading:
    """By what comments are read."""

    known: frozenset[str]
    today: date
    syntax: Syntax


def _read(path: str, text: str, reading: _Reading) -> Iterator[Ignore | Finding]:
    written = lines.split(text)
    following = _next_lines(written, reading.syntax.signs)
    for number, line in enumerate(written, 1):
        comment = reading.syntax.comment.search(line)
        if comment is None:
            continue
        at = Location(path=path, line=number, col=comment.start() + 1, end_line=number, end_col=len(line) + 1)
        about = number if line[: comment.start()].strip() else following[number - 1]
        yield _parse(comment["rest"], at, about, reading)


def _next_lines(written: list[str], signs: tuple[str, ...]) -> list[int]:
    """For each line the number of the first one after it that is neither blank nor a comment; else its own."""
    found: list[int] = []
    following = 0
    for number in range(len(written), 0, -1):
        found.append(following or number)
        stripped = written[number - 1].strip()
        if stripped and not stripped.startswith(signs):
            following = number
    return found[::-1]


def _parse(rest: str, at: Location, line: int, reading: _Reading) -> Ignore | Finding:
    match = _REST.fullmatch(rest)
    form = f"write `{reading.syntax.form}`"
    if match is None:
        return _wrong(at, "the ignore comment cannot be read", form)
    codes = tuple(re.split(r"[\s,]+", match["codes"]))
    for code in codes:
        if code not in reading.known:
            near = get_close_matches(code.upper(), reading.known, 1)
            return _wrong(at, f"`{code}` is no finding code", f"did you mean `{near[0]}`?" if near else form)
        if code in _NEVER:
            return _wrong(at, f"{code} cannot be ignored", "what could not be read must be fixed")
    if not match["reason"]:
        short = reading.syntax.form.replace(" AIR014 until 2027-01-01", " CODE")
        return _wrong(at, "the ignore comment gives no reason", f"add one after a colon: `{short}`")
    if match["until"] and (problem := _expiry(match["until"], reading.today)):
        return _wrong(at, problem, "fix the finding, or give a later date")
    return Ignore(codes=codes, line=line, at=at)


def _expiry(text: str, today: date) -> str:
    """What is wrong with the date; an ignore still holds on the day it names."""
    try:
        until = date.fromisoformat(text)
    except ValueError:
        return f"`{text}` is no date of the form 2027-01-31"
    return f"the ignore comment expired on {text}" if until < today else ""


def _wrong(at: Location, message: str, help: str) -> Finding:
    return Finding(code="AIR036", severity=Severity.WARNING, message=message, at=at, help=help)


def _unused(at: Location, code: str) -> Finding:
    return Finding(
        code="AIR036",
        severity=Severity.INFO,
        message=f"nothing to ignore here: {code} is not found",
        at=at,
        help="remove the comment, or move it to the line it is about",
    )
