"""Any HTTP service: a request from a template, and a rule for what a success is.

Templates are Jinja's, in its sandbox: `{"text": {{ prompt | tojson }}, "limit": {{ output_tokens }}}`. Variables are
`prompt`, `messages`, `input_tokens`, `output_tokens`, `index`, `session`, `turn`, `model`, and all that a file of
prompts has beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from airectl.core.json_pointer import PointerError, find, parse
from airectl.load.feed import Ask
from airectl.load.protocols import options
from airectl.load.protocols.interface import JSON, Answer, Head, ProtocolError, Settings, Wire
from airectl.load.protocols.whole_body import BodyError, Said, WholeBody, parsed
from airectl.runs.record import NEVER, ErrorClass

_DEFAULTS: Final[Mapping[str, Any]] = {
    "method": "POST",
    "body": '{"prompt": {{ prompt | tojson }}}',
    "content_type": JSON,
    "accept": "*/*",
    "headers": {},  # beside those of airectl.toml, where secrets belong
    "statuses": [],  # which are a success; none given: 200 to 299
    "pointer": "",  # to something that a successful answer has, such as /predictions/0; then it is JSON
    "text_pointer": "",  # to what was said
    "input_tokens_pointer": "",  # to how many tokens the server counted
    "output_tokens_pointer": "",
}
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS: Final = frozenset(("host", "content-length", "content-type", "transfer-encoding", "connection", "accept"))
_SAMPLE: Final = Ask(index=0, prompt='a "quote"\n', messages=(("user", "a"),), input_tokens=1, output_tokens=1)
# A tokens' count beyond this is none.
_MOST: Final = 2**31 - 1


class GenericHttp:
    """A request to the address itself. Raises ProtocolError for a template or a rule that is none."""

    streams = False

    def __init__(self, settings: Settings) -> None:
        given = options.read(settings.options, _DEFAULTS)
        self._path, self._model = settings.base or "/", settings.model
        self._method, self._kind, self._accept = given["method"].upper(), given["content_type"], given["accept"]
        self._headers = _headers(given["headers"])
        self._statuses = frozenset(given["statuses"]) or range(200, 300)
        self._wanted = _pointer("pointer", given)
        self._said = _pointer("text_pointer", given)
        self._counts = tuple(_pointer(f"{side}_tokens_pointer", given) for side in ("input", "output"))
        self._template = self._compiled(given["body"])

    def _compiled(self, text: str) -> Any:
        """The template; one that makes no JSON of a prompt with quotes in it is refused before anything is sent."""
        room = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
        try:
            template = room.from_string(text)
            known = find_undeclared_variables(room.parse(text)) <= set(self._variables(_SAMPLE))
            sample = template.render(self._variables(_SAMPLE)) if known else "{}"
        except TemplateError as error:
            raise ProtocolError(f"the option `body` is no template: {error}", _HELP) from None
        if self._kind.partition(";")[0].strip() == JSON and not _is_json(sample):
            raise ProtocolError("the option `body` makes no JSON of a prompt with quotes in it", _HELP)
        return template

    def _variables(self, ask: Ask) -> dict[str, Any]:
        messages = [{"role": role, "content": text} for role, text in ask.messages]
        own = {
            "prompt": ask.prompt, "messages": messages, "input_tokens": ask.input_tokens,
            "output_tokens": ask.output_tokens, "index": ask.index, "session": ask.session, "turn": ask.turn,
            "model": self._model,
        }  # fmt: skip
        return {**own, **ask.extra}

    def request(self, ask: Ask) -> Wire:
        """The request. Raises ProtocolError for an ask that lacks a variable of the template."""
        try:
            body = self._template.render(self._variables(ask))
        except (TemplateError, TypeError, ValueError) as error:
            raise ProtocolError(f"the option `body` cannot be filled in: {error}", _HELP) from None
        return Wire(
            path=self._path,
            body=body.encode("utf-8", "replace"),
            method=self._method,
            content_type=self._kind,
            accept=self._accept,
            headers=self._headers,
        )

    def succeeds(self, status: int) -> bool:
        """As the user says."""
        return status in self._statuses

    def answer(self, ask: Ask, head: Head) -> Answer:
        """The reader of the body."""
        return WholeBody(ask, head, self._read)

    def _read(self, body: bytes) -> Said:
        if not (self._wanted or self._said or any(self._counts)):
            return Said(text=body[:1_000_000].decode("utf-8", "replace"))
        value = parsed(body)
        try:
            if self._wanted is not None and find(value, self._wanted) is None:
                raise BodyError(ErrorClass.EMPTY, "nothing stands where a successful answer has something")
            text = find(value, self._said) if self._said is not None else ""
        except KeyError as error:
            raise BodyError(ErrorClass.MALFORMED, f"the answer has no {error}") from None
        inputs, outputs = (_count(value, steps) for steps in self._counts)
        return Said(text=text if isinstance(text, str) else json.dumps(text), tokens=(inputs, outputs))


_HELP: Final = 'write one such as {"prompt": {{ prompt | tojson }}}'


def _headers(given: Mapping[str, Any]) -> Mapping[str, str]:
    for name, value in given.items():
        plain = isinstance(value, str) and value.isascii() and value.isprintable()
        if not plain or not _HEADER.fullmatch(name) or name.lower() in _OURS:
            raise ProtocolError(f"the option `headers` cannot have `{name}`", "write plain text, such as a version")
    return dict(given)


def _pointer(name: str, given: Mapping[str, Any]) -> tuple[str, ...] | None:
    try:
        return parse(given[name]) if given[name] else None
    except PointerError as error:
        raise ProtocolError(f"the option `{name}` is no JSON pointer: {error}", "leave it out, or mend it") from None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _count(value: Any, steps: tuple[str, ...] | None) -> int:
    if steps is None:
        return NEVER
    try:
        found = find(value, steps)
    except KeyError:
        return NEVER
    return found if isinstance(found, int) and 0 <= found <= _MOST else NEVER
