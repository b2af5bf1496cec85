"""What a model is, and each reason why no browser can run it."""

from __future__ import annotations

from typing import Any

import onnx
import pytest
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.schema.types import TensorInfo
from onnx import TensorProto, helper
from probed import FLOAT, RELU, fault, fine, node, proto_of, value, weight


def test_what_a_model_is() -> None:
    proto = proto_of(
        [node("Gemm", "x w", "h"), node("Relu", "h", "y"), node("Binarizer", "x", "z", "ai.onnx.ml")],
        [value("x", FLOAT, ["batch", 3, None, -1, 0]), value("w")],
        [value("y", TensorProto.DOUBLE, []), value("z", TensorProto.UNDEFINED)],
        stored=[weight(size=5)],
        opsets={"": 17, "ai.onnx.ml": 3},
        producer_name="pytorch",
        producer_version="2.1",
    )
    proto.metadata_props.add(key="a", value="<script>")
    info = fine(proto)
    assert info.inputs == (TensorInfo(name="x", type="float32", shape=["batch", 3, None, None, 0]),)
    assert info.outputs == (TensorInfo(name="y", type="float64", shape=[]),)
    assert info.untyped_outputs == ("z",) and info.defaults == ("w",)
    assert info.operators == {"Gemm": 1, "Relu": 1, "ai.onnx.ml.Binarizer": 1} and info.nodes == 3
    assert info.parameters == 5 and info.metadata == {"a": "<script>"} and info.producer == "pytorch 2.1"
    assert info.opsets == {"ai.onnx": 17, "ai.onnx.ml": 3} and info.ir_version == 8 and info.graph_name == "g"


def test_unknown_rank_and_all_types() -> None:
    names = ["FLOAT", "DOUBLE", "FLOAT16", "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64"]
    names += ["BOOL", "STRING"]
    ins = [value(n.lower(), TensorProto.DataType.Value(n)) for n in names]
    info = fine(proto_of([], ins, [ins[0]]))
    assert [i.shape for i in info.inputs] == [None] * len(names)
    assert info.inputs[0].type == "float32" and info.inputs[-1].type == "string"


@pytest.mark.parametrize("twice", [("", "ai.onnx"), ("", ""), ("ai.onnx.ml", "ai.onnx.ml")])
def test_domain_named_twice(twice: tuple[str, str]) -> None:
    proto = proto_of(RELU)
    proto.opset_import.extend([helper.make_opsetid(twice[0], 1), helper.make_opsetid(twice[1], 2)])
    assert fine(proto).opsets["ai.onnx"] == 17


def _cleared(proto: onnx.ModelProto, field: str) -> onnx.ModelProto:
    proto.ClearField(field)
    return proto


VERSIONS = [
    (lambda: _cleared(proto_of(RELU), "graph"), ModelError, "no graph"),
    (lambda: _cleared(proto_of(RELU), "opset_import"), ModelError, "opset_import is empty"),
    (lambda: _cleared(proto_of(RELU), "ir_version"), ModelError, "IR version is missing"),
    (lambda: proto_of(RELU, ir_version=-1), ModelError, "IR version is -1"),
    (lambda: proto_of(RELU, ir_version=14), UnsupportedError, "IR version is 14, .* 13 at most"),
    (lambda: proto_of(RELU, opsets={"": 27}), UnsupportedError, "ai.onnx opset is 27, .* 26 at most"),
    (lambda: proto_of(RELU, opsets={"": 0}), ModelError, "opset is 0"),
    (lambda: proto_of(RELU, opsets={"": -3}), ModelError, "opset is -3"),
    (lambda: proto_of(RELU, opsets={"": 17, "ai.onnx.ml": 6}), UnsupportedError, "ai.onnx.ml opset is 6, .* 5 at most"),
]


@pytest.mark.parametrize(("make", "kind", "message"), VERSIONS, ids=[v[2] for v in VERSIONS])
def test_versions(make: Any, kind: type[EdgewebError], message: str) -> None:
    error = fault(make())
    assert type(error) is kind
    with pytest.raises(kind, match=message):
        raise error


@pytest.mark.parametrize("ir", range(1, 14))
def test_every_ir_version(ir: int) -> None:
    fine(proto_of(RELU, ir_version=ir, opsets={"": 9, "com.example.unused": 0}))


def typed(kind: onnx.TypeProto) -> onnx.ValueInfoProto:
    return helper.make_value_info("v", kind)


TENSOR = helper.make_tensor_type_proto(FLOAT, [1])
KINDS = [
    (helper.make_sequence_type_proto(TENSOR), "a sequence"),
    (helper.make_map_type_proto(TensorProto.INT64, TENSOR), "a map"),
    (helper.make_optional_type_proto(TENSOR), "an optional"),
    (helper.make_sparse_tensor_type_proto(FLOAT, [1]), "a sparse"),
    *[
        (helper.make_tensor_type_proto(TensorProto.DataType.Value(name), [1]), name.lower())
        for name in (
            "BFLOAT16",
            "FLOAT8E4M3FN",
            "FLOAT8E5M2",
            "COMPLEX64",
            "COMPLEX128",
            "INT4",
            "UINT4",
            "INT2",
            "FLOAT4E2M1",
        )
    ],
]


@pytest.mark.parametrize(("kind", "message"), KINDS, ids=[k[1] for k in KINDS])
def test_types_without_a_javascript_form(kind: onnx.TypeProto, message: str) -> None:
    for proto, role in (
        (proto_of([node("Relu", "v", "y")], [typed(kind)]), "input"),
        (proto_of([node("Relu", "x", "v")], outs=[typed(kind)]), "output"),
    ):
        error = fault(proto)
        assert isinstance(error, UnsupportedError) and f'the {role} "v"' in error.what and message in error.why


def test_input_without_type() -> None:
    assert "type" in fault(proto_of(RELU, [onnx.ValueInfoProto(name="x")])).why
    assert "type" in fault(proto_of(RELU, [value("x", TensorProto.UNDEFINED)])).why


def test_awkward_but_fine() -> None:
    fine(proto_of([], outs=["x"]))
    fine(proto_of([node("RandomNormal", "", "y", shape=[1])], []))
    fine(proto_of([node("Relu", "w", "y")], [], stored=[weight()]))
    for name in ("a/b:0", "n" * 100_000, "\u202egnp.exe", "zero\u200bwidth\n", "🐧", "../../etc/passwd", "constructor"):
        x = value(name)
        x.name = name
        fine(proto_of([helper.make_node("Relu", [name], ["y"])], [x]))


def test_unreadable_metadata_is_shown_anyway() -> None:
    proto = proto_of(RELU, producer_name="PRODUCER")
    data = proto.SerializeToString().replace(b"PRODUCER", b"PROD\xff\xfe\xfd\xfc")
    assert fine(onnx.ModelProto.FromString(data)).producer.startswith("PROD\ufffd")
