"""What a command line of `airectl init` asks for: which server, which promises, which series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from airectl.core.findings import Finding, Severity
from airectl.core.preset import Preset
from airectl.errors import AirectlError, SourceError, UsageError
from airectl.run import Run

if TYPE_CHECKING:
    from airectl.commands.metrics_pages import Reading
    from airectl.core.catalogue import System
    from airectl.promql.matchers import Matcher
    from airectl.telemetry.drafts import Narrowing
    from airectl.telemetry.observing import OnPage
    from airectl.telemetry.server import Server
    from airectl.telemetry.wishes import Wish

_STRICT: Final = "-strict"
_PATH: Final = "/metrics"
_CUT: Final = "cut off"
EXAMPLE: Final = "airectl init --telemetry vllm --service chat --ttft 500ms --availability 99.9%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options, as written. `promises` are those of one preset each, by its name; `slo` are PRESET=VALUE."""

    telemetry: str = ""
    service: str = ""
    page: str = ""
    promises: Mapping[str, str] = field(default_factory=dict)
    slo: Sequence[str] = ()
    strict: bool = False
    models: Sequence[str] = ()
    by_model: bool = False
    selectors: Sequence[str] = ()

    @property
    def says_what(self) -> bool:
        """Whether anything is to be promised in particular."""
        return bool(self.promises or self.slo)


def server_of(run: Run, asked: Asked) -> Server:
    """The server that SLOs are written for. Raises UsageError where it has nothing to write them on."""
    from airectl.telemetry.server import Server

    named = _system(asked.telemetry) if asked.telemetry else None
    if named and not named.presets:
        raise _nothing_to_measure(named)
    if not asked.page:
        if named is None:
            raise UsageError("init needs --telemetry, or --from", help=f"for example: `{EXAMPLE}`")
        return Server(system=named)
    return _on_page(run, asked.page, named)


def _on_page(run: Run, place: str, named: System | None) -> Server:
    """The server whose page it is."""
    from airectl.commands.metrics_pages import readings
    from airectl.telemetry import catalogue
    from airectl.telemetry.server import Server

    (reading,) = readings(run, [_with_path(place, named)], catalogue.load())
    wrong = _worst(reading.findings)
    if wrong is not None or reading.seen is None:
        raise _unreadable(reading, wrong)
    chosen = _chosen(reading.seen.systems, named, reading.name)
    if not chosen.detected.system.presets:
        raise _nothing_to_measure(chosen.detected.system)
    return Server(
        system=chosen.detected.system,
        page=chosen.detected,
        where=reading.name,
        version=chosen.version,
        remarks=reading.findings,
    )


def _worst(findings: Sequence[Finding]) -> Finding | None:
    """The error that says most: that the page is cut off, which others follow from; else the first."""
    errors = [each for each in findings if each.severity is Severity.ERROR]
    return next((each for each in errors if _CUT in each.message), errors[0] if errors else None)


def _with_path(place: str, named: System | None) -> str:
    """A URL of a server alone goes to where its metrics are."""
    from urllib.parse import urlsplit

    try:
        bare = "://" in place and urlsplit(place).path in ("", "/") and not urlsplit(place).query
    except ValueError:
        return place
    return place.rstrip("/") + (named.path if named else _PATH) if bare else place


def _unreadable(reading: Reading, wrong: Finding | None) -> AirectlError:
    """Why nothing can be made of a page; one that cannot be read whole could hide what decides."""
    if wrong is None:
        return UsageError(f"{reading.name} has no metric", help="are the server's metrics switched on?")
    if reading.seen is None and reading.remote:
        return SourceError(wrong.message, help=wrong.help, code=wrong.code)
    return UsageError(f"{wrong.at}: {wrong.message}", help=wrong.help)


def _system(name: str) -> System:
    from airectl.telemetry import catalogue

    systems = catalogue.load().systems
    if found := systems.get(name.strip().lower()):
        return found
    near = get_close_matches(name.lower(), systems, 1, 0.5)
    help = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(systems)}"
    raise UsageError(f"the telemetry catalogue has no system `{name}`", help=help)


def _nothing_to_measure(system: System) -> UsageError:
    return UsageError(f"{system.title} has no metrics that an SLO could be written on", help=f"use {system.instead}")


