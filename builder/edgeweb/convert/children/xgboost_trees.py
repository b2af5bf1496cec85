"""What onnxmltools 1.16 leaves out of XGBoost's models: which answer a tree is of, dropped trees, links of survival."""

from __future__ import annotations

import json
from typing import Any

import onnx
from edgeweb_children.runner import Job, Refusal

_WHY = "onnxmltools converts trees with one answer each"


def plain(job: Job, booster: Any) -> Any:
    """A booster of plain trees that says the same.

    Raises:
        Refusal: it has none, or such that have several answers.
    """
    learner = _learner(booster)
    kind = learner["gradient_booster"]["name"]
    if kind == "gblinear":
        what = f"{job.source} is a linear model of XGBoost's"
        raise Refusal(what, _WHY, "Train it with booster='gbtree', or a linear model of scikit-learn's")
    if kind == "dart":
        booster = _weighed(booster)
        learner = _learner(booster)
    trees = learner["gradient_booster"]["model"]["trees"]
    if any(int(each["tree_param"].get("size_leaf_vector") or 1) > 1 for each in trees):
        what = f"{job.source} has trees with several answers each"
        raise Refusal(what, _WHY, "Train it with multi_strategy='one_output_per_tree'")
    found = booster.copy()
    # The converter wants names such as f0.
    found.feature_names = None
    return found


def apart(made: onnx.ModelProto, booster: Any) -> None:
    """Let each tree add to the answer that it is of, also where several are of one in a row, as in a forest."""
    of = _learner(booster)["gradient_booster"]["model"]["tree_info"]
    if not any(of):
        return
    for node in made.graph.node:
        given = {each.name: each for each in node.attribute}
        for kind in ("class", "target"):
            if f"{kind}_treeids" in given:
                given[f"{kind}_ids"].ints[:] = [of[tree] for tree in given[f"{kind}_treeids"].ints]


def targets(booster: Any) -> int:
    """How many things it tells at once."""
    return int(_learner(booster)["learner_model_param"].get("num_target", 1))


def _learner(booster: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(booster.save_raw("json"))["learner"]
    return found


def _weighed(booster: Any) -> Any:
    """Trees that were dropped in training count for less; with that in their leaves they are plain ones."""
    import xgboost as library

    whole = json.loads(booster.save_raw("json"))
    given = whole["learner"]["gradient_booster"]
    model = given["gbtree"]["model"]
    for tree, weight in zip(model["trees"], given["weight_drop"], strict=True):
        for place, left in enumerate(tree["left_children"]):
            if left == -1:
                tree["split_conditions"][place] *= weight
    whole["learner"]["gradient_booster"] = {"name": "gbtree", "model": model}
    return library.Booster(model_file=bytearray(json.dumps(whole).encode()))
