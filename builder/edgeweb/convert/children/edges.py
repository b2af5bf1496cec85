"""The inputs and outputs of a graph that a network's converter made: names that people know, numbers as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx


def finish(path: Path, names: dict[str, str] | None = None, *, rows: bool = False) -> onnx.ModelProto:
    """Give inputs and outputs other names, where these are free, and call the size that they share "batch".

    Args:
        rows: the first size, where it is open, is that of the batch, as in TensorFlow and Keras.
    """
    model = onnx.load(str(path))
    _rename(model, names or {})
    _name_batch(model, rows)
    path.write_bytes(model.SerializeToString(deterministic=True))
    return model


def _rename(model: onnx.ModelProto, names: dict[str, str]) -> None:
    taken = {name for node in model.graph.node for name in (*node.input, *node.output)}
    taken |= {each.name for each in (*model.graph.input, *model.graph.output, *model.graph.initializer)}
    wanted = {old: new for old, new in names.items() if new not in taken}
    for node in model.graph.node:
        for values in (node.input, node.output):
            values[:] = [wanted.get(name, name) for name in values]
    for info in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        info.name = wanted.get(info.name, info.name)


def _name_batch(model: onnx.ModelProto, rows: bool) -> None:
    infos = [*model.graph.input, *model.graph.output]
    firsts = [_dims(info)[0] for info in infos if _dims(info)]
    later = {dim.dim_param for info in infos for dim in _dims(info)[1:]}
    inputs = {_dims(info)[0].dim_param for info in model.graph.input if _dims(info)}
    shared = {dim.dim_param for dim in firsts if dim.dim_param}
    if "" in inputs or not inputs or shared & later or (len(inputs) > 1 and not rows):
        return
    for dim in firsts:
        if dim.dim_param:
            dim.dim_param = "batch"
    # They speak of the size by its former name.
    del model.graph.value_info[:]


def _dims(info: Any) -> Any:
    return info.type.tensor_type.shape.dim
