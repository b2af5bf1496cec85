"""The limited child process: what hangs or bursts is refused, what works comes back whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.inputs import golden
from edgeweb.read.probe import inspect_model
from edgeweb.schema.model import GoldenInput
from edgeweb.trial import native
from edgeweb.trial.native import Examined
from onnx import helper


def examine(proto: onnx.ModelProto, *, endless: bool = False, random: bool = False) -> Examined:
    cases = list(golden.candidates(inspect_model(tiny.as_model(proto)).inputs, {}))
    return native.examine(Path("m.onnx"), proto.SerializeToString(), cases, endless=endless, random=random)


def test_what_comes_back() -> None:
    proto = tiny.linear()
    found = examine(proto)
    assert [list(entry) for entry in found.inputs] == [["x", "tensor(float)", ["batch", 4]]]
    assert [spec.dims for spec in found.case] == [[1, 4]]
    x = golden.make_input(found.case[0]).astype(np.float64)
    logits = x @ tiny.weights(4, 3)
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(found.reference["y"], expected, rtol=1e-5)
    np.testing.assert_allclose(found.optimised_outputs["y"], expected, rtol=1e-5)
    assert found.optimised is not None
    onnx.checker.check_model(onnx.load_model_from_string(found.optimised))
    assert found.notes == ()


@pytest.mark.parametrize("sizes", [[2, 2, 2], [1, 3, 2], [1]])
def test_looks_come_back_one_by_one_of_one_shape_or_several(sizes: list[int]) -> None:
    proto = tiny.linear()
    feeds = [{"x": np.full((size, 4), number, np.float32)} for number, size in enumerate(sizes)]
    cases = list(golden.candidates(inspect_model(tiny.as_model(proto)).inputs, {}))
    found = native.examine(
        Path("m.onnx"), proto.SerializeToString(), cases, endless=False, random=False, optimise=False, looks=feeds
    )
    assert [look["y"].shape for look in found.looks] == [(size, 3) for size in sizes]
    logits = [feed["x"] @ tiny.weights(4, 3) for feed in feeds]
    for look, each in zip(found.looks, logits, strict=True):
        np.testing.assert_allclose(look["y"], np.exp(each) / np.exp(each).sum(axis=1, keepdims=True), rtol=1e-4)


def test_a_loop_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_SECONDS", 2.5)
    with pytest.raises(
        UnsupportedError, match=r"m\.onnx cannot be run on small seeded inputs\. Its trial did not finish"
    ):
        examine(tiny.endless(), endless=True)


def test_a_machine_that_is_slow_to_start_is_not_the_models_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(2.2)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(native, "_SECONDS", 2)
    assert examine(tiny.linear()).optimised is not None


def test_a_model_that_makes_160_gigabytes_is_stopped() -> None:
    with pytest.raises(UnsupportedError, match="memory"):
        examine(tiny.bomb())


def test_a_child_that_dies_is_a_model_that_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    # 64 MB are not enough for Python with ONNX Runtime: it ends before it says anything.
    monkeypatch.setattr(native, "MODEL_BYTES", 64 << 20)
    with pytest.raises(EdgewebError):
        examine(tiny.linear())


def test_random_outputs_are_told_from_those_that_repeat() -> None:
    found = examine(tiny.noisy(), random=True)
    assert set(found.reference) == {"y"}
    assert set(found.optimised_outputs) == {"y"}


def test_dynamic_sizes_are_tried_until_one_fits() -> None:
    stored = {"shape": np.array([1, 32], np.int64), "w": tiny.weights(32, 2)}
    nodes = [helper.make_node("Reshape", ["x", "shape"], ["r"]), helper.make_node("MatMul", ["r", "w"], ["y"])]
    proto = tiny.proto_of(nodes, [tiny.value("x", shape=["n", "m"])], [tiny.value("y", shape=[1, 2])], stored)
    assert examine(proto).case[0].dims == [1, 32]


def test_a_model_that_takes_no_seeded_input_is_noted() -> None:
    stored = {"shape": np.array([1, 31], np.int64)}
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    found = examine(
        tiny.proto_of([node], [tiny.value("x", shape=["n", "m"])], [tiny.value("y", shape=[1, 31])], stored)
    )
    assert (found.case, found.reference) == ([], {})
    assert "did not take the inputs of the trial" in found.notes[0]
    assert found.optimised is not None


def test_what_onnx_runtime_refuses() -> None:
    proto = tiny.linear()
    proto.graph.node[0].attribute.append(helper.make_attribute("surprise", 1))
    with pytest.raises(ModelError, match=r"m\.onnx is refused by ONNX Runtime\. .*surprise"):
        examine(proto)


def test_names_and_texts_travel_whole() -> None:
    case = [GoldenInput(name="x", type="string", dims=[3], strings=["ß", "", "a\nb"])]
    proto = tiny.sums(tiny.STRING, [None])
    found = native.examine(Path("m.onnx"), proto.SerializeToString(), [case], endless=False, random=False)
    assert found.reference["y"].tolist() == ["ß", "", "a\nb"]
    odd = tiny.sums(shape=[1, 2])
    odd.graph.output[0].name = odd.graph.node[0].output[0] = "../../y\n"
    assert list(examine(odd).reference) == ["../../y\n"]


def test_the_child_imports_nothing_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = "from pathlib import Path; Path(__file__).with_name('sprung').touch(); raise SystemExit"
    for name in ("numpy", "json", "onnxruntime", "msgspec", "edgeweb"):
        (tmp_path / f"{name}.py").write_text(trap)
    monkeypatch.chdir(tmp_path)
    assert examine(tiny.linear()).case
    assert not (tmp_path / "sprung").exists()


def test_messages_lose_what_only_a_developer_of_the_runtime_needs() -> None:
    raw = "[ONNXRuntimeError] : 1 : FAIL : Load model from /tmp/m.onnx failed:/a/onnxruntime_src/b.cc:12 Broken  node"
    assert native.clean(raw) == "Broken node"
    assert len(native.clean("x " * 400)) <= 300
