"""Fitted estimators to ONNX by skl2onnx, and what they themselves say of rows."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from edgeweb_children import exact, graphs, strange, wide
from edgeweb_children.columns import Columns
from edgeweb_children.runner import Job, Refusal

_WIDE = "input"
_OPSET, _BOOSTED_OPSET, _ML_OPSET = 21, 15, 3
_BOOSTERS = ("xgboost", "lightgbm", "catboost")


def convert(job: Job, estimator: Any) -> dict[str, Any]:
    """Of any object that one of the libraries makes.

    Raises:
        Refusal: it is none of them, or has a part that no converter knows.
    """
    library = type(estimator).__module__.partition(".")[0]
    if library in _BOOSTERS:
        return _boosted(job, estimator, library)
    if not hasattr(estimator, "fit"):
        what = f"{job.source} holds a {type(estimator).__module__}.{type(estimator).__qualname__}"
        raise Refusal(what, "that is no estimator of scikit-learn's", "Save the fitted pipeline itself")
    job.say(step=f"scikit-learn reads {type(estimator).__name__}")
    strange.check(job, estimator)
    columns = Columns(estimator, job.columns)
    made = _onnx(job, exact.as_on_a_page(estimator), columns)
    exact.exact_scalers(made, estimator)
    wide.numbers(made, estimator)
    exact.through_link(made, estimator)
    exact.whole_words(made)
    exact.empty_for_gaps(made, estimator)
    inputs = {_WIDE: columns.names}
    if columns.apart:
        graphs.without_unused(made)
        left = {each.name for each in made.graph.input}
        inputs = {name: [name] for name, _ in columns.inputs if name in left}
    elif columns.named or job.columns:
        graphs.name_columns(made, columns.names)
    return {
        "framework": "scikit-learn", "module": "sklearn", "place": graphs.save(made, job), "inputs": inputs,
        "outputs": [each.name for each in made.graph.output], "estimator": type(estimator).__name__,
    }  # fmt: skip


def answers(estimator: Any, rows: Mapping[str, Any], said: Mapping[str, Any], known: Any = ()) -> dict[str, Any]:
    """What it says, by the outputs of the graph."""
    library = type(estimator).__module__.partition(".")[0]
    if library in _BOOSTERS:
        return _boosted_answers(estimator, rows, said, library)
    table = _table(estimator, rows, Columns(estimator, known))
    names = said["outputs"]
    try:
        return _answers(estimator, table, names)
    except ValueError:
        # Some keep what they were fitted on in 32 bits, and take nothing else.
        if not isinstance(table, np.ndarray) or table.dtype != np.float64:
            raise
        return _answers(estimator, table.astype(np.float32), names)


def _answers(estimator: Any, table: Any, names: list[str]) -> dict[str, Any]:
    if not hasattr(estimator, "predict"):
        return {names[0]: _dense(estimator.transform(table))}
    found = {names[0]: np.asarray(estimator.predict(table))}
    method = _scores(estimator)
    if method is not None and len(names) == 2 and not isinstance(scores := getattr(estimator, method)(table), list):
        scores = _dense(scores)
        if scores.ndim == 2:
            found[names[1]] = scores
    return found


def _scores(estimator: Any) -> str | None:
    """What gives the numbers behind a label: of clusters the distances, which of others are something else."""
    from sklearn.base import is_clusterer

    methods = ("predict_proba", "decision_function", *(["transform"] if is_clusterer(estimator) else []))
    return next((name for name in methods if hasattr(estimator, name)), None)


def _dense(found: Any) -> Any:
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found)


def _onnx(job: Job, estimator: Any, columns: Columns) -> Any:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    kinds = {"text": StringTensorType, "integer": Int64TensorType, "number": FloatTensorType}
    types = [(_WIDE, kinds[columns.kinds[0]]([None, len(columns.names)]))]
    if columns.apart:
        types = [(name, kinds[kind]([None, 1])) for name, kind in columns.inputs]
    opset = _BOOSTED_OPSET if _register(estimator) else _OPSET
    plain = {id(estimator): {"zipmap": False}}
    reason: Exception | None = None
    for options in (plain, None):
        try:
            with graphs.plain_attributes():
                return to_onnx(
                    estimator, initial_types=types, options=options, target_opset={"": opset, "ai.onnx.ml": _ML_OPSET}
                )
        except Exception as error:  # noqa: BLE001 - whatever a converter throws; what has no such option has no maps
            reason = error if options is None or not isinstance(error, (NameError, ValueError)) else reason
            if reason is not None:
                break
    raise _refused(job, estimator, reason) from reason


def _refused(job: Job, estimator: Any, reason: Exception | None) -> Refusal:
    if (named := strange.unknown(job, estimator, reason)) is not None:
        return named
    text = " ".join(str(reason).split())[:240]
    own = [name for name in _parts(estimator) if not name.startswith(("sklearn.", "xgboost.", "lightgbm."))]
    what = f"{job.source} cannot be converted by skl2onnx"
    if own:
        return Refusal(
            what, f"it holds {', '.join(own[:4])}, which no converter knows", "Replace that by a step of scikit-learn's"
        )
    return Refusal(
        what, f"{type(reason).__name__}: {text}", "Replace the step that it names; docs/estimators.md lists all"
    )


def _parts(estimator: Any) -> list[str]:
    """The classes of an estimator and of what it is made of."""
    return [f"{type(each).__module__}.{type(each).__qualname__}" for each in exact.steps(estimator)]


def _register(estimator: Any) -> bool:
    """Let skl2onnx know what onnxmltools converts, where a part is of that; whether one is."""
    used = {name.partition(".")[0] for name in _parts(estimator)} & {"xgboost", "lightgbm"}
    if not used:
        return False
    from skl2onnx import update_registered_converter
    from skl2onnx.common import shape_calculator

    maps = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    for library in used:
        module = importlib.import_module(library)
        place = "operator_converters.LightGbm" if library == "lightgbm" else "operator_converters.XGBoost"
        write = getattr(importlib.import_module(f"onnxmltools.convert.{library}.{place}"), f"convert_{library}")
        short = "LGBM" if library == "lightgbm" else "XGB"
        sorts, values = getattr(module, f"{short}Classifier"), getattr(module, f"{short}Regressor")
        update_registered_converter(
            sorts, f"Edgeweb{short}Classifier", shape_calculator.calculate_linear_classifier_output_shapes, write,
            options=maps,
        )  # fmt: skip
        update_registered_converter(
            values, f"Edgeweb{short}Regressor", shape_calculator.calculate_linear_regressor_output_shapes, write,
            options={"split": None} if library == "lightgbm" else None,
        )  # fmt: skip
    return True


def _table(estimator: Any, rows: Mapping[str, Any], columns: Columns) -> Any:
    """The rows as the estimator was fitted on them: texts, a table, or a frame."""
    if columns.texts:
        return [str(each) for each in np.asarray(rows[columns.names[0]]).ravel()]
    if not columns.apart:
        table = _as_fitted(rows[_WIDE], estimator)
        return _frame(table, columns.names) if columns.named else table
    count = len(next(iter(rows.values())))
    parts = {}
    for name, kind in columns.inputs:
        array = np.asarray(rows[name]).ravel() if name in rows else np.full(count, "" if kind == "text" else 0)
        parts[name] = _as_fitted(array.astype(object), estimator) if kind == "text" else array
    if not columns.named:
        return np.column_stack([array.astype(object) for array in parts.values()])
    import pandas

    # pandas 3 makes texts of a kind of its own of them, in which None is NaN.
    return pandas.DataFrame({name: pandas.Series(each, dtype=each.dtype) for name, each in parts.items()})


def _as_fitted(table: Any, estimator: Any) -> Any:
    """Texts as the frame had them: to an imputer or an encoder that knows of gaps the empty one is none."""
    found = np.asarray(table)
    if found.dtype.kind not in "OU":
        return table
    found = found.astype(object)
    found[found == ""] = exact.gap(estimator)
    return found


def _frame(table: Any, names: list[str]) -> Any:
    """With the names of its columns, which scikit-learn only compares: without pandas it goes without."""
    try:
        import pandas
    except ModuleNotFoundError:
        return table
    return pandas.DataFrame(table, columns=names, dtype=np.asarray(table).dtype)


def _boosted(job: Job, estimator: Any, library: str) -> dict[str, Any]:
    from edgeweb_children import boosted, catboost

    if library == "catboost":
        found: dict[str, Any] = catboost.converted(job, estimator)
    elif library == "xgboost":
        found = boosted.xgboost(job, _booster(estimator, "get_booster"))
    else:
        own = None if type(estimator).__name__ == "Booster" else estimator
        found = boosted.lightgbm(job, estimator if own is None else own.booster_, own and exact.as_on_a_page(own))
    return found


def _boosted_answers(estimator: Any, rows: Mapping[str, Any], said: Mapping[str, Any], library: str) -> dict[str, Any]:
    from edgeweb_children import boosted, catboost

    if library == "catboost":
        found: dict[str, Any] = catboost.answers(estimator, rows, said)
    elif library == "xgboost":
        found = boosted.xgboost_answers(_booster(estimator, "get_booster"), rows, said)
    else:
        own = None if type(estimator).__name__ == "Booster" else estimator
        classes = getattr(own, "classes_", None)
        found = boosted.lightgbm_answers(estimator if own is None else own.booster_, rows, said, classes)
    return found


def _booster(estimator: Any, method: str) -> Any:
    return getattr(estimator, method)() if hasattr(estimator, method) else estimator
