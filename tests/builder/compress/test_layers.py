"""Which tensors may be rounded, and where their bytes are found again."""

from __future__ import annotations

import numpy as np
import onnx
from edgeweb.compress import layers
from edgeweb.read.model import to_bytes
from onnx import TensorProto, helper, numpy_helper

RNG = np.random.default_rng(5)


def tensor(name: str, *shape: int) -> onnx.TensorProto:
    return numpy_helper.from_array(RNG.normal(size=shape).astype(np.float32), name)


def model(large: bool = True) -> onnx.ModelProto:
    """Convolution, normalisation, product and sum, and a bias that a branch reads too."""
    branch = [
        helper.make_graph([helper.make_node("Identity", ["shared"], [out])], out, [], [info(out, 16)])
        for out in ("then", "else")
    ]
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], kernel_shape=[3, 3]),
        helper.make_node("BatchNormalization", ["c", "gain", "offset", "mean", "variance"], ["n"]),
        helper.make_node("Mul", ["n", "factor"], ["m"]),
        helper.make_node("Add", ["m", "sum"], ["s"]),
        helper.make_node("GlobalAveragePool", ["s"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("Add", ["f", "shared"], ["h"]),
        helper.make_node("Add", ["h", "few"], ["y"]),
        helper.make_node("If", ["which"], ["z"], then_branch=branch[0], else_branch=branch[1]),
    ]
    weights = [
        tensor("w", 16, 4 if large else 1, 3, 3),
        *(tensor(name, 16) for name in ("b", "gain", "offset", "mean", "variance", "shared")),
        tensor("factor", 1, 16, 1, 1),
        tensor("sum", 1, 16, 1, 1),
        tensor("few", 1),
        numpy_helper.from_array(np.array(True), "which"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4 if large else 1, 8, 8])
    graph = helper.make_graph(nodes, "g", [x], [info("y", "N", 16), info("z", 16)], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def info(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def test_small_tensors_are_found_where_they_are_weights_or_biases() -> None:
    proto = model()
    onnx.checker.check_model(proto)
    assert [layer.name for layer in layers.coded(proto)] == ["w", "b", "gain", "offset", "sum"]
    assert [layer.name for layer in layers.find(proto)] == ["w"]


def test_small_tensors_alone_are_left() -> None:
    assert layers.coded(model(large=False)) == []


def test_small_tensors_in_any_field_can_be_filled() -> None:
    proto = model()
    bias = proto.graph.initializer[1]
    bias.CopyFrom(helper.make_tensor("b", TensorProto.FLOAT, [16], numpy_helper.to_array(bias)))
    values = np.arange(16, dtype=np.float32)
    filled = layers.filled(layers.hoisted(proto), {"b": values})
    np.testing.assert_array_equal(numpy_helper.to_array(filled.graph.initializer[1]), values)


def test_zeros_are_not_taken_for_a_part_of_other_zeros() -> None:
    """A bias that was rounded to nothing, before a matrix with an empty row."""
    first, second = tensor("first", 16), tensor("second", 32, 16)
    exact = tensor("exact", 16, 16)
    proto = helper.make_model(helper.make_graph([], "g", [], [], [exact, first, second]))
    exact.raw_data = bytes(len(exact.raw_data))
    proto.graph.initializer[0].CopyFrom(exact)
    matrix = numpy_helper.to_array(second).copy()
    matrix[3:9] = 0
    values = {"first": np.zeros(16, np.float32), "second": matrix}
    data = to_bytes(layers.filled(proto, values))
    found = layers.offsets(data, proto, values)
    assert list(found) == ["first", "second"]
    ends = [at + values[name].nbytes for name, at in found.items()]
    assert ends[0] < found["second"]
    for name, at in found.items():
        assert data[at : at + values[name].nbytes] == values[name].tobytes()
        assert (
            onnx.load_from_string(data[:at] + b"\1\1\1\1" + data[at + 4 :])
            .graph.initializer[1 + list(found).index(name)]
            .raw_data.startswith(b"\1\1\1\1")
        )
