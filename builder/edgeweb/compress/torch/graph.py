"""An ONNX graph run by PyTorch, so that its weights can be trained; checked against ONNX Runtime before it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from edgeweb.compress import common, graph
from edgeweb.compress.torch import ops, shapes
from edgeweb.compress.torch.base import Tensor
from edgeweb.inputs.golden import Array
from edgeweb.read import visit

# Where an operator takes weights that training may change.
_TRAINED = {
    "Add": (0, 1), "BatchNormalization": (1, 2), "BiasGelu": (1,), "Conv": (1, 2), "FusedConv": (1, 2),
    "FusedGemm": (1, 2), "FusedMatMul": (1,), "Gather": (0,), "Gemm": (1, 2), "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2), "MatMul": (0, 1), "PRelu": (1,), "SkipLayerNormalization": (2, 3, 4),
}  # fmt: skip
_OPERATORS = {**ops.OPERATORS, **shapes.OPERATORS}
_CHECKED_ON = 4
_SAME = 1e-3


class TorchGraph:
    """`weights`: what training may change, by name, as tensors; `targets`: the tensors that `run` gives."""

    def __init__(self, proto: onnx.ModelProto, targets: Sequence[str]) -> None:
        """Read a graph.

        Raises:
            DeclinedError: an operator is not known, with its name.
        """
        self.targets = list(targets)
        self.opset = graph.opset(proto)
        self.nodes = _needed(proto.graph, targets)
        missing = sorted({n.op_type for n in self.nodes if n.op_type not in _OPERATORS or not _known(n)})
        if missing:
            raise common.DeclinedError(f"training does not know the operator {visit.listing(missing)}")
        stored = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in proto.graph.initializer}
        trained = {
            node.input[place]
            for node in self.nodes
            for place in _TRAINED.get(node.op_type, ())
            if place < len(node.input) and node.input[place] in stored
        }
        # A single number is a constant of the formula.
        self.weights = {
            name: value
            for name, value in stored.items()
            if name in trained and value.dtype == torch.float32 and value.numel() > 1
        }
        self.fixed = {name: value for name, value in stored.items() if name not in self.weights}
        self.given = [_attributes(node, self.opset) for node in self.nodes]

    def run(self, feeds: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The targets for many inputs at once.

        Args:
            feeds: by input name, [count, ...] each, where one of them is what ONNX Runtime would be fed.
            weights: in the place of the graph's own.
        """
        together: Any = torch.func.vmap(lambda feed: self._single(feed, weights))
        found: dict[str, Tensor] = together(dict(feeds))
        return found

    def _single(self, feed: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        values: dict[str, Tensor] = {**self.fixed, **weights, **feed}
        for node, given in zip(self.nodes, self.given, strict=True):
            inputs = [values[name] if name else None for name in node.input]
            while inputs and inputs[-1] is None:
                inputs.pop()
            made = _OPERATORS[node.op_type](given, inputs)
            several = made if isinstance(made, list | tuple) else [made]
            values.update(zip(node.output, several, strict=False))
        return {name: values[name] for name in self.targets}

    def check(self, proto: onnx.ModelProto, feeds: Sequence[Mapping[str, Array]], threads: int) -> None:
        """Compare with ONNX Runtime.

        Raises:
            DeclinedError: it gives other numbers here, or none.
        """
        probe = graph.copy(proto)
        del probe.graph.output[:]
        probe.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in self.targets)
        running = common.session(probe, threads)
        several = list(feeds[:_CHECKED_ON])
        together = stacked(several)
        try:
            with torch.no_grad():
                found = self.run(together, self.weights)
        except Exception as error:
            raise common.DeclinedError(f"training cannot run it: {common.plain(error)}") from error
        for number, feed in enumerate(several):
            for name, value in common.outputs(running, dict(feed)).items():
                other = found[name][number].numpy()
                scale = float(np.abs(value).max(initial=1e-6))
                if other.shape != value.shape or not np.abs(other - value).max(initial=0.0) <= _SAME * scale:
                    raise common.DeclinedError(f"in training {visit.short(name)} would not be what ONNX Runtime gives")


def stacked(feeds: Sequence[Mapping[str, Array]]) -> dict[str, Tensor]:
    """[count, ...] by input name; DeclinedError when the inputs differ in shape or are text."""
    found = {}
    for name in feeds[0]:
        arrays = [np.asarray(feed[name]) for feed in feeds]
        if len({array.shape for array in arrays}) > 1:
            raise common.DeclinedError("its inputs differ in shape, so they cannot be trained on together")
        if arrays[0].dtype.kind not in "fiub":
            raise common.DeclinedError("it takes text, on which nothing can be trained")
        found[name] = torch.from_numpy(np.stack(arrays))
    return found


def _known(node: onnx.NodeProto) -> bool:
    return visit.domain(node.domain) in (visit.DEFAULT_DOMAIN, "com.microsoft") and not visit.subgraphs(node)


def _attributes(node: onnx.NodeProto, opset: int) -> dict[str, Any]:
    given = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return {**given, "opset": opset, "outputs": len(node.output)}


def _needed(main: onnx.GraphProto, targets: Sequence[str]) -> list[onnx.NodeProto]:
    """The nodes that the targets depend on, in order."""
    wanted, found = set(targets), []
    for node in reversed(main.node):
        if wanted.intersection(node.output):
            found.append(graph.copy_of(node))
            wanted.update(node.input)
    return found[::-1]
