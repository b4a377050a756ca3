"""alertmanager.yaml: routes, receivers and inhibition for the alerts of SLOs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import dedent, indent
from typing import Any, Final

from airectl.core.alerting import URGENT
from airectl.core.findings import Finding, Severity
from airectl.core.naming import ID, SERVICE, SEVERITY
from airectl.rules.receivers import Channel, Options, channel
from airectl.rules.routing import Notice, Route, merged, routes
from airectl.spec.yaml_text import dump

FILE: Final = "alertmanager.yaml"
DEFAULT_RECEIVER: Final = "airectl-default"
# How long to wait for more of a group, between two messages of it, and until it is told again. A page is one
# SLO's, told again while someone may still be asleep; tickets of a service come together, once a day.
_PAGE: Final = {
    "group_by": [SERVICE, ID],
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": "4h",
}
_TICKET: Final = {"group_by": [SERVICE], "group_wait": "5m", "group_interval": "30m", "repeat_interval": "1d"}
# The target of an SLO that was written for Sloth: its users route by labels of their own.
_BY_LABELS: Final = "alertmanager"
# Values that every version of Alertmanager takes without quotes.
_BARE: Final = re.compile(r"[A-Za-z0-9_.:/-]+")
_INHIBITION: Final = f"""\
# While an SLO pages, its tickets stay quiet: the same budget burns.
inhibit_rules:
  - source_matchers: ['{SEVERITY}=~"(?i:{"|".join(URGENT)})"', '{ID}!=""']
    target_matchers: ['{SEVERITY}!~"(?i:{"|".join(URGENT)})"', '{ID}!=""']
    equal: [{ID}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """The text of alertmanager.yaml, and what could not be written or reaches no one."""

    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receiver:
    """A named set of channels; `left_out` are the targets among them that have none, each with the reason."""

    name: str
    channels: tuple[Channel, ...]
    left_out: tuple[Finding, ...]
    resolved: bool | None


def alertmanager(notices: Iterable[Notice], options: Options) -> Routed:
    """The configuration for these alerts. The same notices give the same text."""
    known = [_addressed(notice) for notice in merged(notices)]
    planned = routes(known)
    receivers = _receivers(planned, options)
    parts = (
        _head(known, receivers.values(), options),
        _global(receivers.values(), options),
        _routes([(route, receivers[_key(route)]) for route in planned]),
        _written_receivers(receivers.values()),
        _INHIBITION,
    )
    left_out = dict.fromkeys(finding for each in receivers.values() for finding in each.left_out)
    return Routed(text="\n".join(part for part in parts if part), findings=(*left_out, *_unheard(known)))


def _addressed(notice: Notice) -> Notice:
    """Without the target that stands for "by labels", which is none."""
    return replace(notice, targets=tuple(each for each in notice.targets if each.kind != _BY_LABELS))


def _unheard(notices: Sequence[Notice]) -> Iterator[Finding]:
    """One finding for each SLO with alerts that name no target."""
    alerts: dict[str, list[Notice]] = {}
    for notice in notices:
        if not notice.targets:
            alerts.setdefault(notice.slo, []).append(notice)
    for slo, found in alerts.items():
        names = ", ".join(dict.fromkeys(f"`{each.alert}` ({each.severity})" for each in found))
        yield Finding(
            code="AIR317",
            severity=Severity.INFO,
            message=f"no policy of `{slo}` names a target for {names}",
            at=found[0].at,
            label=f"they go to the receiver `{DEFAULT_RECEIVER}`, which tells no one",
            help="give the SLO an AlertPolicy with a notification target",
        )


def _key(route: Route) -> tuple[object, ...]:
    return (*((each.name, each.kind, each.address) for each in route.targets), route.resolved)


def _receivers(planned: Sequence[Route], options: Options) -> dict[tuple[object, ...], _Receiver]:
    """One receiver for each set of targets, named after them."""
    found: dict[tuple[object, ...], _Receiver] = {}
    names = {DEFAULT_RECEIVER}
    for route in planned:
        if _key(route) in found:
            continue
        name = _free("-".join(dict.fromkeys(each.name for each in route.targets)), names)
        names.add(name)
        made = [channel(target, options) for target in route.targets]
        found[_key(route)] = _Receiver(
            name=name,
            channels=tuple(each for each in made if isinstance(each, Channel)),
            left_out=tuple(each for each in made if isinstance(each, Finding)),
            resolved=route.resolved,
        )
    return found


def _free(wanted: str, names: set[str]) -> str:
    name, number = wanted, 1
    while name in names:
        number += 1
        name = f"{wanted}-{number}"
    return name


def _head(notices: Sequence[Notice], receivers: Iterable[_Receiver], options: Options) -> str:
    count = len({notice.sloth_id for notice in notices})
    secrets = dict.fromkeys(each.secret for receiver in receivers for each in receiver.channels if each.secret)
    lines = [
        f"Routes and receivers for the alerts of {count} SLO{'s' if count != 1 else ''}, written by airectl from their",
        f"alert policies, for Alertmanager {options.shown_version} and newer. To change them, change the policies.",
    ]
    if secrets:
        lines += ["", "Every secret is a file that Alertmanager reads; create these, readable by it alone:"]
        lines += [f"  {path}  ({what})" for path, what in secrets]
    return _comment(lines)


def _comment(lines: Iterable[str], depth: int = 0) -> str:
    return "".join(f"{' ' * depth}# {line}".rstrip() + "\n" for line in lines)


def _global(receivers: Iterable[_Receiver], options: Options) -> str:
    """The relay for emails, where there are any: Alertmanager takes no email receiver without one."""
    sent = [each.config["to"] for receiver in receivers for each in receiver.channels if each.key == "email_configs"]
    if not sent:
        return ""
    relay: dict[str, object] = {
        "smtp_smarthost": options.relay,
        "smtp_from": f"alertmanager@{min(sent).rpartition('@')[2]}",
    }
    if options.relay.rpartition(":")[0] in ("localhost", "127.0.0.1", "[::1]"):
        relay["smtp_require_tls"] = False
    return _comment(["The relay that takes emails; `--smtp HOST:PORT` sets it."]) + dump({"global": relay})


def _routes(lines: Sequence[tuple[Route, _Receiver]]) -> str:
    """The routing tree: one level, the first route that matches is taken."""
    text = dump({"route": {"receiver": DEFAULT_RECEIVER, **_TICKET}})
    if not lines:
        return text
    return text + "  routes:\n" + "".join(_route(route, receiver) for route, receiver in lines)


def _route(route: Route, receiver: _Receiver) -> str:
    matchers = [_equals(SERVICE, route.service), _equals(SEVERITY, route.severity)]
    matchers += [_one_of(name, words) for name, words in ((ID, route.sloth_ids), ("alertname", route.alerts)) if words]
    about = _comment(_about(route), 4)
    if not receiver.channels:
        about += _comment([f"None of these can be written, so they reach `{DEFAULT_RECEIVER}`."], 4)
    entry = {
        "matchers": matchers,
        "receiver": receiver.name if receiver.channels else DEFAULT_RECEIVER,
        **(_PAGE if route.severity.lower() in URGENT else {}),
    }
    return about + _items([entry], 4)


def _about(route: Route) -> Iterator[str]:
    for target in route.targets:
        said = f": {' '.join(target.description.split())}" if target.description.strip() else ""
        yield f"{route.service}, {route.severity}: to `{target.name}` ({target.target}){said}"


def _equals(label: str, value: str) -> str:
    return f"{label}={value if _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=False)}"


def _one_of(label: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return _equals(label, values[0])
    return f"{label}=~{json.dumps('|'.join(map(re.escape, values)), ensure_ascii=False)}"


def _written_receivers(receivers: Iterable[_Receiver]) -> str:
    lines = ["What no policy names a target for ends here, and no one is told: give such SLOs a policy with a target."]
    text = "receivers:\n" + _comment(lines, 2) + _items([{"name": DEFAULT_RECEIVER}], 2)
    return text + "".join(_written_receiver(each) for each in receivers if each.channels)


def _written_receiver(receiver: _Receiver) -> str:
    about = _comment((f"{finding.code}: {finding.message}" for finding in receiver.left_out), 2)
    configs: dict[str, list[Mapping[str, Any]]] = {}
    for each in receiver.channels:
        told = {} if receiver.resolved is None else {"send_resolved": receiver.resolved}
        configs.setdefault(each.key, []).append({**each.config, **told})
    return about + _items([{"name": receiver.name, **configs}], 2)


def _items(items: Sequence[Mapping[str, Any]], depth: int) -> str:
    """The entries of a list, so far to the right."""
    _, _, text = dump({"items": items}).partition("\n")
    return indent(dedent(text), " " * depth)
