"""Credentials of a source, from its table in airectl.toml: never from a spec, never in plain text.

The table says where a secret is, in a variable or in a file, and the secret is read from there.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.core.secrets import names_secret
from airectl.net.places import CredentialsError, Place
from airectl.net.secret import Secret

# Every key that says with which rights, and how safely, a source is asked.
KEYS: Final = (
    "token_env", "token_file", "username", "password_env", "password_file", "client_cert", "client_key",
    "ca_file", "tenant", "headers", "insecure_skip_verify",
)  # fmt: skip
TENANT: Final = "X-Scope-OrgID"
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# Those that the request is made of are not the user's to write.
_RESERVED: Final = frozenset((
    "host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "accept",
))  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a source is shown, and what it has to show. `certificate` is a file of a client's certificate and its key.

    Servers are trusted if `ca_file` signed them, where there is one; else those that this machine trusts. With
    `verify` false any are.
    """

    token: Secret | None = None
    username: str = ""
    password: Secret | None = None
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    certificate: tuple[str, str] | None = None
    ca_file: str = ""
    verify: bool = True

    @property
    def given(self) -> bool:
        """Whether it shows who is asking."""
        return bool(self.token or self.username or self.certificate or self.headers)

    def sent(self) -> dict[str, str]:
        """The headers that go with each request, in plain text."""
        headers = {n: v.reveal() if isinstance(v, Secret) else v for n, v in self.headers.items()}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token.reveal()}"
        if self.password:
            headers["Authorization"] = f"Basic {self._basic().reveal()}"
        return headers

    def hidden_in(self, text: str) -> str:
        """`text`, which a server wrote, without any of the secrets that it was shown."""
        for secret in self._secrets():
            text = secret.hidden_in(text)
        return text

    def _basic(self) -> Secret:
        plain = f"{self.username}:{self.password.reveal() if self.password else ''}"
        return Secret(b64encode(plain.encode()).decode())

    def _secrets(self) -> Iterator[Secret]:
        yield from (value for value in self.headers.values() if isinstance(value, Secret))
        if self.token:
            yield self.token
        if self.password:
            yield from (self.password, self._basic())


def read(table: Mapping[str, Any], place: Place) -> Credentials:
    """The credentials that a source's `table` leads to. Raises CredentialsError, which says what to write instead."""
    _refuse_plain_text(table, place)
    token, password = place.secret(table, "token"), place.secret(table, "password")
    username = place.text(table, "username")
    if token and " " in _line(token.reveal(), "token", place):
        raise CredentialsError(f"the token of {place.said} holds a space", "give the token alone, without `Bearer`")
    if token and (username or password):
        raise CredentialsError(
            f"{place.said} has a token and a user name, and there is one header for both",
            "leave one of them out",
        )
    if bool(username) != bool(password):
        missing = "password_env" if username else "username"
        raise CredentialsError(f"{place.said} has no `{missing}`", "write both `username` and `password_env`")
    certificate, key = place.file(table, "client_cert"), place.file(table, "client_key")
    if key and not certificate:
        raise CredentialsError(f"{place.said} has a `client_key` without a `client_cert`", "write both")
    verify = table.get("insecure_skip_verify", False)
    if not isinstance(verify, bool):
        raise CredentialsError(f"`insecure_skip_verify` of {place.said} must be true or false", "best leave it out")
    return Credentials(
        token=token,
        username=username,
        password=password,
        headers=dict(_headers(table, place)),
        certificate=(certificate, key or certificate) if certificate else None,
        ca_file=place.file(table, "ca_file"),
        verify=not verify,
    )


def _refuse_plain_text(table: Mapping[str, Any], place: Place) -> None:
    for key, value in table.items():
        if key not in KEYS and names_secret(key) and value:
            name = "password" if "pass" in key.lower() or "pwd" in key.lower() else "token"
            raise CredentialsError(
                f"`{key}` of {place.said} is a secret in plain text",
                f'write `{name}_env = "VARIABLE"` or `{name}_file = "PATH"`, and get a new one: this one can be read',
            )


def _headers(table: Mapping[str, Any], place: Place) -> Iterator[tuple[str, str | Secret]]:
    """Every header that is the user's own."""
    given = table.get("headers", {})
    if not isinstance(given, Mapping):
        raise CredentialsError(f"`headers` of {place.said} must be a table", 'write `headers = {"X-Name" = "value"}`')
    for name, value in given.items():
        _check_name(name, place)
        yield name, _value(name, value, place)
    if tenant := place.text(table, "tenant"):
        if TENANT.lower() in map(str.lower, given):
            raise CredentialsError(f"{place.said} says {TENANT} twice", "leave `tenant` out, or the header")
        yield TENANT, _line(tenant, "tenant", place)


def _check_name(name: str, place: Place) -> None:
    if not _HEADER.fullmatch(name) or name.lower() in _RESERVED:
        raise CredentialsError(f"`{name}` of {place.said} is no header that can be set", "leave it out of `headers`")
    if name.lower() == "authorization":
        help = "write `token_env` for a bearer token, or `username` and `password_env`"
        raise CredentialsError(f"{place.said} sets the header `{name}` itself", help)


def _value(name: str, value: Any, place: Place) -> str | Secret:
    if isinstance(value, Mapping) and len(value) == 1 and set(value) <= {"env", "file"}:
        secret = place.secret({f"{name}_{kind}": where for kind, where in value.items()}, name)
        return Secret(_line(secret.reveal() if secret else "", name, place))
    if not isinstance(value, str):
        help = f'write `{name} = "text"`, or `{name} = {{env = "VARIABLE"}}` for a secret'
        raise CredentialsError(f"the header `{name}` of {place.said} is no text", help)
    if names_secret(name):
        help = f'write `{name} = {{env = "VARIABLE"}}`'
        raise CredentialsError(f"the header `{name}` of {place.said} is a secret in plain text", help)
    return _line(value, name, place)


def _line(text: str, name: str, place: Place) -> str:
    """A header's value is one line of plain characters: anything more would be another header."""
    if text.isascii() and text.isprintable():
        return text
    raise CredentialsError(f"`{name}` of {place.said} holds characters that no header may", "write it in ASCII")
