"""Boosted trees to ONNX by onnxmltools, and what their libraries say of rows: XGBoost and LightGBM."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from edgeweb_children import graphs, lightgbm_trees, xgboost_trees
from edgeweb_children.runner import Job

INPUT = "input"
_OPSET = 15
_NAMELESS = re.compile(r"Column_\d+")


def xgboost(job: Job, booster: Any) -> dict[str, Any]:
    """The model with one input of all columns; where some are categories with names, one for each column."""
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    names, width = booster.feature_names, int(booster.num_features())
    categories = _xgboost_categories(job, booster)
    plain = xgboost_trees.plain(job, booster)
    model, sorts = _wrapped(plain)
    objective = _objective(booster)
    # The converter knows no more than these.
    if not sorts and not objective.startswith(("reg:", "count:")):
        known = "reg:gamma" if objective.startswith("survival:") else "reg:squarederror"
        model.get_booster().set_param({"objective": known})
        model.set_params(objective=known)
    with graphs.plain_attributes():
        types = [(INPUT, FloatTensorType([None, width]))]
        made = convert_xgboost(model, initial_types=types, target_opset=_OPSET)
    xgboost_trees.apart(made, plain)
    if objective == "reg:logistic" or (objective == "binary:logistic" and not sorts):
        _through_sigmoid(made)
    return _said(job, made, "XGBoost", "xgboost", list(names or []), width, categories)


def _through_sigmoid(made: onnx.ModelProto) -> None:
    """Shares, whose trees add up to what the sigmoid makes a share of: onnxmltools 1.16 leaves that out."""
    (trees,) = [node for node in made.graph.node if node.op_type == "TreeEnsembleRegressor"]
    base = next(each for each in trees.attribute if each.name == "base_values")
    base.floats[:] = [math.log(share / (1 - share)) for share in base.floats]
    (output,) = trees.output
    made.graph.node.append(onnx.helper.make_node("Sigmoid", [graphs.before(made, output)], [output]))


def _said(
    job: Job,
    made: onnx.ModelProto,
    framework: str,
    module: str,
    names: list[str],
    width: int,
    categories: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    if categories:
        graphs.columns_apart(made, names, categories)
    else:
        graphs.name_columns(made, names)
    columns = names or [f"f{i}" for i in range(width)]
    inputs = {name: [name] for name in columns} if categories else {INPUT: columns}
    return {
        "framework": framework, "module": module, "place": graphs.save(made, job), "inputs": inputs,
        "outputs": [each.name for each in made.graph.output],
        "categories": {name: [str(each) for each in known] for name, known in categories.items()},
    }  # fmt: skip


def _matrix(rows: Mapping[str, Any], said: Mapping[str, Any]) -> Any:
    return graphs.rows_together(rows, list(said["inputs"]), said["categories"]) if said["categories"] else rows[INPUT]


def xgboost_answers(booster: Any, rows: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Labels and their scores, or values."""
    import xgboost as library

    # Rows are asked for by their places.
    booster.feature_names = None
    types = booster.feature_types
    model, sorts = _wrapped(booster)
    best = getattr(model.get_booster(), "best_iteration", None) if "best_iteration" in booster.attributes() else None
    table = library.DMatrix(_matrix(rows, said), feature_types=types, enable_categorical=bool(said["categories"]))
    margins = _objective(booster) == "multi:softmax"
    found = booster.predict(table, output_margin=margins, iteration_range=(0, 0 if best is None else best + 1))
    if not sorts:
        return {said["outputs"][0]: found}
    if found.ndim == 1:
        found = np.column_stack([1 - found, found])
    label, scores = said["outputs"]
    return {label: np.argmax(found, axis=1), scores: found}


def _wrapped(booster: Any) -> tuple[Any, bool]:
    """The estimator that a booster is of, and whether it tells classes."""
    import xgboost as library

    objective = _objective(booster)
    sorts = objective.startswith(("binary:", "multi:")) and objective != "binary:logitraw"
    sorts = sorts and xgboost_trees.targets(booster) == 1
    model = library.XGBClassifier() if sorts else library.XGBRegressor()
    model.load_model(booster.save_raw())
    return model, sorts


def _objective(booster: Any) -> str:
    return str(json.loads(booster.save_config())["learner"]["objective"]["name"])


def _xgboost_categories(job: Job, booster: Any) -> dict[str, list[Any]]:
    """The names of categories by the column, in the order of their numbers, as XGBoost 3.1 and later keeps them."""
    names = booster.feature_names or []
    sorts = [name for name, kind in zip(names, booster.feature_types or [], strict=False) if kind == "c"]
    if not sorts:
        return {}
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    encoded = model.get("cats", {}).get("enc", [])
    kept = {name: _decoded(each) for name, each in zip(names, encoded, strict=False)}
    if not all(kept.get(name) for name in sorts):
        job.notes.append(f"the file does not name the categories of {', '.join(sorts)}: they go in as numbers")
        return {}
    return {name: kept[name] for name in sorts}


def _decoded(encoded: Mapping[str, Any]) -> list[Any]:
    """Of texts all letters stand in one list, and where each begins in another; numbers stand as they are."""
    values, offsets = encoded.get("values", []), encoded.get("offsets")
    if offsets is None:
        return list(values)
    letters = bytes(value % 256 for value in values)
    return [letters[first:last].decode("utf-8", "replace") for first, last in itertools.pairwise(offsets)]


def lightgbm(job: Job, booster: Any, model: Any = None) -> dict[str, Any]:
    """The same of LightGBM's. `model`: the estimator that the booster is of, which knows what classes are called."""
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    names, width = list(booster.feature_name()), int(booster.num_feature())
    plain, behind = lightgbm_trees.plain(job, booster)
    with graphs.plain_attributes():
        types = [(INPUT, FloatTensorType([None, width]))]
        known = model if model is not None and plain is booster else plain
        made = convert_lightgbm(known, initial_types=types, target_opset=_OPSET, zipmap=False)
    lightgbm_trees.finish(made, behind)
    named = [] if all(_NAMELESS.fullmatch(name) for name in names) else names
    return _said(job, made, "LightGBM", "lightgbm", named, width, _lightgbm_categories(job, booster, names))


def lightgbm_answers(
    booster: Any, rows: Mapping[str, Any], said: Mapping[str, Any], classes: Any = None
) -> dict[str, Any]:
    """Labels and their scores, or values."""
    # As numbers already, it must not look for the frame that it knew.
    booster.pandas_categorical = None
    found = np.asarray(booster.predict(_matrix(rows, said)))
    if len(said["outputs"]) == 1:
        return {said["outputs"][0]: found}
    if found.ndim == 1:
        found = np.column_stack([1 - found, found])
    label, scores = said["outputs"]
    best = np.argmax(found, axis=1)
    return {label: best if classes is None else np.asarray(classes)[best], scores: found}


def _lightgbm_categories(job: Job, booster: Any, names: list[str]) -> dict[str, list[Any]]:
    """The categories of the frame that it was trained on."""
    places = booster.params.get("categorical_feature") or []
    known = booster.pandas_categorical or []
    columns = [names[int(place)] for place in places if str(place).isdigit() and int(place) < len(names)]
    if len(columns) != len(known):
        if columns:
            job.notes.append(f"the file does not name the categories of {', '.join(columns)}: they go in as numbers")
        return {}
    return dict(zip(columns, known, strict=True))
