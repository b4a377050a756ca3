"""The folder of `airectl demo`: what is in it before the first command, and which folder may be one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from airectl.commands.demo_steps import CAPACITY, PAGE, REPORTS, RUN, SIMULATOR, Pace, Step, fault_lines
from airectl.errors import UsageError
from airectl.files import write_all

COMMANDS: Final = "commands.sh"
_SETTINGS: Final = "# The settings of the demo: there are none, and none of the folders above count.\n"
_WEEK: Final = timedelta(weeks=1)
_KNOWN: Final = frozenset(
    {
        "airectl.toml", "demand.csv", "prices.yaml", COMMANDS, PAGE, REPORTS, RUN, CAPACITY,
        "slo-specs", "rules", "postmortems", "again",
    }
)  # fmt: skip
_HEAD: Final = """\
#!/bin/sh
# What `airectl demo` ran. `sh commands.sh` runs it again as a whole, in a folder of its own;
# single lines can be run in this one, where those that write need --force or another --out.
cd "$(dirname "$0")" || exit
mkdir again && cd again && mkdir reports && cp ../airectl.toml ../demand.csv ../prices.yaml . || exit
{simulator} &
trap "kill $!" EXIT
sleep 3
"""


def prepared(folder: Path, called: str, now: datetime, *, force: bool) -> None:
    """A folder with what the commands read. Raises UsageError where there is something that would be lost."""
    _emptied(folder, called, force=force)
    try:
        (folder / REPORTS).mkdir(parents=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"cannot make {called}: {reason}", help="name another with --keep") from None
    shipped = files("airectl").joinpath("data", "demo")
    contents = {
        "airectl.toml": _SETTINGS,
        "demand.csv": demand(shipped.joinpath("load-balancer.csv").read_text("utf-8"), now),
        "prices.yaml": shipped.joinpath("prices.yaml").read_text("utf-8"),
    }
    write_all({name: text.encode() for name, text in contents.items()}, folder)


def _emptied(folder: Path, called: str, *, force: bool) -> None:
    """Remove what an earlier demo made."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{called} is a file", help="name another with --keep")
    there = sorted(each.name for each in folder.iterdir())
    foreign = [name for name in there if name not in _KNOWN]
    if foreign:
        help = "name another folder with --keep"
        raise UsageError(f"{called} has what no demo made, such as `{foreign[0]}`", help=help)
    if there and not force:
        raise UsageError(
            f"{called} is there already, and nothing was changed",
            help="`--force` replaces it, `--keep` takes another folder",
        )
    shutil.rmtree(folder)


def demand(rows: str, now: datetime) -> str:
    """The counts of a load balancer as requests a second, moved by whole weeks to end in the last seven days."""
    head, *lines = rows.splitlines()
    pairs = [line.split(",") for line in lines]
    last = datetime.fromisoformat(pairs[-1][0])
    later = (now - last) // _WEEK * _WEEK
    moved = (f"{(datetime.fromisoformat(at) + later).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ},{n}" for at, n in pairs)
    return "\n".join([f"{head.partition(',')[0]},requests_per_s", *moved]) + "\n"


def script(url: str, pace: Pace, steps: Sequence[Step]) -> str:
    """All commands, to be run again."""
    lines = [_HEAD.format(simulator=SIMULATOR.format(listen=url.rpartition("/")[2]))]
    for number, step in enumerate(steps, start=1):
        lines += ["", f"# {step.why}", *(fault_lines(url, pace) if step.faulty else ()), step.line(number)]
    return "\n".join(lines) + "\n"
