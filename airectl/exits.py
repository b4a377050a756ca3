"""Exit codes: the contract with CI. README, `airectl help exit-codes` and the tests read this table."""

from enum import IntEnum
from typing import Final


class Exit(IntEnum):
    """What a finished airectl process says about its run."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNDECIDED = 3
    BUG = 70
    INTERRUPTED = 130
    TERMINATED = 143


MEANING: Final[dict[Exit, str]] = {
    Exit.OK: "every gate passed",
    Exit.FAILED: "a gate failed: invalid spec, budget spent, objective missed, regression",
    Exit.USAGE: "usage, configuration or unreadable input; nothing was evaluated",
    Exit.UNDECIDED: "could not decide: source down, no data, too little data, client-limited load test",
    Exit.BUG: "a bug in airectl; a traceback only with --debug",
    Exit.INTERRUPTED: "interrupted (SIGINT); partial results are written and marked",
    Exit.TERMINATED: "terminated (SIGTERM); partial results are written and marked",
}
