"""From a fitted estimator of scikit-learn to a case's model and answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
import pytest

from zoo.case import Array, Feeds, Form, Made, numbers, rows_of, scores, several, split, texts


@contextmanager
def plain_attributes() -> Iterator[None]:
    """skl2onnx 1.20 writes truth values and NumPy's whole numbers among Python's, which onnx 1.23 refuses."""
    write = onnx.helper.make_attribute

    def make(key: str, value: Any, *more: Any, **named: Any) -> Any:
        plain = [_plain(each) for each in value] if isinstance(value, list) else value
        return write(key, plain, *more, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx.helper, "make_attribute", make)
        yield


def onnx_of(
    estimator: Any, table: Array, options: dict[str, Any] | None = None, types: Any = None, opset: int = 21
) -> bytes:
    """The model's file, as skl2onnx writes it for rows of numbers."""
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    kind = {"f": FloatTensorType, "i": Int64TensorType}.get(table.dtype.kind, StringTensorType)
    initial = types or [("X", kind([None, table.shape[1]]))]
    with plain_attributes():
        made = to_onnx(
            estimator,
            initial_types=initial,
            options={id(estimator): options} if options else None,
            target_opset={"": opset, "ai.onnx.ml": 3 if opset > 14 else 1},
        )
    return bytes(made.SerializeToString())


def made(
    name: str,
    variant: str,
    form: Form,
    estimator: Any,
    table: Array,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> Made:
    """A case's outcome; where the converter refuses, why."""
    rows = more.pop("rows", None)
    rows = rows_of(table) if rows is None else rows
    try:
        model = onnx_of(estimator, table, options, more.pop("types", None), more.pop("opset", 21))
    except Exception as error:  # noqa: BLE001 - whatever a converter throws
        return Made(
            name, variant, form, cannot=f"skl2onnx: {type(error).__name__}: {str(error).partition(chr(10))[0][:120]}"
        )
    return answered(Made(name, variant, form, model, more.pop("feeds", None) or split(rows)), estimator, rows)


def answered(made: Made, estimator: Any, rows: Any) -> Made:
    """With what the estimator says of the rows."""
    count = len(made.feeds)
    if made.form == "transformed":
        found = estimator.transform(rows) if hasattr(estimator, "transform") else estimator.predict(rows)
        kind = np.asarray(found.toarray() if hasattr(found, "toarray") else found).dtype.kind
        made.says = several(np.asarray(found)) if kind in "OU" else numbers(found, count)
        return made
    found = np.asarray(estimator.predict(rows))
    if made.form == "values":
        made.says = numbers(found, count)
        return made
    if made.form == "classes":
        made.says = several(found)
        return made
    made.says = texts(found)
    made.sure = scores(estimator, rows, "predict_proba")
    made.decision = _decision(made.form, estimator, rows)
    made.classes = _classes(made, estimator)
    return made


def _decision(form: Form, estimator: Any, rows: Any) -> Array | None:
    return scores(estimator, rows, "transform" if form == "cluster" else "decision_function")


def _classes(made: Made, estimator: Any) -> list[str]:
    if made.form == "outlier":
        return ["-1", "1"]
    if made.form == "cluster":
        number = getattr(estimator, "n_clusters", None) or estimator.n_components
        return [str(i) for i in range(number)]
    return texts(estimator.classes_)


def columns(table: Array, names: list[str]) -> list[Feeds]:
    """One input for each column."""
    return [{name: table[i : i + 1, j : j + 1] for j, name in enumerate(names)} for i in range(len(table))]


def _plain(value: Any) -> Any:
    found = value.item() if isinstance(value, np.generic) else value
    return int(found) if isinstance(found, bool) else found
