"""The trial: seeded inputs or the user's, the golden case that follows, and why there may be none."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from edgeweb.errors import ConfigError, ModelError, UnsupportedError
from edgeweb.inputs import golden
from edgeweb.read.probe import inspect_model
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.trial import first_run, native
from edgeweb.trial.native import Examined
from onnx import TensorProto


def run(proto: onnx.ModelProto, data: Path | None = None, texts: Any = None) -> Examined:
    info = inspect_model(tiny.as_model(proto))
    return first_run.run(tiny.as_model(proto), info.inputs, info.operators, texts=texts or {}, data=data)


def case_of(proto: onnx.ModelProto, found: Examined) -> Any:
    cases = first_run.golden_case(found, first_run.outputs(inspect_model(tiny.as_model(proto)).outputs, found))
    return cases[0] if cases else None


def save(tmp_path: Path, **arrays: Any) -> Path:
    path = tmp_path / "inputs.npz"
    np.savez(path, **arrays)
    return path


def test_the_golden_case_of_seeded_inputs() -> None:
    proto = tiny.linear()
    case = case_of(proto, run(proto))
    assert [(spec.name, spec.dims, spec.data) for spec in case.inputs] == [("x", [1, 4], None)]
    assert [(spec.name, spec.type, spec.dims, spec.stride) for spec in case.outputs] == [("y", "float32", [1, 3], 1)]


def test_random_outputs_are_left_out_of_the_golden_case() -> None:
    case = case_of(tiny.noisy(), run(tiny.noisy()))
    assert [spec.name for spec in case.outputs] == ["y"]
    only = tiny.noisy()
    del only.graph.output[0], only.graph.node[0]
    found = run(only)
    assert case_of(only, found) is None
    assert found.notes == ("every run gives other outputs, so its numbers are not proven",)


def test_strings_in_and_out() -> None:
    proto = tiny.texts()
    case = case_of(proto, run(proto, texts={"x": ["Dream"]}))
    assert case.inputs[0].strings == ["Dream"]
    assert case.outputs[0].strings == ["DREAM"]


def test_a_locale_that_this_machine_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = tiny.texts(locale="xx_XX.nowhere")
    found = run(proto)
    assert case_of(proto, found).outputs[0].strings == ["EDGEWEB"]
    assert "without the text locale" in found.notes[-1]
    # The optimised form would lack the locale as well.
    assert found.optimised is None


def test_other_refusals_are_not_about_the_locale() -> None:
    proto = tiny.linear()
    proto.graph.node[0].op_type = "Locale"
    with pytest.raises(ModelError):
        run(proto)


def test_a_huge_fixed_input_is_refused_and_a_large_one_is_not_tried() -> None:
    with pytest.raises(UnsupportedError, match="always holds 4,611,686,018,427,387,904 elements"):
        run(tiny.sums(shape=[1 << 31, 1 << 31]))
    found = run(tiny.sums(shape=[1, 40 << 20]))
    assert found.case == []
    assert found.notes == ("its inputs are too large for a trial, so its numbers are not proven",)
    assert run(tiny.sums(shape=[0, 1 << 40])).reference["y"].shape == (0, 1 << 40)


def test_the_users_data(tmp_path: Path) -> None:
    proto = tiny.linear()
    found = run(proto, save(tmp_path, x=np.array([[1, 2, 3, 4], [5, 6, 7, 8]])))
    case = case_of(proto, found)
    np.testing.assert_array_equal(golden.make_input(case.inputs[0]), np.arange(1, 9, dtype=np.float32).reshape(2, 4))
    assert case.outputs[0].dims == [2, 3]
    np.save(tmp_path / "x.npy", np.ones((1, 4)))
    assert run(proto, tmp_path / "x.npy").case[0].dims == [1, 4]


def test_the_users_texts(tmp_path: Path) -> None:
    for array in (np.array(["a", "ß"]), np.array([b"a", "ß".encode()])):
        (feed,) = first_run.read_data(save(tmp_path, x=array), [TensorInfo(name="x", type="string", shape=[None])])
        assert feed.strings == ["a", "ß"]


def test_the_users_data_may_be_too_large_to_store(tmp_path: Path) -> None:
    proto = tiny.sums(shape=["n", 4])
    found = run(proto, save(tmp_path, x=np.ones((10_000, 4), np.float32)))
    assert [spec.seed for spec in found.case] == [1], "seeds prove the numbers instead"
    proto = tiny.sums(shape=["n", "m"])
    found = run(proto, save(tmp_path, x=np.ones((10_000, 4), np.float32)))
    assert found.reference["y"].shape == (10_000, 4)
    assert case_of(proto, found) is None
    assert "too large to be stored" in found.notes[0]
    words = [GoldenInput(name="x", type="string", dims=[1], strings=["x" * 70_000])]
    assert first_run.golden_case(Examined([], [], words, {"y": np.ones(1)}), []) == []


F32 = TensorInfo(name="x", type="float32", shape=["n", 4])


@pytest.mark.parametrize(
    ("kind", "array", "message"),
    [
        ("float32", np.ones((1, 5)), r"has shape \[1, 5\] for input \"x\". The model takes \[n, 4\]"),
        ("float32", np.ones(4), r"has shape \[4\]"),
        ("float32", np.array([["a"] * 4]), "which does not hold these values"),
        ("float32", np.ones((1, 4), complex), "which does not hold these values"),
        ("string", np.ones((1, 4)), "which does not hold these values"),
        ("string", np.array([[b"\xff"] * 4]), "which does not hold these values"),
        ("int64", np.full((1, 4), 1.5), "the model takes int64"),
        ("int64", np.full((1, 4), np.nan), "the model takes int64"),
        ("int8", np.full((1, 4), 300), "the model takes int8"),
        ("uint8", np.full((1, 4), -1), "the model takes uint8"),
        ("bool", np.full((1, 4), 2), "the model takes bool"),
        ("int64", np.array([["a"] * 4]), "the model takes int64"),
    ],
)
def test_data_that_does_not_fit(tmp_path: Path, kind: Any, array: Any, message: str) -> None:
    info = TensorInfo(name="x", type=kind, shape=["n", 4])
    with pytest.raises(ConfigError, match=f"(?i){message}"):
        first_run.read_data(save(tmp_path, x=array), [info])


def test_data_of_another_type_that_fits(tmp_path: Path) -> None:
    for kind, array in (("int64", np.full((1, 4), 2.0)), ("bool", np.ones((1, 4))), ("float16", np.full((1, 4), 0.1))):
        (feed,) = first_run.read_data(save(tmp_path, x=array), [TensorInfo(name="x", type=kind, shape=["n", 4])])  # type: ignore[arg-type]
        assert golden.make_input(feed).dtype == kind


def test_data_with_other_names_or_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds arrays for y\. The model's inputs are x"):
        first_run.read_data(save(tmp_path, y=np.ones(1)), [F32])
    with pytest.raises(ConfigError, match="holds arrays for x, y"):
        first_run.read_data(save(tmp_path, x=np.ones(1), y=np.ones(1)), [F32])
    np.save(tmp_path / "x.npy", np.ones((1, 4)))
    with pytest.raises(ConfigError, match=r"holds one array\. The model has 2 inputs"):
        first_run.read_data(tmp_path / "x.npy", [F32, F32])
    with pytest.raises(ConfigError, match="No such file"):
        first_run.read_data(tmp_path / "missing.npz", [F32])


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04broken", b"\x93NUMPY", pickle.dumps([1])])
def test_data_that_is_no_data(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "inputs.npz"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="cannot be read as data"):
        first_run.read_data(path, [F32])


def test_data_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "inputs.npz"
    np.savez(path, x=np.array([{}, {}], object), allow_pickle=True)
    with pytest.raises(ConfigError, match="cannot be read as data"):
        first_run.read_data(path, [F32])


def test_data_that_the_model_refuses_is_an_error_and_not_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refused = Examined([], [], notes=("the model did not take the inputs: indices out of bounds",))
    monkeypatch.setattr(native, "examine", lambda *_, **__: refused)
    with pytest.raises(ConfigError, match=r"does not run on .*inputs.npz\. Indices out of bounds"):
        run(tiny.linear(), save(tmp_path, x=np.ones((1, 4))))


def test_outputs_are_completed_by_what_the_trial_saw() -> None:
    declared = [TensorInfo(name="a", type="float16", shape=None), TensorInfo(name="b", type="int64", shape=["n", 2])]
    found = Examined(
        [],
        [
            ("a", "tensor(float16)", []),
            ("b", "tensor(int64)", []),
            ("c", "tensor(double)", []),
            ("d", "tensor(bool)", []),
        ],
        reference={"a": np.ones((3, 5)), "c": np.ones(())},
    )
    assert first_run.outputs(declared, found) == (
        TensorInfo(name="a", type="float16", shape=[None, 5]),
        declared[1],
        TensorInfo(name="c", type="float64", shape=[]),
        TensorInfo(name="d", type="bool", shape=None),
    )


def test_an_output_without_a_declared_type() -> None:
    proto = tiny.linear()
    proto.graph.output[0].type.Clear()
    found = run(proto)
    info = inspect_model(tiny.as_model(proto))
    assert first_run.outputs(info.outputs, found) == (TensorInfo(name="y", type="float32", shape=[None, 3]),)


def test_every_type_of_onnx_runtime_is_known() -> None:
    assert set(first_run._NATIVE_TYPES.values()) == set(golden.DTYPES)
    assert first_run._NATIVE_TYPES["tensor(float)"] == "float32"
    assert TensorProto.DataType.Name(TensorProto.UINT64).lower() in golden.DTYPES
