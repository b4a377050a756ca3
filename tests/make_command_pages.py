"""Write docs/commands and the man page from the command tree: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from airectl import exits
from airectl.core.command_tree import Argument, Command, Option
from airectl.registry import tree

ROOT: Final = Path(__file__).parents[1]
_SHARED: Final = ("-o", "-q", "-v", "--debug", "--color", "--config", "-h")


def pages() -> Mapping[str, str]:
    """The text of every page, by its path in the repository."""
    root = tree()
    found = {f"docs/commands/{each.name}.md": _page(each) for each in root.commands}
    found["docs/commands/README.md"] = _index(root)
    found["docs/airectl.1"] = "\n".join(_manual(root)) + "\n"
    return found


def _index(root: Command) -> str:
    rows = [f"| [`airectl {each.name}`]({each.name}.md) | {each.help} |" for each in root.commands]
    shared = _options([each for each in root.commands[0].options if _is_shared(each)])
    table = ["| command | what it does |", "|---|---|", *rows]
    exits = "Exit codes: `airectl help exit-codes`."
    return "\n".join(["# Commands", "", *table, "", "Every command takes these:", "", *shared, "", exits, ""])


def _page(command: Command) -> str:
    parts = [f"# airectl {command.path}", "", _sentence(command.help), ""]
    for each in command.commands or (command,):
        parts += _command(each, command)
    return "\n".join(parts).rstrip() + "\n"


def _command(command: Command, group: Command) -> Iterator[str]:
    text, _, examples = command.text.partition("Examples:\n")
    if command is not group:
        yield from (f"## airectl {command.path}", "", _sentence(command.help), "")
        if command.name == group.default:
            yield from (f"`airectl {group.path}` means this one.", "")
    yield from ("```", _usage(command), "```", "", text.strip(), "")
    yield from ("Examples:", "", "```sh", *(line.strip() for line in examples.strip().splitlines()), "```", "")
    if command.arguments:
        yield from ("| argument | meaning |", "|---|---|")
        yield from (f"| `{_cell(each.metavar)}` | {_cell(each.help)} |" for each in command.arguments)
        yield ""
    own = [each for each in command.options if not _is_shared(each)]
    if own:
        yield from _options(own)
        yield ""


def _options(options: list[Option]) -> list[str]:
    rows = [f"| {_spelled(each)} | {_cell(each.help)} |" for each in options]
    return ["| option | meaning |", "|---|---|", *rows]


def _spelled(option: Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.names)
    return names + (f" `{_cell(option.metavar)}`" if option.metavar else "")


def _usage(command: Command) -> str:
    return " ".join(["airectl", command.path, "[OPTIONS]", *map(_place, command.arguments)])


def _place(argument: Argument) -> str:
    return argument.metavar if argument.required or argument.metavar.startswith("[") else f"[{argument.metavar}]"


def _is_shared(option: Option) -> bool:
    return option.names[0] in _SHARED


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _manual(root: Command) -> Iterator[str]:
    """roff for man(7). Source: https://man7.org/linux/man-pages/man7/man.7.html"""
    yield from ('.TH AIRECTL 1 "" "airectl" "User Commands"', ".SH NAME", "airectl \\- one SRE toolkit for AI systems")
    yield from (
        ".SH SYNOPSIS",
        ".B airectl",
        "\\fICOMMAND\\fR [\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH DESCRIPTION",
    )
    yield _roff(re.sub(r"\s*Examples:.*", "", root.text, flags=re.DOTALL))
    yield ".SH COMMANDS"
    for command in root.every():
        if command.commands:
            continue
        yield from (".SS " + _roff(_usage(command)), _roff(command.text.partition("Examples:")[0].strip()))
        for option in command.options:
            if not _is_shared(option):
                yield from _roff_option(option)
    yield ".SH OPTIONS OF EVERY COMMAND"
    for option in root.commands[0].options:
        if _is_shared(option):
            yield from _roff_option(option)
    yield ".SH EXIT STATUS"
    for code, meaning in exits.MEANING.items():
        yield from (".TP", f".B {int(code)}", _roff(meaning))
    yield from (".SH SEE ALSO", "airectl help lists topics; airectl help TOPIC shows one.")


def _roff_option(option: Option) -> Iterator[str]:
    names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in option.names)
    yield from (".TP", names + (f" \\fI{_roff(option.metavar)}\\fR" if option.metavar else ""), _roff(option.help))


def _roff(text: str) -> str:
    """Text in which no line is a request and a hyphen can be copied as one."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE).replace("\n\n", "\n.PP\n")


if __name__ == "__main__":
    folder = ROOT / "docs" / "commands"
    folder.mkdir(exist_ok=True)
    for path, text in pages().items():
        (ROOT / path).write_text(text, "utf-8")
    for left in set(folder.glob("*.md")) - {ROOT / path for path in pages()}:
        left.unlink()
