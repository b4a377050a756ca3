"""Whether a complete answer is the right one: of the model that was meant, as expected, and not cut short."""

from __future__ import annotations

from typing import Final

from airectl.core.completion import Completion
from airectl.probing.golden import Prompt
from airectl.probing.matching import TooSlowError, holds
from airectl.probing.reasons import Failure, Reason

_LONGEST: Final = 120
_LIMIT: Final = "length"


def verdict(prompt: Prompt, completion: Completion, model: str) -> tuple[bool | None, Failure | None]:
    """Whether the answer is right (None: nothing is expected, or it could not be judged), and why it fails.

    An answer that names no model is of the one that was meant, and so is any where `model` is empty.
    """
    if model and completion.model not in ("", model):
        help = "is another model loaded, or does a gateway fall back? `--response-model` names one that is right"
        said = f"wanted the model `{_shown(model)}`, and `{_shown(completion.model)}` answered"
        return False, Failure(reason=Reason.WRONG_MODEL, said=said, help=help)
    try:
        right = None if prompt.expect is None else holds(prompt.expect, completion.text)
    except TooSlowError as error:
        help = "write a simpler expression: nested repetitions take for ever"
        said = f"{error.expectation.said} was {error}, in `{_shown(completion.text)}`"
        return None, Failure(reason=Reason.MISMATCH, said=said, help=help)
    if right is False:
        return False, _mismatch(prompt, completion)
    if completion.finish_reason == _LIMIT:
        help = "give it more with `max_tokens`, which a model that thinks first needs; or ask for less"
        said = f"cut at its limit of {prompt.max_tokens} tokens: `{_shown(completion.text)}`"
        return right, Failure(reason=Reason.TOKEN_LIMIT, said=said, help=help)
    return right, None


def _mismatch(prompt: Prompt, completion: Completion) -> Failure:
    wanted = prompt.expect.said if prompt.expect else ""
    said = f"wanted {wanted}, got `{_shown(completion.text)}`"
    if completion.finish_reason == _LIMIT:
        help = "the answer was cut at its limit: a model that thinks first needs more `max_tokens`"
    else:
        help = "is it gibberish? wrong weights, a broken quantisation and a wrong chat template give such answers"
    return Failure(reason=Reason.MISMATCH, said=said, help=help)


def _shown(text: str) -> str:
    """The beginning of what a server said, on one line."""
    text = " ".join(text[: 4 * _LONGEST].split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
