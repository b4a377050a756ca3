"""Secrets in settings and URLs never reach an output."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "****"
_SECRET: Final = re.compile(
    r"token|passw|passphrase|secret|credential|authoriz|cookie|bearer|signature|^sig$|(?:key|auth|pwd|pass)$"
)
# These name the place of a secret; the place is none.
_PLACE: Final = ("env", "file", "command", "path")
_USERINFO: Final = re.compile(r"(?<=://)[^/?#@\s]*@")
_QUERY: Final = re.compile(r"(?<=[?&])([^=&#\s]+)=([^&#\s]*)")


def names_secret(key: str) -> bool:
    """Whether the value under `key` is a secret: `token`, `apiKey`, `DB_PASSWORD`, but not `token_file`."""
    name = re.sub(r"[^a-z0-9]", "", key.lower())
    return not name.endswith(_PLACE) and bool(_SECRET.search(name))


def redact(value: Any, key: str = "") -> Any:
    """`value`, found under `key`, with every secret in it as `****`: at any depth, and within URLs."""
    if isinstance(value, Mapping):
        return {name: redact(item, name) for name, item in value.items()}
    if key and names_secret(key):
        return HIDDEN
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    return redact_url(value) if isinstance(value, str) else value


def redact_url(text: str) -> str:
    """`text` without the user part of URLs and without the values of query parameters that name a secret."""
    text = _USERINFO.sub(f"{HIDDEN}@", text)
    return _QUERY.sub(lambda m: f"{m[1]}={HIDDEN}" if names_secret(m[1]) else m[0], text)
