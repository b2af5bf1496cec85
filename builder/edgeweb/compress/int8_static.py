"""int8 weights and activations by quantize-dequantize pairs, with ranges measured on calibration inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx

from edgeweb.compress import common, gemm, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.inputs.golden import Array
from edgeweb.machine import scratch
from edgeweb.read import visit
from edgeweb.read.model import Model, Result, to_bytes

Method = Literal["minmax", "entropy", "percentile"]
_WEIGHTED = {"Conv", "ConvTranspose", "Gemm", "MatMul"}
# What has an integer kernel on the CPU, or only moves data. Softmax and norms lose more than they gain.
_BETWEEN = {
    "Add", "AveragePool", "Clip", "Concat", "Flatten", "GlobalAveragePool", "LeakyRelu", "MaxPool", "Mul", "Pad",
    "Relu", "Reshape", "Resize", "Sigmoid", "Split", "Squeeze", "Transpose", "Unsqueeze",
}  # fmt: skip
_INTEGER = {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "MatMulInteger", "ConvInteger"}
# A scale a channel came to the default domain with 13; before it the same operators are in com.microsoft.
_PER_CHANNEL_OPSET = 13
# Integer kernels came with 10.
_OPSET = 10
_PERCENTILE = 99.99


def step(model: Model, options: Calibration, method: Method = "minmax") -> Result:
    """Only what lies between the first and the last weights is quantized; what is before and after is often exact
    arithmetic (normalisation, box decoding), and cheap."""
    return common.attempt(model, options, lambda proto: _quantize(proto, options, method))


def _quantize(proto: onnx.ModelProto, options: Calibration, method: Method) -> tuple[onnx.ModelProto, str]:
    if not options.feeds:
        raise common.DeclinedError("there are no calibration inputs")
    if any(node.op_type in _INTEGER for node in visit.nodes(proto.graph)):
        raise common.DeclinedError("it is quantized already")
    kept = graph.kept(proto, options.keep)
    if not any(_weighted(node, _stored(proto.graph)) for node in proto.graph.node if node.name not in kept):
        raise common.DeclinedError("it has no convolution or matrix product with float32 weights")
    # The library's integer form takes no account of alpha; ONNX Runtime folds the two nodes back into a plain Gemm.
    gemm.to_matmul(proto.graph)
    proto = common.raise_opset(proto, _OPSET, options)
    with scratch.folder() as folder:
        stay = _tensors_of(proto.graph, kept)
        proto = _folded(proto, options, folder)
        _own_biases(proto.graph)
        common.add_types(proto, options.threads)
        nodes = [node for node in _between(proto.graph) if node.name not in kept and not _is_one_of(node, stay)]
        if not any(node.op_type in _WEIGHTED for node in nodes):
            raise common.DeclinedError("it has no convolution or matrix product with float32 weights")
        done = graph.operators(node for node in nodes if node.op_type in _WEIGHTED)
        ranges = _ranges(proto, options, method, folder)
        made = _library(proto, ranges, [node.name for node in nodes])
    return made, f"int8 weights and activations, ranges by {method} of {len(options.feeds)} inputs: {done}"


def _stored(main: onnx.GraphProto) -> set[str]:
    return {tensor.name for tensor in main.initializer if tensor.data_type == onnx.TensorProto.FLOAT}


def _weighted(node: onnx.NodeProto, stored: set[str]) -> bool:
    default = visit.domain(node.domain) == visit.DEFAULT_DOMAIN
    return default and node.op_type in _WEIGHTED and len(node.input) > 1 and node.input[1] in stored


def _tensors_of(main: onnx.GraphProto, kept: set[str]) -> tuple[set[str], set[str]]:
    """What tells kept nodes once they are fused with others and named anew: the weights they read, what they give."""
    stored = _stored(main)
    nodes = [node for node in main.node if node.name in kept]
    return {name for n in nodes for name in stored.intersection(n.input)}, {name for n in nodes for name in n.output}


def _is_one_of(node: onnx.NodeProto, tensors: tuple[set[str], set[str]]) -> bool:
    return bool(tensors[0].intersection(node.input) or tensors[1].intersection(node.output))


def _folded(proto: onnx.ModelProto, options: Calibration, folder: Path) -> onnx.ModelProto:
    """With constants and batch norms folded and every type known, as quant_pre_process does; or as it was."""
    target = folder / "folded.onnx"
    try:
        common.session(proto, options.threads, "basic", target)
        made = onnx.load(target)
    except Exception:  # noqa: BLE001 - it is an improvement, not a need
        return proto
    named = graph.prepare(made)
    del named.metadata_props[:]
    return named


def _own_biases(main: onnx.GraphProto) -> None:
    """A bias a node, as [N]: shared ones would all get the scale of the first, and the library fails on [1, N]."""
    stored = graph.weights(main)
    users = graph.readers(main)
    for number, node in enumerate(main.node):
        if node.op_type not in _WEIGHTED or len(node.input) < 3 or not {*node.input[1:3]} <= stored.keys():
            continue
        bias = graph.array(stored[node.input[2]])
        width = bias.size
        if node.op_type == "Gemm":
            transposed = any(a.name == "transB" and a.i for a in node.attribute)
            width = stored[node.input[1]].dims[0 if transposed else 1]
        if bias.size in (1, width) and (bias.shape != (width,) or len(users[node.input[2]]) > 1):
            name = f"{node.input[2]}_of_{number}"
            own = np.broadcast_to(bias.ravel(), (width,)).copy()
            main.initializer.append(onnx.numpy_helper.from_array(own, name))
            node.input[2] = name


def _between(main: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Weighted nodes, and what lies on a path from one to another."""
    stored = _stored(main)
    after: set[str] = set()
    for node in main.node:
        if _weighted(node, stored) or after.intersection(node.input):
            after.update(node.output)
    before: set[str] = set()
    for node in reversed(main.node):
        if _weighted(node, stored) or before.intersection(node.output):
            before.update(node.input)
    found = []
    for node in main.node:
        inner = node.op_type in _BETWEEN or node.op_type == "MatMul"
        on_path = inner and bool(after.intersection(node.input)) and bool(before.intersection(node.output))
        if _weighted(node, stored) or (on_path and visit.domain(node.domain) == visit.DEFAULT_DOMAIN):
            found.append(graph.copy_of(node))
    return found


