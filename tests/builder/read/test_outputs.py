"""Outputs that are sequences become outputs for each of their parts, or are left out; never are they all there is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from edgeweb.errors import UnsupportedError
from edgeweb.read import outputs, probe, zipmap
from edgeweb.read.model import Model, to_bytes
from onnx import TensorProto, helper, numpy_helper

FLOATS = helper.make_tensor_type_proto(TensorProto.FLOAT, None)
SEQUENCE = helper.make_sequence_type_proto(FLOATS)


def classifier(place: int, labels: list[str]) -> onnx.NodeProto:
    count = len(labels)
    return helper.make_node(
        "LinearClassifier", ["x"], [f"label{place}", f"scores{place}"], domain="ai.onnx.ml",
        coefficients=[float(i) for i in range(2 * count)], intercepts=[0.0] * count, classlabels_strings=labels,
        multi_class=1, post_transform="SOFTMAX",
    )  # fmt: skip


def model(nodes: list[onnx.NodeProto], kinds: dict[str, onnx.TypeProto], opset: int = 17) -> Model:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])
    half = numpy_helper.from_array(np.array([1], np.int64), "one")
    given = [helper.make_value_info(name, kind) for name, kind in kinds.items()]
    graph = helper.make_graph(nodes, "g", [x], given, [half])
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 1)]
    proto = helper.make_model(graph, opset_imports=imports, ir_version=8)
    return Model(Path("m.onnx"), proto, proto.ByteSize())


def run(found: Model) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(to_bytes(found.proto), providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, {"x": np.array([[1.0, 2.0], [0.5, -1.0]], np.float32)}), strict=True))


def test_parts_of_a_sequence_have_names_and_classes_of_their_own() -> None:
    """As MultiOutputClassifier without ZipMap."""
    nodes = [
        classifier(0, ["a", "b", "c"]), classifier(1, ["no", "yes"]),
        helper.make_node("Normalizer", ["scores0"], ["even"], domain="ai.onnx.ml", norm="L1"),
        helper.make_node("SequenceConstruct", ["even", "scores1"], ["made"]),
        helper.make_node("Identity", ["made"], ["probabilities"]),
        helper.make_node("Identity", ["x"], ["probabilities_1"]),
    ]  # fmt: skip
    before = model(nodes, {"probabilities": SEQUENCE, "probabilities_1": FLOATS})
    kept = to_bytes(before.proto)
    result = outputs.step(before)
    assert to_bytes(before.proto) == kept, "a step never edits its input"
    info = probe.inspect_model(result.model)
    assert not info.blockers and "SequenceConstruct" not in info.operators
    assert [each.name for each in info.outputs] == ["probabilities_0", "probabilities_1_", "probabilities_1"]
    assert [each.shape for each in info.outputs] == [[None, 3], [None, 2], None]
    given, found = run(before), run(result.model)
    for name, part in zip(("probabilities_0", "probabilities_1_"), given["probabilities"], strict=True):
        np.testing.assert_array_equal(found[name], part)
    assert zipmap.classes_of_output(result.model.proto, "probabilities_0") == ["a", "b", "c"]
    assert zipmap.classes_of_output(result.model.proto, "probabilities_1_") == ["no", "yes"]
    assert zipmap.classes_of_output(result.model.proto, "probabilities_1") == []


LEFT = {
    "split": [helper.make_node("SplitToSequence", ["x"], ["odd"], axis=0)],
    "inserted in front": [
        helper.make_node("Constant", [], ["zero"], value_int=0),
        helper.make_node("SequenceConstruct", ["x"], ["one_part"]),
        helper.make_node("SequenceInsert", ["one_part", "x", "zero"], ["odd"]),
    ],
}


@pytest.mark.parametrize("nodes", LEFT.values(), ids=LEFT)
def test_left_out_beside_others_and_refused_alone(nodes: list[onnx.NodeProto]) -> None:
    both = model([*nodes, helper.make_node("Neg", ["x"], ["y"])], {"odd": SEQUENCE, "y": FLOATS})
    result = outputs.step(both)
    assert result.notes == ('"odd": left out, it is a sequence',)
    assert set(run(result.model)) == {"y"} and [node.op_type for node in result.model.proto.graph.node] == ["Neg"]
    alone = outputs.step(model(nodes, {"odd": SEQUENCE}))
    assert not alone.changed
    with pytest.raises(UnsupportedError, match="ConcatFromSequence"):
        probe.check(probe.inspect_model(alone.model))


def test_grown_sequences_and_optional_values() -> None:
    nodes = [
        helper.make_node("SequenceEmpty", [], ["none"], dtype=TensorProto.FLOAT),
        helper.make_node("SequenceInsert", ["none", "x"], ["one_part"]),
        helper.make_node("Neg", ["x"], ["minus"]),
        helper.make_node("SequenceInsert", ["one_part", "minus"], ["all"]),
        helper.make_node("Optional", ["minus"], ["perhaps"]),
    ]
    optional = helper.make_optional_type_proto(FLOATS)
    result = outputs.step(model(nodes, {"all": SEQUENCE, "perhaps": optional}))
    found = run(result.model)
    assert list(found) == ["all_0", "all_1", "perhaps"]
    np.testing.assert_array_equal(found["all_0"], -found["all_1"])
    np.testing.assert_array_equal(found["all_1"], found["perhaps"])


def test_classes_of_scores_whose_label_is_looked_up() -> None:
    """skl2onnx: the best place picks a name from a table, here for each of two heads."""
    nodes, kinds = [], {}
    for name in ("first", "second"):
        nodes += [
            helper.make_node("Softmax", ["x"], [name]),
            helper.make_node("ArgMax", [name], [f"{name}_place"], axis=1, keepdims=0),
            helper.make_node("Cast", [f"{name}_place"], [f"{name}_cast"], to=TensorProto.INT64),
            helper.make_node(
                "ArrayFeatureExtractor", [f"{name}_names", f"{name}_cast"], [f"{name}_label"], domain="ai.onnx.ml"
            ),
        ]
        kinds[name] = FLOATS
    proto = model(nodes, kinds).proto
    for name, labels in (("first", ["a", "b"]), ("second", ["c", "d"])):
        proto.graph.initializer.append(numpy_helper.from_array(np.array([labels], object), f"{name}_names"))
    assert zipmap.classes_of_output(proto, "first") == ["a", "b"]
    assert zipmap.classes_of_output(proto, "second") == zipmap.classes_of_output(proto, "second_label") == ["c", "d"]
