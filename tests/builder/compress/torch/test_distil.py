"""Training without labels: PyTorch runs what ONNX Runtime runs, and a student gets nearer to its teacher."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.compress import channels, layers, prune
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.common import DeclinedError
from edgeweb.inputs.golden import Array
from edgeweb.read.model import Model, to_bytes
from onnx import helper, numpy_helper

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'edgeweb[distill]'")

from edgeweb.compress.torch import distil  # noqa: E402
from edgeweb.compress.torch.graph import TorchGraph  # noqa: E402

RNG = np.random.default_rng(6)
PICTURE, ROWS = [1, 4, 9, 7], [2, 3, 8]


def random(*shape: int) -> Array:
    return RNG.normal(0, 1, shape).astype(np.float32)


W = {
    "w": random(6, 4, 3, 3), "dw": random(4, 1, 3, 3), "b": random(6), "c4": random(4), "p4": random(4) ** 2 + 1,
    "m": random(8, 5), "g": random(8), "one": np.float32(0.4).reshape(()), "slope": random(4, 1, 1),
    "axes": np.array([2, 3]), "last": np.array([-1]), "shape": np.array([0, -1]), "at": np.array([2, 0, -1]),
    "starts": np.array([1, 0]), "ends": np.array([100, 2]), "on": np.array([1, 2]), "steps": np.array([2, 1]),
    "pads": np.array([0, 0, 1, 2, 0, 0, 0, 1]), "wide": np.array([2, 3, 8]), "parts": np.array([3, 5]),
    "w1": random(5, 3, 3), "empty": np.array([], np.int64),
}  # fmt: skip
# Operator, stored inputs, attributes, shape of x.
CASES: list[tuple[str, list[str], dict[str, Any], list[int]]] = [
    *((name, [], {}, ROWS) for name in (
        "Abs", "Ceil", "Cos", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
        "Neg", "Reciprocal", "Relu", "Selu", "Sigmoid", "Sin", "Softplus", "Softsign", "Tanh", "LogSoftmax", "Softmax",
        "Flatten", "Transpose", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSum",
    )),
    *((name, ["one"], {}, ROWS) for name in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    *((name, [], {}, PICTURE) for name in ("GlobalAveragePool", "GlobalMaxPool", "Relu", "Flatten")),
    ("Conv", ["w", "b"], {}, PICTURE),
    ("Conv", ["w"], {"pads": [1, 1, 1, 1], "strides": [2, 1], "dilations": [2, 1]}, PICTURE),
    ("Conv", ["w"], {"pads": [0, 1, 2, 0]}, PICTURE),
    ("Conv", ["w"], {"pads": [2, 1, 2, 1]}, PICTURE),
    ("Conv", ["w"], {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, PICTURE),
    ("Conv", ["w"], {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, PICTURE),
    ("Conv", ["dw"], {"group": 4}, PICTURE),
    ("Conv", ["w1"], {"pads": [1, 1]}, ROWS),
    ("MaxPool", [], {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 0, 1]}, PICTURE),
    ("MaxPool", [], {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, PICTURE),
    ("AveragePool", [], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}, PICTURE),
    ("AveragePool", [], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}, PICTURE),
    ("BatchNormalization", ["c4", "c4", "c4", "p4"], {"epsilon": 0.01}, PICTURE),
    ("InstanceNormalization", ["c4", "c4"], {}, PICTURE),
    ("LayerNormalization", ["g", "g"], {}, ROWS),
    ("PRelu", ["slope"], {}, PICTURE),
    ("Clip", ["one"], {}, ROWS),
    ("MatMul", ["m"], {}, ROWS),
    ("Gemm", ["m"], {"alpha": 0.5}, [3, 8]),
    ("Gemm", ["m", "one"], {"transA": 1, "beta": 2.0}, [8, 3]),
    ("ReduceMean", ["axes"], {"keepdims": 0}, PICTURE),
    ("Softmax", [], {"axis": 1}, ROWS),
    ("Gelu", [], {"approximate": "tanh"}, ROWS),
    ("Squeeze", [], {}, PICTURE),
    ("Unsqueeze", ["last"], {}, ROWS),
    ("Reshape", ["shape"], {}, PICTURE),
    ("Gather", ["at"], {"axis": 1}, PICTURE),
    ("Slice", ["starts", "ends", "on", "steps"], {}, PICTURE),
    ("Pad", ["pads"], {}, PICTURE),
    ("Expand", ["wide"], {}, [1, 3, 8]),
    ("Split", ["parts"], {"axis": 2}, ROWS),
    ("Concat", ["x"], {"axis": 1}, ROWS),
    ("Cast", [], {"to": 1}, ROWS),
    ("Pow", ["one"], {}, ROWS),
]  # fmt: skip


def single(kind: str, stored: list[str], given: dict[str, Any], shape: list[int]) -> onnx.ModelProto:
    outputs = ["y", "rest"] if kind == "Split" else ["y"]
    node = helper.make_node(kind, ["x", *stored], outputs, **given)
    used = {name: np.asarray(W[name]) for name in stored if name in W}
    proto = tiny.proto_of([node], [tiny.value("x", shape=shape)], [tiny.value("y", shape=None)], used)
    proto.opset_import[0].version = 20
    return proto


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[2] or ''}")
def test_operators_give_what_onnx_runtime_gives(case: tuple[str, list[str], dict[str, Any], list[int]]) -> None:
    proto = single(*case)
    sign = np.abs if case[0] == "Pow" else np.asarray
    TorchGraph(proto, ["y"]).check(proto, [{"x": sign(random(*case[3]))} for _ in range(3)], 1)


def test_shapes_that_are_computed() -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["s"]),
        helper.make_node("Gather", ["s", "first"], ["n"]),
        helper.make_node("Concat", ["n", "minus"], ["t"], axis=0),
        helper.make_node("Reshape", ["x", "t"], ["y"]),
    ]
    stored = {"first": np.array([0]), "minus": np.array([-1])}
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=PICTURE)], [tiny.value("y", shape=None)], stored)
    TorchGraph(proto, ["y"]).check(proto, [{"x": random(*PICTURE)} for _ in range(2)], 1)


def test_an_unknown_operator_is_named() -> None:
    with pytest.raises(DeclinedError, match="does not know the operator LpNormalization"):
        TorchGraph(single("LpNormalization", [], {}, ROWS), ["y"])


def test_a_wrong_answer_is_found_before_training() -> None:
    """Until opset 13 Softmax took all later axes as one; an axis read by the later rule would not be that."""
    proto = single("Softmax", [], {"axis": 1}, ROWS)
    graph = TorchGraph(proto, ["y"])
    proto.opset_import[0].version = 11
    with pytest.raises(DeclinedError, match='in training "y" would not be what ONNX Runtime gives'):
        graph.check(proto, [{"x": random(*ROWS)}], 1)
    TorchGraph(proto, ["y"]).check(proto, [{"x": random(*ROWS)}], 1)


def teacher() -> Model:
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["c"], kernel_shape=[3, 3], pads=[1] * 4),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("MatMul", ["f", "w2"], ["s"]),
        helper.make_node("Softmax", ["s"], ["y"]),
    ]
    stored = {"w1": random(32, 2, 3, 3), "b1": random(32), "w2": random(32, 8)}
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=[1, 2, 8, 8])], [tiny.value("y", shape=[1, 8])], stored)
    return Model(Path("m.onnx"), proto, len(to_bytes(proto)))


@pytest.fixture(scope="module")
def given() -> Calibration:
    rng = np.random.default_rng(8)
    return Calibration(tuple({"x": rng.normal(0, 1, (1, 2, 8, 8)).astype(np.float32)} for _ in range(48)))


def test_a_student_learns_what_pruning_took(given: Calibration) -> None:
    model = teacher()
    pruned = channels.step(model, given, 0.5)
    assert pruned.changed
    result = distil.step(pruned.model, given, model)
    assert result.changed, result.notes
    before, after = (float(word.rstrip(".")) for word in result.notes[0].split("fell from ")[1].split(" to "))
    assert after < before / 5
    assert [t.name for t in result.model.proto.graph.initializer] == [
        t.name for t in pruned.model.proto.graph.initializer
    ]


def test_weights_that_are_zero_stay_zero(given: Calibration) -> None:
    model = teacher()
    pruned = prune.step(model, given, 0.5).model
    learnt = distil.step(pruned, given, model).model
    for one, two in zip(layers.find(pruned.proto), layers.find(learnt.proto), strict=True):
        np.testing.assert_array_equal(one.weights == 0, two.weights == 0)
        assert not np.array_equal(one.weights, two.weights)


def test_what_was_trained_rounded_is_what_is_stored(given: Calibration) -> None:
    model = teacher()
    with distil.deterministic():
        student = distil.Student(model.proto, distil.Teacher(model.proto, given), given)
        steps = student.steps(0.8)
        plain = student.error(steps)
        student.train(4, 1e-3, steps)
        trained, grids = student.error(steps), student.grids(steps)
    assert trained < 0.8 * plain
    stored = layers.filled(student.proto(), {name: grid.values() for name, grid in grids.items()})
    with distil.deterministic():
        again = distil.Student(stored, student.teacher, given)
        assert again.error({}) == pytest.approx(trained, rel=1e-3)


def test_what_cannot_be_taught_says_why(given: Calibration) -> None:
    model = teacher()
    assert distil.step(model, Calibration(()), model).notes == ("there are no inputs to learn from",)
    mixed = Calibration(({"x": random(1, 2, 8, 8)}, {"x": random(2, 2, 8, 8)}))
    model.proto.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "n"
    assert distil.step(model, mixed, model).notes == (
        "its inputs differ in shape, so they cannot be trained on together",
    )


@pytest.mark.thorough
def test_the_same_bytes_in_another_process(given: Calibration, tmp_path: Path) -> None:
    model = teacher()
    (tmp_path / "m.onnx").write_bytes(to_bytes(model.proto))
    np.save(tmp_path / "x.npy", np.stack([feed["x"] for feed in given.feeds]))
    code = """
