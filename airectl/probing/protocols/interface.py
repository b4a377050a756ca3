"""What a protocol is: how a prompt becomes a request, and what the answer's bytes mean."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence

from airectl.core.completion import Completion
from airectl.net.http_client import Question
from airectl.probing.golden import Prompt


class CannotAskError(Exception):
    """The protocol has no way to ask this prompt; the message says why, after the prompt's name."""


class Reader(typing.Protocol):
    """Takes the bytes of one answer with the times they came at."""

    @property
    def content_s(self) -> float | None:
        """When the last content so far came."""

    @property
    def finished(self) -> bool:
        """Whether the server said that the answer is complete; something may still follow."""

    @property
    def done(self) -> bool:
        """Whether nothing more is to be read."""

    def take(self, data: bytes, at_s: float) -> None:
        """The next bytes."""

    def end(self, *, whole: bool) -> Completion:
        """What the answer was; `whole`: the connection did not end within it."""


class Protocol(typing.Protocol):
    """One way to speak to a server.

    `streams`: answers come token by token. `names_model`: a request says which model is meant, and its answer
    which one it is of.
    """

    streams: bool
    names_model: bool

    def question(self, base: str, prompt: Prompt, model: str) -> Question:
        """The request. `base` is the path of the address that the user gave. Raises CannotAskError."""

    def reader(self, headers: Mapping[str, str], sent_s: float) -> Reader:
        """What reads the answer to a request that was sent at `sent_s`."""

    def listing(self, base: str) -> Question:
        """The request for the server's models."""

    def models(self, body: object) -> Sequence[str]:
        """The names of models in the answer to that, as far as there are any."""
