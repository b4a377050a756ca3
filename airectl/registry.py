"""The command tree as data, and the lazy Typer group made of it.

A command is a line in COMMANDS and a function `(run, ...) -> Report`; its module is imported only
when the command runs or shows its own help. Only cli.py imports this file, and only this file knows
Typer's vendored click.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_type_hints

import typer
from typer import _click
from typer._click.exceptions import ClickException, NoArgsIsHelpError, NoSuchOption
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from airectl import __version__
from airectl.core.command_tree import Argument, Command, Option
from airectl.errors import UsageError
from airectl.exits import Exit

if TYPE_CHECKING:
    from airectl.core.report import Report
    from airectl.run import Run


@dataclass(frozen=True, slots=True)
class Entry:
    """A command: where its function is and what it does, in one line."""

    target: str
    help: str


@dataclass(frozen=True, slots=True)
class Group:
    """Commands under one word. `default` is run when the next word is none of them; with `alone`, also without one."""

    help: str
    entries: Mapping[str, Entry]
    default: str = ""
    alone: bool = False


COMMANDS: Final[Mapping[str, Entry | Group]] = {
    "demo": Entry("airectl.commands.demo:demo", "show the whole loop on this machine, in about a minute"),
    "init": Entry("airectl.commands.init:init", "write the first SLOs of a service, for the server it runs on"),
    "validate": Entry("airectl.commands.validate:validate", "check SLO specs, every finding with its place and a fix"),
    "check": Entry("airectl.commands.check:check", "gate CI: validate specs, then error budgets, in one report"),
    "budget": Entry("airectl.commands.budget:budget", "error budgets: what is left, what spent it, when it is back"),
    "watch": Entry("airectl.commands.watch:watch", "look at budgets and burn rates as they change"),
    "rules": Group("Prometheus rules from SLO specs", {
        "generate": Entry("airectl.commands.rules:generate", "write recordings and burn-rate alerts, or compare"),
        "diff": Entry("airectl.commands.rules_diff:diff", "say what a change of alerts means, for a pull request"),
    }, default="generate"),
    "probe": Entry("airectl.commands.probe:probe", "ask a server golden prompts, once or for ever"),
    "simulate": Group("be an inference server, without its hardware", {
        "run": Entry("airectl.commands.simulate:simulate", "answer as the hardware of a profile would, until stopped"),
        "profiles": Entry("airectl.commands.simulate_profiles:profiles", "list profiles, and what each can do at most"),
    }, default="run", alone=True),
    "report": Entry("airectl.commands.report:report", "join reports into one, for a page to look at"),
    "loadtest": Group("load on an inference endpoint, and what it came to", {
        "run": Entry("airectl.commands.loadtest:loadtest", "send requests at their times and measure the answers"),
        "report": Entry("airectl.commands.loadtest_report:report", "say what a run measured and what that is worth"),
        "compare": Entry("airectl.commands.loadtest_compare:compare", "say whether runs are worse than those before"),
        "calibrate": Entry("airectl.commands.loadtest_calibrate:calibrate", "measure how far this host itself is off"),
        "presets": Entry("airectl.commands.loadtest_presets:presets", "list scenarios and limits, or look at your own"),
        "worker": Entry("airectl.commands.loadtest_worker:worker", "send a share of a load test for a master"),
    }, default="run"),
    "forecast": Entry("airectl.commands.forecast:forecast", "say when accelerators run out, and what to order by when"),
    "convert": Entry("airectl.commands.convert:convert", "write specs in another format, or resolve their references"),
    "postmortem": Group("postmortems of incidents", {
        "new": Entry("airectl.commands.postmortem:new", "write one, filled from data, with blanks where people think"),
        "check": Entry("airectl.commands.postmortem_check:check", "gate CI: complete, consistent, no blame"),
        "stats": Entry("airectl.commands.postmortem_stats:stats", "count them: causes, times, actions, budgets"),
        "export": Entry("airectl.commands.postmortem_export:export", "write action items as payloads of trackers"),
        "classes": Entry("airectl.commands.postmortem_classes:classes", "list kinds of incidents and their questions"),
    }),
    "runbook": Group("runbooks of alerts", {
        "generate": Entry("airectl.commands.runbook:generate", "write one for every alert, with commands filled in"),
        "check": Entry("airectl.commands.runbook_check:check", "look whether alerts and runbooks belong together"),
    }),
    "doctor": Entry("airectl.commands.doctor:doctor", "look whether sources answer, and have what the SLOs need"),
    "metrics": Group("live metrics, and what is asked of them", {
        "lint": Entry("airectl.commands.metrics_lint:lint", "judge specs, rules and dashboards by a live page"),
    }),
    "schema": Entry("airectl.commands.schema:schema", "print a JSON Schema for editors and other tools"),
    "explain": Entry("airectl.commands.explain:explain", "explain a finding code, a field, a metric or an XID"),
    "cache": Group("what is kept of the past that sources have told", {
        "show": Entry("airectl.commands.cache:show", "say where it is and how much it holds"),
        "clear": Entry("airectl.commands.cache:clear", "forget all of it"),
    }),
    "completion": Group("completions for shells", {
        "script": Entry("airectl.commands.completion:script", "print the completions of bash, zsh or fish"),
        "values": Entry("airectl.commands.completion:values", "list what may stand for a value, one a line"),
    }, default="script"),
    "config": Group("settings and where they come from", {
        "show": Entry("airectl.commands.config:show", "print every setting"),
    }),
    "help": Entry("airectl.commands.help:help", "read about a topic, such as exit-codes"),
}  # fmt: skip

_SHARED: Final = {
    "output": Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT[=PATH]",
            help="Report to PATH or stdout; repeatable. See: airectl help formats.",
        ),
    ],
    "quiet": Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors; the exit code tells.")],
    "verbose": Annotated[bool, typer.Option("-v", "--verbose", help="Log what is done to stderr.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show a traceback if airectl itself fails.")],
    "color": Annotated[str | None, typer.Option("--color", metavar="WHEN", help="auto, always or never.")],
    "config_file": Annotated[str | None, typer.Option("--config", metavar="FILE", help="Use this configuration file.")],
}
# Typer keeps the first name of an annotated option where its default would be.
_SHARED_NAMES: Final = {
    name for each in map(get_args, _SHARED.values()) for name in (each[1].default, *each[1].param_decls)
}
_CONTEXT: Final = {"help_option_names": ["-h", "--help"]}
_HELP: Final = """One SRE toolkit for AI systems: one OpenSLO spec drives the whole loop.

