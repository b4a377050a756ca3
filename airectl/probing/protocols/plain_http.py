"""Plain HTTP: a request and its whole answer, for classifiers and whatever else does not stream."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from airectl.core.completion import Completion, Fault
from airectl.net.http_client import Question
from airectl.probing.golden import Prompt


class PlainHttp:
    """POST of a body to the address itself, or a GET where a prompt has an empty one."""

    streams = False
    names_model = False

    def question(self, base: str, prompt: Prompt, model: str) -> Question:
        """A text as it is, all else as JSON."""
        body = prompt.text if prompt.messages else prompt.body
        if body in (None, ""):
            return Question(path=base or "/")
        if isinstance(body, str):
            return Question(path=base or "/", body=body.encode(), content_type="text/plain; charset=utf-8")
        return Question(path=base or "/", body=json.dumps(body).encode())

    def reader(self, headers: Mapping[str, str], sent_s: float) -> Body:
        """What takes the body."""
        return Body(sent_s)

    def listing(self, base: str) -> Question:
        """Nothing lists models here; never asked."""
        return Question(path=base or "/")

    def models(self, body: object) -> Sequence[str]:
        """None."""
        return ()


@dataclass(slots=True)
class Body:
    """Takes the whole body as one text; its time is that of its last byte."""

    sent_s: float
    content_s: float | None = None
    finished: bool = False
    done: bool = False
    _body: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes, at_s: float) -> None:
        """The next bytes."""
        self._body += data
        self.content_s = at_s

    def end(self, *, whole: bool) -> Completion:
        """The answer; it has no first token, and no gaps."""
        return Completion(
            ttft_s=None,
            gaps_s=(),
            e2e_s=None if self.content_s is None else self.content_s - self.sent_s,
            text=self._body.decode("utf-8", "replace"),
            reasoning="",
            finish_reason="",
            model="",
            output_tokens=None,
            faults=() if whole else ((Fault.TRUNCATED, "the connection ended within the body"),),
        )
