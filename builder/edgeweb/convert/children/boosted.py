"""Boosted trees to ONNX by onnxmltools, and what their libraries say of rows: XGBoost and LightGBM."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from edgeweb_children import graphs
from edgeweb_children.runner import Job

INPUT = "input"
_OPSET = 15


def xgboost(job: Job, booster: Any) -> dict[str, Any]:
    """The model with one input of all columns."""
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    names, width = booster.feature_names, int(booster.num_features())
    # The converter wants names such as f0, and knows no more objectives than these.
    plain = booster.copy()
    plain.feature_names = None
    model, sorts = _wrapped(plain)
    objective = _objective(booster)
    if not sorts and not objective.startswith(("reg:", "count:")):
        model.get_booster().set_param({"objective": "reg:squarederror"})
        model.set_params(objective="reg:squarederror")
    with graphs.plain_attributes():
        types = [(INPUT, FloatTensorType([None, width]))]
        made = convert_xgboost(model, initial_types=types, target_opset=_OPSET)
    graphs.name_columns(made, names)
    return {
        "framework": "XGBoost", "module": "xgboost", "place": graphs.save(made, job),
        "inputs": {INPUT: list(names or [f"f{i}" for i in range(width)])},
        "outputs": [each.name for each in made.graph.output],
    }  # fmt: skip


def xgboost_answers(booster: Any, rows: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Labels and their scores, or values."""
    # Rows are asked for by their places.
    booster.feature_names = None
    model, sorts = _wrapped(booster)
    table = rows[INPUT]
    if not sorts:
        return {said["outputs"][0]: np.asarray(model.predict(table))}
    label, scores = said["outputs"]
    margins = _objective(booster) == "multi:softmax"
    found = model.predict(table, output_margin=True) if margins else model.predict_proba(table)
    return {label: np.asarray(model.predict(table)), scores: np.asarray(found)}


def _wrapped(booster: Any) -> tuple[Any, bool]:
    """The estimator that a booster is of, and whether it tells classes."""
    import xgboost as library

    objective = _objective(booster)
    sorts = objective.startswith(("binary:", "multi:")) and objective != "binary:logitraw"
    model = library.XGBClassifier() if sorts else library.XGBRegressor()
    model.load_model(booster.save_raw())
    return model, sorts


def _objective(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["objective"]["name"])
