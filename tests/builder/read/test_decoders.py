"""Both halves of a decoder as one graph: what it gives, and that its weights stand in it once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from edgeweb.read import decoders
from edgeweb.read.model import Model
from onnx import ModelProto, TensorProto, helper, numpy_helper

WORDS, WIDTH = 40, 16
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
PAST, PRESENT = "past_key_values.0.{}.key", "present.0.{}.key"


def _weights() -> list[TensorProto]:
    drawn = np.random.default_rng(5)
    shapes = {"embedding": (WORDS, WIDTH), "head": (WIDTH, WORDS), "crossing": (WIDTH, WIDTH)}
    return [numpy_helper.from_array(drawn.standard_normal(s).astype(np.float32), n) for n, s in shapes.items()]


def _half(inputs: dict[str, int], outputs: list[str], nodes: list[onnx.NodeProto], rename: str = "") -> ModelProto:
    weights = [each for each in _weights() if any(each.name in node.input for node in nodes)]
    for tensor in weights:
        # Exporters call the same weight by other names in each half.
        for node in nodes:
            node.input[:] = [rename + name if name == tensor.name else name for name in node.input]
        tensor.name = rename + tensor.name
    rows = {name: ["batch", "tokens"] if kind == INT64 else ["batch", "tokens", WIDTH] for name, kind in inputs.items()}
    graph = helper.make_graph(
        nodes, "half", [helper.make_tensor_value_info(name, kind, rows[name]) for name, kind in inputs.items()],
        [helper.make_tensor_value_info(n, FLOAT, ["batch", "all", WORDS if n == "logits" else WIDTH]) for n in outputs],
        weights,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _after(own: str, crossed: str) -> list[onnx.NodeProto]:
    """Scores of what is kept: sums of it, as attention would be too long here."""
    return [
        helper.make_node("CumSum", [own, "one"], ["summed"]),
        helper.make_node("ReduceMean", [crossed], ["middle"], axes=[1], keepdims=1),
        helper.make_node("Add", ["summed", "middle"], ["both"]),
        helper.make_node("MatMul", ["both", "head"], ["logits"]),
    ]


ONE = helper.make_node("Constant", [], ["one"], value=helper.make_tensor("one", INT64, [], [1]))


def first() -> ModelProto:
    own, crossed = PRESENT.format("decoder"), PRESENT.format("encoder")
    nodes = [
        ONE,
        helper.make_node("Gather", ["embedding", "input_ids"], [own]),
        helper.make_node("MatMul", ["encoder_hidden_states", "crossing"], [crossed]),
        *_after(own, crossed),
    ]
    return _half({"input_ids": INT64, "encoder_hidden_states": FLOAT}, ["logits", own, crossed], nodes)


def later(passed: bool = False) -> ModelProto:
    """`passed`: what is kept of the encoder is an output as well, as it came."""
    own, crossed = PRESENT.format("decoder"), PAST.format("encoder")
    nodes = [
        ONE,
        helper.make_node("Gather", ["embedding", "input_ids"], ["new"]),
        helper.make_node("Concat", [PAST.format("decoder"), "new"], [own], axis=1),
        *_after(own, crossed),
    ]
    inputs = {"input_ids": INT64, PAST.format("decoder"): FLOAT, crossed: FLOAT}
    made = _half(inputs, ["logits", own], nodes, "other/")
    if passed:
        name = PRESENT.format("encoder")
        made.graph.node.append(helper.make_node("Identity", [crossed], [name]))
        made.graph.output.append(helper.make_tensor_value_info(name, FLOAT, ["batch", "all", WIDTH]))
    return made


def run(model: ModelProto, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [info.name for info in session.get_outputs()]
    known = {info.name for info in session.get_inputs()}
    given = session.run(names, {key: value for key, value in feed.items() if key in known})
    return dict(zip(names, map(np.asarray, given), strict=True))


@pytest.mark.parametrize("passed", [False, True])
def test_a_joined_decoder_gives_what_its_halves_give(passed: bool) -> None:
    begins, goes_on = first(), later(passed)
    whole = decoders.merged(begins, goes_on)
    onnx.checker.check_model(whole)
    read = np.random.default_rng(1).standard_normal((1, 5, WIDTH)).astype(np.float32)
    nothing = np.zeros((1, 0, WIDTH), np.float32)
    feed = {
        "input_ids": np.array([[3, 7, 2]]), "encoder_hidden_states": read, "use_cache_branch": np.array([False]),
        PAST.format("decoder"): nothing, PAST.format("encoder"): nothing,
    }  # fmt: skip
    expected, found = run(begins, feed), run(whole, feed)
    assert [*found] == ["logits", PRESENT.format("decoder"), PRESENT.format("encoder")]
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
    kept = {PAST.format(half): found[PRESENT.format(half)] for half in ("decoder", "encoder")}
    feed = {**feed, **kept, "input_ids": np.array([[9]]), "use_cache_branch": np.array([True])}
    expected, found = run(goes_on, feed), run(whole, feed)
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
    assert found[PRESENT.format("decoder")].shape == (1, 4, WIDTH)
    assert passed or found[PRESENT.format("encoder")].size == 0


def test_weights_of_both_halves_stand_once_in_the_joined_one() -> None:
    whole = decoders.merged(first(), later())
    assert len(whole.graph.initializer) == len(_weights())
    held = sum(tensor.ByteSize() for tensor in whole.graph.initializer)
    assert held < 1.05 * sum(tensor.ByteSize() for tensor in _weights())


def test_only_what_is_left_is_read(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name}.onnx" for name in ("encoder_model", *decoders.ROLES)}
    assert [*decoders.left(paths)] == ["encoder_model", decoders.MERGED]
    halves = {name: path for name, path in paths.items() if name != decoders.MERGED}
    assert decoders.left(halves) == halves


def test_halves_are_joined_where_both_are_there(tmp_path: Path) -> None:
    begins = Model(tmp_path / "decoder_model.onnx", first(), 10)
    goes_on = Model(tmp_path / "decoder_with_past_model.onnx", later(), 20)
    assert decoders.joined({decoders.FIRST: begins}) == {decoders.FIRST: begins}
    both = decoders.joined({decoders.FIRST: begins, decoders.LATER: goes_on})
    assert [*both] == [decoders.MERGED]
    assert both[decoders.MERGED].file_bytes == 30
    assert "use_cache_branch" in {info.name for info in both[decoders.MERGED].proto.graph.input}
