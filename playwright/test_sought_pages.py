"""What a visitor names is looked for in a picture: a model that finds bright places for one word, and dark ones for another."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import text_models
from harness import Served, Watched, edgeweb
from onnx import TensorProto, helper
from PIL import Image
from playwright.sync_api import expect

PREDICT = """async ([picture, labels]) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0))
  return globalThis.asked.predict({ image: new Blob([bytes], { type: 'image/png' }), labels })
}"""


def finder(folder: Path) -> Path:
    """The two halves of a picture, whose brightness each word is for or against."""
    config = {"architectures": ["OwlViTForObjectDetection"], "model_type": "owlvit"}
    text_models._beside(folder, config, text_models.wordpiece())
    processor = {
        "image_processor_type": "OwlViTImageProcessor", "size": {"height": 16, "width": 16}, "resample": 2,
        "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_center_crop": False,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    node = helper.make_node
    nodes = [
        node("AveragePool", ["pixel_values"], ["halves"], kernel_shape=[16, 8], strides=[16, 8]),
        node("ReduceMean", ["halves"], ["grey"], axes=[1], keepdims=0), node("Reshape", ["grey", "places"], ["seen"]),
        node("Mul", ["seen", "nothing"], ["no"]), node("Add", ["no", "where"], ["pred_boxes"]),
        node("Gather", ["words", "input_ids"], ["each"]), node("ReduceSum", ["each", "row"], ["text"], keepdims=0),
        node("Transpose", ["text"], ["turned"], perm=[1, 0]), node("MatMul", ["seen", "turned"], ["logits"]),
    ]  # fmt: skip
    weights = {
        "words": text_models._of({"good": [4.0], "bad": [-4.0]}, 1), "places": np.array([1, 2, 1]), "row": np.array([1]),
        "nothing": np.zeros(1, np.float32),
        "where": np.array([[[0.25, 0.5, 0.5, 1], [0.75, 0.5, 0.5, 1]]], np.float32),
    }  # fmt: skip
    inputs = [("input_ids", TensorProto.INT64, ["n", "t"]), ("pixel_values", TensorProto.FLOAT, [1, 3, 16, 16])]
    outputs = [("logits", TensorProto.FLOAT, [1, 2, "n"]), ("pred_boxes", TensorProto.FLOAT, [1, 2, 4])]
    return text_models._save(folder / "model.onnx", nodes, inputs, outputs, weights).parent


@pytest.mark.thorough
def test_boxes_lie_where_a_label_is(
    tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    done = edgeweb("build", finder(tmp_path / "finder"), "-o", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    picture = Image.new("RGB", (40, 20))
    picture.paste((255, 255, 255), (20, 0, 40, 20))
    file = io.BytesIO()
    picture.save(file, "png")
    page = watch().page
    page.goto(serve(tmp_path / "site").url)
    answer = page.evaluate(PREDICT, [base64.b64encode(file.getvalue()).decode(), ["bad", "good", "film"]])
    assert answer["task"] == "detection"
    found = [(box["label"], box["x"], box["y"], box["width"], box["height"]) for box in answer["boxes"]]
    assert sorted(found[:2]) == [("bad", 0, 0, 20, 20), ("good", 20, 0, 20, 20)]
    assert [label for label, *_ in found[2:]] == ["film", "film"], "a label that is neither fits both alike"
    assert [box["score"] for box in answer["boxes"]] == pytest.approx([0.98, 0.98, 0.5, 0.5], abs=2e-3)
    page.get_by_label("What may be in it").fill("good")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator("edgeweb-boxes .tag")).to_have_count(1)
    expect(page.locator("edgeweb-boxes .tag")).to_contain_text("good")
