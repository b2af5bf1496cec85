"""What the page does around a model, in this process: rows of a table, and the result forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import fields
from edgeweb.tasks.tabular.manifest import TabularPipeline


class Plain:
    """A mapping of the inputs' names to values in, the outputs as they are out."""

    def __init__(self, inputs: Sequence[TensorInfo]) -> None:
        self._inputs = inputs

    def feeds(self, value: Any) -> dict[str, Array]:
        """An array of one element for each input."""
        kinds = {info.name: object if info.type == "string" else np.float32 for info in self._inputs}
        return {name: np.array([[value[name]]], kind) for name, kind in kinds.items()}

    def result(self, outputs: Mapping[str, Array]) -> dict[str, Any]:
        """The result form that a page shows."""
        return {"task": "tensors", "outputs": dict(outputs)}


class Rows(Plain):
    """A label, scores or values out."""

    def __init__(self, table: TabularPipeline, labels: Sequence[str], inputs: Sequence[TensorInfo]) -> None:
        super().__init__(inputs)
        self._table, self._labels = table, labels

    def feeds(self, value: Any) -> dict[str, Array]:
        """A row by the names of its columns; None, or a column left out, is a missing value.

        Raises:
            ConfigError: its column does not take a value, or takes no missing one.
        """
        columns = self._table.columns
        held = {(each.input, each.index): fields.read(each, value.get(each.name)) for each in columns}
        widths = {info.name: sum(each.input == info.name for each in columns) for info in self._inputs}
        return {
            info.name: fields.shaped(info, [held[info.name, index] for index in range(widths[info.name])])
            for info in self._inputs
        }

    def result(self, outputs: Mapping[str, Array]) -> dict[str, Any]:
        """The result form that a page shows."""
        table = self._table
        if table.values:
            values = outputs[table.values].ravel().tolist()
            names = {"names": list(self._labels)} if len(self._labels) == len(values) else {}
            return {"task": "regression", "values": values, **names}
        scores = None if table.scores is None else outputs[table.scores].ravel().astype(np.float64)
        if scores is not None and table.pair:
            scores = np.array([1 - scores[0], scores[0]])
        called = self._labels or table.classes
        shown = None if scores is None else ranked(called, _softmax(scores) if table.softmax else scores)
        if table.label is None:
            return super().result(outputs) if shown is None else shown
        label = self._label(outputs[table.label].ravel()[0])
        # The model's own label is the answer: where scores are equal, or rounded, another could come first.
        if shown is not None and shown["labels"][0]["label"] == label:
            return shown
        return {"task": "classification", "labels": [{"label": label, "score": None}]}

    def _label(self, found: Any) -> str:
        """What a label is called: as the model gives it, unless the user has other names for its classes."""
        text = str(found).lower() if isinstance(found, (bool, np.bool_)) else str(found)
        if text in self._table.classes:
            return name(self._labels or self._table.classes, self._table.classes.index(text))
        return text


def ranked(labels: Sequence[str], scores: Array, classes: Array | None = None) -> dict[str, Any]:
    """A classification, the best label first. `classes`: what each score is of; default: its own place."""
    places = range(len(scores)) if classes is None else classes.tolist()
    found = [{"label": name(labels, i), "score": float(s)} for i, s in zip(places, scores.tolist(), strict=True)]
    return {"task": "classification", "labels": sorted(found, key=lambda each: -each["score"])}


def name(labels: Sequence[str], index: int) -> str:
    """The label of a class, or what stands for it."""
    return labels[index] if index < len(labels) else f"class {index}"


def _softmax(scores: Array) -> Array:
    powers: Array = np.exp(scores - scores.max())
    shares: Array = powers / powers.sum()
    return shares
