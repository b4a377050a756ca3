"""SLIs ready to be filled in: PromQL for what a system exposes. The data come from telemetry/."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from airectl.core.slo import Measure
from airectl.core.units import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """An SLI template of one system, in one of two forms.

    A ratio has `total` and either `good` or `bad`: counters (`counter: true`), of which whoever evaluates
    them takes the increments. `{le}` in `good` is where the matcher of the threshold goes; `family` is the
    histogram whose edges bound it, empty: there is no threshold. `{model}` is the name of a model that
    somebody has to give, `{model_re}` the same in a regular expression.

    A comparison has `query`, whose value is compared with `value` by `op` once per `slice`; `value` None:
    somebody has to give it, in `unit`. What is in `good` and `total` comes from series that are there from
    the start or that add nothing while they are absent.

    `measure` is what an objective on it is about; None: nothing that a load test could measure.
    """

    name: str
    description: str
    measure: Measure | None = None
    good: str = ""
    bad: str = ""
    total: str = ""
    family: str = ""
    query: str = ""
    op: str = ""
    value: Decimal | None = None
    unit: str = ""
    slice: str = ""

    @property
    def strict(self) -> bool:
        """Whether rejected and failed requests count as well."""
        return self.name.endswith("-strict")

    @property
    def compares(self) -> bool:
        """Whether it compares one value with a limit, instead of counting events."""
        return bool(self.query)

    @property
    def needs_model(self) -> bool:
        """Whether the name of a model has to be given."""
        return "{model}" in self.total

    def ratio_at(self, edge: Decimal | None = None, model: str = "") -> Mapping[str, str]:
        """The queries by their role, `total` last; at a bucket's `edge` where there is a threshold."""
        roles = {"good": self.good, "bad": self.bad, "total": self.total}
        return {role: _filled(text, edge, model) for role, text in roles.items() if text}


def _filled(text: str, edge: Decimal | None, model: str) -> str:
    text = text.replace("{model}", _quoted(model)).replace("{model_re}", _quoted(_literal(model)))
    return text.replace("{le}", le_matcher(edge)) if edge is not None else text


def _literal(text: str) -> str:
    """A regular expression of RE2 that matches just this text."""
    return "".join(rf"\{char}" if char in r"\.+*?()|[]{}^$" else char for char in text)


def _quoted(text: str) -> str:
    """What stands between the double quotes of a PromQL string."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def edge_text(edge: Decimal, client: str) -> str:
    """How a client library writes an edge in `le`: Python's as a float, others as short as they can."""
    text = plain(edge)
    return f"{text}.0" if client == "python" and "." not in text else text


def le_matcher(edge: Decimal) -> str:
    """The matcher of one bucket, whichever way the client library writes a whole number.

    Python's writes `1.0` and Go's `1`; Prometheus makes them one from version 3 on, not before.
    Source: https://prometheus.io/docs/prometheus/3.0/migration/#le-and-quantile-label-values
    """
    if edge == edge.to_integral_value():
        return rf'le=~"{plain(edge)}(\\.0)?"'
    return f'le="{plain(edge)}"'
