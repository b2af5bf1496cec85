"""Models of two halves that meet at the end, and parts of graphs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from edgeweb.read import cut, towers
from edgeweb.read.model import Model
from onnx import TensorProto, helper, numpy_helper

FLOAT, IDS = TensorProto.FLOAT, TensorProto.INT64
value = helper.make_tensor_value_info


def twins() -> onnx.ModelProto:
    """Pictures [1, 4] and ids [n, t] into one space of 3, and 7 times their products."""
    rng = np.random.default_rng(1)
    weights = {
        "eye": rng.normal(size=(4, 3)).astype(np.float32), "words": rng.normal(size=(9, 3)).astype(np.float32),
        "scale": np.array(7, np.float32), "axes": np.array([1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["pixel_values", "eye"], ["image_embeds"]),
        helper.make_node("Gather", ["words", "input_ids"], ["each"]),
        helper.make_node("ReduceMean", ["each", "axes"], ["text_embeds"], keepdims=0),
        helper.make_node("Transpose", ["image_embeds"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["text_embeds", "turned"], ["product"]),
        helper.make_node("Mul", ["product", "scale"], ["logits_per_text"]),
        helper.make_node("Transpose", ["logits_per_text"], ["logits_per_image"], perm=[1, 0]),
    ]
    graph = helper.make_graph(
        nodes, "twins", [value("input_ids", IDS, ["n", "t"]), value("pixel_values", FLOAT, [1, 4])],
        [value(name, FLOAT, ["n", "m"]) for name in ("logits_per_image", "text_embeds", "image_embeds")],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(proto: onnx.ModelProto, **feeds: np.ndarray) -> np.ndarray:
    found: np.ndarray = ort.InferenceSession(proto.SerializeToString()).run(None, feeds)[0]
    return found


def test_halves_apart_give_what_they_give_together() -> None:
    whole = twins()
    found = towers.apart(Model(Path("model.onnx"), whole, 1), {})
    text = found.parts[towers.TEXT].proto
    assert [info.name for info in found.model.proto.graph.input] == ["pixel_values"]
    assert [info.name for info in text.graph.input] == ["input_ids"]
    assert {tensor.name for tensor in text.graph.initializer} == {"words", "axes"}, "the eye is not shipped twice"
    picture, ids = np.ones((1, 4), np.float32), np.array([[1, 2], [3, 8]])
    own, texts = run(found.model.proto, pixel_values=picture), run(text, input_ids=ids)
    assert found.head is not None
    logits = run(found.head, image_embeds=own, text_embeds=texts)
    assert np.allclose(logits, run(whole, pixel_values=picture, input_ids=ids))


def test_a_whole_model_is_taken_apart_where_its_halves_lie_beside_it_too() -> None:
    model = Model(Path("model.onnx"), twins(), 1)
    beside = Model(Path("text_model.onnx"), twins(), 1)
    found = towers.apart(model, {towers.TEXT: beside})
    assert found.head is not None
    assert [info.name for info in found.parts[towers.TEXT].proto.graph.input] == ["input_ids"]


def finder() -> onnx.ModelProto:
    """Two places of a picture, of any number of texts; the ids, and how many there are, count at the end again."""
    rng = np.random.default_rng(2)
    weights = {
        "eye": rng.normal(size=(4, 6)).astype(np.float32), "words": rng.normal(size=(9, 3)).astype(np.float32),
        "first": np.array(0, np.int64), "axes": np.array([1], np.int64), "places": np.array([1, 2, 3], np.int64),
        "corners": np.array([1, 2, 4], np.int64), "wide": rng.normal(size=(4, 8)).astype(np.float32),
        "low": np.array(-9, np.float32), "row": np.array([1, 1, -1], np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["pixel_values", "wide"], ["sides"]),
        helper.make_node("Reshape", ["sides", "corners"], ["pred_boxes"]),
        helper.make_node("MatMul", ["pixel_values", "eye"], ["flat"]),
        helper.make_node("Reshape", ["flat", "places"], ["seen"]),
        helper.make_node("Gather", ["words", "input_ids"], ["each"]),
        helper.make_node("ReduceMean", ["each", "axes"], ["texts"], keepdims=0),
        helper.make_node("Transpose", ["texts"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["seen", "turned"], ["product"]),
        helper.make_node("Gather", ["input_ids", "first"], ["begins"], axis=1),
        helper.make_node("Cast", ["begins"], ["some"], to=TensorProto.BOOL),
        helper.make_node("Reshape", ["some", "row"], ["rows"]),
        helper.make_node("Where", ["rows", "product", "low"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "finder", [value("input_ids", IDS, ["n", "t"]), value("pixel_values", FLOAT, [1, 4])],
        [value("logits", FLOAT, [1, 2, "n"]), value("pred_boxes", FLOAT, [1, 2, 4])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def all_of(proto: onnx.ModelProto, **feeds: np.ndarray) -> dict[str, np.ndarray]:
    session = ort.InferenceSession(proto.SerializeToString())
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, feeds), strict=True))


def test_what_finds_texts_in_pictures_is_cut_where_both_meet(tmp_path: Path) -> None:
    whole = finder()
    model = Model(tmp_path / "model.onnx", finder(), 1)
    assert towers.apart(model, {}) == towers.Towers(model, {}), "nobody says that it looks for texts"
    (tmp_path / "config.json").write_text('{"architectures": ["OwlViTForObjectDetection"], "model_type": "owlvit"}')
    found = towers.apart(model, {})
    assert found.head is not None
    picture, ids = np.ones((1, 4), np.float32), np.array([[1, 2], [0, 8]])
    own, texts = (
        all_of(found.model.proto, pixel_values=picture), all_of(found.parts[towers.TEXT].proto, input_ids=ids)
    )  # fmt: skip
    together = all_of(whole, pixel_values=picture, input_ids=ids)
    assert np.array_equal(own.pop("pred_boxes"), together["pred_boxes"])
    logits = all_of(found.head, **own, **texts)["logits"]
    assert np.array_equal(logits, together["logits"])
    assert (logits[..., 1] == -9).all() and (logits[..., 0] != -9).all()
    assert {each.name for each in found.head.graph.initializer} <= {"low", "row", "first"}, "no weights of either half"


def test_other_models_stay_whole() -> None:
    whole = twins()
    del whole.graph.output[1]
    model = Model(Path("model.onnx"), whole, 1)
    assert towers.apart(model, {}) == towers.Towers(model, {})


def test_a_part_that_needs_more_is_none() -> None:
    whole = twins()
    logits, texts, own = whole.graph.output
    assert cut.part(whole, [own], [logits]) is None
    assert cut.part(whole, [own, texts], [logits]) is not None


def test_a_part_takes_what_its_subgraphs_read() -> None:
    inner = helper.make_graph(
        [helper.make_node("Add", ["x", "bias"], ["sum"])], "inner", [], [value("sum", FLOAT, [2])]
    )
    other = helper.make_graph([helper.make_node("Neg", ["x"], ["minus"])], "other", [], [value("minus", FLOAT, [2])])
    nodes = [
        helper.make_node("Abs", ["raw"], ["x"]),
        helper.make_node("If", ["which"], ["y"], then_branch=inner, else_branch=other),
    ]
    tensors = [numpy_helper.from_array(np.ones(2, np.float32), name) for name in ("bias", "unused")]
    inputs = [value("raw", FLOAT, [2]), value("which", TensorProto.BOOL, [])]
    graph = helper.make_graph(nodes, "g", inputs, [value("y", FLOAT, [2])], tensors)
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    found = cut.part(proto, inputs, [*graph.output])
    assert found is not None
    assert [tensor.name for tensor in found.graph.initializer] == ["bias"]
    assert run(found, raw=np.array([-1, 2], np.float32), which=np.array(True)).tolist() == [2, 3]
