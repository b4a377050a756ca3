"""The measured knee as thresholds of an autoscaler: KEDA's ScaledObject, and a HorizontalPodAutoscaler."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from airectl.spec.yaml_text import dump

if TYPE_CHECKING:
    from airectl.demand.outlook import Outlook

_QUERY: Final = "REPLACE: the demand of all replicas together, in"
_NAME: Final = "REPLACE"
# Pods that are starting carry nothing yet: scaling down is slow, so that a pause between two bursts costs no start.
_DOWN_S: Final = 300


class ScalingError(Exception):
    """There is no threshold; the message says why, `help` what to do."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def scaled_object(each: Outlook, *, query: bool) -> str:
    """KEDA's ScaledObject: one replica more for each `capacity` of demand.

    `query`: the series was asked from a Prometheus, in these words. Raises ScalingError.
    Source: https://keda.sh/docs/latest/scalers/prometheus/
    """
    document = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": _NAME},
        "spec": {
            "scaleTargetRef": {"name": _NAME},
            **_bounds(each, "minReplicaCount", "maxReplicaCount"),
            "triggers": [
                {
                    "type": "prometheus",
                    "metricType": "AverageValue",
                    "metadata": {
                        "serverAddress": "REPLACE: https://prometheus.example.com",
                        "query": each.series.metric if query else f"{_QUERY} {each.service.unit or 'its unit'}",
                        "threshold": _text(_threshold(each)),
                    },
                }
            ],
        },
    }
    return _said(each) + dump(document)


def autoscaler(each: Outlook) -> str:
    """A HorizontalPodAutoscaler on an external metric. Raises ScalingError.

    Source: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
    """
    document = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": _NAME},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": _NAME},
            **_bounds(each, "minReplicas", "maxReplicas"),
            "metrics": [
                {
                    "type": "External",
                    "external": {
                        "metric": {"name": _NAME},
                        "target": {"type": "AverageValue", "averageValue": _quantity(_threshold(each))},
                    },
                }
            ],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": _DOWN_S}},
        },
    }
    return _said(each) + dump(document)


def _threshold(each: Outlook) -> float:
    """What one replica is to carry: its capacity less the headroom. Raises ScalingError."""
    carrying = each.service.sizing.carrying
    if carrying is None:
        raise ScalingError("a threshold needs the capacity of a replica", "give `--capacity` or `--profile`")
    return carrying.per_replica / (1 + each.service.sizing.reserve.headroom_ratio)


def _bounds(each: Outlook, least: str, most: str) -> dict[str, Any]:
    """At least what may fail and one more; at most what the forecast's upper bound takes."""
    reserve = each.service.sizing.reserve
    fewest = 1 + reserve.failure_replicas
    return {least: fewest, most: max(each.plan.replicas if each.plan else 0, each.service.sizing.replicas, fewest)}


def _said(each: Outlook) -> str:
    sizing = each.service.sizing
    origin = "a model" if sizing.carrying and not sizing.carrying.measured else "a load test"
    if sizing.capacity and not sizing.capacity.measured:
        origin = sizing.capacity.said
    return (
        f"# One replica for each {_text(_threshold(each))} {each.service.unit or 'of the demand'}, by {origin}.\n"
        f"# Replace what says so; the highest number of replicas is what the forecast's upper bound takes.\n"
    )


def _text(number: float) -> str:
    """Three significant digits, rounded down: a threshold never promises more than was measured."""
    digits = 2 - floor(log10(abs(number))) if number else 0
    scaled = floor(number * 10**digits + 1e-9) / 10**digits
    return f"{scaled:.{max(digits, 0)}f}"


def _quantity(number: float) -> str:
    """A Kubernetes quantity: whole, or in thousandths."""
    value = float(_text(number))
    return f"{value:.0f}" if value == int(value) else f"{floor(value * 1000 + 1e-6)}m"
