"""Words that may stand for a value, from the parts of airectl that know them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

from airectl import codes
from airectl.commands.help import topics
from airectl.commands.schema import SCHEMAS
from airectl.completing.values import Known
from airectl.core.annotations import KNOWN, PREFIX
from airectl.core.findings import Severity
from airectl.probing.protocols import NAMES as PROTOCOLS
from airectl.render import FORMATS


def known() -> Known:
    """Everything that can be known beforehand."""
    severities = tuple(each.value for each in Severity)
    return Known(
        metavars={
            "FORMAT[=PATH]": tuple(FORMATS),
            "WHEN": ("auto", "always", "never"),
            "SEVERITY": (*severities, "never"),
            "WHAT": ("fail", "warn", "pass"),
            "SYSTEM": tuple(_shipped("telemetry")),
            "NAME|FILE": tuple(_shipped("profiles")),
            "[NAME|FILE]...": tuple(_shipped("profiles")),
            "[TOPIC]": (*topics(),),
            "[CODE|FIELD|metric|xid]": (*codes.known(), "metric", "xid", *(f"{PREFIX}{name}" for name in KNOWN)),
        },
        places={
            "schema [FORMAT]": tuple(SCHEMAS),
            "probe --protocol": PROTOCOLS,
            "rules generate --dashboards": ("grafana",),
            "rules generate --windows": tuple(_shipped("windows")),
            "rules diff --windows": tuple(_shipped("windows")),
            "rules generate --disable": ("alerts", "records"),
            "convert --to": ("openslo", "sloth"),
        },
    )


def _shipped(folder: str) -> Iterator[str]:
    """The names of data files, without what they end in."""
    for each in sorted(files("airectl").joinpath("data", folder).iterdir(), key=lambda each: each.name):
        if each.name.endswith(".yaml"):
            yield each.name.removesuffix(".yaml")
