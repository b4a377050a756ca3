"""A text as lines, counted as the YAML reader counts them: every place in a finding refers to these."""

import re
from typing import Final

# YAML 1.1's line breaks, which libyaml counts: https://yaml.org/spec/1.1/#b-generic
_BREAK: Final = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def split(text: str) -> list[str]:
    """The lines of `text` without their breaks and without a byte order mark; at least one."""
    text = text.removeprefix("\ufeff")
    if text.isascii() and "\r" not in text:
        return text.split("\n")
    return _BREAK.split(text)
