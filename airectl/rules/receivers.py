"""What Alertmanager is told about one notification target, every secret as the path of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airectl.core.alerting import URGENT, NotificationTarget
from airectl.core.findings import Finding, Severity
from airectl.core.naming import SEVERITY

# The oldest version that the output is made for, and the first one that reads a webhook's URL from a file.
# Source: https://github.com/prometheus/alertmanager/blob/main/CHANGELOG.md
OLDEST: Final = (0, 25)
WEBHOOK_FILES: Final = (0, 26)
SECRETS: Final = "/etc/alertmanager/secrets"
RELAY: Final = "localhost:25"
_URGENT: Final = f'match "(?i)^({"|".join(URGENT)})$" .CommonLabels.{SEVERITY}'
_SEVERITY: Final = f"{{{{ if {_URGENT} }}}}%s{{{{ else }}}}%s{{{{ end }}}}"
_RUNBOOK: Final = "{{ with or .CommonAnnotations.runbook_url .CommonAnnotations.runbook }}%s{{ . }}{{ end }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """For which Alertmanager, where it finds its secrets, and the relay (HOST:PORT) that takes its emails."""

    version: tuple[int, int] = OLDEST
    secrets_dir: str = SECRETS
    relay: str = RELAY

    @property
    def shown_version(self) -> str:
        """Such as 0.25."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One entry of a receiver: under which key, with what, and which secret (path, what it holds) it needs."""

    key: str
    config: Mapping[str, Any] = field(default_factory=dict)
    secret: tuple[str, str] | None = None


def channel(target: NotificationTarget, options: Options) -> Channel | Finding:
    """The entry for `target`, or why there is none."""
    known = _CHANNELS.get(target.kind)
    return known(target, options) if known else _unknown(target)


def _file(target: NotificationTarget, options: Options, what: str) -> str:
    return f"{options.secrets_dir.rstrip('/')}/{target.name}.{what}"


def _pagerduty(target: NotificationTarget, options: Options) -> Channel:
    """Events API v2, which `routing_key` belongs to; `service_key` is that of v1."""
    path = _file(target, options, "routing-key")
    config = {
        "routing_key_file": path,
        "severity": _SEVERITY % ("critical", "warning"),
        "details": {"runbook": _RUNBOOK % ""},
    }
    return Channel(key="pagerduty_configs", config=config, secret=(path, "PagerDuty: integration key, Events API v2"))


def _opsgenie(target: NotificationTarget, options: Options) -> Channel:
    path = _file(target, options, "api-key")
    config = {"api_key_file": path, "priority": _SEVERITY % ("P1", "P3"), "note": _RUNBOOK % "runbook: "}
    return Channel(key="opsgenie_configs", config=config, secret=(path, "Opsgenie: API key"))


def _slack(target: NotificationTarget, options: Options) -> Channel:
    path = _file(target, options, "api-url")
    config = {
        "api_url_file": path,
        **({"channel": target.address} if target.address else {}),
        "title": "{{ .Status }}: {{ .CommonLabels.alertname }} ({{ .CommonLabels.sloth_severity }})",
        "text": "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ end }}" + _RUNBOOK % "runbook: ",
    }
    return Channel(key="slack_configs", config=config, secret=(path, "Slack: URL of the incoming webhook"))


def _webhook(target: NotificationTarget, options: Options) -> Channel | Finding:
    if options.version < WEBHOOK_FILES:
        return Finding(
            code="AIR315",
            severity=Severity.WARNING,
            message=f"Alertmanager {options.shown_version} reads no webhook's URL from a file: "
            f"`{target.name}` is left out",
            at=target.target_at,
            label="the URL is a secret and is never written into the configuration",
            help="run Alertmanager 0.26 or newer and say so with `--alertmanager-version 0.26`",
        )
    path = _file(target, options, "url")
    return Channel(key="webhook_configs", config={"url_file": path}, secret=(path, "webhook: its URL"))


def _email(target: NotificationTarget, options: Options) -> Channel | Finding:
    if "@" not in target.address:
        return Finding(
            code="AIR318",
            severity=Severity.WARNING,
            message=f"the email target `{target.name}` has no address: it is left out",
            at=target.target_at,
            help="add the annotation `airectl.dev/address: team@example.com` to the target",
        )
    return Channel(key="email_configs", config={"to": target.address})


def _unknown(target: NotificationTarget) -> Finding:
    return Finding(
        code="AIR316",
        severity=Severity.WARNING,
        message=f"no receiver can be written for the target `{target.name}`: `{target.target}` is not known",
        at=target.target_at,
        label="its alerts go to the default receiver, which tells no one",
        help=f"write one of: {', '.join(sorted(_CHANNELS))}",
    )


_CHANNELS: Final[Mapping[str, Callable[[NotificationTarget, Options], Channel | Finding]]] = {
    "pagerduty": _pagerduty,
    "opsgenie": _opsgenie,
    "slack": _slack,
    "webhook": _webhook,
    "email": _email,
}
