"""ZipMap outputs become tensors with the same numbers; class labels are found where classifiers keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from edgeweb.read import outputs, zipmap
from edgeweb.read.model import Model, to_bytes
from edgeweb.read.probe import inspect_model
from onnx import TensorProto, helper, numpy_helper

LABELS = ["Adelie", "Chinstrap", "Gentoo"]


def classifier(**zip_labels: Any) -> onnx.ModelProto:
    """A linear classifier of 2 features into 3 classes whose scores end in a ZipMap, as skl2onnx writes it."""
    kind = helper.make_sequence_type_proto(
        helper.make_map_type_proto(
            TensorProto.STRING if "classlabels_strings" in zip_labels else TensorProto.INT64,
            helper.make_tensor_type_proto(TensorProto.FLOAT, []),
        )
    )
    nodes = [
        helper.make_node(
            "LinearClassifier", ["x"], ["label", "scores"], domain="ai.onnx.ml",
            coefficients=[1.0, 2.0, -1.0, 0.5, 0.25, -2.0], intercepts=[0.0, 0.1, 0.2],
            classlabels_strings=LABELS, multi_class=1, post_transform="SOFTMAX",
        ),
        helper.make_node("ZipMap", ["scores"], ["probabilities"], "zip", domain="ai.onnx.ml", **zip_labels),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("label", TensorProto.STRING, [None]),
         helper.make_value_info("probabilities", kind)],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 1)], ir_version=8)


def model(proto: onnx.ModelProto) -> Model:
    return Model(Path("m.onnx"), proto, proto.ByteSize())


def run(proto: onnx.ModelProto, x: np.ndarray) -> list[Any]:
    session = onnxruntime.InferenceSession(to_bytes(proto), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"x": x}))


@pytest.mark.parametrize("labels", [{"classlabels_strings": LABELS}, {"classlabels_int64s": [7, 8, 9]}])
def test_same_numbers(labels: dict[str, list[str] | list[int]]) -> None:
    before = classifier(**labels)
    kept = before.SerializeToString()
    result = outputs.step(model(before))
    assert result.changed and before.SerializeToString() == kept, "a step never edits its input"
    x = np.array([[1.0, 2.0], [-3.0, 0.5]], np.float32)
    names = next(iter(labels.values()))
    expected = np.array([[row[name] for name in names] for row in run(before, x)[1]], np.float32)
    np.testing.assert_array_equal(run(result.model.proto, x)[1], expected)
    assert str(names[0]) in result.notes[0]
    info = inspect_model(result.model)
    assert not info.blockers and "ai.onnx.ml.ZipMap" not in info.operators
    assert (info.outputs[1].name, info.outputs[1].type, info.outputs[1].shape) == (
        "probabilities",
        "float32",
        [None, 3],
    )


def test_used_elsewhere_and_handed_on() -> None:
    """The scores are given under both names. ONNX Runtime knows no node that takes maps, some exporters write one."""
    proto = classifier(classlabels_strings=LABELS)
    proto.graph.node.append(helper.make_node("Identity", ["probabilities"], ["again"]))
    proto.graph.output.append(helper.make_value_info("again", proto.graph.output[1].type))
    result = outputs.step(model(proto))
    assert not inspect_model(result.model).blockers and len(result.notes) == 2
    _, scores, again = run(result.model.proto, np.array([[1.0, 2.0], [-3.0, 0.5]], np.float32))
    np.testing.assert_array_equal(scores, again)
    assert scores.shape == (2, 3) and zipmap.classes_of_output(proto, "again") == LABELS


def test_nothing_to_do() -> None:
    proto = classifier(classlabels_strings=LABELS)
    del proto.graph.node[1], proto.graph.output[1]
    result = outputs.step(model(proto))
    assert not result.changed and result.notes == () and result.model.proto is proto


def test_opset_of_the_model_is_kept() -> None:
    proto = classifier(classlabels_strings=LABELS)
    proto.opset_import.add(domain="", version=17)
    after = outputs.step(model(proto)).model.proto
    assert [(o.domain, o.version) for o in after.opset_import] == [("ai.onnx.ml", 1), ("", 17)]


def test_labels_of_zipmap_come_first() -> None:
    assert zipmap.class_labels(classifier(classlabels_int64s=[7, 8, 9])) == ["7", "8", "9"]


def test_labels_of_the_classifier() -> None:
    proto = classifier(classlabels_strings=LABELS)
    del proto.graph.node[1]
    assert zipmap.class_labels(proto) == LABELS


@pytest.mark.parametrize("table", [np.array(LABELS, object), np.array([3, 5, 8]), np.array([LABELS], object)])
def test_labels_of_a_table(table: np.ndarray) -> None:
    """skl2onnx: the classifier says 0, 1, 2 and ArrayFeatureExtractor picks the name."""
    nodes = [
        helper.make_node("ArgMax", ["x"], ["i"]),
        helper.make_node("ArrayFeatureExtractor", ["classes", "i"], ["picked"], domain="ai.onnx.ml"),
        helper.make_node("Reshape", ["picked", "shape"], ["label"]),
    ]
    output = helper.make_tensor_value_info("label", TensorProto.STRING, [None])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 3])
    stored = [numpy_helper.from_array(table, "classes"), numpy_helper.from_array(np.array([-1]), "shape")]
    proto = helper.make_model(helper.make_graph(nodes, "g", [x], [output], stored))
    assert zipmap.class_labels(proto) == [str(v) for v in table.ravel()]


def test_labels_of_an_encoder() -> None:
    node = helper.make_node(
        "LabelEncoder", ["i"], ["label"], domain="ai.onnx.ml", keys_int64s=[0, 1, 2], values_strings=LABELS
    )
    output = helper.make_tensor_value_info("label", TensorProto.STRING, [None])
    i = helper.make_tensor_value_info("i", TensorProto.INT64, [None])
    assert zipmap.class_labels(helper.make_model(helper.make_graph([node], "g", [i], [output]))) == LABELS


def test_no_labels() -> None:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3])
    cycle = [helper.make_node("Cast", ["b"], ["a"], to=1), helper.make_node("Cast", ["a"], ["b"], to=1)]
    y = helper.make_tensor_value_info("b", TensorProto.FLOAT, [3])
    assert zipmap.class_labels(helper.make_model(helper.make_graph(cycle, "g", [x], [y]))) == []
