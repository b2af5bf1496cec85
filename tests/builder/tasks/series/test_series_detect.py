"""Which models take rows of measurements, in which windows, and what they say of them."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from edgeweb.errors import ConfigError
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.series.kind import SERIES
from edgeweb.tasks.series.manifest import SeriesPipeline
from onnx import ModelProto, helper
from signals import identity, plan_of
from tiny import FLOAT, INT64, Shape


def model(shape: Shape, gives: Shape, kind: int = FLOAT) -> ModelProto:
    return identity([("x", kind, shape)], [("y", FLOAT, gives)])


def found(proto: ModelProto, task: str = "time-series-forecasting", **series: Any) -> SeriesPipeline:
    plan = plan_of(proto, {"task": task, "series": series})
    assert plan.kind is SERIES
    return plan.spec


def refused(proto: ModelProto, task: str = "time-series-forecasting", **series: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        plan_of(proto, {"task": task, "series": series})
    return str(caught.value)


def ran(graph: str, **feeds: Any) -> dict[str, Any]:
    session = ort.InferenceSession(b64decode(graph), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    given = {name: np.asarray(value, np.float32) for name, value in feeds.items()}
    return dict(zip(names, session.run(names, given), strict=True))


def test_rows_of_measurements_need_one_line() -> None:
    proto = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 24, 3])])
    assert plan_of(proto, {}).kind is not SERIES
    found = plan_of(proto, {"task": "anomaly-detection"}).spec
    assert found is not None and (found.result, found.window, found.horizon) == ("reconstruction", 24, 24)
    ahead = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 6])])
    series = {"columns": ["a", "b", "c"], "targets": ["b"]}
    forecast = plan_of(ahead, {"task": "time-series-forecasting", "series": series}).spec
    assert forecast is not None and (forecast.targets, forecast.horizon, forecast.alarm) == ([1], 6, "error")
    with pytest.raises(ConfigError, match="a target"):
        plan_of(ahead, {"series": {**series, "targets": ["z"]}, "task": "time-series-forecasting"})


@pytest.mark.parametrize(
    ("shape", "series", "window", "columns"),
    [
        (["n", 24, 3], {}, 24, ["x1", "x2", "x3"]),
        (["n", 24, 3], {"layout": "columns-first"}, 3, [f"x{i}" for i in range(1, 25)]),
        (["n", 24, 1], {}, 24, ["value"]),
        (["n", 24], {}, 24, ["value"]),
        (["n", 24], {"columns": ["a", "b"]}, 12, ["a", "b"]),
        (["n", "t"], {"columns": ["a", "b"], "window": 5}, 5, ["a", "b"]),
        (["n", "t", 2], {"window": 5}, 5, ["x1", "x2"]),
        (["n", 24, "c"], {"columns": ["a", "b"]}, 24, ["a", "b"]),
        (["n", 1, 24, 3], {}, 24, ["x1", "x2", "x3"]),
        ([1, 24, 256], {}, 24, [f"x{i}" for i in range(1, 257)]),
    ],
)
def test_the_window_that_a_shape_tells(shape: Shape, series: Any, window: int, columns: list[str]) -> None:
    pipeline = found(model(shape, ["n", len(columns)]), **series)
    assert (pipeline.window, pipeline.columns) == (window, columns)
    assert pipeline.batch == (64 if shape and shape[0] == "n" else 1), "only a free first axis takes many windows"
    rows = np.arange(2 * window * len(columns)).reshape(2, window, len(columns))[: 2 if pipeline.batch > 1 else 1]
    tensor = ran(pipeline.preprocess, rows=rows)["tensor"]
    turned = rows.transpose(0, 2, 1) if series.get("layout") == "columns-first" else rows
    assert tensor.ravel().tolist() == turned.ravel().tolist() and tensor.ndim == len(shape or ())


@pytest.mark.parametrize(
    ("shape", "kind", "series", "why"),
    [
        (["n", 24, 3], INT64, {}, "takes no windows of rows: it is int64"),
        (["n"], FLOAT, {}, "takes no windows of rows"),
        (None, FLOAT, {}, "takes no windows of rows"),
        ([2, 24, 3], FLOAT, {}, "takes 2 windows at once"),
        (["n", "t"], FLOAT, {}, "any number of values: say with window"),
        (["n", "t", 3], FLOAT, {}, "any number of rows: say with window"),
        (["n", 24, "c"], FLOAT, {}, "any number of columns: say with columns"),
        (["n", 2, 24, 3], FLOAT, {}, "has 3 axes beside the windows"),
        (["n", 25], FLOAT, {"columns": ["a", "b"]}, "takes 25 values. Name as many as divide that"),
        (["n", 24, 3], FLOAT, {"window": 25}, "[series] says 25 for window"),
        (["n", 24, 3], FLOAT, {"columns": ["a"]}, "[series] says 1 for columns"),
        (["n", 24, 3], FLOAT, {"mean": [1, 2]}, "[series] has 2 numbers in mean"),
        (["n", 24, 3], FLOAT, {"std": [1, 2]}, "[series] has 2 numbers in std"),
        (["n", 24, 257], FLOAT, {}, "takes 257 columns. A page shows at most 256"),
        (["n", 24, 3], FLOAT, {"output": "z"}, 'an output "z"'),
    ],
)
def test_windows_that_cannot_be_made(shape: Shape, kind: int, series: Any, why: str) -> None:
    assert why in refused(model(shape, ["n", 3], kind), **series)


@pytest.mark.parametrize(
    ("task", "gives", "series", "result"),
    [
        ("time-series-forecasting", ["n", 24, 3], {}, "forecast"),
        ("anomaly-detection", ["n", 72], {}, "reconstruction"),
        ("anomaly-detection", ["n", 1], {}, "score"),
        ("anomaly-detection", ["n"], {}, "score"),
        ("anomaly-detection", ["n", 3], {"predicts": "forecast"}, "forecast"),
        ("time-series-forecasting", ["n", 1], {"predicts": "score"}, "score"),
    ],
)
def test_what_an_output_says_of_the_rows(task: str, gives: Shape, series: Any, result: str) -> None:
    assert found(model(["n", 24, 3], gives), task, **series).result == result


def test_an_output_that_may_be_anything_is_asked_about() -> None:
    assert "is not clear: say so with predicts" in refused(model(["n", 24, 3], ["n", 2]), "anomaly-detection")
    # One row, whatever comes back, is no copy of a window.
    assert "say so with predicts" in refused(model(["n", 1, 3], ["n", 3]), "anomaly-detection")
    assert '"y" has no known size' in refused(model(["n", 24, 3], ["n", "k"]))
    two = identity([("x", FLOAT, ["n", 24, 3])], [("y", FLOAT, ["n", 3]), ("z", FLOAT, ["n", 3])])
    assert "hich of its outputs is the result is not clear" in refused(two)
    assert found(two, output="z").output == "z"


@pytest.mark.parametrize(
    ("gives", "series", "targets", "horizon"),
    [
        (["n", 3], {}, [0, 1, 2], 1),
        (["n", 5], {}, [0], 5),
        (["n", 4, 3], {}, [0, 1, 2], 4),
        (["n", 4, 1], {}, [0], 4),
        (["n", 6], {"columns": ["a", "b", "c"], "targets": ["c", "a"]}, [2, 0], 3),
    ],
)
def test_which_columns_are_predicted_and_how_far(gives: Shape, series: Any, targets: list[int], horizon: int) -> None:
    pipeline = found(model(["n", 24, 3], gives), **series)
    assert (pipeline.targets, pipeline.horizon) == (targets, horizon)


def test_predictions_that_cannot_be_shared_out() -> None:
    assert "predicts 8 values" in refused(model(["n", 24, 3], ["n", 4, 2]))
    named = {"columns": ["a", "b", "c"], "targets": ["a", "b"]}
    assert "predicts 5 values" in refused(model(["n", 24, 3], ["n", 5]), **named)


def test_a_threshold_makes_a_forecast_alarm_above_it() -> None:
    proto = model(["n", 24, 3], ["n", 3])
    assert (found(proto).alarm, found(proto, threshold=1.5).alarm) == ("error", "above")
    assert found(proto, threshold=1.5, alarm="below").alarm == "below"
    same = model(["n", 24, 3], ["n", 24, 3])
    assert found(same, "anomaly-detection", threshold=1.5).alarm == "error"


def test_a_forecast_is_scaled_back_for_its_own_columns() -> None:
    series = {"columns": ["a", "b"], "mean": [10, 20], "std": [2, 4], "targets": ["b"]}
    pipeline = found(model(["n", 3, 2], ["n", 2]), **series)
    tensor = ran(pipeline.preprocess, rows=[[[10, 20], [12, 24], [14, 16]]])["tensor"]
    assert tensor.tolist() == [[[0, 0], [1, 1], [2, -1]]]
    assert ran(pipeline.postprocess, raw0=[[1, -1]])["predicted"].tolist() == [[[24], [16]]]
    assert pipeline.formula == "windows of 3 rows with 2 columns, (x - [10.0, 20.0]) / [2.0, 4.0]"


def test_columns_first_is_turned_both_ways() -> None:
    pipeline = found(model(["n", 2, 3], ["n", 2, 4]), layout="columns-first", predicts="forecast", targets=["x1", "x2"])
    assert (pipeline.window, pipeline.horizon) == (3, 4)
    raw = np.arange(8).reshape(1, 2, 4)
    assert ran(pipeline.postprocess, raw0=raw)["predicted"].tolist() == raw.transpose(0, 2, 1).tolist()


def test_a_copy_is_scored_by_its_mean_square_error() -> None:
    pipeline = found(model(["n", 2, 1], ["n", 2, 1]), "anomaly-detection", std=[2.0])
    made = ran(pipeline.postprocess, raw0=[[[1], [5]]], tensor=[[[1], [2]]])
    assert made["scores"].tolist() == [4.5] and made["predicted"].tolist() == [[[2], [10]]]
    score = found(model(["n", 2, 1], ["n", 1]), "anomaly-detection")
    assert ran(score.postprocess, raw0=[[3], [4]]) == {"scores": pytest.approx([3, 4])}


def test_memory_takes_one_window_at_a_time() -> None:
    shapes = [("x", FLOAT, ["n", 4, 2]), ("h_in", FLOAT, [1, 8])]
    pipeline = found(identity(shapes, [("y", FLOAT, ["n", 2]), ("h_out", FLOAT, [1, 8])]))
    assert ([(s.output, s.input) for s in pipeline.states], pipeline.batch) == ([("h_out", "h_in")], 1)


def test_the_table_must_fit_and_sound_is_no_measurement() -> None:
    with pytest.raises(ConfigError, match=r"The model does not fit \[series\]"):
        plan_of(model(["n"], ["n"]), {"series": {}})
    for predicts, task in (("forecast", "time-series-forecasting"), ("score", "anomaly-detection")):
        told = plan_of(model(["n", 24, 3], ["n", 3]), {"series": {"predicts": predicts}})
        assert told.kind is SERIES and told.task == task, "the table alone says that it takes measurements"
    sound = plan_of(model(["n", 400], ["n", 400]), {"task": "anomaly-detection", "audio": {"rate": 8000}})
    assert sound.kind is not SERIES and sound.kind is AUDIO


def test_who_says_what_rows_are() -> None:
    proto = model(["n", 24, 2], ["n", 24, 2])

    def said(settings: dict[str, Any]) -> dict[str, tuple[str, str]]:
        return {each.claim: (each.source, each.settle) for each in plan_of(proto, settings).evidence}

    scaled = {"columns": ["a", "b"], "mean": [1.0], "output": "y", "predicts": "reconstruction"}
    own = said({"task": "anomaly-detection", "series": scaled})
    assert own == dict.fromkeys(("task", "answer", "preprocessing", "columns"), ("user", ""))
    bare = said({"series": {}})
    assert bare["task"] == ("assumed", 'task = "anomaly-detection"') and "columns" not in bare
    assert bare["preprocessing"] == ("assumed", "[series]\nmean = [0.0]\nstd = [1.0]")
    assert said({"task": "anomaly-detection", "series": {"mean": [0.0], "std": [1.0]}})["preprocessing"] == ("user", "")
    helper.set_model_props(proto, {"feature_names": '["a", "b"]'})
    assert said({"task": "anomaly-detection"})["columns"] == ("file", "")
