"""The questions of `airectl init` on a terminal: few, each with an answer that will do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from airectl.commands.init_asked import EXAMPLE, Asked, server_of
from airectl.core.units import plain, spoken_seconds
from airectl.errors import AirectlError, UsageError
from airectl.render.inert import inert
from airectl.run import Run
from airectl.spec import moved

if TYPE_CHECKING:
    from airectl.core.preset import Preset
    from airectl.telemetry.server import Server

T = TypeVar("T")
_LIST: Final = "?"
_NONE: Final = ("-", "no", "none")
_FIRST: Final = "vllm"
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
# How many edges of a histogram are offered on either side of the first choice.
_BESIDE: Final = 2


def completed(run: Run, asked: Asked) -> tuple[Asked, Server]:
    """`asked` with what is missing, asked for on a terminal, and its server. Raises UsageError where there is none."""
    if asked.service and (asked.telemetry or asked.page):
        return replace(asked, service=named(asked.service)), server_of(run, asked)
    if not (run.env.stdin.isatty() and run.env.stderr.isatty()):
        raise UsageError(f"init needs {_missing(asked)}", help=f"for example: `{EXAMPLE}`")
    _say(run, "Enter takes the answer in brackets, Ctrl-C leaves everything as it was.")
    fresh = not asked.says_what
    asked, server = _with_server(run, asked)
    if not asked.service:
        offered = moved.dns_name(run.env.cwd.name or "chat")
        asked = replace(asked, service=_ask(run, "What is the service called?", offered, named))
    else:
        asked = replace(asked, service=named(asked.service))
    return (_promised(run, asked, server) if fresh else asked), server


def named(text: str) -> str:
    """The name of a service. Raises UsageError for one that OpenSLO does not take."""
    if _NAME.fullmatch(text):
        return text
    help = f"names have lower-case letters, digits and dashes, 63 at most, such as `{moved.dns_name(text)}`"
    raise UsageError(f"`{text}` cannot be the name of a service", help=help)


def _missing(asked: Asked) -> str:
    server = [] if asked.telemetry or asked.page else ["--telemetry or --from"]
    return ", and ".join([*server, *([] if asked.service else ["--service"])])


def _with_server(run: Run, asked: Asked) -> tuple[Asked, Server]:
    if asked.telemetry or asked.page:
        return asked, server_of(run, asked)

    def read(text: str) -> tuple[Asked, Server]:
        if text == _LIST:
            from airectl.telemetry import catalogue

            raise UsageError(f"one of: {', '.join(catalogue.load().systems)}")
        is_page = "://" in text or (run.env.cwd / text).is_file()
        chosen = replace(asked, page=text) if is_page else replace(asked, telemetry=text)
        return chosen, server_of(run, chosen)

    return _ask(run, f"Which server? Its name, the URL of its metrics, or {_LIST} for a list.", _FIRST, read)


def _promised(run: Run, asked: Asked, server: Server) -> Asked:
    """What to promise: the presets to begin with, each with a target or a threshold that may be another one."""
    from airectl.telemetry import starting

    promises = []
    for preset in starting.presets(server):
        _say(run, f"\n{preset.name}: {preset.description}.")
        text = _ask(run, _question(preset, server), _offered(preset, server), _promise(preset, server))
        promises += [text] if text else []
    if not promises:
        raise UsageError("nothing is to be promised, so nothing was written", help=f"for example: `{EXAMPLE}`")
    return replace(asked, slo=promises)


def _promise(preset: Preset, server: Server) -> Callable[[str], str]:
    """Reads a target or a threshold as PRESET=VALUE; empty for none. It has to be one that can be measured."""
    from airectl.telemetry.thresholds import threshold
    from airectl.telemetry.wishes import wish

    def read(text: str) -> str:
        if text.lower() in _NONE:
            return ""
        wanted = wish(preset, f"{preset.name}=", text)
        if preset.family:
            threshold(wanted, server)
        return f"{preset.name}={text}"

    return read


def _question(preset: Preset, server: Server) -> str:
    if not preset.family:
        return "For which share of them? In percent, or - for none."
    from airectl.telemetry.server import seconds
    from airectl.telemetry.starting import threshold_of

    family = server.system.families[preset.family]
    edges = [seconds(each, family) for each in server.edges(preset.family)]
    first = threshold_of(preset, server)
    at = edges.index(first) if first in edges else 0
    some = [spoken_seconds(each).replace(" ", "") for each in edges[max(0, at - _BESIDE) : at + _BESIDE + 1]]
    return f"Within which time, for which share of them? {', '.join(some)} and others can be measured; - for none."


def _offered(preset: Preset, server: Server) -> str:
    from airectl.telemetry.starting import target_of, threshold_of

    share = f"{plain(target_of(preset.name) * 100)}%"
    limit = threshold_of(preset, server)
    if preset.family and limit is not None:
        return f"{spoken_seconds(limit).replace(' ', '')}@{share}"
    if preset.compares and preset.value is None and limit is not None:
        return f"1s@{share}"
    return share


def _ask(run: Run, question: str, offered: str, read: Callable[[str], T]) -> T:
    """The answer, once it is one that will do."""
    while True:
        print(f"{inert(question)} [{inert(offered)}] ", end="", file=run.env.stderr, flush=True)
        line = run.env.stdin.readline()
        if not line:
            _say(run, "")
            raise UsageError("the answers ended, so nothing was written", help=f"for example: `{EXAMPLE}`")
        try:
            return read(line.decode("utf-8", "replace").strip() or offered)
        except AirectlError as error:
            _say(run, error.message, error.help)


def _say(run: Run, *lines: str) -> None:
    for line in filter(None, lines):
        for row in line.split("\n"):
            print(inert(row), file=run.env.stderr)
