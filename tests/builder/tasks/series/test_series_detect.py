"""Which models take rows of measurements, in which windows, and what they say of them."""

from __future__ import annotations

import pytest
from edgeweb.errors import ConfigError
from signals import identity, plan_of
from tiny import FLOAT


def test_rows_of_measurements_need_one_line() -> None:
    proto = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 24, 3])])
    assert plan_of(proto, {}).series is None
    found = plan_of(proto, {"task": "anomaly-detection"}).series
    assert found is not None and (found.result, found.window, found.horizon) == ("reconstruction", 24, 24)
    ahead = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 6])])
    series = {"columns": ["a", "b", "c"], "targets": ["b"]}
    forecast = plan_of(ahead, {"task": "time-series-forecasting", "series": series}).series
    assert forecast is not None and (forecast.targets, forecast.horizon, forecast.alarm) == ([1], 6, "error")
    with pytest.raises(ConfigError, match="a target"):
        plan_of(ahead, {"series": {**series, "targets": ["z"]}, "task": "time-series-forecasting"})
