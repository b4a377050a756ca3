"""Whether an action item is one: it begins with a verb, says what is done, and it can be seen when it is.

bad   Investigate monitoring for this scenario
good  Add alerting for all cases where this service returns >1% errors
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from airectl.incident.wording import words

_LEAST_WORDS: Final = 3
_MARKS: Final = re.compile(r"\[[ xX]\]\s*|[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}")
_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z'-]*")
_LEADS: Final = re.compile(r"^(?:and|also|then|to|please)\s+", re.IGNORECASE)
# A number with what it counts, a date, a place in code: with one of these a vague beginning may still have an end.
_BOUNDED: Final = re.compile(r"\d")
_WHEN: Final = r"(?:above|below|if|on|unless|when|without)"
# A figure that is to be reached, and no date.
_REACHED: Final = re.compile(r"\b(?:above|below|by|over|to|under|within) (?:at (?:least|most) )?\d+(?:\.\d+)?(?![\d-])")
_HOW: Final = re.compile(r"\d|\b(?:below|by|so that|to|until)\b")
_FOR: Final = re.compile(r"\d|\b(?:for|from|of|so that|that|to|when|where|which)\b")
_ARTICLES: Final = frozenset(
    ("a", "all", "an", "each", "every", "its", "no", "one", "our", "the", "these", "this", "two")
)


def why_not(text: str) -> str:
    """Why a text is no action item, in a few words; empty where it is one."""
    said = _plain(text)
    found = _WORD.findall(said)
    if not found or said.upper() in ("TBD", "TODO", "TBA", "N/A"):
        return "it says nothing"
    if hedge := _hedge(said):
        return f"`{hedge}` leaves open whether it is done"
    if vague := _vague_beginning(said, found[0]):
        return _vague(said, vague)
    if not _is_verb([word.lower() for word in found]):
        return f"it does not begin with a verb that says what is done, but with `{found[0]}`"
    return _no_end(said, found[0].lower())


def _vague_beginning(said: str, first: str) -> str:
    """The words that it begins with, where these say nothing; else none."""
    known = words()["actions"]
    phrase = next((each for each in known["vague_phrases"] if said.lower().startswith(each)), "")
    return phrase or (first if first.lower() in known["vague"] else "")


def _vague(said: str, beginning: str) -> str:
    """A vague beginning is no harm where something that can be seen is to come of it."""
    known = words()["actions"]
    outcomes, reactions = "|".join(known["outcomes"]), "|".join(known["reactions"])
    seen = re.search(rf"\b(?:and|then|to) (?:{outcomes})\b", said, re.IGNORECASE) and _BOUNDED.search(said)
    reacts = re.search(
        rf"\b(?:and (?:{reactions})|(?:each|every|that|the) .{{1,60}}\b(?:{reactions})s) (?:.{{1,40}} )?{_WHEN}\b", said
    )
    measured = beginning.lower() in known["measurable"] and _REACHED.search(said)
    return "" if seen or reacts or measured else f"nobody can say when `{beginning}` is done"


def _no_end(said: str, first: str) -> str:
    """What begins with a verb and ends nowhere: `fix it`, `make it more robust`."""
    if len(said.split()) < _LEAST_WORDS:
        return "it does not say enough to know when it is done"
    if (
        first == "make"
        and re.search(r"\b(?:more|better|easier|faster|safer|less)\b", said)
        and not _BOUNDED.search(said)
    ):
        return "it does not say how much is enough"
    if (first in words()["actions"]["amounts"] and not _HOW.search(said)) or (
        re.match(r"\w+ (?:better|more)\b", said) and not _FOR.search(said)
    ):
        return "it does not say how much is enough"
    if re.search(
        r"\b(?:as needed|where appropriate|when(?:ever)? possible|in general|best practices|etc)\b", said, re.IGNORECASE
    ):
        return "it does not say where it ends"
    return ""


def _is_verb(found: list[str]) -> bool:
    """Whether the first of some words is a verb."""
    first = found[0]
    if first in words()["actions"]["nouns"]:
        return False
    if first in _verbs():
        return True
    # A word that is not known, and has an object: `Vendor the tokenizer`.
    return len(found) > _LEAST_WORDS and found[1] in _ARTICLES and first not in _ARTICLES and not first.endswith("ing")


@cache
def _verbs() -> frozenset[str]:
    return frozenset(words()["actions"]["verbs"])


def _hedge(said: str) -> str:
    """A hedge where it is about the action itself: before its object's own clause begins."""
    main = re.split(r"[,;:(]|\b(?:that|which|when|where|if|so|because)\b", said, maxsplit=1)[0]
    hedges = "|".join(re.escape(each) for each in words()["actions"]["hedges"])
    found = re.search(rf"\b(?:{hedges})\b", main, re.IGNORECASE)
    return found[0] if found else ""


def _plain(text: str) -> str:
    """Without marks of Markdown, and without what stands before the verb for courtesy."""
    said = _MARKS.sub("", _LINK.sub(r"\1", text)).replace("`", "").strip(" .:-")
    return _LEADS.sub("", said)