import hashlib, sys
import numpy as np
from pathlib import Path
from edgeweb.compress import channels
from edgeweb.compress.torch import distil
from edgeweb.compress.calibration import Calibration
from edgeweb.read.model import load, to_bytes
model = load(sys.argv[1] + "/m.onnx")
given = Calibration(tuple({"x": x} for x in np.load(sys.argv[1] + "/x.npy")))
made = distil.step(channels.step(model, given, 0.5).model, given, model)
print(hashlib.sha256(to_bytes(made.model.proto)).hexdigest())
"""
    run = [sys.executable, "-c", code, str(tmp_path)]
    one, two = (subprocess.run(run, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert len(one) == 65
    assert one == two


def test_pytorch_is_loaded_only_to_train() -> None:
    code = "import sys; import edgeweb.recipe, edgeweb.search.search; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_student_of_another_shape_is_declined(given: Calibration) -> None:
    model, other = teacher(), teacher()
    for tensor in other.proto.graph.initializer:
        if tensor.name == "w1":
            tensor.CopyFrom(numpy_helper.from_array(random(32, 2, 3, 3), "w1"))
    other.proto.graph.node[-2].output[0] = other.proto.graph.node[-1].input[0] = "z"
    assert "other names" in distil.step(other, given, model).notes[0]
