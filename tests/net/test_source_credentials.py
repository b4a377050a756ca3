"""Credentials: where they are read from, what is refused, and that none of them is printed."""

import pickle
import traceback
from pathlib import Path
from typing import Any

import pytest

from airectl.net.credentials import Credentials, read
from airectl.net.places import CredentialsError, Place
from airectl.net.secret import Secret

TOKEN = "hunter2-hunter2"  # noqa: S105  # a word to look for


def place(folder: Path, **environ: str) -> Place:
    return Place(said="`[sources.prod]`", folder=folder, environ=environ)


def test_a_secret_prints_as_stars() -> None:
    secret = Secret(TOKEN)
    assert {str(secret), repr(secret), f"{secret}", f"{secret:>20}", "%s" % secret} == {"****"}  # noqa: UP031  # every way to print it
    assert TOKEN not in repr(Credentials(token=secret, headers={"X-Key": secret}))
    assert secret.reveal() == TOKEN
    assert (secret == Secret(TOKEN), secret == TOKEN) == (True, False)
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_token_of_a_variable(tmp_path: Path) -> None:
    found = read({"token_env": "PROM"}, place(tmp_path, PROM=f"{TOKEN}\n"))
    assert found.sent() == {"Authorization": f"Bearer {TOKEN}"}
    assert found.given


def test_a_token_of_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    (tmp_path / "token").chmod(0o600)
    where = place(tmp_path)
    assert read({"token_file": "token"}, where).sent() == {"Authorization": f"Bearer {TOKEN}"}
    assert where.remarks == []


def test_a_file_that_everyone_can_read_is_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o644)
    where = place(tmp_path)
    read({"token_file": "token"}, where)
    assert where.remarks == [("everyone on this machine can read `token`", "chmod 600 token")]


def test_a_path_below_home(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    found = read({"token_file": "~/token"}, place(tmp_path / "elsewhere", HOME=str(tmp_path)))
    assert found.token == Secret(TOKEN)


def test_a_user_and_a_password(tmp_path: Path) -> None:
    found = read({"username": "me", "password_env": "PW"}, place(tmp_path, PW="open sesame, ü"))
    assert found.sent() == {"Authorization": "Basic bWU6b3BlbiBzZXNhbWUsIMO8"}
    assert found.hidden_in("got bWU6b3BlbiBzZXNhbWUsIMO8 and open sesame, ü") == "got **** and ****"


def test_a_tenant_and_headers(tmp_path: Path) -> None:
    table = {"tenant": "team-a", "headers": {"X-Team": "chat", "X-Api-Key": {"env": "KEY"}}}
    found = read(table, place(tmp_path, KEY=TOKEN))
    assert found.sent() == {"X-Team": "chat", "X-Api-Key": TOKEN, "X-Scope-OrgID": "team-a"}
    assert found.hidden_in(f"chat of team-a with {TOKEN}") == "chat of team-a with ****"


def test_nothing_is_given_without_any(tmp_path: Path) -> None:
    found = read({"url": "https://host"}, place(tmp_path))
    assert (found.given, found.sent(), found.verify) == (False, {}, True)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"token": TOKEN}, "is a secret in plain text"),
    ({"password": TOKEN, "username": "me"}, "is a secret in plain text"),
    ({"bearer_token": TOKEN}, "is a secret in plain text"),
    ({"apiKey": TOKEN}, "is a secret in plain text"),
    ({"headers": {"X-Api-Key": TOKEN}}, "is a secret in plain text"),
    ({"headers": {"Cookie": TOKEN}}, "is a secret in plain text"),
    ({"headers": {"Authorization": {"env": "SET"}}}, "sets the header `Authorization` itself"),
    ({"headers": {"Host": "elsewhere"}}, "no header that can be set"),
    ({"headers": {"X: Y": "z"}}, "no header that can be set"),
    ({"headers": {"X-Y": "a\r\nX-Z: b"}}, "characters that no header may"),
    ({"headers": {"X-Y": 3}}, "is no text"),
    ({"headers": "X-Y: z"}, "must be a table"),
    ({"tenant": "a", "headers": {"x-scope-orgid": "b"}}, "says X-Scope-OrgID twice"),
    ({"token_env": "UNSET"}, "the variable UNSET is not set"),
    ({"token_env": "EMPTY"}, "the variable EMPTY is empty"),
    ({"token_env": "TWO_LINES"}, "more than one line"),
    ({"token_env": "SPACED"}, "holds a space"),
    ({"token_env": ""}, "must be a text"),
    ({"token_env": 7}, "must be a text"),
    ({"token_env": "SET", "token_file": "token"}, "has `token_env` and `token_file`"),
    ({"token_file": "absent"}, "`absent` cannot be read: no such file or directory"),
    ({"token_file": "."}, "`.` cannot be read: is a directory"),
    ({"token_file": "empty"}, "`empty` is empty"),
    ({"token_file": "large"}, "is too large to be a secret"),
    ({"token_file": "binary"}, "it is no plain text"),
    ({"token_file": "nul\0byte"}, "cannot be read"),
    ({"token_env": "SET", "username": "me", "password_env": "SET"}, "has a token and a user name"),
    ({"username": "me"}, "has no `password_env`"),
    ({"password_env": "SET"}, "has no `username`"),
    ({"client_key": "large"}, "a `client_key` without a `client_cert`"),
    ({"client_cert": "absent"}, "`absent` cannot be read"),
    ({"ca_file": "absent"}, "`absent` cannot be read"),
    ({"insecure_skip_verify": "yes"}, "must be true or false"),
]


@pytest.mark.parametrize(("table", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_be_used_is_refused_and_not_repeated(table: dict[str, Any], said: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "large").write_text("x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    environ = {"SET": TOKEN, "EMPTY": " ", "TWO_LINES": "a\nb", "SPACED": f"Bearer {TOKEN}"}
    with pytest.raises(CredentialsError) as caught:
        read(table, place(tmp_path, **environ))
    assert said in str(caught.value)
    assert caught.value.help
    assert TOKEN not in f"{caught.value}{caught.value.help}" + "".join(traceback.format_exception(caught.value))
