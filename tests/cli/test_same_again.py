"""The same input gives the same bytes, in any time zone, language and order of hashes: every command that can."""

from __future__ import annotations

import shutil
from typing import Final

from many_calls import Called, called
from runner import Runner
from test_reports import LINES, place

# What a server says, or how long it took to say it, is not the same input.
_LIVE: Final = ("probe ", "doctor ", "loadtest worker", "watch ", "cache ", "init --telemetry triton")
_FORMATS: Final = ("text", "html", "json", "markdown", "csv")
# Two machines, which differ in zone, language and hashes.
HERE: Final = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
THERE: Final = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}


def lines() -> list[str]:
    """Lines that ask nobody, and keep nothing from one call for the next."""
    kept = [line for line in LINES if not line.startswith(_LIVE)]
    return [line.removesuffix(" -q -o json=report.json").removesuffix(" --quiet -o json=report.json") for line in kept]


def everything(airectl: Runner, environment: dict[str, str]) -> tuple[list[Called], dict[str, bytes]]:
    """What each line gave under an environment, in one format after the other, and every file that they wrote."""
    shutil.rmtree(airectl.cwd)
    airectl.cwd.mkdir()
    place(airectl.cwd)
    calls = [[*line.split(), "-o", _FORMATS[at % len(_FORMATS)]] for at, line in enumerate(lines())]
    found = called(calls, airectl.cwd, {**airectl.environ, **environment})
    written = {str(p.relative_to(airectl.cwd)): p.read_bytes() for p in airectl.cwd.rglob("*") if p.is_file()}
    return found, written


def test_zone_language_and_hashes_change_nothing(airectl: Runner) -> None:
    (said, written), (again, written_again) = (everything(airectl, each) for each in (HERE, THERE))
    assert len(said) > 40
    for was, now in zip(said, again, strict=True):
        assert now == was
    assert sorted(written_again) == sorted(written)
    assert [name for name in written if written[name] != written_again[name]] == []
