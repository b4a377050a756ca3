"""What a command is given: the world, the settings, and the options every command shares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airectl import config as configuration
from airectl import env as environment
from airectl.config import Config
from airectl.core.command_tree import Command
from airectl.env import Env
from airectl.errors import UsageError
from airectl.render import Output, parse_outputs
from airectl.render.inert import inert


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The options that every command has."""

    output: list[str] | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    color: str | None = None
    config_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of one command. `commands()` are all that airectl has."""

    env: Env
    config: Config
    shared: Shared
    outputs: tuple[Output, ...]
    commands: Callable[[], Command]

    def pick(self, name: str, flag: Any) -> Any:
        """A flag's value, or the setting's where the flag was not given."""
        return self.config.pick(name, flag)

    def log(self, text: str) -> None:
        """With -v, say on stderr what is done."""
        if self.shared.verbose:
            print(f"airectl: {inert(text)}", file=self.env.stderr)


def start(shared: Shared, commands: Callable[[], Command]) -> Run:
    """Read the configuration and decide about the terminal, once."""
    if shared.color not in (None, *environment.COLOURS):
        raise UsageError(f"--color cannot be `{shared.color}`", help=f"one of: {', '.join(environment.COLOURS)}")
    env = environment.from_process(color=shared.color or "auto")
    config = configuration.load(env, shared.config_file)
    if shared.color is None and config.get("color") != "auto":
        env = environment.from_process(color=config.get("color"))
    environment.install_signals(env.stop)
    outputs = parse_outputs(config.pick("output", shared.output))
    run = Run(env=env, config=config, shared=shared, outputs=outputs, commands=commands)
    run.log(f"settings from {config.file}" if config.file else "no settings file")
    return run
