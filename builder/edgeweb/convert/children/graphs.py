"""What every converter's graph needs: its columns and what they are called, outputs as tensors, and a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnx
from edgeweb_children.runner import Job
from onnx import TensorProto, helper

_ML, _ML_OPSET = "ai.onnx.ml", 3


@contextmanager
def plain_attributes() -> Iterator[None]:
    """skl2onnx 1.20 and onnxmltools 1.16 write truth values and NumPy's numbers among Python's; onnx 1.23 refuses."""
    write = onnx.helper.make_attribute

    def make(key: str, value: Any, *more: Any, **named: Any) -> Any:
        return write(key, [_plain(each) for each in value] if isinstance(value, list) else value, *more, **named)

    onnx.helper.make_attribute = make
    try:
        yield
    finally:
        onnx.helper.make_attribute = write


def _plain(value: Any) -> Any:
    found = value.item() if isinstance(value, np.generic) else value
    return int(found) if isinstance(found, bool) else found


def name_columns(made: onnx.ModelProto, names: Sequence[str] | None) -> None:
    """Write down what the columns of its one wide input are called, if that is known."""
    if names:
        entry = made.metadata_props.add()
        entry.key, entry.value = "feature_names", json.dumps([str(name) for name in names])


def columns_apart(made: onnx.ModelProto, names: Sequence[str], categories: Mapping[str, Sequence[Any]]) -> None:
    """An input for each column instead of the wide one: of a category its name, which becomes its number.

    What is no category that the model knows is a missing value, as it is to the libraries.
    """
    graph = made.graph
    wide, *_ = graph.input
    inputs, nodes, parts = [], [], []
    for place, name in enumerate(names):
        kind = TensorProto.STRING if name in categories else TensorProto.FLOAT
        inputs.append(helper.make_tensor_value_info(name, kind, [None, 1]))
        parts.append(name)
        if name in categories:
            parts[-1] = f"edgeweb_code_{place}"
            known = [str(each) for each in categories[name]]
            codes = [float(number) for number in range(len(known))]
            nodes.append(
                helper.make_node(
                    "LabelEncoder", [name], [parts[-1]], domain=_ML, keys_strings=known, values_floats=codes,
                    default_float=float("nan"),
                )
            )  # fmt: skip
    nodes.append(helper.make_node("Concat", parts, [wide.name], axis=1))
    rest = list(graph.node)
    del graph.node[:], graph.input[:]
    graph.node.extend([*nodes, *rest])
    graph.input.extend(inputs)
    for each in made.opset_import:
        if each.domain == _ML:
            each.version = max(each.version, _ML_OPSET)


def rows_together(rows: Mapping[str, Any], names: Sequence[str], categories: Mapping[str, Sequence[Any]]) -> Any:
    """The same of rows, for the library: one table of numbers."""
    columns = []
    for name in names:
        array = np.asarray(rows[name]).ravel()
        if name in categories:
            codes = {str(each): float(number) for number, each in enumerate(categories[name])}
            array = np.array([codes.get(str(each), np.nan) for each in array])
        columns.append(array.astype(np.float64))
    return np.column_stack(columns)


def before(made: onnx.ModelProto, output: str) -> str:
    """What an output was, under a name of its own, so that something can be made of it that has the output's name."""
    inner = f"edgeweb_before_{output}"
    for node in made.graph.node:
        node.output[:] = [inner if name == output else name for name in node.output]
    return inner


def without_maps(made: onnx.ModelProto) -> None:
    """Scores as a table instead of a map for each row: which class a score is of the classifier says, too."""
    graph = made.graph
    for node in [each for each in graph.node if each.op_type == "ZipMap"]:
        output = next(each for each in graph.output if each.name == node.output[0])
        output.CopyFrom(helper.make_tensor_value_info(node.output[0], TensorProto.FLOAT, [None, None]))
        for maker in graph.node:
            maker.output[:] = [node.output[0] if name == node.input[0] else name for name in maker.output]
            maker.input[:] = [node.output[0] if name == node.input[0] else name for name in maker.input]
        graph.node.remove(node)


def without_unused(made: onnx.ModelProto) -> None:
    """Without inputs that nothing reads."""
    read = {name for node in made.graph.node for name in node.input}
    kept = [each for each in made.graph.input if each.name in read]
    del made.graph.input[:]
    made.graph.input.extend(kept)


def save(made: onnx.ModelProto, job: Job) -> str:
    """Write the model; its place in the folder of the job."""
    (job.out / "model.onnx").write_bytes(made.SerializeToString(deterministic=True))
    return "model.onnx"
