"""Before the load: is the server there, which model is asked for, and how many tokens are its words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from http import HTTPStatus
from time import monotonic_ns
from typing import Final

from airectl.core.api_paths import below
from airectl.env import Stop
from airectl.errors import ConfigError, Rejected, Unreachable, UsageError
from airectl.load.control import ControlError, Fetched, fetch
from airectl.load.feed import Ask
from airectl.load.protocols.interface import Head, Protocol
from airectl.load.tokens import PROBES, Calibration, TokensError, fit
from airectl.load.workloads.words import Texts
from airectl.net.http_client import Client, Question
from airectl.runs.record import Record, TokenSource

# Protocols whose servers list their models as OpenAI's do.
LISTING: Final = frozenset(("openai", "completions", "embeddings"))
_WAIT_S: Final = 10.0
# A prompt of a thousand tokens on a CPU takes its time.
_ANSWER_S: Final = 60.0
_DENIED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_MOST_LISTED: Final = 10
_UNANSWERED: Final = "is it running, and is this its address? `airectl simulate` is a server to try with"
_UNTRUSTED: Final = "put the certificate of whoever signed it into `ca_file` of `[probes.NAME]` in airectl.toml"


def ready(client: Client, name: str, base: str, stop: Stop, *, protocol: str) -> list[str]:
    """The models that the server lists; empty where it lists none, or the protocol knows no list.

    `name` is what the server is called. Raises Unreachable where nobody answers, ConfigError for a token that is
    not taken, and StoppedError.
    """
    path = below(base, "/models") if protocol in LISTING else base or "/"
    try:
        found = fetch(client, Question(path=path, accept="application/json, */*"), _WAIT_S, stop)
    except ControlError as error:
        help = _UNTRUSTED if error.untrusted else _UNANSWERED
        raise Unreachable(f"{name} does not answer: {error}", help=help) from None
    if found.status in _DENIED and protocol in LISTING:
        raise ConfigError(
            f"{name} wants a token, or another one: HTTP {found.status}",
            help="name the variable that holds it with --token-env, or a file with --token-file",
        )
    if found.status == HTTPStatus.SERVICE_UNAVAILABLE:
        raise Unreachable(f"{name} is not ready: HTTP 503", help="wait until its model is loaded")
    return _models(found) if protocol in LISTING and found.status == HTTPStatus.OK else []


def chosen_model(listed: Sequence[str], asked: str, name: str) -> str:
    """The model to ask for. Raises UsageError for one that is not there, and where several are and none was named."""
    if asked:
        if listed and asked not in listed:
            near = get_close_matches(asked, listed, 1, 0.4)
            help = f"did you mean `{near[0]}`?" if near else f"it has: {_listed(listed)}"
            raise UsageError(f"{name} has no model `{asked[:80]}`", help=help)
        return asked
    if len(listed) > 1:
        raise UsageError(f"{name} has {len(listed)} models: {_listed(listed)}", help="name one with --model")
    return listed[0] if listed else ""


def calibrated(client: Client, protocol: Protocol, *, seed: int, longest: float, stop: Stop) -> Calibration | None:
    """How many words make how many tokens, by what the server counts of a few prompts; None: it does not count.

    None is longer than `longest` tokens, as far as that can be known before. Raises Rejected where even a short one
    is refused, and StoppedError.
    """
    texts, pairs = Texts(seed, 0), list[tuple[int, int]]()
    wanted = [words for words in PROBES if words <= longest] or [max(1, round(longest))]
    for number, words in enumerate(wanted):
        counted = _counted(client, protocol, texts.distinct(2**32 - 1 - number, words), stop)
        if counted is None:
            break
        pairs.append((words, counted))
    try:
        return fit(pairs) if pairs else None
    except TokensError:
        return None


def _counted(client: Client, protocol: Protocol, prompt: str, stop: Stop) -> int | None:
    """The tokens of a prompt as the server counts them."""
    ask = Ask(index=0, prompt=prompt, output_tokens=1)
    wire = protocol.request(ask)
    question = Question(path=wire.path, body=wire.body, content_type=wire.content_type, accept=wire.accept)
    begun_ns = monotonic_ns()
    try:
        found = fetch(client, question, _ANSWER_S, stop)
    except ControlError as error:
        raise Unreachable(f"the server does not answer a request: {error}", help="see what its log says") from None
    if not protocol.succeeds(found.status):
        if found.status == HTTPStatus.BAD_REQUEST:
            return None  # a prompt that is too long for it, as may be
        said = " ".join(found.text.split())[:120]
        raise Rejected(f"the server refuses a request: HTTP {found.status} {said}".rstrip(), help=_why(found.status))
    head = Head(found.status, {"content-type": wire.accept}, begun_ns)
    answer, record = protocol.answer(ask, head), Record(index=0, intended_ns=0)
    answer.data(found.text.encode(), monotonic_ns())
    answer.end(record, whole=True)
    return record.input_tokens if record.input_source is TokenSource.USAGE else None


def _why(status: int) -> str:
    return "is this its path, and its --protocol?" if status == HTTPStatus.NOT_FOUND else "see what its log says"


def _models(found: Fetched) -> list[str]:
    try:
        body = json.loads(found.text)
    except (ValueError, RecursionError):
        return []
    items = body.get("data") if isinstance(body, dict) else None
    names = [item.get("id") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name[:80]}`" for name in names[:_MOST_LISTED])
    return shown + (", ..." if len(names) > _MOST_LISTED else "")
