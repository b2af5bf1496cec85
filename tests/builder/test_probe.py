"""What a model is, and each reason why no browser can run it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.read.model import Model
from edgeweb.read.probe import ModelInfo, check, inspect_model
from edgeweb.schema.types import TensorInfo
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def value(name: str, kind: int = FLOAT, shape: Any = None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def node(op: str, ins: str = "", outs: str = "", domain: str = "", **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, ins.split(), outs.split(), domain=domain, **attributes)


def weight(name: str = "w", size: int = 3) -> TensorProto:
    return numpy_helper.from_array(np.ones(size, np.float32), name)


def graph_of(nodes: list[onnx.NodeProto], ins: Any = ("x",), outs: Any = ("y",), stored: Any = ()) -> onnx.GraphProto:
    before, after = ([v if isinstance(v, onnx.ValueInfoProto) else value(v) for v in values] for values in (ins, outs))
    return helper.make_graph(nodes, "g", before, after, list(stored))


def proto_of(nodes: list[onnx.NodeProto], ins: Any = ("x",), outs: Any = ("y",), **more: Any) -> onnx.ModelProto:
    graph = graph_of(nodes, ins, outs, more.pop("stored", ()))
    opsets = more.pop("opsets", {"": 17})
    imports = [helper.make_opsetid(name, version) for name, version in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, **{"ir_version": 8, **more})


def look(proto: onnx.ModelProto) -> ModelInfo:
    return inspect_model(Model(Path("m.onnx"), proto, proto.ByteSize()))


def fault(proto: onnx.ModelProto) -> EdgewebError:
    info = look(proto)
    with pytest.raises(EdgewebError) as caught:
        check(info)
    assert str(caught.value).startswith("m.onnx ")
    return caught.value


def fine(proto: onnx.ModelProto) -> ModelInfo:
    info = look(proto)
    check(info)
    assert info.blockers == ()
    return info


RELU = [node("Relu", "x", "y")]


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


OPERATORS = [
    (node("Frobnicate", "x", "y"), "Frobnicate.*has no operator of this name"),
    (node("Matmul", "x x", "y"), "Perhaps MatMul"),
    (node("Gelu", "x", "y"), "has it from opset 20 on, and the model is of opset 17"),
    (node("GridSample3D", "x", "y", "ai.onnx.ml"), "ai.onnx.ml has no operator"),
    (node("MyOp", "x", "y", "com.acme"), "MyOp of the domain com.acme.*no function"),
    (node("BertTokenizer", "x", "y", "ai.onnx.contrib"), "onnxruntime-extensions.*the usual one"),
    (node("DecodeImage", "x", "y", "com.microsoft.extensions"), "onnxruntime-extensions"),
    (node("Gradient", "x", "y", "ai.onnx.preview.training"), "Export the model for inference"),
    (node("Conv", "x w", "y", "com.microsoft.nchwc"), "before ONNX Runtime optimised it"),
    (node("ATen", "x", "y", "org.pytorch.aten"), "ATen fallback"),
    (node("", "x", "y"), "op_type is empty"),
    (node("a\x1b[31m" * 100, "x", "y"), "has no operator"),
]


@pytest.mark.parametrize(("bad", "message"), OPERATORS, ids=[o[1] for o in OPERATORS])
@pytest.mark.parametrize("place", ["graph", "branch", "function"])
def test_operators(bad: onnx.NodeProto, message: str, place: str) -> None:
    proto = proto_of([bad], stored=[weight()])
    if place == "branch":
        inner = graph_of([bad], [])
        proto = proto_of([node("If", "x", "y", then_branch=inner, else_branch=inner)], stored=[weight()])
    elif place == "function":
        body = helper.make_function("local", "F", ["x", "w"], ["y"], [bad], [helper.make_opsetid("", 17)])
        proto = proto_of([node("F", "x w", "y", "local")], stored=[weight()], functions=[body])
    with pytest.raises(EdgewebError, match=message):
        raise fault(proto)


def test_operators_taken() -> None:
    fine(
        proto_of(
            [node("ImageScaler", "x", "a"), node("LayerNormalization", "a w", "y")], stored=[weight()], opsets={"": 9}
        )
    )
    fine(proto_of([node("FusedMatMul", "x x", "a", "com.microsoft"), node("Relu", "a", "y", "ai.onnx")]))
    fine(proto_of([node("LabelEncoder", "x", "y", "ai.onnx.ml")], opsets={"ai.onnx.ml": 4}))


def test_several_foreign_operators_make_one_blocker() -> None:
    nodes = [node(f"Op{i}", "x", f"y{i}", "com.acme") for i in range(9)]
    blockers = look(proto_of([*nodes, node("Relu", "x", "y")])).blockers
    assert len(blockers) == 1 and "Op0, Op1, Op2, Op3 and 5 more" in str(blockers[0])


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


STRUCTURE = [
    ([], [], [], "nothing to run"),
    (RELU, ["x"], [], "no outputs"),
    (RELU, ["x", ""], ["y"], "without a name"),
    (RELU, ["x", "x"], ["y"], "two inputs"),
    (RELU, ["x"], ["y", "y"], "two outputs"),
    (RELU, ["x", "a\0b"], ["y"], "names an input"),
    ([node("Relu", "x", "__proto__")], ["x"], ["__proto__"], "names an output"),
    ([*RELU, node("Neg", "x", "y")], ["x"], ["y"], 'two values named "y"'),
    ([node("Relu", "x", "x")], ["x"], ["x"], 'two values named "x"'),
    ([node("Split", "x", "y y")], ["x"], ["y"], 'two values named "y"'),
    (RELU, ["x"], ["z"], 'output "z" is not made'),
    ([node("Add", "x nope", "y")], ["x"], ["y"], '"nope", which nothing defines'),
    ([node("Relu", "a", "y"), node("Neg", "x", "a")], ["x"], ["y"], "wrong order"),
    ([node("Add", "x b", "a"), node("Neg", "a", "b"), node("Relu", "b", "y")], ["x"], ["y"], "cycle"),
    ([node("Add", "x y", "y")], ["x"], ["y"], "cycle"),
]


@pytest.mark.parametrize(("nodes", "ins", "outs", "message"), STRUCTURE, ids=[s[3] for s in STRUCTURE])
def test_structure(nodes: list[onnx.NodeProto], ins: list[str], outs: list[str], message: str) -> None:
    with pytest.raises(EdgewebError, match=message):
        raise fault(proto_of(nodes, ins, outs))


def test_graph_without_name() -> None:
    proto = proto_of(RELU)
    proto.graph.name = ""
    assert "without a name" in fault(proto).what


def branch(*nodes: onnx.NodeProto, out: str = "b", stored: Any = ()) -> onnx.NodeProto:
    graph = graph_of(list(nodes), [], [out], stored)
    return node("If", "c", "y", then_branch=graph, else_branch=graph)


def test_scopes() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    fine(proto_of([branch(node("Neg", "x", "b"))], ins))
    fine(proto_of([branch(node("Neg", "k", "b"), stored=[weight("k")])], ins))
    fine(proto_of([node("Neg", "x", "h"), branch(branch(node("Neg", "h", "b")), out="y")], ins, ["y"]))
    # Both branches, and the outer graph, may use one name for different values.
    fine(proto_of([branch(node("Neg", "x", "b")), node("Neg", "y", "b")], ins, ["b"]))
    body = graph_of(
        [node("Identity", "k", "k2"), node("Add", "v x", "v2")],
        [value("i", TensorProto.INT64), value("k", TensorProto.BOOL), "v"],
        [value("k2", TensorProto.BOOL), "v2"],
    )
    fine(proto_of([node("Loop", "n c x", "y", body=body)], [*ins, value("n", TensorProto.INT64)]))


def test_scope_errors() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    with pytest.raises(ModelError, match=r"sub-graph of a node If uses \"nope\""):
        raise fault(proto_of([branch(node("Neg", "nope", "b"))], ins))
    with pytest.raises(ModelError, match="wrong order"):
        raise fault(proto_of([branch(node("Neg", "h", "b")), node("Neg", "x", "h")], ins))
    with pytest.raises(ModelError, match="cycle"):
        raise fault(proto_of([branch(node("Neg", "h", "b")), node("Neg", "y", "h")], ins))
    # What a branch makes is not visible outside.
    with pytest.raises(ModelError, match='"b", which nothing defines'):
        raise fault(proto_of([branch(node("Neg", "x", "b")), node("Neg", "b", "z")], ins, ["z"]))
    with pytest.raises(ModelError, match='output "b" in the sub-graph'):
        raise fault(proto_of([branch(node("Neg", "x", "other"))], ins))


def function(name: str, *nodes: onnx.NodeProto) -> onnx.FunctionProto:
    return helper.make_function("local", name, ["x"], ["y"], list(nodes), [helper.make_opsetid("", 17)])


def test_functions() -> None:
    call = [node("F", "x", "y", "local")]
    assert fine(proto_of(call, functions=[function("F", *RELU)])).operators == {"Relu": 1, "local.F": 1}
    with pytest.raises(ModelError, match='in the function "F" uses "w"'):
        raise fault(proto_of(call, functions=[function("F", node("Add", "x w", "y"))], stored=[weight()]))
    with pytest.raises(ModelError, match='output "y" in the function'):
        raise fault(proto_of(call, functions=[function("F", node("Neg", "x", "z"))]))
    with pytest.raises(UnsupportedError, match="local"):
        raise fault(proto_of(call, functions=[function("G", *RELU)]))


def test_functions_that_never_end() -> None:
    call = [node("F0", "x", "y", "local")]
    loop = [function("F0", node("F1", "x", "y", "local")), function("F1", node("F0", "x", "y", "local"))]
    assert "recursive" in fault(proto_of(call, functions=loop)).what
    bomb = [
        function(f"F{i}", node(f"F{i + 1}", "x", "a", "local"), node(f"F{i + 1}", "a", "y", "local"))
        for i in range(500)
    ]
    assert "unfolded" in fault(proto_of(call, functions=[*bomb, function("F500", *RELU)])).what
    chain = [function(f"F{i}", node(f"F{i + 1}", "x", "y", "local")) for i in range(2000)]
    fine(proto_of(call, functions=[*chain, function("F2000", *RELU)]))


def test_long_chains_in_linear_time() -> None:
    chain = [node("Relu", "x", "v0"), *[node("Relu", f"v{i}", f"v{i + 1}") for i in range(20_000)]]
    begin = time.perf_counter()
    fine(proto_of(chain, outs=["v20000"]))
    assert "wrong order" in fault(proto_of(chain[::-1], outs=["v20000"])).what
    chain[0] = node("Relu", "v20000", "v0")
    assert "cycle" in fault(proto_of(chain, outs=["v20000"])).what
    assert time.perf_counter() - begin < 10


def test_many_branches_in_linear_time() -> None:
    ins = [value("c", TensorProto.BOOL), "x"]
    inner = graph_of([node("Neg", "x", "b")], [], ["b"])
    nodes = [node("If", "c", f"y{i}", then_branch=inner, else_branch=inner) for i in range(5000)]
    begin = time.perf_counter()
    fine(proto_of(nodes, ins, ["y0"]))
    assert time.perf_counter() - begin < 5


def test_unreadable_metadata_is_shown_anyway() -> None:
    proto = proto_of(RELU, producer_name="PRODUCER")
    data = proto.SerializeToString().replace(b"PRODUCER", b"PROD\xff\xfe\xfd\xfc")
    assert fine(onnx.ModelProto.FromString(data)).producer.startswith("PROD\ufffd")
