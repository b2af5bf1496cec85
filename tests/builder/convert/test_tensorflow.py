"""SavedModels and TensorFlow Lite: the same answers in ONNX, also of bytes that stand for numbers; no file is touched.

TensorFlow is no dependency of the tests; where it and tf2onnx are installed they run.
"""

from __future__ import annotations

import importlib.util
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.convert import conversion
from edgeweb.convert.common import How
from edgeweb.errors import EdgewebError
from edgeweb.machine import session

# Their own warnings are not of edgeweb.
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore")]

if not all(importlib.util.find_spec(name) for name in ("tensorflow", "tf2onnx")):
    pytest.skip("TensorFlow and tf2onnx are not installed", allow_module_level=True)


@pytest.fixture(scope="module", autouse=True)
def backend() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import keras
    import tensorflow as tf
    from keras import layers

    keras.utils.set_random_seed(0)
    room = tmp_path_factory.mktemp("tensorflow")
    model = keras.Sequential([
        keras.Input((8, 8, 1), name="image"), layers.Conv2D(4, 3, activation="relu"), layers.Flatten(),
        layers.Dense(3, "softmax"),
    ])  # fmt: skip
    model.export(room / "saved", format="tf_saved_model", verbose=False)
    pictures = np.random.default_rng(0).random((30, 8, 8, 1), np.float32)
    few: dict[str, Any] = {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "representative_dataset": lambda: ([each[None]] for each in pictures),
    }
    edges = {"inference_input_type": tf.int8, "inference_output_type": tf.uint8}
    for name, settings in {"plain": {}, "within": few, "bytes": {**few, **edges}}.items():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        for key, value in settings.items():
            setattr(converter, key, value)
        (room / f"{name}.tflite").write_bytes(converter.convert())
    return room


@pytest.mark.parametrize(
    ("name", "apart"), [("saved", 1e-6), ("plain.tflite", 1e-6), ("within.tflite", 0.01), ("bytes.tflite", 0.01)]
)
def test_it_answers_as_its_framework_does(folder: Path, name: str, apart: float) -> None:
    found = conversion.converted(folder / name, How())
    assert found is not None
    assert found.framework.startswith("TensorFlow Lite 2." if name.endswith("lite") else "TensorFlow 2.")
    assert ("rounding" in found.said) == (apart > 1e-3)
    for count in (1, 3):
        rows = {"image": np.random.default_rng(count).random((count, 8, 8, 1), np.float32)}
        says, (ours,) = conversion.answers(found, rows), session.run(found.place, [rows])
        assert ours["output_0"].dtype == np.float32 and ours["output_0"].shape == (count, 3)
        assert np.abs(says["output_0"] - ours["output_0"]).max() <= apart


def test_labels_that_are_packed_behind_it_are_kept(folder: Path, tmp_path: Path) -> None:
    named = tmp_path / "named.tflite"
    shutil.copy(folder / "plain.tflite", named)
    with zipfile.ZipFile(named, "a") as archive:
        archive.writestr("labels.txt", "apple\npear\nplum\n")
    found = conversion.converted(named, How())
    assert found is not None
    assert {each.key: each.value for each in onnx.load(found.place).metadata_props} == {
        "names": '{"0": "apple", "1": "pear", "2": "plum"}'
    }


def test_a_graph_that_writes_files_is_not_run(tmp_path: Path) -> None:
    import tensorflow as tf

    marker = tmp_path / "marker"

    class Evil(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, 3])])  # type: ignore[untyped-decorator]
        def serve(self, value: Any) -> Any:
            tf.io.write_file(str(marker), "written")
            return {"answer": value * 2}

    model = Evil()
    tf.saved_model.save(model, str(tmp_path / "evil"), signatures={"serving_default": model.serve})
    with pytest.raises(EdgewebError, match="Its operator WriteFile reads or writes files") as error:
        conversion.converted(tmp_path / "evil", How())
    assert error.value.exit_code == 2 and not marker.exists()


def test_what_is_damaged_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    saved = shutil.copytree(folder / "saved", tmp_path / "saved")
    (saved / "saved_model.pb").write_bytes((saved / "saved_model.pb").read_bytes()[:500])
    lite = tmp_path / "cut.tflite"
    lite.write_bytes((folder / "plain.tflite").read_bytes()[:900])
    for path in (saved, lite):
        with pytest.raises(EdgewebError) as error:
            conversion.converted(path, How())
        assert error.value.exit_code == 2 and str(error.value).startswith(f"{path} cannot be")
        assert "\n" not in str(error.value)
