"""int8 weights whose activations are quantized anew in every run: matrix products, LSTMs and embedding tables."""

from __future__ import annotations

import onnx

from edgeweb.compress import common, embeddings, gemm, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.read import visit
from edgeweb.read.model import Model, Result

# DynamicQuantizeLinear came with it.
_OPSET = 11
_OPERATORS = ["MatMul", "LSTM", "Attention"]


def step(model: Model, options: Calibration) -> Result:
    """A scale a channel (embeddings: a row); convolutions are left alone, static quantization is better at them."""
    return common.attempt(model, options, lambda proto: _quantize(proto, options))


def _quantize(proto: onnx.ModelProto, options: Calibration) -> tuple[onnx.ModelProto, str]:
    kept = graph.kept(proto, options.keep)
    tables = embeddings.quantize(proto.graph, kept)
    gemm.to_matmul(proto.graph)
    nodes = _chosen(proto.graph, kept)
    if not nodes and not tables:
        raise common.DeclinedError("it has no matrix product, LSTM or embedding table with float32 weights")
    done = graph.operators([*nodes, *tables])
    if nodes:
        proto = _library(common.raise_opset(proto, _OPSET, options), [node.name for node in nodes])
    return proto, f"int8 weights, activations quantized in every run: {done}"


def _chosen(main: onnx.GraphProto, kept: set[str]) -> list[onnx.NodeProto]:
    found = []
    for inner in visit.graphs(main):
        stored = {t.name: t for t in (*inner.initializer, *main.initializer) if t.data_type == onnx.TensorProto.FLOAT}
        found += [node for node in inner.node if node.name not in kept and _fits(node, stored)]
    return [graph.copy_of(node) for node in found]


def _fits(node: onnx.NodeProto, stored: dict[str, onnx.TensorProto]) -> bool:
    """Whether the library quantizes this node, and rightly."""
    default = visit.domain(node.domain) == visit.DEFAULT_DOMAIN
    set_to = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    if node.op_type == "MatMul":
        return default and node.input[1] in stored and len(stored[node.input[1]].dims) == 2
    if node.op_type == "LSTM":
        # The library drops `layout`, and has no form for clipped or coupled gates' peepholes (input 7).
        return default and not set_to.get("layout") and len(node.input) < 8 and set(node.input[1:3]) <= stored.keys()
    return node.op_type == "Attention" and node.domain == "com.microsoft" and node.input[1] in stored


def _library(proto: onnx.ModelProto, names: list[str]) -> onnx.ModelProto:
    """The library's quantizer without its file, so that no path or version reaches the model."""
    from onnxruntime.quantization import QuantizationMode, QuantType
    from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer

    extra = {
        "MatMulConstBOnly": True,
        "EnableSubgraph": any(visit.subgraphs(node) for node in proto.graph.node),
        "DefaultTensorType": onnx.TensorProto.FLOAT,
    }
    mode, signed, unsigned = QuantizationMode.IntegerOps, QuantType.QInt8, QuantType.QUInt8
    quantizer = ONNXQuantizer(proto, True, False, mode, False, signed, unsigned, None, names, [], _OPERATORS, extra)
    quantizer.quantize_model()
    made: onnx.ModelProto = quantizer.model.model
    return made