Examples:
  airectl validate slo-specs
  airectl check slo-specs -o junit=slo.xml
  airectl explain AIR014
"""
_EPILOG: Final = "`airectl help exit-codes` lists what each exit code means, `airectl help` every other topic."


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that came back: what it was, under which shared options, and its report."""

    command: str
    run: Run
    report: Report


def dispatch(args: list[str]) -> Ran | int:
    """Run the command that `args` name. An exit code where there is nothing to report, as for --help.

    Raises UsageError for a command line that cannot be understood.
    """
    try:
        ran: Ran | int = command_line().main(_help_flag(args), prog_name="airectl", standalone_mode=False)
    except NoArgsIsHelpError as error:
        print(error.format_message())
        return Exit.USAGE
    except ClickException as error:
        command = _command_named(args)
        raise UsageError(_in_our_words(error, command), help=f"see `{command} --help`") from None
    except SystemExit:
        return Exit.OK  # click leaves so when nobody reads the help that it prints
    return ran if isinstance(ran, Ran) else int(ran or 0)


def _help_flag(args: list[str]) -> list[str]:
    """`help validate` as `validate --help`; a topic is left to the command `help`, also where a group is called so."""
    words = args[1:]
    if args[:1] != ["help"] or not words or words[0] not in COMMANDS or _is_topic(words):
        return args
    return [*words, "--help"]


def _is_topic(words: list[str]) -> bool:
    """Whether it is a group that a page of help is about."""
    from importlib.resources import files

    group = len(words) == 1 and isinstance(COMMANDS[words[0]], Group)
    return group and files("airectl").joinpath("data", "help", f"{words[0]}.md").is_file()


def _command_named(args: list[str]) -> str:
    """The words of `args` that name a command, as far as they do."""
    words, entries = ["airectl"], COMMANDS
    for word in args:
        entry = entries.get(word)
        if entry is None:
            break
        words.append(word)
        entries = entry.entries if isinstance(entry, Group) else {}
    return " ".join(words)


def _in_our_words(error: ClickException, command: str) -> str:
    if isinstance(error, NoSuchOption):
        if command == "airectl" and error.option_name in _SHARED_NAMES:
            return f"`{error.option_name}` stands after the command, as in `airectl validate {error.option_name}`"
        near = get_close_matches(error.option_name, error.possibilities or (), 1, 0.5)
        return f"no option `{error.option_name}`" + (f"; did you mean `{near[0]}`?" if near else "")
    text = error.format_message()
    return text[:1].lower() + text[1:].rstrip(".")


