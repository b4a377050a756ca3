"""Sources from variables: `AIRECTL_SOURCES_PROD_URL` is the `url` of `[sources.prod]`, and comes before it.

The same holds for probes: `AIRECTL_PROBES_CHAT_URL` is the `url` of `[probes.chat]`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

PREFIX: Final = "AIRECTL_SOURCES_"
PROBES: Final = "AIRECTL_PROBES_"
PREFIXES: Final = (PREFIX, PROBES)
# The secret itself stands in the variable; the table then says which variable that is.
_SECRETS: Final = {"TOKEN": "token", "PASSWORD": "password"}
PATHS: Final = ("token_file", "password_file", "client_cert", "client_key", "ca_file")
_PLAIN: Final = {
    PREFIX: ("type", "url", "username", "tenant", "timeout", *PATHS),
    PROBES: ("url", "protocol", "model", "response_model", "username", *PATHS),
}


class VariableError(Exception):
    """A variable that begins like one of a source, or of a probe, and names nothing that those have."""


def laid_over(
    tables: Mapping[str, Mapping[str, Any]], environ: Mapping[str, str], prefix: str = PREFIX
) -> dict[str, dict[str, Any]]:
    """The tables of sources, or of probes by `prefix`, with what variables say of them. Raises VariableError.

    A variable's NAME is that of a table in capitals, with `_` for whatever is no letter or digit; where no table
    has that name, a source is called so in lower case.
    """
    found = {name: dict(table) for name, table in tables.items()}
    names = {re.sub(r"[^A-Z0-9]", "_", name.upper()): name for name in tables}
    for variable in sorted(environ):
        if not variable.startswith(prefix):
            continue
        name, key = _parts(variable, prefix)
        table = found.setdefault(names.get(name, name.lower()), {})
        if key in _SECRETS:
            table.pop(f"{_SECRETS[key]}_file", None)
            table[f"{_SECRETS[key]}_env"] = variable
        else:
            for other in ("token", "password"):
                if key == f"{other}_FILE".upper():
                    table.pop(f"{other}_env", None)
            table[key.lower()] = environ[variable]
    return found


def _parts(variable: str, prefix: str) -> tuple[str, str]:
    """NAME and KEY of a variable."""
    rest = variable.removeprefix(prefix)
    # The longest first: `_TOKEN_FILE` is no `_FILE` of a source called `prod_token`.
    for end in sorted((*_SECRETS, *map(str.upper, _PLAIN[prefix])), key=len, reverse=True):
        if rest.endswith(f"_{end}") and len(rest) > len(end) + 1:
            return rest[: -len(end) - 1], end
    raise VariableError(f"{variable} is no setting of a {'source' if prefix == PREFIX else 'probe'}")
