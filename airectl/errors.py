"""Why airectl could not go on. Bad user data is a `Finding`; these are for inability to continue."""

from airectl.exits import Exit


class AirectlError(Exception):
    """Base of the errors that the boundary in cli.py turns into a message and an exit code.

    `message` says what happened and where; `help` says what to do about it.
    """

    exit = Exit.USAGE

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(AirectlError):
    """The command line cannot be carried out as written."""


class ConfigError(AirectlError):
    """airectl.toml, pyproject.toml or an AIRECTL_* variable is wrong."""


class SpecError(AirectlError):
    """No spec could be read at all."""


class SourceError(AirectlError):
    """A data source gave no usable answer.

    `code` is that of the finding that says so. `invalid`: because of what the spec says, so asking again
    will not help.
    """

    exit = Exit.UNDECIDED

    def __init__(self, message: str, *, help: str = "", code: str = "AIR206", invalid: bool = False) -> None:
        super().__init__(message, help=help)
        self.code = code
        self.invalid = invalid


class Unreachable(SourceError):
    """The source did not answer."""


class Rejected(SourceError):
    """The source refused the question: bad query, bad expression."""


class NoData(SourceError):
    """The source answered, and has nothing for the question."""


class Interrupted(BaseException):
    """SIGINT or SIGTERM while no one was watching the stop token; ends the run at once."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum
