"""Whole channels of convolutions and matrix products left out, with all that is made from them: fewer multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from edgeweb.compress import channel_groups, common, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.channel_groups import Cut, Group, Place
from edgeweb.inputs.golden import Array
from edgeweb.read import visit
from edgeweb.read.model import Model, Result

# Calibration inputs that importance is measured on.
_MEASURED_ON = 64
# A part of the power in what takes the channels that is lost in float32's own rounding.
_NOTHING = 1e-12
# Between the cut model and the whole one whose dropped channels are taken by nobody: only the order of sums differs.
_SAME = 1e-4
Kept = NDArray[np.int64]


def step(model: Model, options: Calibration, share: float = 1.0) -> Result:
    """Keep `share` of the channels of every group, those with most effect on what takes them.

    With 1 only those are dropped that have no effect at all: nobody takes them, or they are zero for every input.
    Without training fewer channels give other answers; see `distil`.
    """
    return common.attempt(model, options, lambda proto: _pruned(proto, options, share))


def _pruned(proto: onnx.ModelProto, options: Calibration, share: float) -> tuple[onnx.ModelProto, str]:
    kept_nodes = graph.kept(proto, options.keep)
    untouched = {name for node in proto.graph.node if node.name in kept_nodes for name in node.input}
    groups, reasons = channel_groups.find(proto, options)
    groups = [group for group in groups if not untouched & {cut.name for cut in group.cuts}]
    if not groups:
        raise common.DeclinedError(_first(reasons) or "it has no channels between two layers with stored weights")
    weights = graph.weights(proto.graph)
    energies = _energies(proto, groups, options)
    chosen = [_chosen(group, weights, energies, share) for group in groups]
    dropped = sum(group.channels - len(keep) for group, keep in zip(groups, chosen, strict=True))
    if not dropped:
        raise common.DeclinedError("every channel has an effect")
    whole = sum(group.channels for group in groups)
    made = graph.copy(proto)
    for group, keep in zip(groups, chosen, strict=True):
        _cut(made, group, keep)
    _verify(proto, made, groups, chosen, options)
    left = f"; others stay: {_first(reasons)}" if reasons else ""
    return made, f"{dropped} of {whole} channels in {len(groups)} groups left out{left}"


def _first(reasons: Sequence[str]) -> str:
    return reasons[0] + (f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else "") if reasons else ""


def _chosen(group: Group, weights: Mapping[str, onnx.TensorProto], energies: Mapping[str, Array], share: float) -> Kept:
    """The channels that stay, in order; never none."""
    effect = np.zeros(group.channels)
    for cut, name, _ in group.takers:
        energy = (
            energies[name]
            if energies
            else sum(_power(weights[each.name], each, group.channels) for each in group.makers)
        )
        effect += _power(weights[cut.name], cut, group.channels) * energy
    count = max(1, min(int((effect > _NOTHING * effect.sum()).sum()), math.ceil(group.channels * share)))
    order = np.argsort(-effect, kind="stable")
    return np.sort(order[:count]).astype(np.int64)


def _by_channel(tensor: onnx.TensorProto, cut: Cut, channels: int) -> Array:
    """[channels, everything else]."""
    found: Array = np.moveaxis(graph.array(tensor).astype(np.float64), cut.axis, 0).reshape(channels, -1)
    return found


def _power(tensor: onnx.TensorProto, cut: Cut, channels: int) -> Array:
    found: Array = np.square(_by_channel(tensor, cut, channels)).sum(axis=1)
    return found


def _energies(proto: onnx.ModelProto, groups: Sequence[Group], options: Calibration) -> dict[str, Array]:
    """The mean square of each channel of every tensor that is taken, over the inputs; empty without inputs."""
    places = {name: (place, group.channels) for group in groups for _, name, place in group.takers}
    if not options.feeds:
        return {}
    probe = graph.copy(proto)
    del probe.graph.output[:]
    probe.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in places)
    running = common.session(probe, options.threads)
    total = {name: np.zeros(channels) for name, (_, channels) in places.items()}
    for feed in options.feeds[:_MEASURED_ON]:
        for name, value in common.outputs(running, feed).items():
            place, channels = places[name]
            total[name] = total[name] + _energy(value, place, channels)
    return total


def _energy(value: Array, place: Place, channels: int) -> Array:
    squares = np.square(np.moveaxis(value.astype(np.float64), value.ndim - place.back, 0))
    # Behind a Flatten a channel is a run of places.
    found: Array = squares.reshape(channels, -1).mean(axis=1)
    return found


def _cut(made: onnx.ModelProto, group: Group, keep: Kept) -> None:
    stored = graph.weights(made.graph)
    for cut in group.cuts:
        values = graph.array(stored[cut.name])
        runs = np.take(_runs(values, cut, group.channels), keep, axis=cut.axis)
        shape = (*values.shape[: cut.axis], -1, *values.shape[cut.axis + 1 :])
        cut_values = np.ascontiguousarray(runs.reshape(shape))
        stored[cut.name].CopyFrom(numpy_helper.from_array(cut_values, cut.name))
    for cut in group.reshapes:
        sizes = graph.array(stored[cut.name]).copy()
        sizes[cut.axis] = sizes[cut.axis] // group.channels * len(keep)
        stored[cut.name].CopyFrom(numpy_helper.from_array(sizes, cut.name))
    for at in group.counts:
        for attribute in made.graph.node[at].attribute:
            if attribute.name == "group":
                attribute.i = len(keep)


def _runs(values: Array, cut: Cut, channels: int) -> Array:
    """With the run of each channel in an axis of its own, after the channels'."""
    found: Array = values.reshape(*values.shape[: cut.axis], channels, -1, *values.shape[cut.axis + 1 :])
    return found


def _verify(
    proto: onnx.ModelProto, made: onnx.ModelProto, groups: Sequence[Group], chosen: Sequence[Kept], options: Calibration
) -> None:
    """The cut model is the whole one in which nobody takes the dropped channels."""
    if not options.feeds:
        return
    masked = graph.copy(proto)
    stored = graph.weights(masked.graph)
    for group, keep in zip(groups, chosen, strict=True):
        gone = np.setdiff1d(np.arange(group.channels), keep)
        for cut, _, _ in group.takers:
            values = graph.array(stored[cut.name]).copy()
            np.moveaxis(_runs(values, cut, group.channels), cut.axis, 0)[gone] = 0
            stored[cut.name].CopyFrom(numpy_helper.from_array(values, cut.name))
    before = common.outputs(common.session(masked, options.threads), options.feeds[0])
    after = common.outputs(common.session(made, options.threads), options.feeds[0])
    for name, value in before.items():
        scale = float(np.abs(value).max(initial=1e-30)) if value.dtype.kind == "f" else 0
        if value.shape != after[name].shape or not np.allclose(value, after[name], 0, _SAME * scale, equal_nan=True):
            raise common.DeclinedError(f"without them {visit.short(name)} changes more than it should")
