"""What the command line may say of Alertmanager."""

from __future__ import annotations

import pytest

from airectl.commands.routing_options import receiver_options
from airectl.errors import UsageError
from airectl.rules.receivers import Options


def test_nothing_said_is_the_oldest_supported_version() -> None:
    assert receiver_options(None, None, None) == Options()
    assert Options().version == (0, 25)


@pytest.mark.parametrize(("text", "version"), [("0.25", (0, 25)), ("v0.28.1", (0, 28)), ("1.0", (1, 0))])
def test_versions(text: str, version: tuple[int, int]) -> None:
    assert receiver_options(text, None, None).version == version


def test_folders_and_relays_are_taken_as_they_are() -> None:
    options = receiver_options(None, "/run/keys", "mail.example.com:587")
    assert (options.secrets_dir, options.relay) == ("/run/keys", "mail.example.com:587")


@pytest.mark.parametrize(
    ("version", "secrets_dir", "relay"),
    [
        ("0.24", None, None),
        ("latest", None, None),
        ("", None, None),
        (None, "", None),
        (None, "a\nb", None),
        (None, None, "mail.example.com"),
        (None, None, "mail.example.com:0"),
        (None, None, "mail.example.com:70000"),
        (None, None, "user:secret@mail.example.com:25"),
    ],
)
def test_what_alertmanager_would_refuse(version: str | None, secrets_dir: str | None, relay: str | None) -> None:
    with pytest.raises(UsageError):
        receiver_options(version, secrets_dir, relay)
