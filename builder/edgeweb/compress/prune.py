"""The smallest weights set to zero: the same work, but a zero that is the rule costs the entropy coder hardly a bit."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from edgeweb.coding import grid
from edgeweb.compress import common, graph, layers, stored
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.layers import Layer
from edgeweb.read.model import Model, Result

# The step, in units of a layer's spread, at which the bits are counted.
_STEP = 0.12


def step(model: Model, options: Calibration, share: float = 0.5) -> Result:
    """Zero the `share` of each large layer's weights that is smallest (Han et al. 2015, arXiv 1506.02626).

    Without training more than a few percent give other answers; `distil` trains what stays.
    """
    return common.attempt(model, options, lambda proto: _pruned(proto, options, share), smaller=False)


def _pruned(proto: onnx.ModelProto, options: Calibration, share: float) -> tuple[onnx.ModelProto, str]:
    found = [layer for layer in layers.find(proto) if layer.name not in options.keep]
    if not found:
        raise common.DeclinedError(f"it has no float32 tensor of {layers.MIN_ELEMENTS} weights or more")
    whole = sum(layer.weights.size for layer in found)
    made = {layer.name: np.where(mask(layer, share), layer.weights, 0) for layer in found}
    before, after = _bits(found), _bits([Layer(each.name, each.shape, made[each.name]) for each in found], found)
    if after > common.WORTH * before:
        raise common.DeclinedError("it would save less than 2 % of the bits")
    stored_by = graph.weights(proto.graph)
    for layer in found:
        values = made[layer.name].reshape(layer.shape)
        stored_by[layer.name].CopyFrom(numpy_helper.from_array(values, layer.name))
    zeros = sum(int((values == 0).sum()) for values in made.values())
    note = f"{zeros / whole:.0%} of {whole:,} weights are zero: {before / whole:.2f} to {after / whole:.2f} bits each"
    return proto, f"{note}, once coded"


def mask(layer: Layer, share: float) -> NDArray[np.bool_]:
    """Which weights stay, [rows, columns]."""
    size = np.abs(layer.weights)
    count = min(int(layer.weights.size * share), layer.weights.size - 1)
    if count == 0:
        return np.ones(size.shape, bool)
    return np.asarray(size > np.partition(size, count - 1, axis=None)[count - 1], bool)


def _bits(found: list[Layer], spreads: list[Layer] | None = None) -> float:
    """What coding takes at the steps that the spreads of `spreads` give."""
    total = []
    for layer, by in zip(found, spreads or found, strict=True):
        total.append(stored.nearest(layer, grid.rounded_steps(np.array([by.spread * _STEP]))))
    return stored.bits(total)
