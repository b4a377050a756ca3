"""Shell commands in runbooks: read as words, never run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_ENDS: Final = frozenset((";", "&", "&&", "|", "||", "|&", "(", ")", "\n"))
_PUNCTUATION: Final = "();<>|&\n"
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=.*", re.DOTALL)
_PROMPT: Final = re.compile(r"[ \t]*\$ +")
# What stands between `<<EOF` and `EOF` is no command, so a block with one is not read.
_HERE_DOCUMENT: Final = re.compile(r"<<-?\s*['\"]?\w")
# Programs and their words that change something.
_CHANGES: Final = {
    "kubectl": {
        "annotate", "apply", "cordon", "create", "delete", "drain", "edit", "exec", "label", "patch", "replace",
        "scale", "set", "taint", "uncordon",
    },
    "helm": {"install", "rollback", "uninstall", "upgrade"},
    "terraform": {"apply", "destroy", "import"},
    "systemctl": {"kill", "reload", "restart", "start", "stop"},
    "docker": {"kill", "restart", "rm", "start", "stop"},
    "git": {"push", "reset", "revert"},
    "nvidia-smi": {"--gpu-reset", "-r"},
}  # fmt: skip
_ROLLOUT: Final = frozenset(("undo", "restart", "pause", "resume"))
_ALWAYS: Final = frozenset(("dd", "kill", "killall", "mkfs", "pkill", "poweroff", "reboot", "rm", "shutdown"))
_METHODS: Final = frozenset(("POST", "PUT", "PATCH", "DELETE"))


class NotShellError(ValueError):
    """A text that a shell would not take, for a reason in a few words; `line` counts from 0 in the text."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One program with its words; `line` is that on which it begins, from 0."""

    words: tuple[str, ...]
    line: int

    @property
    def program(self) -> str:
        """Its name without a folder."""
        return self.words[0].rpartition("/")[2]

    @property
    def changes(self) -> bool:
        """Whether it is one of those that change something, as far as that can be told by its words."""
        said = set(self.words[1:])
        if self.program == "sudo":
            return len(self.words) > 1 and Command(words=self.words[1:], line=self.line).changes
        if self.program == "curl":
            return bool(said & (_METHODS | {"-d", "--data", "--data-binary", "-XPOST", "-XPUT", "-XDELETE"}))
        if self.program == "kubectl" and "rollout" in said and said & _ROLLOUT:
            return True
        return self.program in _ALWAYS or bool(said & _CHANGES.get(self.program, set()))


def commands(text: str) -> Iterator[Command]:
    """Every command of a block. Raises NotShellError for a quote that does not end."""
    if _HERE_DOCUMENT.search(text):
        return
    lines, begins = _joined(text)
    words: list[str] = []
    number = begin = 0
    for word in _words("\n".join(lines), begins):
        if word in _ENDS:
            yield from _command(words, begins[begin])
            words = []
        else:
            begin = begin if words else number
            words.append(word)
        number = min(number + word.count("\n"), len(begins) - 1)
    yield from _command(words, begins[begin])


def _joined(text: str) -> tuple[list[str], list[int]]:
    """The lines without prompts and comments, those that go on joined; and on which line of `text` each begins."""
    lines: list[str] = []
    begins: list[int] = []
    goes_on = False
    for number, written in enumerate(text.split("\n")):
        line = _without_comment(_PROMPT.sub("", written, count=1))
        more = line.endswith("\\")
        line = line.removesuffix("\\")
        if goes_on:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
            begins.append(number)
        goes_on = more
    return lines, begins


def _without_comment(line: str) -> str:
    """A line up to the `#` that begins a word outside of quotes."""
    quote = ""
    for index, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#" and (index == 0 or line[index - 1].isspace()):
            return line[:index]
    return line


def _words(text: str, begins: Sequence[int]) -> Iterator[str]:
    """Words and what parts commands."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_PUNCTUATION)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    number = 0
    while True:
        try:
            word = lexer.get_token()
        except ValueError as error:
            raise NotShellError(str(error).lower().rstrip("."), begins[min(number, len(begins) - 1)]) from None
        if word is None:
            return
        number += word.count("\n")
        # Several signs in a row come as one word.
        yield from re.findall(r"\n|[^\n]+", word) if set(word) <= set(_PUNCTUATION) else [word]


def _command(words: list[str], line: int) -> Iterator[Command]:
    own = list(words)
    while own and _ASSIGNMENT.fullmatch(own[0]):
        own.pop(0)
    redirected = next((index for index, word in enumerate(own) if set(word) <= {"<", ">", "&"}), len(own))
    if own[:redirected]:
        yield Command(words=tuple(own[:redirected]), line=line)
