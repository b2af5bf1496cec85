"""Layers behind the pooling: the graph gives what sentence-transformers would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.read.model import Model
from edgeweb.tasks.text import behind
from msgspec import convert
from onnx import helper
from planned import I64, F, flat

RANDOM = np.random.default_rng(0)
WEIGHT, BIAS = RANDOM.normal(size=(3, 4)).astype(np.float32), RANDOM.normal(size=3).astype(np.float32)
TABLE = RANDOM.normal(size=(9, 4)).astype(np.float32)
ROW = [2, 5, 7, 1]
TANH = "torch.nn.modules.activation.Tanh"


def saved(path: Path, tensors: dict[str, Any]) -> None:
    about, data = {}, b""
    for name, array in tensors.items():
        end = len(data) + array.nbytes
        about[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(data), end]}
        data += array.tobytes()
    header = json.dumps(about).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def made(folder: Path, way: str = "mean_tokens", activation: str = TANH, opset: int = 18) -> Model:
    proto = flat({"input_ids": (I64, [1, "n"]), "attention_mask": (I64, [1, "n"])}, {"last_hidden_state": (F, [1, "n", 4])})  # fmt: skip  # noqa: E501
    del proto.graph.node[:]
    proto.graph.node.append(helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"]))
    proto.graph.initializer.append(onnx.numpy_helper.from_array(TABLE, "table"))
    proto.opset_import[0].version = opset
    modules = ["Transformer", "Pooling", "Dense", "Normalize"]
    paths = ["", "1_Pooling", "2_Dense", "3_Normalize"]
    said = [{"type": f"sentence_transformers.models.{kind}", "path": path} for kind, path in zip(modules, paths, strict=True)]  # fmt: skip  # noqa: E501
    for name, content in {
        "modules.json": said,
        "1_Pooling/config.json": {f"pooling_mode_{way}": True},
        "2_Dense/config.json": {"activation_function": activation},
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    saved(folder / "2_Dense" / "model.safetensors", {"linear.weight": WEIGHT, "linear.bias": BIAS})
    return Model(folder / "model.onnx", proto, 0)


@pytest.mark.parametrize(
    ("way", "pooled"),
    [
        ("mean_tokens", TABLE[ROW].mean(0)), ("cls_token", TABLE[2]), ("lasttoken", TABLE[1]),
        ("max_tokens", TABLE[ROW].max(0)),
    ],
)  # fmt: skip
def test_a_text_has_the_vector_of_the_last_layer(way: str, pooled: Any, tmp_path: Path) -> None:
    found, notes = behind.step(made(tmp_path, way), Config())
    onnx.checker.check_model(found.proto)
    session = onnxruntime.InferenceSession(found.proto.SerializeToString())
    # What stands behind the text does not count.
    feed = {"input_ids": np.array([[*ROW, 8, 8]]), "attention_mask": np.array([[1, 1, 1, 1, 0, 0]])}
    (vector,) = session.run(None, feed)
    np.testing.assert_allclose(vector, np.tanh(pooled @ WEIGHT.T + BIAS)[None], rtol=1e-5)
    assert [each.name for each in session.get_outputs()] == ["sentence_embedding"] and "2_Dense" in notes[0]


def test_what_cannot_be_added_is_said(tmp_path: Path) -> None:
    model = made(tmp_path, activation="torch.nn.GELU")
    assert behind.step(model, Config()) == (model, ["modules.json puts 2_Dense behind the pooling: 2_Dense is none of the usual (GELU), so it is left out"])  # fmt: skip  # noqa: E501
    model = made(tmp_path)
    (tmp_path / "1_Pooling" / "config.json").write_text(
        '{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}'
    )
    assert "a vector of 8 numbers does not fit it" in behind.step(model, Config())[1][0]
    model = made(tmp_path)
    for said in ({"task": "tensors"}, {"hooks": {"file": "hooks.py"}}):
        assert behind.step(model, convert(said, Config)) == (model, [])
    assert behind.step(made(tmp_path, "max_tokens", opset=17), Config())[1] == []
    weights = tmp_path / "2_Dense" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(ConfigError, match=r"model\.safetensors cannot be read"):
        behind.step(model, Config())
    weights.unlink()
    assert "is not there" in behind.step(model, Config())[1][0]
