"""Where an API is below the address that a user gave."""

from __future__ import annotations

import re
from typing import Final

_VERSION: Final = re.compile(r"/v[0-9]+[a-z0-9]*(?:/openai)?$")


def below(base: str, path: str, *, full: str = "") -> str:
    """The path of an API. `base` may end with it, or in a version such as `/v1`, or be what lies before that.

    `path` begins behind the version; `full` is what a base ends with that goes all the way, `path` if empty.
    """
    ending = full or path
    if base.endswith(ending):
        return base.removesuffix(ending) + path
    return f"{base}{path}" if _VERSION.search(base) else f"{base}/v1{path}"
