"""CatBoost's files to ONNX by CatBoost itself, and what it says of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from edgeweb_children import graphs
from edgeweb_children.runner import Job, Refusal, said_by

_INPUT = "features"


def convert(job: Job) -> dict[str, Any]:
    """The model with one input of all columns."""
    job.say(step="CatBoost reads it")
    return converted(job, _model(job))


def converted(job: Job, model: Any) -> dict[str, Any]:
    """The same of a model that is there.

    Raises:
        Refusal: it has columns, or answers, that CatBoost itself does not write into ONNX.
    """
    wide = [*model.get_cat_feature_indices(), *_indices(model, "text"), *_indices(model, "embedding")]
    names = [str(name) for name in model.feature_names_]
    if wide:
        listed = ", ".join(names[place] for place in wide[:5])
        raise Refusal(
            f"{job.source} has columns of categories or texts ({listed})",
            "CatBoost exports models of numbers alone to ONNX",
            "Encode them before training, with scikit-learn's OrdinalEncoder in a pipeline, say",
        )
    if (loss := _loss(model)) in _SEVERAL:
        what = f"{job.source} tells several things at once ({loss})"
        raise Refusal(what, "CatBoost exports one to ONNX", "Train a model for each of them")
    made = _exported(job, model)
    graphs.without_maps(made)
    _finish(made, loss)
    named = None if names == [str(i) for i in range(len(names))] else names
    graphs.name_columns(made, named)
    return {
        "framework": "CatBoost", "module": "catboost", "place": graphs.save(made, job),
        "inputs": {_INPUT: names}, "outputs": [each.name for each in made.graph.output],
    }  # fmt: skip


def predict(job: Job, rows: dict[str, Any]) -> dict[str, Any]:
    """Labels and scores, or values, by the outputs of the graph."""
    return answers(_model(job), rows, job.said)


def answers(model: Any, rows: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The same of a model that is there."""
    table = rows[_INPUT]
    if len(said["outputs"]) == 1:
        return {said["outputs"][0]: np.asarray(model.predict(table, prediction_type=_VALUES.get(_loss(model), _RAW)))}
    label, scores = said["outputs"]
    classes = np.asarray(model.predict(table, prediction_type="Class")).ravel()
    return {label: classes, scores: np.asarray(model.predict(table, prediction_type="Probability"))}


def _exported(job: Job, model: Any) -> onnx.ModelProto:
    import catboost

    target = job.out / "model.onnx"
    try:
        model.save_model(str(target), format="onnx")
    except catboost.CatBoostError as error:
        raise Refusal(
            f"{job.source} cannot be exported by CatBoost",
            said_by(f"CatBoost {catboost.__version__}", error),
            "Train it with symmetric trees (the default grow_policy), and classes that are texts or whole numbers",
        ) from error
    return onnx.load(target)


def _finish(made: onnx.ModelProto, loss: str) -> None:
    """What CatBoost 1.2 leaves out of its graphs: the link of what was learnt as a logarithm, shares class by class."""
    if _VALUES.get(loss) == "Exponent":
        output = made.graph.output[0].name
        made.graph.node.append(onnx.helper.make_node("Exp", [graphs.before(made, output)], [output]))
    if loss == "MultiClassOneVsAll":
        for each in (given for node in made.graph.node for given in node.attribute if given.name == "post_transform"):
            each.s = b"LOGISTIC"


_SEVERAL = ("MultiRMSE", "MultiRMSEWithMissingValues", "MultiQuantile", "RMSEWithUncertainty", "MultiLogloss",
            "MultiCrossEntropy")  # fmt: skip
_RAW = "RawFormulaVal"
# What is learnt is the logarithm of what is told.
_VALUES = {"Poisson": "Exponent", "Tweedie": "Exponent"}


def _loss(model: Any) -> str:
    return str(model.get_all_params().get("loss_function", "")).partition(":")[0]


def _indices(model: Any, kind: str) -> list[int]:
    find = getattr(model, f"get_{kind}_feature_indices", None)
    return list(find()) if find else []


def _model(job: Job) -> Any:
    import catboost

    found = catboost.CatBoost()
    try:
        found.load_model(str(job.source))
    except catboost.CatBoostError as error:
        raise Refusal(
            f"{job.source} cannot be read as a CatBoost model",
            said_by(f"CatBoost {catboost.__version__}", error),
            "Save it again with save_model, or give --python a newer CatBoost",
        ) from error
    return found
