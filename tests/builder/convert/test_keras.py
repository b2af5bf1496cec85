"""Files of Keras: the same answers in ONNX, and neither code nor other files through them.

Keras is no dependency of the tests; where it is installed they run, with TensorFlow and tf2onnx or torch and onnxscript
behind it.
"""

from __future__ import annotations

import importlib.util
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.convert import conversion
from edgeweb.convert.common import How
from edgeweb.errors import EdgewebError
from edgeweb.machine import session

# Their own warnings are not of edgeweb.
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore")]

if importlib.util.find_spec("keras") is None:
    pytest.skip("Keras is not installed", allow_module_level=True)

CONFIG = "config.json"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module", autouse=True)
def backend() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        backend = "tensorflow" if importlib.util.find_spec("tensorflow") else "torch"
        patch.setenv("KERAS_BACKEND", backend)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    room = tmp_path_factory.mktemp("keras")
    seen = keras.Sequential([
        keras.Input((8, 8, 1), name="image"), layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(),
        layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, "softmax", name="kind"),
    ])  # fmt: skip
    numbers, code = keras.Input((4,), name="numbers"), keras.Input((1,), dtype="int32", name="code")
    both = layers.Concatenate()([layers.Dense(3, "relu")(numbers), layers.Flatten()(layers.Embedding(7, 3)(code))])
    told = {"price": layers.Dense(1)(both), "kind": layers.Dense(3, "softmax")(both)}
    seen.save(room / "seen.keras")
    seen.save(room / "seen.h5")
    seen.save_weights(room / "seen.weights.h5")
    keras.Model([numbers, code], told).save(room / "told.keras")
    code_inside = keras.Sequential([keras.Input((4,)), layers.Lambda(lambda value: value * 2), layers.Dense(1)])
    code_inside.save(room / "lambda.keras")
    code_inside.save(room / "lambda.h5")
    return room


@pytest.mark.parametrize("name", ["seen.keras", "seen.h5", "told.keras"])
def test_it_answers_as_keras_does(folder: Path, name: str) -> None:
    import keras

    found = conversion.converted(folder / name, How())
    assert found is not None and found.framework == f"Keras {keras.__version__}"
    draw = np.random.default_rng(0)
    model = keras.saving.load_model(folder / name, compile=False)
    for count in (1, 3):
        rows = {each.name: draw.integers(0, 7, (count, *each.shape[1:])).astype(each.dtype) for each in model.inputs}
        says, (ours,) = conversion.answers(found, rows), session.run(found.place, [rows])
        real = model(list(rows.values()) if len(rows) > 1 else rows["image"], training=False)
        real = real if isinstance(real, dict) else {"kind": real}
        assert {*ours} == {*says} == {*real}
        for key, value in real.items():
            assert np.allclose(keras.ops.convert_to_numpy(value), ours[key], atol=1e-6)
            assert np.allclose(says[key], ours[key], atol=1e-6)


def changed(source: Path, to: Path, change: Change) -> Path:
    """The same archive with another configuration."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(to, "w") as made:
        for name in archive.namelist():
            data = archive.read(name)
            if name == CONFIG:
                config = json.loads(data)
                change(config)
                data = json.dumps(config).encode()
            made.writestr(name, data)
    return to


def _layer(config: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = config["config"]["layers"][1]
    return found


def test_neither_code_nor_other_files_come_through_it(folder: Path, tmp_path: Path) -> None:
    changes: dict[str, Change] = {
        "its function exec is Python": lambda config: _layer(config)["config"].update(
            activation={"module": "builtins", "class_name": "function", "config": "exec", "registered_name": "function"}
        ),
        "is of os, not of Keras": lambda config: _layer(config).update(module="os", class_name="system"),
        "is of keras.config, not of Keras": lambda config: _layer(config).update(
            module="keras.config", class_name="enable_unsafe_deserialization"
        ),
        "reads another file": lambda config: _layer(config).update(
            class_name="StringLookup", config={"vocabulary": "/etc/hostname"}
        ),
        "TFSMLayer is Python": lambda config: _layer(config).update(class_name="TFSMLayer"),
    }
    hostile = {
        why: changed(folder / "seen.keras", tmp_path / f"{number}.keras", change)
        for number, (why, change) in enumerate(changes.items())
    }
    outside = changed(folder / "seen.keras", tmp_path / "outside.keras", lambda _: None)
    with zipfile.ZipFile(outside, "a") as archive:
        archive.writestr("assets/../../outside", b"")
    hostile |= {"would lie outside": outside, "Lambda is Python": folder / "lambda.keras"}
    hostile |= {"its layer Lambda": folder / "lambda.h5", "in another file": _linked(folder, tmp_path)}
    for why, path in hostile.items():
        with pytest.raises(EdgewebError) as error:
            conversion.converted(path, How())
        assert error.value.exit_code == 2 and why.lower() in str(error.value).lower(), (why, str(error.value))


def _linked(folder: Path, room: Path) -> Path:
    """Its weights are said to be in another file."""
    import h5py

    path = room / "linked.h5"
    path.write_bytes((folder / "seen.h5").read_bytes())
    with h5py.File(path, "a") as store:
        store["model_weights"]["more"] = h5py.ExternalLink("/etc/hostname", "/")
    return path


def test_what_keras_does_not_read_is_one_sentence(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.keras"
    cut.write_bytes((folder / "seen.keras").read_bytes()[:-700] + bytes(22))
    broken = tmp_path / "broken.h5"
    broken.write_bytes((folder / "seen.h5").read_bytes()[:9000])
    later = changed(folder / "seen.keras", tmp_path / "later.keras", lambda config: _layer(config).update(
        class_name="OfTomorrow"
    ))  # fmt: skip
    told = {
        cut: "is no archive",
        broken: "is damaged",
        later: "was saved by Keras",
        folder / "seen.weights.h5": "is no whole model",
    }
    for path, why in told.items():
        with pytest.raises(EdgewebError, match=why) as error:
            conversion.converted(path, How())
        assert error.value.exit_code == 2 and str(error.value).startswith(str(path)) and "\n" not in str(error.value)