def _chosen(found: Sequence[OnPage], named: System | None, where: str) -> OnPage:
    """The system of the page that is meant. Raises UsageError where it is not plain which."""
    if named:
        for each in found:
            if each.detected.system.name == named.name:
                return each
        flag = f"{named.title} needs {named.flag} to have any" if named.flag else "is it the right page?"
        other = f"it looks like {_titles(found)}" if found else flag
        raise UsageError(f"{where} has no metric of {named.title}", help=other)
    if not found:
        help = "name the system with --telemetry, or write the SLOs by hand; `airectl explain metric` lists systems"
        raise UsageError(f"{where} has no metric of a system that the telemetry catalogue knows", help=help)
    usable = [each for each in found if each.detected.system.presets] or list(found)
    if len(usable) > 1:
        options = " or ".join(f"`--telemetry {each.detected.system.name}`" for each in usable)
        raise UsageError(f"{where} has metrics of several systems: {_titles(usable)}", help=f"add {options}")
    return usable[0]


def _titles(found: Sequence[OnPage]) -> str:
    return ", ".join(each.detected.system.title for each in found)


def wishes_of(asked: Asked, server: Server) -> tuple[Wish, ...]:
    """What is to be promised; where nobody said, what to begin with. Raises UsageError."""
    from airectl.telemetry import starting
    from airectl.telemetry.wishes import Wish, wish

    if not asked.says_what:
        begin = [_strict(each, server, strict=asked.strict) for each in starting.presets(server)]
        return tuple(
            Wish(
                preset=each,
                target=starting.target_of(each.name),
                limit=starting.threshold_of(each, server),
                said=False,
                option=f"--slo {each.name}=",
            )
            for each in begin
        )
    return tuple(
        wish(_strict(_preset(name, server), server, strict=asked.strict), option, value)
        for name, option, value in _written(asked)
    )


def _written(asked: Asked) -> Iterator[tuple[str, str, str]]:
    """Preset, option and value of each promise."""
    for name, value in asked.promises.items():
        yield name, f"--{name}", value
    for text in asked.slo:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"--slo cannot be `{text}`", help="write PRESET=VALUE, such as `--slo ttft=500ms@95%`")
        yield name.strip(), f"--slo {name.strip()}=", value


def _preset(name: str, server: Server) -> Preset:
    presets = server.system.presets
    if name in presets:
        return presets[name]
    near = get_close_matches(name, presets, 1, 0.7)
    help = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(presets)}"
    raise UsageError(f"airectl has no preset `{name}` for {server.system.title}", help=help)


def _strict(preset: Preset, server: Server, *, strict: bool) -> Preset:
    """With --strict the variant that counts rejections and failures, where there is one."""
    return server.system.presets.get(f"{preset.name}{_STRICT}", preset) if strict else preset


def narrowing_of(asked: Asked) -> Narrowing:
    """Which series count. Raises UsageError for a selector that is none."""
    from airectl.telemetry.drafts import Narrowing

    matchers = tuple(matcher for text in asked.selectors for matcher in _matchers(text))
    if asked.models and asked.by_model:
        raise UsageError("--model and --by-model are opposites", help="give one of the two")
    return Narrowing(matchers=matchers, models=tuple(asked.models), by_model=asked.by_model)


def _matchers(text: str) -> tuple[Matcher, ...]:
    from airectl.promql.guard import PromqlError
    from airectl.promql.parse import parse

    inside = text.strip().removeprefix("{").removesuffix("}")
    example = """write matchers as PromQL has them: --selector 'namespace="prod",job=~"chat.*"'"""
    try:
        # The brace stands on a line of its own: a comment cannot hide it, nor what is written after the matchers.
        selectors = parse(f"up{{{inside}\n}}").selectors
    except PromqlError as error:
        raise UsageError(f"--selector cannot be `{text}`: {error}", help=example) from None
    found = selectors[0].matchers if len(selectors) == 1 and selectors[0].names == ("up",) else ()
    if not found or selectors[0].alternatives or any(each.name in ("__name__", "le") for each in found):
        raise UsageError(f"--selector cannot be `{text}`", help=example)
    return found
