"""Pictures in which labels are looked for: who is believed, how places are read, and OWLv2's own way to its size."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from edgeweb.config import Config
from edgeweb.read import towers
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import authors, detect, graphs, processors, smooth
from edgeweb.tasks.image.fit import frame, told
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Recognised, Seen
from onnx import TensorProto, helper
from planned import I64, F, flat, seen

OWN = flat({"pixel_values": (F, [1, 3, 32, 32])}, {"pred_boxes": (F, [1, 3, 4]), "own0": (F, [1, 3, 2])})
TEXT = flat({"input_ids": (I64, ["n", "t"])}, {"text0": (F, ["n", 2])})


def head() -> onnx.ModelProto:
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Transpose", ["text0"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["own0", "turned"], ["logits"]),
    ]
    takes = [value("own0", TensorProto.FLOAT, [1, 3, 2]), value("text0", TensorProto.FLOAT, ["n", 2])]
    graph = helper.make_graph(nodes, "head", takes, [value("logits", TensorProto.FLOAT, [1, 3, "n"])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def given(folder: Path, words: Language, architecture: str, kind: str) -> Seen:
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture], "model_type": kind}))
    other, said = seen(TEXT), authors.of(OWN, folder / "model.onnx")
    parts = {towers.TEXT: Further(TEXT, other.inputs, other.outputs)}
    return replace(seen(OWN), parts=parts, language=words, head=head(), beside={"image": said})


def test_each_label_is_a_class_alone_at_every_place(tmp_path: Path, words: Language) -> None:
    plan = detect.detect(given(tmp_path, words, "Owlv2ForObjectDetection", "owlv2"), Config())
    assert isinstance(plan, Recognised), plan
    assert (plan.task, plan.parts) == ("zero-shot-object-detection", (towers.TEXT,))
    spec: ImageSpec = plan.spec
    assert spec.matching is not None
    assert (spec.matching.given, spec.matching.reads, spec.matching.output) == (["own0"], ["text0"], "logits")
    claims = {each.claim: each for each in plan.evidence if isinstance(each, Said)}
    assert {claims[key].source for key in ("task", "answer", "boxes", "probabilities")} == {"file"}
    after = graphs.around(spec, seen(OWN).inputs, seen(OWN).outputs)[1]
    boxes = np.array([[[0.5, 0.5, 1, 0.5], [0.25, 0.5, 0.5, 0.5], [0, 0, 0.1, 0.1]]], np.float32)
    logits = np.array([[[2.0], [-2.0], [-3.0]]], np.float32)
    found = ort.InferenceSession(after).run(["boxes", "scores"], {"raw0": boxes, "raw1": logits})
    assert found[0].tolist() == [[0, 8, 32, 16], [0, 8, 16, 16]], "what is below a tenth is left out"
    assert found[1].tolist() == pytest.approx((1 / (1 + np.exp([-2.0, 2.0]))).tolist())


def test_whose_boxes_nobody_knows_is_shown_as_numbers(tmp_path: Path, words: Language) -> None:
    plan = detect.detect(given(tmp_path, words, "GroundingDinoForObjectDetection", "grounding-dino"), Config())
    assert isinstance(plan, Recognised)
    assert plan.task == "tensors"
    assert any("GroundingDino" in each and "not known" in each for each in plan.reasons)


# What transformers' own image processor gives of pixels that are (37 x + 91 y) % 256: web/test has the same.
SMOOTH = (
    ((7, 5), (3, 2), True, (109.48, 128.82, 120.84, 121.88, 135.54, 114.99)),
    ((7, 5), (3, 2), False, (102.79, 145.19, 112.02, 97.24, 125.25, 142.91)),
    ((4, 21), (3, 3), True, (123.85, 127.46, 127.5, 131.58, 127.65, 127.5, 126.57, 127.42, 127.5)),
    ((4, 21), (3, 3), False, (108.8, 118.56, 129.05, 138.1, 130.35, 140.06, 123.79, 130.93, 118.97)),
)


@pytest.mark.parametrize(("size", "to", "squared", "wanted"), SMOOTH)
def test_a_picture_is_brought_to_its_size_in_floats(
    size: tuple[int, int], to: tuple[int, int], squared: bool, wanted: tuple[float, ...]
) -> None:
    y, x = np.mgrid[: size[1], : size[0]]
    picture = np.repeat(((37 * x + 91 * y) % 256)[..., None], 3, 2).astype(np.uint8)
    made = smooth.pixels(picture, to[::-1], squared=squared)
    assert made[..., 0].ravel().tolist() == pytest.approx(wanted, abs=0.01)


def test_the_processor_says_that_it_pads_to_a_square() -> None:
    said = {
        "image_processor_type": "Owlv2ImageProcessor",
        "do_pad": True,
        "resample": 2,
        "size": {"height": 8, "width": 8},
    }
    fit = processors.fit(said)
    assert fit is not None
    assert (fit.squared, fit.resample, frame(fit, (3, 50)).size) == (True, "smooth", (8, 8))
    assert told(fit) == "on a grey square, to 8 x 8 (smooth)"
    assert processors.fit({**said, "do_rescale": False}) is None, "what grey is depends on it"
