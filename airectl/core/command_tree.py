"""The commands and what each takes, as data: for completions, for pages about them, and to check lines of runbooks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option by all its names, the short one first. A flag has no `metavar`, which says what the value is."""

    names: tuple[str, ...]
    metavar: str = ""
    help: str = ""
    repeatable: bool = False

    @property
    def flag(self) -> bool:
        """Whether it takes no value."""
        return not self.metavar


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A positional argument."""

    metavar: str
    help: str = ""
    required: bool = False
    repeatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, or a group of them. `name` is its last word, `path` all of them without `airectl`.

    `help` is one line, `text` the whole of what --help says in front of the options. `default` is the command below
    that is meant where the next word names none; with `alone`, also where there is no word.
    """

    name: str
    path: str
    help: str
    text: str = ""
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: tuple[Command, ...] = ()
    default: str = ""
    alone: bool = False

    def below(self, name: str) -> Command | None:
        """The command of that name directly below."""
        return next((each for each in self.commands if each.name == name), None)

    def every(self) -> Iterator[Command]:
        """Itself and all below, in order."""
        yield self
        for each in self.commands:
            yield from each.every()


def mistake(root: Command, line: str) -> str:
    """What is wrong with a command line that begins with `airectl`; empty where nothing is seen to be.

    Known are the commands, the options, whether an option has its value, and how many arguments there may be;
    values are not looked at. Placeholders such as `<pod>` are values like any other.
    """
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        return f"it does not read as a command: {str(error).lower()}"
    command, rest = _named(root, words[1:])
    if isinstance(command, str):
        return command
    return _misgiven(command, rest)


def _named(command: Command, words: list[str]) -> tuple[Command | str, list[str]]:
    while command.commands:
        known = command.below(words[0]) if words else None
        if known is None and command.default and (words or command.alone) and words[:1] not in (["-h"], ["--help"]):
            known, words = command.below(command.default), ["", *words]
        if known is None:
            return (_no_command(command, words[0]), []) if words and not words[0].startswith("-") else (command, words)
        command, words = known, words[1:]
    return command, words


def _no_command(command: Command, word: str) -> str:
    near = get_close_matches(word, [each.name for each in command.commands], 1, 0.5)
    return f"there is no command `{word}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _misgiven(command: Command, words: list[str]) -> str:
    options = {name: each for each in command.options for name in each.names}
    places, waiting = 0, ""
    ended = False
    for word in words:
        if waiting:
            waiting = ""
        elif ended or word == "-" or not word.startswith("-"):
            places += 1
        elif word == "--":
            ended = True
        else:
            name, given, _ = word.partition("=")
            option = options.get(name) or (options.get(word[:2]) if not word.startswith("--") else None)
            if option is None:
                return _no_option(name, list(options))
            waiting = "" if option.flag or given or name not in option.names else name
    if waiting:
        return f"`{waiting}` has no value"
    return _miscounted(command, places)


def _no_option(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1, 0.5) if len(name) > 2 else []
    return f"there is no option `{name}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _miscounted(command: Command, places: int) -> str:
    if command.commands:
        return ""
    least = sum(each.required for each in command.arguments)
    if places < least:
        return f"`{command.arguments[places].metavar}` is missing"
    if not any(each.repeatable for each in command.arguments):
        most = sum(len(each.metavar.split()) for each in command.arguments)
        if places > most:
            return f"it takes {most or 'no'} argument{'s' * (most != 1)}, not {places}"
    return ""