def command_line() -> TyperGroup:
    """The whole command tree; no command module is imported by making it."""
    root = _group("airectl", COMMANDS, _examples_as_written(_HELP))
    root.epilog = _EPILOG
    root.params.append(
        TyperOption(
            param_decls=["-V", "--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Show the version and exit.",
        )
    )
    return root


def tree() -> Command:
    """All commands as data. Every command's module is imported for it."""
    root = command_line()
    return _described(root, _context(root, "airectl"), Entry("", "one SRE toolkit for AI systems"))


def _context(command: _click.Command, name: str, parent: _click.Context | None = None) -> _click.Context:
    return _click.Context(command, parent, name, help_option_names=_CONTEXT["help_option_names"])


def _described(command: _click.Command, ctx: _click.Context, entry: Entry | Group) -> Command:
    below: list[Command] = []
    if isinstance(command, _LazyGroup):
        for name, each in command.entries.items():
            found = command.get_command(ctx, name)
            if found:
                below.append(_described(found, _context(found, name, ctx), each))
    options = [each for each in command.get_params(ctx) if isinstance(each, TyperOption)]
    places = [each for each in command.get_params(ctx) if isinstance(each, TyperArgument)]
    return Command(
        name=ctx.info_name or "",
        path=ctx.command_path.removeprefix("airectl").strip(),
        help=entry.help,
        text=inspect.cleandoc(command.help or "").replace("\b\n", ""),
        options=tuple(map(_option, options)),
        arguments=tuple(map(_argument, places)),
        commands=tuple(below),
        default=command.default if isinstance(command, _LazyGroup) else "",
        alone=isinstance(command, _LazyGroup) and command.alone,
    )


def _option(each: TyperOption) -> Option:
    names = tuple(sorted((*each.opts, *each.secondary_opts), key=len))
    metavar = "" if each.is_flag else each.metavar or each.type.name.upper()
    return Option(names=names, metavar=metavar, help=each.help or "", repeatable=each.multiple)


def _argument(each: TyperArgument) -> Argument:
    return Argument(
        metavar=each.metavar or (each.name or "").upper(),
        help=getattr(each, "help", None) or "",
        required=each.required,
        repeatable=each.nargs == -1,
    )


def _print_version(ctx: _click.Context, _option: _click.Parameter, given: bool) -> None:
    if given:
        print(f"airectl {__version__}")
        ctx.exit()


def _examples_as_written(text: str | None) -> str:
    """Help text whose examples keep their lines; click joins the lines of any other paragraph."""
    return inspect.cleandoc(text or "").replace("Examples:\n", "\b\nExamples:\n")


def _group(
    name: str, entries: Mapping[str, Entry | Group], help: str, default: str = "", *, alone: bool = False
) -> TyperGroup:
    group = _LazyGroup(
        name=name,
        help=help,
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings=_CONTEXT,
    )
    group.entries, group.default, group.alone = entries, default, alone
    return group


class _LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    entries: Mapping[str, Entry | Group]
    default: str
    alone: bool

    def list_commands(self, ctx: _click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: _click.Context, cmd_name: str) -> _click.Command | None:
        entry = self.entries.get(cmd_name)
        path = f"{ctx.command_path.removeprefix('airectl').strip()} {cmd_name}".strip()
        if isinstance(entry, Group):
            return _group(cmd_name, entry.entries, entry.help, entry.default, alone=entry.alone)
        return _command(path, cmd_name, entry) if entry else None

    def format_commands(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        """The list of commands, from the registry alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])

    def parse_args(self, ctx: _click.Context, args: list[str]) -> list[str]:
        """A first word that names no subcommand goes to the default one."""
        if self.alone and not args:
            args = [self.default]
        elif self.default and args and args[0] not in self.entries and args[0] not in ("-h", "--help"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: _click.Context, args: list[str]) -> Any:
        """As click does, with a near name in the message."""
        if args[0] not in self.entries:
            near = get_close_matches(args[0], self.entries, 1, 0.5)
            ctx.fail(f"no command `{args[0]}`" + (f"; did you mean `{near[0]}`?" if near else ""))
        return super().resolve_command(ctx, args)


class _Sectioned(TyperCommand):
    """A command whose help lists options under the titles that they name as `rich_help_panel`."""

    def format_options(self, ctx: _click.Context, formatter: _click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for option in self.get_params(ctx):
            plain = "Arguments" if option.param_type_name == "argument" else "Options"
            if (record := option.get_help_record(ctx)) is not None:
                sections.setdefault(getattr(option, "rich_help_panel", None) or plain, []).append(record)
        # Those without a title come last: they are the same in many commands.
        for title, records in sorted(sections.items(), key=lambda section: section[0] == "Options"):
            with formatter.section(title):
                formatter.write_dl(records)


def _command(path: str, name: str, entry: Entry) -> _click.Command:
    module, _, attribute = entry.target.partition(":")
    function = getattr(import_module(module), attribute)
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    app.command(name, cls=_Sectioned, context_settings=_CONTEXT)(_with_shared(path, function))
    return typer.main.get_command(app)


def _with_shared(path: str, function: Callable[..., Report]) -> Callable[..., Ran]:
    """`function` with the shared options added, given a Run as its first argument."""

    def call(**given: Any) -> Ran:
        from airectl.run import Shared, start

        shared = Shared(**{key: given.pop(key) for key in _SHARED})
        run = start(shared, tree)
        return Ran(path, run, function(run, **given))

    own = list(inspect.signature(function).parameters.values())[1:]
    hints = get_type_hints(function, include_extras=True)
    parameters = [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    for key, annotation in _SHARED.items():
        default = None if "None" in str(annotation) else False
        parameters.append(
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        )
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions take it at run time
    call.__doc__ = _examples_as_written(function.__doc__)
    call.__annotations__ = {p.name: p.annotation for p in parameters}
    return call
