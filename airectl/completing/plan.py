"""What may follow at each place of the command line, in terms of no shell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airectl.completing.values import Known, Values, of_argument, of_option
from airectl.core.command_tree import Argument, Command, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A positional argument: its number from 0, and whether it stands for all that follow too."""

    number: int
    rest: bool
    argument: Argument
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Everything that may stand behind the words `path`: commands, options with their values, arguments."""

    path: str
    help: str
    commands: tuple[tuple[str, str], ...]
    options: tuple[tuple[Option, Values], ...]
    places: tuple[Place, ...]

    @property
    def names(self) -> list[str]:
        """Every name of every option."""
        return [name for option, _ in self.options for name in option.names]

    @property
    def valued(self) -> list[str]:
        """The names of those that take a value."""
        return [name for option, _ in self.options if not option.flag for name in option.names]


def spots(root: Command, known: Known) -> Iterator[Spot]:
    """Each command and group, in order. What a group's default takes may stand behind the group's own words too."""
    for command in root.every():
        meant = command.below(command.default) or command if command.default else command
        yield Spot(
            path=command.path,
            help=command.help,
            commands=tuple((each.name, each.help) for each in command.commands),
            options=tuple((option, of_option(meant.path, option, known)) for option in meant.options),
            places=tuple(_places(meant, known)),
        )


def _places(command: Command, known: Known) -> Iterator[Place]:
    """An argument that repeats is all that follow; `OLD NEW` are two."""
    number = 0
    for argument in () if command.commands else command.arguments:
        values = of_argument(command.path, argument, known)
        for _ in argument.metavar.split():
            yield Place(number=number, rest=argument.repeatable, argument=argument, values=values)
            number += 1
