"""Golden prompts, one after the other, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from airectl.core.completion import Completion
from airectl.env import Stop
from airectl.errors import UsageError
from airectl.net.http_client import Client
from airectl.probing.exchange import Asking, Patience, exchange
from airectl.probing.golden import Prompt
from airectl.probing.protocols import protocol
from airectl.probing.protocols.interface import CannotAskError
from airectl.probing.reasons import Failure, Reason
from airectl.probing.target import Target
from airectl.probing.verdicts import verdict

LIMIT_BYTES: Final = 4 * 1024 * 1024
_MOST_LISTED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one prompt. `right` says whether the answer was as expected; None where it was not judged.

    `asked` false: the server did not take the prompt before it, so this one was left out.
    """

    prompt: Prompt
    asked: bool = True
    connect_s: float | None = None
    completion: Completion | None = None
    failure: Failure | None = None
    right: bool | None = None


class ModelsError(Exception):
    """The server could not say which models it has, for the reason of `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.said)
        self.failure = failure


class Prober:
    """Asks one server, one request at a time. Raises CredentialsError for certificates that are none."""

    def __init__(self, target: Target, patience: Patience, stop: Stop) -> None:
        self.target = target
        self._protocol = protocol(target.protocol)
        client = Client(target.endpoint, target.credentials, connect_s=patience.connect_s, limit_bytes=LIMIT_BYTES)
        self._asking = Asking(client=client, protocol=self._protocol, patience=patience, stop=stop)
        self.model = target.model

    @property
    def streams(self) -> bool:
        """Whether answers come token by token."""
        return self._protocol.streams

    def check(self, prompts: Sequence[Prompt]) -> None:
        """Raises UsageError for a prompt that the protocol cannot ask, and for a model where none is named."""
        if self.target.model and not self._protocol.names_model:
            raise UsageError("--model means nothing to plain HTTP", help="leave it out, or name another `--protocol`")
        for prompt in prompts:
            try:
                self._protocol.question(self.target.endpoint.path, prompt, self.model)
            except CannotAskError as error:
                raise UsageError(f"the prompt `{prompt.name}` {error}", help="see `airectl help probing`") from None

    def find_model(self) -> None:
        """Ask for the only model that the server has, where nobody named one. Raises UsageError, ModelsError."""
        if self.model or not self._protocol.names_model:
            return
        found = self._models()
        if len(found) != 1:
            listed = ", ".join(f"`{name[:80]}`" for name in found[:_MOST_LISTED])
            said = f"the server has {len(found)} models" if found else "the server names no model"
            raise UsageError(f"{said}: {listed}" if found else said, help="name one with `--model`")
        self.model = found[0]

    def _models(self) -> list[str]:
        """The names of the server's models, each once. A listing that is none has no names."""
        question = self._protocol.listing(self.target.endpoint.path)
        plain = Asking(
            client=self._asking.client,
            protocol=protocol("http"),
            patience=self._asking.patience,
            stop=self._asking.stop,
        )
        done = exchange(plain, question)
        if done.failure and done.failure.reason is not Reason.HTTP_4XX:
            raise ModelsError(self._discreet(done.failure))
        try:
            body = json.loads(done.completion.text) if done.completion and not done.failure else None
        except (ValueError, RecursionError):
            body = None
        return list(dict.fromkeys(self._protocol.models(body)))

    def round(self, prompts: Sequence[Prompt]) -> Iterator[Result]:
        """Each prompt once. Raises StoppedError when the user asks to end."""
        closed = False
        for prompt in prompts:
            result = Result(prompt=prompt, asked=False) if closed else self._result(prompt)
            closed = closed or bool(result.failure and result.failure.reason.closed)
            yield result

    def _result(self, prompt: Prompt) -> Result:
        question = self._protocol.question(self.target.endpoint.path, prompt, self.model)
        done = exchange(self._asking, question, status=prompt.status)
        right, failure = None, done.failure
        if failure is None and done.completion is not None:
            wanted = self.target.response_model or self.model
            right, failure = verdict(prompt, done.completion, wanted if self._protocol.names_model else "")
        return Result(
            prompt=prompt,
            connect_s=done.connect_s,
            completion=self._without_secrets(done.completion),
            failure=self._discreet(failure) if failure else None,
            right=right,
        )

    def _without_secrets(self, answer: Completion | None) -> Completion | None:
        """The same, without what the server was shown and says again."""
        if answer is None:
            return None
        hidden = self.target.credentials.hidden_in
        return replace(answer, text=hidden(answer.text), reasoning=hidden(answer.reasoning), model=hidden(answer.model))

    def _discreet(self, failure: Failure) -> Failure:
        """The same, without the secrets."""
        return replace(failure, said=self.target.credentials.hidden_in(failure.said))
