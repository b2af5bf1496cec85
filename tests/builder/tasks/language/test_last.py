"""Scores of the last token alone are those of the whole, wherever they are taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from edgeweb.config import Config, HooksConfig
from edgeweb.read.model import Model
from edgeweb.tasks.language import last
from onnx import NodeProto, TensorProto, helper, numpy_helper

_SIZE, _WORDS = 4, 7
_node = helper.make_node
# What comes before the scores, and where the last token is taken.
_HEADS: dict[str, tuple[list[NodeProto], str]] = {
    "plain": ([_node("MatMul", ["x", "w"], ["logits"])], "before the vocabulary"),
    "softcap": (
        [
            _node("MatMul", ["x", "w"], ["a"]), _node("Div", ["a", "cap"], ["b"]), _node("Tanh", ["b"], ["c"]),
            _node("Mul", ["c", "cap"], ["d"]), _node("Add", ["bias", "d"], ["logits"]),
        ],
        "before the vocabulary",
    ),
    "twice": (
        [
            _node("MatMul", ["x", "w"], ["a"]), _node("ReduceMax", ["a"], ["m"], keepdims=1),
            _node("Sub", ["a", "m"], ["logits"]),
        ],
        "at the output",
    ),
    "normed": ([_node("MatMul", ["x", "w"], ["a"]), _node("Softmax", ["a"], ["logits"], axis=-1)], "at the output"),
}  # fmt: skip


def model(nodes: list[NodeProto], past: bool = True, opset: int = 17) -> Model:
    random = np.random.default_rng(0)
    value = helper.make_tensor_value_info
    inputs = [value("x", TensorProto.FLOAT, [1, "tokens", _SIZE])]
    outputs = [value("logits", TensorProto.FLOAT, [1, "tokens", _WORDS])]
    if past:
        inputs.append(value("past.0", TensorProto.FLOAT, [1, 2]))
        outputs.append(value("present.0", TensorProto.FLOAT, [1, 2]))
        nodes = [*nodes, _node("Identity", ["past.0"], ["present.0"])]
    constants = {"w": random.normal(size=(_SIZE, _WORDS)), "bias": random.normal(size=_WORDS), "cap": np.array(3.0)}
    tensors = [numpy_helper.from_array(each.astype(np.float32), name) for name, each in constants.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return Model(Path("model.onnx"), made, 0)


def logits(proto: onnx.ModelProto, feed: dict[str, Any]) -> Any:
    onnx.checker.check_model(proto)
    return onnxruntime.InferenceSession(proto.SerializeToString()).run(["logits"], feed)[0]


@pytest.mark.parametrize("name", _HEADS)
def test_the_last_row_is_that_of_the_whole(name: str) -> None:
    nodes, where = _HEADS[name]
    whole = model(nodes)
    found, notes = last.step(whole, Config())
    feed = {"x": np.random.default_rng(1).normal(size=(1, 5, _SIZE)).astype(np.float32), "past.0": np.zeros((1, 2), np.float32)}  # fmt: skip  # noqa: E501
    np.testing.assert_allclose(logits(found.proto, feed), logits(whole.proto, feed)[:, -1:], rtol=1e-6)
    assert where in notes[0]
    assert found.proto.graph.output[0].type.tensor_type.shape.dim[1].dim_value == 1


def test_both_halves_of_a_merged_decoder() -> None:
    branches = []
    for name in ("first", "later"):
        out = helper.make_tensor_value_info(f"{name}/logits", TensorProto.FLOAT, None)
        nodes = [_node("MatMul", ["x", "w"], [f"{name}/a"]), _node("Add", [f"{name}/a", "bias"], [f"{name}/logits"])]
        branches.append(helper.make_graph(nodes, name, [], [out]))
    whole = model([_node("If", ["branch"], ["logits"], then_branch=branches[1], else_branch=branches[0])])
    whole.proto.graph.input.append(helper.make_tensor_value_info("branch", TensorProto.BOOL, [1]))
    found, notes = last.step(whole, Config())
    for branch in (False, True):
        feed = {"x": np.ones((1, 3, _SIZE), np.float32), "past.0": np.zeros((1, 2), np.float32), "branch": np.array([branch])}  # fmt: skip  # noqa: E501
        np.testing.assert_allclose(logits(found.proto, feed), logits(whole.proto, feed)[:, -1:], rtol=1e-6)
    assert "before the vocabulary" in notes[0]


@pytest.mark.parametrize(("name", "shorter"), [("GPT2LMHeadModel", True), ("FlaubertWithLMHeadModel", False)])
def test_what_keeps_nothing_is_told_by_its_class(name: str, shorter: bool, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(f'{{"architectures": ["{name}"]}}')
    whole = replace(model(_HEADS["plain"][0], past=False), path=tmp_path / "model.onnx")
    assert bool(last.step(whole, Config())[1]) == shorter


def test_what_is_no_decoder_stays_as_it_is() -> None:
    for whole, settings in (
        (model(_HEADS["plain"][0], past=False), Config()),
        (model(_HEADS["plain"][0]), Config(task="tensors")),
        (model(_HEADS["plain"][0]), Config(hooks=HooksConfig(file="hooks.py"))),
    ):
        assert last.step(whole, settings) == (whole, [])
    old, notes = last.step(model(_HEADS["plain"][0], opset=9), Config())
    assert "too old" in notes[0] and old.proto.graph.output[0].type.tensor_type.shape.dim[1].dim_param == "tokens"
