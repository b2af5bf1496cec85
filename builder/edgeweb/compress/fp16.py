"""float16 weights and arithmetic; inputs and outputs stay float32, and so does what has no float16 form."""

from __future__ import annotations

import numpy as np
import onnx

from edgeweb.compress import common, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.read import visit
from edgeweb.read.model import Model, Result

_FLOAT, _HALF = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
# Contrib operators with a float16 form; the CPU provider casts around those it has no float16 kernel for.
_CONTRIB = {
    "Attention", "BiasGelu", "FastGelu", "FusedConv", "FusedGemm", "FusedMatMul", "Gelu", "LayerNormalization",
    "MultiHeadAttention", "QuickGelu", "SkipLayerNormalization",
}  # fmt: skip
# Inputs that are float32 whatever the others are; the converter casts for them.
_ROUNDS = 5
_FIXED_INPUTS = {"Resize"}
# To these minus infinity means what a very low number does: a masked place.
_TAKE_MINUS_INFINITY = {"Clip", "LogSoftmax", "Max", "Min", "Relu", "Sigmoid", "Softmax", "Where"}


def step(model: Model, options: Calibration) -> Result:
    """Half the bytes. On a CPU without float16 kernels ONNX Runtime computes in float32 and casts around each node."""
    return common.attempt(model, options, lambda proto: _convert(proto, options))


def _convert(proto: onnx.ModelProto, options: Calibration) -> tuple[onnx.ModelProto, str]:
    from onnxruntime.transformers import float16

    kinds = [tensor.data_type for inner in visit.graphs(proto.graph) for tensor in inner.initializer]
    if _HALF in kinds or any(info.type.tensor_type.elem_type == _HALF for info in proto.graph.input):
        raise common.DeclinedError("it is float16 already")
    if _FLOAT not in kinds:
        raise common.DeclinedError("it has no float32 weights")
    kept = graph.kept(proto, options.keep)
    nodes = list(visit.nodes(proto.graph))
    unfit = {node.op_type for node in nodes if not _has_half(node, graph.opset(proto))}
    unfit.update(float16.DEFAULT_OP_BLOCK_LIST)
    names = {node.name for node in nodes if node.name in kept or node.op_type in unfit}
    common.add_types(proto, options.threads)
    hot: set[str] = set()
    for _ in range(_ROUNDS):
        if len(names) == len(nodes):
            raise common.DeclinedError("none of its operators has a float16 form that holds its values")
        made = float16.convert_float_to_float16(
            graph.copy(proto), keep_io_types=True, op_block_list=[], node_block_list=sorted(names)
        )
        _join(made.graph)
        hot = _too_large(made, options)
        if not hot:
            break
        names |= {n.name for n in nodes} & {n.name for n in made.graph.node if hot.intersection((*n.input, *n.output))}
    else:
        raise common.DeclinedError(f"values at {visit.short(min(hot))} are too large for float16")
    stay = graph.operators(node for node in nodes if node.name in names)
    return made, f"float16 weights and arithmetic{f'; in float32 stay {stay}' if stay else ''}"


def _join(main: onnx.GraphProto) -> None:
    """float32 straight from one float32 node to the next, where the converter goes by float16."""
    origin = {
        n.output[0]: n.input[0] for n in main.node if n.op_type == "Cast" and n.name.endswith("_cast_to_fp16_node")
    }
    back = {
        node.output[0]: origin[node.input[0]]
        for node in main.node
        if node.op_type == "Cast" and node.input[0] in origin and node.name.endswith("_cast_to_fp32_node")
    }
    for node in visit.nodes(main):
        for place, name in enumerate(node.input):
            node.input[place] = back.get(name, name)
    ends = {info.name for inner in visit.graphs(main) for info in inner.output}
    for dead in (back, origin):
        read = {name for node in visit.nodes(main) for name in node.input} | ends
        graph.replace_nodes(main, [n for n in main.node if n.output[0] not in dead or n.output[0] in read])


def _has_half(node: onnx.NodeProto, opset: int) -> bool:
    """Whether the operator, wherever it takes or gives float32, may take or give float16."""
    if visit.domain(node.domain) != visit.DEFAULT_DOMAIN:
        return node.domain == "com.microsoft" and node.op_type in _CONTRIB
    try:
        schema = onnx.defs.get_schema(node.op_type, opset)
    except onnx.defs.SchemaError:
        return False
    for constraint in schema.type_constraints:
        kinds = constraint.allowed_type_strs
        if "tensor(float)" in kinds and "tensor(float16)" not in kinds:
            return False
    fixed = any(formal.type_str == "tensor(float)" for formal in (*schema.inputs, *schema.outputs))
    return not fixed or node.op_type in _FIXED_INPUTS


def _too_large(made: onnx.ModelProto, options: Calibration) -> set[str]:
    """The float16 values of one run that are infinite, which the casts around a node would hide.

    On a CPU ONNX Runtime takes float32 from node to node where it can; on a GPU it does not.
    """
    if not options.feeds:
        return set()
    probe = graph.copy(made)
    declared = {info.name for info in probe.graph.output}
    produced = {name for node in probe.graph.node for name in node.output} - declared
    halves = {i.name for i in probe.graph.value_info if i.type.tensor_type.elem_type == _HALF} & produced
    probe.graph.output.extend(onnx.helper.make_tensor_value_info(name, _HALF, None) for name in sorted(halves))
    found = common.outputs(common.session(probe, options.threads), options.feeds[0])
    readers = graph.readers(made.graph)
    hot = set()
    for name in halves.intersection(found):
        values = found[name]
        if all(node.op_type in _TAKE_MINUS_INFINITY for node in readers.get(name, [])):
            values = values[values != -np.inf]
        if np.isinf(values).any():
            hot.add(name)
    return hot