class _Feeds:
    """One feed as the library's reader."""

    def __init__(self, feed: dict[str, Array]) -> None:
        self._feed: dict[str, Array] | None = feed

    def get_next(self) -> dict[str, Array] | None:
        """The feed, then None."""
        feed, self._feed = self._feed, None
        return feed


def _ranges(proto: onnx.ModelProto, options: Calibration, method: Method, folder: Path) -> Any:
    """The library's ranges by tensor name."""
    from onnxruntime.quantization import CalibrationMethod, create_calibrator

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "entropy": CalibrationMethod.Entropy,
        "percentile": CalibrationMethod.Percentile,
    }
    source = folder / "model.onnx"
    source.write_bytes(to_bytes(proto))
    calibrator = create_calibrator(
        source,
        sorted(_WEIGHTED | _BETWEEN),
        augmented_model_path=str(folder / "augmented.onnx"),
        calibrate_method=methods[method],
        extra_options={"percentile": _PERCENTILE} if method == "percentile" else {},
    )
    for feed in options.feeds:
        # One at a time: the library keeps every tensor of every feed it is given at once.
        calibrator.collect_data(_Feeds(feed))
    return calibrator.compute_data()


def _library(proto: onnx.ModelProto, ranges: Any, names: list[str]) -> onnx.ModelProto:
    """The library's quantizer without its file, so that no path or version reaches the model.

    uint8 activations and int8 weights: the pair that ONNX Runtime's WebAssembly kernels are written for.
    """
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    contrib = graph.opset(proto) < _PER_CHANNEL_OPSET
    operators = sorted(_WEIGHTED | _BETWEEN)
    extra = {"UseQDQContribOps": contrib, "QDQOpTypePerChannelSupportToAxis": {"MatMul": 1}}
    quantizer = QDQQuantizer(
        proto, True, False, QuantType.QInt8, QuantType.QUInt8, ranges, names, [], operators, extra
    )  # fmt: skip
    quantizer.quantize_model()
    made: onnx.ModelProto = quantizer.model.model
    if contrib:
        graph.need_domain(made, "com.microsoft")
    return made
