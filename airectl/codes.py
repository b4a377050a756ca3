"""The pages of the finding codes: data/codes/AIRnnn.md, one a code."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

CODE: Final = re.compile(r"AIR[0-9]{3}")
_FENCE: Final = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_TITLE: Final = re.compile(r"# (AIR[0-9]{3}): (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: `sections` maps a heading to its markdown, in the order of the page."""

    code: str
    title: str
    severity: str
    sections: dict[str, str]


@cache
def known() -> tuple[str, ...]:
    """Every code that has a page, ascending."""
    folder = files("airectl").joinpath("data", "codes")
    return tuple(sorted(each.name.removesuffix(".md") for each in folder.iterdir() if each.name.endswith(".md")))


@cache
def page(code: str) -> Page:
    """The page of a known code. Raises KeyError for any other."""
    if code not in known():
        raise KeyError(code)
    text = files("airectl").joinpath("data", "codes", f"{code}.md").read_text("utf-8")
    # A heading in an example is none of the page.
    plain = _FENCE.sub(lambda found: re.sub(r"^#", "\0", found[0], flags=re.MULTILINE), text)
    head, *parts = (part.replace("\0", "#") for part in re.split(r"^## ", plain, flags=re.MULTILINE))
    title = _TITLE.match(head)
    severity = re.search(r"^severity: (\w+)$", head, re.MULTILINE)
    sections = {name: body.strip() for name, _, body in (part.partition("\n") for part in parts)}
    return Page(code=code, title=title[2] if title else "", severity=severity[1] if severity else "", sections=sections)
