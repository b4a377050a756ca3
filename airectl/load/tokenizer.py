"""Tokens of words by a tokenizer that the user has; none is ever downloaded."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from airectl.errors import UsageError
from airectl.load.tokens import PROBES, Calibration, TokensError, fit
from airectl.load.workloads.words import Texts


def calibrated(path: str, cwd: Path) -> Calibration:
    """The calibration by a `tokenizer.json`. It knows nothing of a chat template, so the overhead is 0.

    Raises UsageError where the package `tokenizers` is missing, or the file is none of its own.
    """
    try:
        library = import_module("tokenizers")
    except ImportError:
        help = "pip install tokenizers, or leave --tokenizer out: the server's own count is used then"
        raise UsageError("--tokenizer needs the package tokenizers, which is not installed", help=help) from None
    try:
        tokenizer = library.Tokenizer.from_file(str(cwd / path))
        texts = Texts(0, 0)
        pairs = [(words, len(tokenizer.encode(texts.distinct(words, words)).ids)) for words in PROBES]
        return fit(pairs, "tokenizer")
    except TokensError as error:
        raise UsageError(f"`{path}` counts words otherwise: {error}", help="name the tokenizer of the model") from None
    except Exception as error:  # the library raises bare Exception
        message = f"`{path}` is no tokenizer: {str(error).splitlines()[0][:200] if str(error) else 'unknown'}"
        raise UsageError(message, help="name the tokenizer.json of the model") from None
