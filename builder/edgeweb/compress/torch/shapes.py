"""The operators that move values or read shapes, said in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from onnx import helper, numpy_helper
from torch.nn import functional

from edgeweb.compress.torch.base import Given, Inputs, Operator, Tensor, UnknownError, ints, setting


def _reshape(given: Given, inputs: Inputs) -> Tensor:
    sizes = ints(inputs[1]) or []
    if not given.get("allowzero"):
        sizes = [inputs[0].shape[axis] if size == 0 else size for axis, size in enumerate(sizes)]
    return inputs[0].reshape(sizes)


def _flatten(given: Given, inputs: Inputs) -> Tensor:
    value, axis = inputs[0], given.get("axis", 1)
    axis = axis % value.dim() if axis < 0 else axis
    return value.reshape(math.prod(value.shape[:axis]), math.prod(value.shape[axis:]))


def _squeeze(given: Given, inputs: Inputs) -> Tensor:
    axes = setting(given, inputs, "axes", 1)
    found = [axis for axis, size in enumerate(inputs[0].shape) if size == 1] if axes is None else axes
    return torch.squeeze(inputs[0], tuple(found))


def _unsqueeze(given: Given, inputs: Inputs) -> Tensor:
    axes = setting(given, inputs, "axes", 1) or []
    value, rank = inputs[0], inputs[0].dim() + len(axes)
    for axis in sorted(axis % rank for axis in axes):
        value = value.unsqueeze(axis)
    return value


def _slice(given: Given, inputs: Inputs) -> Tensor:
    value = inputs[0]
    starts, ends = setting(given, inputs, "starts", 1) or [], setting(given, inputs, "ends", 2) or []
    axes = setting(given, inputs, "axes", 3) or list(range(len(starts)))
    steps = setting(given, inputs, "steps", 4) or [1] * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        if step < 1:
            raise UnknownError("Slice backwards")
        places = [slice(None)] * value.dim()
        places[axis % value.dim()] = slice(start, min(end, 2**31), step)
        value = value[tuple(places)]
    return value


def _gather(given: Given, inputs: Inputs) -> Tensor:
    value, places, axis = inputs[0], inputs[1].long(), given.get("axis", 0) % inputs[0].dim()
    places = torch.where(places < 0, places + value.shape[axis], places)
    found = torch.index_select(value, axis, places.reshape(-1))
    return found.reshape([*value.shape[:axis], *places.shape, *value.shape[axis + 1 :]])


def _split(given: Given, inputs: Inputs) -> Tensor:
    axis = given.get("axis", 0)
    size = inputs[0].shape[axis]
    parts = setting(given, inputs, "split", 1) or [math.ceil(size / given["outputs"])] * given["outputs"]
    parts[-1] = size - sum(parts[:-1])
    return torch.split(inputs[0], parts, axis)


def _pad(given: Given, inputs: Inputs) -> Tensor:
    pads = setting(given, inputs, "pads", 1) or []
    if given.get("mode", b"constant") != b"constant" or len(inputs) > 3:
        raise UnknownError("Pad by repeating")
    value = given.get("value", 0.0) if len(inputs) < 3 or inputs[2] is None else float(inputs[2])
    axes = len(pads) // 2
    return functional.pad(
        inputs[0], [pads[a + side * axes] for a in reversed(range(axes)) for side in (0, 1)], value=value
    )


def _cast(given: Given, inputs: Inputs) -> Tensor:
    kind = np.dtype(helper.tensor_dtype_to_np_dtype(given["to"]))
    return inputs[0].to(torch.from_numpy(np.zeros(1, kind)).dtype)


def _constant(given: Given, inputs: Inputs) -> Tensor:
    if "value" in given:
        return torch.from_numpy(numpy_helper.to_array(given["value"]).copy())
    for name in ("value_float", "value_floats", "value_int", "value_ints"):
        if name in given:
            return torch.tensor(given[name])
    raise UnknownError("Constant of text")


def _filled(given: Given, inputs: Inputs) -> Tensor:
    value = numpy_helper.to_array(given["value"]) if "value" in given else np.zeros(1, np.float32)
    return torch.from_numpy(value.copy()).expand(ints(inputs[0]) or []).clone()


OPERATORS: Mapping[str, Operator] = {
    "Cast": _cast,
    "Concat": lambda given, inputs: torch.cat(list(inputs), given["axis"]),
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Expand": lambda given, inputs: inputs[0] * torch.ones(ints(inputs[1]) or [], dtype=inputs[0].dtype),
    "Flatten": _flatten,
    "Gather": _gather,
    "Pad": _pad,
    "Reshape": _reshape,
    "Shape": lambda given, inputs: torch.tensor(inputs[0].shape[given.get("start", 0) : given.get("end")]),
    "Slice": _slice,
    "Split": _split,
    "Squeeze": _squeeze,
    "Transpose": lambda given, inputs: inputs[0].permute(given.get("perm", list(reversed(range(inputs[0].dim()))))),
    "Unsqueeze": _unsqueeze,
}
