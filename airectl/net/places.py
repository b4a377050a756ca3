"""Where a setting says that a secret or a certificate is: a variable, or a file."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from airectl.net.secret import Secret

# A token is a few kilobytes at the most; a log file by mistake is none.
_LARGEST: Final = 64 * 1024


class CredentialsError(Exception):
    """A secret or a certificate cannot be had as it is written; `help` says what to write."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A table of settings: what it is called in messages, the folder of its paths, and the variables there are.

    What is not as safe as it could be is added to `remarks`, each a message and its help.
    """

    said: str
    folder: Path
    environ: Mapping[str, str]
    remarks: list[tuple[str, str]] = field(default_factory=list)

    def text(self, table: Mapping[str, Any], key: str) -> str:
        """The text under `key`, empty where there is none."""
        value = table.get(key, "")
        if not isinstance(value, str) or (key in table and not value):
            raise CredentialsError(f"`{key}` of {self.said} must be a text", "put it in quotes, or leave it out")
        return value

    def secret(self, table: Mapping[str, Any], name: str) -> Secret | None:
        """The secret that `NAME_env` or `NAME_file` leads to; None where neither is there. Raises CredentialsError."""
        variable, file = self.text(table, f"{name}_env"), self.text(table, f"{name}_file")
        if variable and file:
            raise CredentialsError(f"{self.said} has `{name}_env` and `{name}_file`", "leave one of them out")
        if variable:
            return self._from_variable(f"{name}_env", variable)
        return self._from_file(f"{name}_file", file) if file else None

    def file(self, table: Mapping[str, Any], key: str) -> str:
        """The path under `key`, of a file that can be read; empty where there is none. Raises CredentialsError."""
        path = self.text(table, key)
        if not path:
            return ""
        full = self._full(path)
        try:
            with full.open("rb"):
                return str(full)
        except (OSError, ValueError) as error:
            raise self._unreadable(key, path, error) from None

    def _from_variable(self, key: str, variable: str) -> Secret:
        value = self.environ.get(variable, "").strip()
        if value:
            return self._checked(value, f"the variable {variable}")
        is_ = "is empty" if variable in self.environ else "is not set"
        help = f"set it, as in `{variable}=... airectl ...`, or in CI from its secrets"
        raise CredentialsError(f"the variable {variable} {is_}; `{key}` of {self.said} names it", help)

    def _from_file(self, key: str, path: str) -> Secret:
        full = self._full(path)
        try:
            with full.open("rb") as file:
                raw = file.read(_LARGEST + 1)
                mode = stat.S_IMODE(full.stat().st_mode)
            value = raw.decode().strip()
        except (OSError, ValueError) as error:
            raise self._unreadable(key, path, error) from None
        if mode & stat.S_IROTH:
            self.remarks.append((f"everyone on this machine can read `{path}`", f"chmod 600 {path}"))
        if not value or len(raw) > _LARGEST:
            is_ = "is empty" if not value else "is too large to be a secret"
            raise CredentialsError(f"`{path}` {is_}; `{key}` of {self.said} names it", "write the secret to it, alone")
        return self._checked(value, f"`{path}`")

    def _checked(self, value: str, where: str) -> Secret:
        if value.isprintable():
            return Secret(value)
        raise CredentialsError(f"{where} holds more than one line", "write nothing but the secret to it")

    def _full(self, path: str) -> Path:
        home = self.environ.get("HOME", "")
        return Path(home, path[2:]) if home and path.startswith("~/") else self.folder / path

    def _unreadable(self, key: str, path: str, error: Exception) -> CredentialsError:
        why = (error.strerror or str(error)).lower() if isinstance(error, OSError) else "it is no plain text"
        return CredentialsError(f"`{path}` cannot be read: {why}; `{key}` of {self.said} names it", "check the path")
