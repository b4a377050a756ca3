"""The memory of many forecasts; their speed is among the figures of test_speed.py."""

import pytest

import forecast_speed


@pytest.mark.accept
def test_ten_thousand_series_stay_below_two_gigabytes() -> None:
    assert forecast_speed.spent(forecast_speed.MANY).memory_mb < forecast_speed.MEMORY_LIMIT_MB
