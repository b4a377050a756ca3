"""Where a load test goes: its address, whose credentials go with it, and whether it may be sent there at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airectl.core.findings import Finding
from airectl.core.load_bounds import Bounds
from airectl.errors import ConfigError, UsageError
from airectl.net import credentials
from airectl.net.credentials import Credentials
from airectl.net.places import CredentialsError, Place
from airectl.net.urls import Endpoint
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.load.safety import Place as Resolved

_SAID = "the command line"
# What the token of --token-command is handed on in: to processes of ours, and to nobody else.
_VARIABLE = "AIRECTL_LOADTEST_TOKEN"
_COMMAND_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Where the flags say that the token is: in a variable, in a file, or what a command prints."""

    variable: str | None = None
    file: str | None = None
    command: str | None = None

    @property
    def table(self) -> dict[str, str]:
        """The same as keys of a table of credentials."""
        found = {"token_env": self.variable, "token_file": self.file}
        return {key: value for key, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server. `table` says where its secrets are, in the keys of airectl.toml, with paths below `folder`.

    `name` is what it is called, `model` the one that its table names, `answers` what answers say that they are of
    where that is another name.
    """

    name: str
    endpoint: Endpoint
    credentials: Credentials
    table: Mapping[str, Any]
    folder: str
    model: str = ""
    answers: str = ""
    remarks: tuple[Finding, ...] = ()

    @property
    def url(self) -> str:
        """Its address, without a secret."""
        return str(self.endpoint)


def target_of(run: Run, name_or_url: str, token: Token | None = None) -> Target:
    """The server of a URL, or of a table `[probes.NAME]`. Raises UsageError and ConfigError."""
    from airectl.probing import target as probes

    config = run.config
    settings = probes.Settings(tables=config.probes, file=config.file, cwd=run.env.cwd, environ=run.env.environ)
    found = probes.target(name_or_url, settings)
    table = {key: value for key, value in config.probes.get(found.name, {}).items() if key in credentials.KEYS}
    done = Target(
        name=found.name,
        endpoint=found.endpoint,
        credentials=found.credentials,
        table=table,
        folder=str((run.env.cwd / config.file).parent),
        model=found.model,
        answers=found.response_model,
        remarks=found.remarks,
    )
    return _with_token(run, done, token) if token and token.table else done


def _with_token(run: Run, target: Target, token: Token) -> Target:
    """The target with the token of the flags in place of its own. Paths of flags are below the current folder."""
    given = dict(token.table)
    if "token_file" in given:
        given["token_file"] = str(run.env.cwd / given["token_file"])
    kept = {key: value for key, value in target.table.items() if not key.startswith(("token_", "password_", "user"))}
    table = {**kept, **given}
    place = Place(said=_SAID, folder=Path(target.folder), environ=run.env.environ)
    try:
        return replace(target, table=table, credentials=credentials.read(table, place))
    except CredentialsError as error:
        raise ConfigError(str(error), help=error.help) from None


def with_command(run: Run, token: Token) -> tuple[Run, Token]:
    """The token that --token-command prints, in a variable of this run, which its processes inherit.

    It is run once, without a shell. Raises UsageError and ConfigError; what it printed is in no message.
    """
    if token.command is None:
        return run, token
    if token.variable is not None or token.file is not None:
        raise UsageError("a token has one place", help="leave --token-env and --token-file out, or --token-command")
    import shlex
    import subprocess

    try:
        words = shlex.split(token.command)
        done = subprocess.run(
            words, cwd=run.env.cwd, env=dict(run.env.environ), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=_COMMAND_S, check=False,
        )  # fmt: skip
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        why = f"no answer within {_COMMAND_S:g} s" if isinstance(error, subprocess.TimeoutExpired) else _why(error)
        raise ConfigError(f"--token-command cannot be run: {why}", help="try it by itself in a shell") from None
    lines = done.stdout.decode("utf-8", "replace").split()
    if done.returncode != 0 or len(lines) != 1:
        said = f"ended with exit code {done.returncode}" if done.returncode else f"printed {len(lines)} words, not one"
        raise ConfigError(f"--token-command {said}", help="it has to print the token, and nothing else")
    environ = {**run.env.environ, _VARIABLE: lines[0]}
    return replace(run, env=replace(run.env, environ=environ)), Token(variable=_VARIABLE)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def permitted(endpoint: Endpoint, bounds: Bounds, *, yes: bool, proxied: bool = False) -> Resolved:
    """The addresses of a server that a load test may go to. Raises UsageError, Unreachable.

    One behind a proxy has none here: the proxy looks its name up, and what it calls 127.0.0.1 is not this machine.
    """
    from airectl.load.resolving import resolve
    from airectl.load.safety import Place, permit

    host = endpoint.origin.host
    place = Place(host=host, addresses=()) if proxied else resolve(host, endpoint.origin.port)
    permit(place, bounds, yes=yes)
    return place


def proxied(run: Run, endpoint: Endpoint) -> bool:
    """Whether the environment names a proxy for the server. Raises ConfigError for one that cannot be used."""
    from airectl.load.engine.proxy import RouteError, proxy_of

    try:
        return proxy_of(endpoint, run.env.environ) is not None
    except RouteError as error:
        raise ConfigError(str(error), help=error.help) from None


def host_and_port(option: str, text: str, port: int) -> tuple[str, int]:
    """`HOST`, `HOST:PORT` or `[::1]:PORT`. Raises UsageError."""
    host, colon, given = text.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, given = text, str(port)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (given.isascii() and given.isdigit() and 0 < int(given) <= 65535):
        raise UsageError(f"{option} cannot be `{text}`", help=f"write a host and a port, such as 10.0.0.5:{port}")
    return host, int(given)
