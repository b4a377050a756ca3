"""`airectl help`: pages about a topic. Tables of exit codes, formats and settings come from the code itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from importlib.resources import files
from typing import Annotated, Final

import typer

from airectl import exits
from airectl.commands import pages
from airectl.core.annotations import KNOWN, PREFIX
from airectl.core.report import Block, Cell, Column, Kind, Lines, Next, Report, Status, Table
from airectl.core.settings import KEYS
from airectl.errors import UsageError
from airectl.render import FORMATS
from airectl.run import Run


def help(
    run: Run, topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="A topic, or a command.")] = None
) -> Report:
    """Read about a topic; without one, list the topics. `airectl help COMMAND` is `airectl COMMAND --help`.

    Examples:
      airectl help
      airectl help exit-codes
      airectl help validate
    """
    if topic is None:
        return _all_topics()
    name = topic.lower()
    if name not in topics():
        near = get_close_matches(name, topics(), 1, 0.5)
        help = f"did you mean `{near[0]}`?" if near else f"topics: {', '.join(topics())}; commands: `airectl --help`"
        raise UsageError(f"no help topic or command `{topic}`", help=help)
    text = _text(name)
    return Report(status=Status.DONE, data={"topic": name, "text": text}, blocks=list(_blocks(text)))


def topics() -> tuple[str, ...]:
    """Every topic, in alphabetical order."""
    folder = files("airectl").joinpath("data", "help")
    return tuple(sorted(each.name.removesuffix(".md") for each in folder.iterdir() if each.name.endswith(".md")))


def _text(name: str) -> str:
    return files("airectl").joinpath("data", "help", f"{name}.md").read_text("utf-8")


def _all_topics() -> Report:
    titles = {name: _text(name).partition("\n")[0].lstrip("# ") for name in topics()}
    return Report(
        status=Status.DONE,
        data={"topics": [{"topic": name, "title": title} for name, title in titles.items()]},
        blocks=[
            Table(columns=[Column(title="TOPIC"), Column(title="ABOUT")], rows=[list(each) for each in titles.items()]),
            Next(commands=["airectl help getting-started", "airectl --help"]),
        ],
    )


def _blocks(text: str) -> Iterator[Block]:
    """The page's blocks; a line such as `[exit codes]` is the place of a table."""
    title, *lines = text.splitlines()
    yield Lines(title=title.lstrip("# "), lines=[""])
    part: list[str] = []
    for line in lines:
        if line in TABLES:
            yield from pages.blocks("\n".join(part))
            yield TABLES[line]()
            part = []
        else:
            part.append(line)
    yield from pages.blocks("\n".join(part))


def _exit_codes() -> Table:
    rows: list[list[Cell]] = [[int(code), meaning] for code, meaning in exits.MEANING.items()]
    return Table(columns=[Column(title="EXIT", kind=Kind.COUNT), Column(title="MEANING")], rows=rows)


def _formats() -> Table:
    return Table(columns=[Column(title="FORMAT"), Column(title="WHAT")], rows=[list(each) for each in FORMATS.items()])


def _settings() -> Table:
    rows = [[key.name, key.variable, key.help] for key in KEYS]
    return Table(columns=[Column(title="SETTING"), Column(title="VARIABLE"), Column(title="WHAT")], rows=rows)


def _annotations() -> Table:
    rows = [[name, known.help] for name, known in KNOWN.items()]
    return Table(columns=[Column(title=PREFIX), Column(title="WHAT")], rows=rows)


TABLES: Final[Mapping[str, Callable[[], Table]]] = {
    "[exit codes]": _exit_codes,
    "[formats]": _formats,
    "[settings]": _settings,
    "[annotations]": _annotations,
}
