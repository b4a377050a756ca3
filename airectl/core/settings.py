"""Every setting: its name, its default, how it is read, and what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from airectl.core.units import parse_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. `read` turns a TOML value or a variable's text into the value, or raises ValueError."""

    name: str
    default: Any
    read: Callable[[Any], Any]
    help: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"AIRECTL_{self.name.upper().replace('.', '_')}"

    @property
    def unit(self) -> str:
        """The unit of the value: `s` for seconds, or empty."""
        return "s" if self.read is _whole_seconds else ""


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.split(",") if part)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise ValueError("must be a list of texts")


def _folder(value: Any) -> tuple[str, ...]:
    return (_text(value),) if value != "" else ()


def _choice(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of: {', '.join(allowed)}")
        return str(value)

    return read


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("1", "true", "0", "false"):
        return value in ("1", "true")
    raise ValueError("must be true or false")


def _whole_seconds(value: Any) -> int:
    try:
        seconds = parse_seconds(str(value))
    except ValueError:
        raise ValueError("must be a time with its unit, such as 30s or 15d") from None
    if seconds < 1:
        raise ValueError("must be at least one second")
    return int(seconds)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


_SEVERITIES: Final = ("error", "warning", "info")
KEYS: Final = tuple(
    Key(name=name, default=default, read=read, help=help)
    for name, default, read, help in (
        ("specs", (), _texts, "spec files, folders or globs, when none are named"),
        ("output", (), _texts, "output formats, FORMAT or FORMAT=PATH"),
        ("fail_on", "error", _choice(*_SEVERITIES, "never"), "lowest severity that fails the run"),
        ("min_severity", "info", _choice(*_SEVERITIES), "lowest severity that is shown"),
        ("on_unknown", "fail", _choice("fail", "warn", "pass"), "what an undecided gate does"),
        ("strict_refs", False, _switch, "a name that nothing defines is an error"),
        ("source", "", _text, "the source of SLOs that name none: a name or a URL"),
        ("retention", None, _whole_seconds, "how long the metric source keeps samples, such as 15d"),
        ("scrape_interval", None, _whole_seconds, "how often the metrics are scraped, such as 30s"),
        ("event_roots", (), _texts, "folders outside of the project that specs may read events from"),
        ("postmortems.path", (), _folder, "the folder of postmortems, which `airectl check` looks at too"),
        ("postmortems.templates", (), _folder, "the folder of your own templates of postmortems"),
        ("runbooks.path", (), _folder, "the folder of runbooks, which `airectl check` looks at too"),
        ("runbooks.url", "", _text, "where that folder can be read: alerts of SLOs without a runbook link there"),
        ("color", "auto", _choice("auto", "always", "never"), "when to use colour"),
    )
)
