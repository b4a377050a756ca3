"""What a text report is written on: a terminal of some width, with or without colour, or a pipe."""

from dataclasses import dataclass
from typing import Final

from airectl.render import View

_NARROW: Final = 40
# Select Graphic Rendition of ECMA-48, by what the text means.
_STYLES: Final = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "1;32",
    "strong": "1",
    "frame": "34",
    "quiet": "2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`width` is None in a pipe: nothing is wrapped, no bar is drawn. `fine`: it can show Braille patterns."""

    width: int | None
    colour: bool = False
    fine: bool = True

    @property
    def tty(self) -> bool:
        """Whether a person looks at it while it is written."""
        return self.width is not None

    def paint(self, text: str, style: str) -> str:
        """`text` in the colour of `style`. The words must say the same without it."""
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and text else text


def paper_of(view: View) -> Paper:
    """The paper that `view` asks for; a terminal that says it is narrower than 40 is taken for 40."""
    return Paper(width=max(view.width, _NARROW) if view.tty else None, colour=view.colour, fine=view.fine)
