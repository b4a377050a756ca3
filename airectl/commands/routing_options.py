"""The options of Alertmanager's configuration: for which version, where its secrets lie, what takes its emails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

import typer

from airectl.errors import UsageError

if TYPE_CHECKING:
    from airectl.rules.receivers import Options

_VERSION: Final = re.compile(r"v?([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?")
_RELAY: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_HIGHEST_PORT: Final = 65_535

AlertmanagerVersion = Annotated[
    str | None,
    typer.Option("--alertmanager-version", metavar="VERSION", help="The Alertmanager that reads it; default: 0.25."),
]
SecretsDir = Annotated[
    str | None,
    typer.Option("--secrets-dir", metavar="DIR", help="Where its secrets lie; default: /etc/alertmanager/secrets."),
]
Smtp = Annotated[
    str | None, typer.Option("--smtp", metavar="HOST:PORT", help="What takes its emails; default: localhost:25.")
]


def receiver_options(version: str | None, secrets_dir: str | None, relay: str | None) -> Options:
    """What the options say, defaults in place of None. Raises UsageError for what Alertmanager would refuse."""
    from airectl.rules.receivers import Options

    default = Options()
    return Options(
        version=default.version if version is None else _read_version(version, default.version),
        secrets_dir=default.secrets_dir if secrets_dir is None else _folder(secrets_dir),
        relay=default.relay if relay is None else _address(relay),
    )


def _read_version(text: str, oldest: tuple[int, int]) -> tuple[int, int]:
    match = _VERSION.fullmatch(text)
    version = (int(match[1]), int(match[2])) if match else (0, 0)
    if version < oldest:
        least = ".".join(map(str, oldest))
        raise UsageError(f"--alertmanager-version cannot be `{text}`", help=f"{least} is the oldest that is supported")
    return version


def _folder(text: str) -> str:
    """On the machine of Alertmanager; a path relative to its configuration is one too."""
    if not text.strip() or not text.isprintable():
        raise UsageError("--secrets-dir names no folder", help="write one such as /etc/alertmanager/secrets")
    return text


def _address(text: str) -> str:
    match = _RELAY.fullmatch(text)
    if not match or not 0 < int(match[1]) <= _HIGHEST_PORT:
        raise UsageError(f"--smtp cannot be `{text}`", help="write HOST:PORT, such as mail.example.com:587")
    return text
