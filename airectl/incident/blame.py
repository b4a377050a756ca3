"""Sentences that blame a person, told from those that only name one. What is quoted, or code, nobody here has said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from airectl.incident.wording import words

_CODE: Final = re.compile(r"(`+)(?:.*?)\1")
_QUOTED: Final = re.compile(r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|\u00ab[^\u00bb\n]*\u00bb")
_LINK: Final = re.compile(r"\]\([^)]*\)|<https?://[^>]*>|https?://\S+")
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s|$)")
# No `was`, no `this`, no `process`, no `status`.
_PLURAL: Final = re.compile(r"\w{2,}[^\Wsiu]s")
_US: Final = ("we", "i")
_SIGNS: Final = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What blames, from `start` to `end` in the text. `person` is the name where it is of somebody by name."""

    start: int
    end: int
    said: str
    person: str = ""


def plain(text: str) -> str:
    """The text with blanks in place of code, quotations and links; places stay as they are."""
    for pattern in (_CODE, _QUOTED, _LINK, _SIGNS):
        text = pattern.sub(lambda found: " " * len(found[0]), text)
    return text


def blames(text: str, names: Iterable[str] = ()) -> Iterator[Blame]:
    """Every sentence or part of one that blames, each place once. `names` are people whom the document names itself."""
    said = plain(text)
    seen: list[tuple[int, int]] = []
    own = tuple(sorted({name for name in names if len(name) > 2}))
    for blame in (*_by_name(said, own), *_in_general(said)):
        if not any(start < blame.end and blame.start < end for start, end in seen):
            seen.append((blame.start, blame.end))
            yield blame


def _in_general(said: str) -> Iterator[Blame]:
    for pattern in _general():
        for found in pattern.finditer(said):
            if not _is_program(said, found):
                yield Blame(start=found.start(), end=found.end(), said=found[0].strip())


def _is_program(said: str, found: re.Match[str]) -> bool:
    """Whether the subject is a program that is called like a person: `the Prometheus operator failed to reconcile`.

    Or `they` are things that the sentence named before: `the pods restarted because they did not read the secret`.
    """
    subject = (found.groupdict().get("subject") or "").lower().removesuffix("s")
    if subject == "they":
        return _are_things(_SENTENCE_END.split(said[: found.start("subject")])[-1])
    human = words()["blame"]["people"].get(subject)
    before = re.findall(r"[\w-]+", said[: found.start("subject")]) if human else []
    return bool(before) and before[-1].lower() not in human


def _are_things(before: str) -> bool:
    """Whether a sentence has named things in the plural, and nobody, before it says `they`."""
    named = [word.lower() for word in re.findall(r"[\w-]+", before)]
    people = {*words()["blame"]["roles"], "people", "persons", "users"}
    if any(word in people or word.removesuffix("s") in people for word in named):
        return False
    return any(_PLURAL.fullmatch(word) for word in named)


def _by_name(said: str, own: tuple[str, ...]) -> Iterator[Blame]:
    for found in _named(own).finditer(said):
        name = found["person"].strip()
        yield Blame(start=found.start(), end=found.end(), said=found[0].strip(), person=name)


@cache
def _general() -> tuple[re.Pattern[str], ...]:
    known = words()["blame"]
    roles = "|".join(sorted(map(re.escape, known["roles"]), key=len, reverse=True))
    pronouns = "|".join(sorted(map(re.escape, known["pronouns"]), key=len, reverse=True))
    others = "|".join(map(re.escape, [each for each in known["pronouns"] if each not in _US]))
    failures, own = "|".join(known["failures"]), "|".join(known["own_failures"])
    person = (
        rf"(?P<subject>(?:{roles})s?|{others})(?: (?:on (?:call|duty|shift)|in charge))?"
        r"(?: (?:who|that|which) [^.,;:!?]{1,40})?"
    )
    measured = "|".join(known["measured"])
    adjectives, nouns = "|".join(known["adjectives"]), "|".join(known["nouns"])
    virtues = "|".join(known["virtues"])
    patterns = (
        rf"\b(?:human|operator|pilot|engineer) (?:error|mistake|failure)s?\b(?! (?:{measured})\b)",
        rf"\b(?:was|were|is|due to|because of|caused by|down to|purely|simply) (?:an? )?user (?:error|mistake)s?\b"
        rf"(?! (?:{measured})\b)",
        rf"\b{person} (?:simply |just |then |also |again )?(?:{failures})",
        rf"\b(?:{'|'.join(_US)}) (?:simply |just |then |also |again )?(?:{own})",
        rf"\b{person} (?:simply |just |really )?(?:{known['counterfactual']})(?: \w+)?",
        rf"\b(?:{roles}|{pronouns})\b[^.;:!?]{{0,40}}\b(?:is|are|was|were) to blame\b",
        rf"\b{person} (?:is|are|was|were|has been|had been) (?:very |too |so |rather )?(?:{adjectives})\b",
        rf"\b(?:(?:{roles})(?:'s|s'|\u2019s)|his|her|their|my|your|whose) fault\b",
        rf"\b{person} (?:had been|were|was) (?:(?:a (?:bit|little) )?more (?:{virtues})\b|not (?:{virtues}) enough\b)",
        rf"\b(?:error|fault|mistake)s? (?:made )?(?:of|by) (?:an?|our|the) (?:on-call )?(?:{roles})s?\b(?!['\u2019-])",
        r"\bblame lies with\b",
        rf"\b(?:{nouns})\b",
    )
    return tuple(re.compile(each, re.IGNORECASE) for each in patterns)


@cache
def _named(own: tuple[str, ...]) -> re.Pattern[str]:
    """A person by name, or by handle, who is said to have failed."""
    known = words()["blame"]
    given = "|".join(map(re.escape, known["given_names"]))
    documented = "".join(f"|{re.escape(name)}" for name in own)
    failures = "|".join(known["failures"])
    person = (
        rf"(?P<person>(?:{given})(?:[ ](?:[A-Z]\.?[ ])?(?:(?:van|von|de|der|da|al|el|bin|ben)[ ])*[A-Z][\w'\u2019-]+)?"
        rf"|@[\w.-]{{2,39}}{documented})"
    )
    return re.compile(
        rf"(?<![\w@-]){person}(?:(?:'s|\u2019s) (?:fault|mistake|carelessness|negligence)\b"
        rf"| (?:simply |just |then |also )?(?:{failures}|(?i:{known['counterfactual']}))"
        rf"| \w+ed [^.;:!?\n]{{1,60}}?\bby (?:mistake|accident)\b| (?:is|was) to blame\b)"
    )
