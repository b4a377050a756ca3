"""The gauges of a forecast: what is needed, when it is crossed, how good the forecast is."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from airectl.render.gauges import Family, Labels, plain

_STATUSES: Final = ("order", "late", "crossed", "enough", "unknown", "forecast")
_QUANTILES: Final = ("p10", "p50", "p90")


def _of(series: Mapping[str, Any]) -> Labels:
    return {"service": str(series.get("service") or ""), "series": str(series.get("name") or "")}


def _plain(name: str, key: str, help: str) -> Family:
    return plain(name, key, help, _of)


def _crossings(series: Mapping[str, Any]) -> Iterator[tuple[Labels, Any]]:
    found = series.get("crossing")
    if not isinstance(found, Mapping):
        return
    for each in _QUANTILES:
        yield {**_of(series), "share": f"0.{each[1:].rstrip('0')}"}, found[each]


def _statuses(series: Mapping[str, Any]) -> Iterator[tuple[Labels, Any]]:
    if series.get("status") is not None:
        yield from (({**_of(series), "status": each}, int(each == series["status"])) for each in _STATUSES)


def _at_the_end(key: str) -> Any:
    def samples(series: Mapping[str, Any]) -> Iterator[tuple[Labels, Any]]:
        forecast = series.get("forecast")
        if forecast:
            yield _of(series), forecast[-1][key]

    return samples


FAMILIES: Final = (
    Family(name="airectl_forecast_status", help="1 for what is to be done, else 0.", samples=_statuses),
    Family(name="airectl_forecast_demand", help="Mean forecast at the horizon.", samples=_at_the_end("mean")),
    Family(name="airectl_forecast_demand_low", help="Lower bound at the horizon.", samples=_at_the_end("low")),
    Family(name="airectl_forecast_demand_high", help="Upper bound at the horizon.", samples=_at_the_end("high")),
    _plain("airectl_forecast_capacity", "crossing.limit", "What all replicas that run carry together."),
    Family(
        name="airectl_forecast_crossing_timestamp_seconds",
        help="When that share of the futures has passed the capacity.",
        samples=_crossings,
    ),
    _plain("airectl_forecast_accelerators_needed", "accelerators.needed", "For the upper bound, with reserve."),
    _plain("airectl_forecast_accelerators_running", "accelerators.running", "Accelerators of the replicas that run."),
    _plain("airectl_forecast_order_by_timestamp_seconds", "accelerators.order_by", "The last day to order on."),
    _plain("airectl_forecast_cost_monthly", "cost.monthly", "What the plan costs in a month of 730 hours."),
    _plain("airectl_forecast_utilisation_ratio", "cost.utilisation_ratio", "Mean demand over capacity, measured."),
    _plain("airectl_forecast_backtest_mase", "backtest.mase", "Error on the past; below 1 beats the last cycle."),
    _plain("airectl_forecast_backtest_mase_naive", "backtest.mase_naive", "The same of the last value."),
    _plain(
        "airectl_forecast_backtest_mase_seasonal_naive",
        "backtest.mase_seasonal_naive",
        "The same of the last cycle.",
    ),
    _plain("airectl_forecast_backtest_coverage_ratio", "backtest.coverage_ratio", "Of the past within the interval."),
)
