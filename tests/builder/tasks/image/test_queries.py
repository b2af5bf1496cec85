"""Masks of queries become classes of pixels, and a second input for padding a part of the graph."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image import authors, graphs, native, unmasked
from edgeweb.tasks.image.files import Placed
from edgeweb.tasks.image.manifest import Fit
from edgeweb.tasks.plan import Plan
from onnx import TensorProto, helper
from planned import flat, seen

Drawn = np.ndarray[Any, Any]


def drawn(*shape: int) -> Drawn:
    return (3 * np.random.default_rng(2).normal(size=shape)).astype(np.float32)


def chosen(architecture: str, outputs: dict[str, Drawn], folder: Path, classes: int = 4) -> Plan:
    named = {str(each): f"k{each}" for each in range(classes)}
    (folder / "config.json").write_text(json.dumps({"architectures": [architecture], "id2label": named}))
    shapes = {name: (tiny.FLOAT, list(array.shape)) for name, array in outputs.items()}
    proto = flat({"pixels": (tiny.FLOAT, [1, 3, 32, 32])}, shapes)
    said = authors.of(proto, folder / "model.onnx")
    return tasks.choose(
        replace(seen(proto, classes=list(named.values())), gave=outputs, beside={"image": said}), Config()
    )


def finer(planes: Drawn, sides: tuple[int, int]) -> Drawn:
    """Between cells, as PyTorch's interpolate does it."""
    for axis, side in zip((-2, -1), sides, strict=True):
        have = planes.shape[axis]
        at = np.clip((np.arange(side) + 0.5) * have / side - 0.5, 0, have - 1)
        low = np.floor(at).astype(int)
        share = (at - low).reshape((-1, 1) if axis == -2 else (-1,))
        ends = planes.take(low, axis), planes.take(np.minimum(low + 1, have - 1), axis)
        planes = ends[0] * (1 - share) + ends[1] * share
    return planes


@pytest.mark.parametrize(
    ("architecture", "masks", "classes", "side"),
    [
        ("MaskFormerForInstanceSegmentation", "masks_queries_logits", "class_queries_logits", None),
        ("Mask2FormerForUniversalSegmentation", "masks_queries_logits", "class_queries_logits", 384),
        ("DetrForSegmentation", "pred_masks", "logits", None),
    ],
)
def test_queries_add_up_as_in_transformers(
    architecture: str, masks: str, classes: str, side: int | None, tmp_path: Path
) -> None:
    outputs = {classes: drawn(1, 6, 5), masks: drawn(1, 6, 8, 8)}
    plan = chosen(architecture, outputs, tmp_path)
    assert (plan.task, plan.spec.outputs, plan.spec.map.classes) == ("image-segmentation", (masks, classes), 4)
    infos = [TensorInfo(name=name, type="float32", shape=list(outputs[name].shape)) for name in plan.spec.outputs]
    after = ort.InferenceSession(graphs.postprocess(plan.spec, infos))
    (mask,) = after.run(["mask"], {"raw0": outputs[masks], "raw1": outputs[classes]})
    shares = np.exp(outputs[classes][0])
    shares /= shares.sum(axis=-1, keepdims=True)
    laid = outputs[masks][0] if side is None else finer(outputs[masks][0], (side, side))
    scores = finer(np.einsum("qc,qhw->chw", shares[:, :-1], 1 / (1 + np.exp(-laid))), (32, 32))
    best = np.sort(scores, axis=0)
    sure = best[-1] - best[-2] > 1e-4
    assert len(np.unique(mask)) > 1
    assert sure.mean() > 0.9
    np.testing.assert_array_equal(mask[sure], scores.argmax(axis=0)[sure])


def test_queries_that_are_sure_become_segments(tmp_path: Path) -> None:
    """Of one class twice, of nothing, unsure, covered by another, and with little of its own."""
    logits = np.array([[9, 0, 0], [8, 0, 0], [0, 0, 9], [0.1, 0, 0], [0, 9, 0], [0, 7, 0]], np.float32)
    laid = np.full((6, 8, 8), -9, np.float32)
    laid[0, :, :3], laid[1, :, 5:], laid[2:4], laid[4, :, 3], laid[5, :, 3:5] = 9, 9, 9, 9, 6
    laid[5, :2, :2] = 3
    outputs = {"logits": logits[None], "pred_masks": laid[None]}
    plan = chosen("DetrForSegmentation", outputs, tmp_path, classes=2)
    spec = replace(plan.spec, fit=Fit("exact", "bilinear", 32, 32))
    infos = [TensorInfo(name=name, type="float32", shape=list(outputs[name].shape)) for name in spec.outputs]
    after = ort.InferenceSession(graphs.postprocess(spec, infos))
    masks, sure, kinds = after.run(["masks", "sure", "kinds"], {"raw0": laid[None], "raw1": logits[None]})
    assert kinds.tolist() == [0, 0, 1, 1] and masks.shape == (4, 8, 8)
    parts = native.segments(masks, sure, Placed(8, 8, (0, 0, 8, 8), (0, 0, 32, 32)))
    assert parts is not None
    mask, kept = parts
    assert kept == [0, 1, 2], "half of the last one is another's, and a part of the rest too"
    assert mask.tolist() == [[1, 1, 1, 3, 0, 2, 2, 2]] * 8
    assert native.segments(masks[:0], sure[:0], Placed(8, 8, (0, 0, 8, 8), (0, 0, 32, 32))) is None


@pytest.mark.parametrize("config", [{"architectures": ["BiRefNetForImageSegmentation"]}, {"model_type": "u2net"}])
@pytest.mark.parametrize("shares", [True, False])
def test_a_matte_is_cut_out_where_somebody_says_so(config: dict[str, Any], shares: bool, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    matte = drawn(1, 1, 32, 32)
    given = 1 / (1 + np.exp(-matte)) if shares else matte
    proto = flat({"pixels": (tiny.FLOAT, [1, 3, 32, 32])}, {"out": (tiny.FLOAT, [1, 1, 32, 32])})
    said = authors.of(proto, tmp_path / "model.onnx")
    known = replace(seen(proto), gave={"out": given})
    assert tasks.choose(known, Config()).task != "background-removal"
    plan = tasks.choose(replace(known, beside={"image": said}), Config())
    assert (plan.task, plan.spec.result) == ("background-removal", "segmentation")
    assert plan.kind.labels(plan, known) == (), "the page's own words for something and nothing"
    info = TensorInfo(name="out", type="float32", shape=[1, 1, 32, 32])
    mask, alpha = ort.InferenceSession(graphs.postprocess(plan.spec, [info])).run(["mask", "alpha"], {"raw0": given})
    np.testing.assert_array_equal(mask, matte[0, 0] > 0)
    np.testing.assert_allclose(alpha, 255 / (1 + np.exp(-matte[0, 0])), atol=0.51)


def test_queries_need_the_classes_that_are_named(tmp_path: Path) -> None:
    outputs = {"logits": drawn(1, 6, 5), "pred_masks": drawn(1, 6, 8, 8)}
    plan = chosen("DetrForSegmentation", outputs, tmp_path, classes=3)
    assert plan.task == "tensors"
    assert any('"logits" is of 5 classes' in reason for reason in plan.reasons)


def test_a_text_about_the_picture_is_not_made_up() -> None:
    inputs = {"pixel_values": (tiny.FLOAT, [1, 3, 32, 32]), "task_inputs": (TensorProto.INT64, [1, 77])}
    plan = tasks.choose(seen(flat(inputs, {"logits": (tiny.FLOAT, [1, 6, 5])})), Config())
    assert plan.task == "tensors"
    assert any("says what is wanted" in reason for reason in plan.reasons)


@pytest.mark.parametrize(("sides", "count"), [(("height", "width"), 4 * 6), ((5, 7), 5 * 7)])
def test_every_pixel_counts(sides: tuple[Any, Any], count: int) -> None:
    nodes = [
        helper.make_node("Cast", ["pixel_mask"], ["ones"], to=tiny.FLOAT),
        helper.make_node("ReduceSum", ["ones"], ["y"], keepdims=0),
        helper.make_node("Identity", ["pixel_values"], ["same"]),
    ]
    picture = tiny.value("pixel_values", tiny.FLOAT, ["n", 3, "height", "width"])
    mask = tiny.value("pixel_mask", TensorProto.INT64, ["n", *sides])
    given = tiny.as_model(tiny.proto_of(nodes, [picture, mask], [tiny.value("y"), tiny.value("same")]))
    model, notes = unmasked.step(given, Config())
    assert [each.name for each in model.proto.graph.input] == ["pixel_values"]
    assert "made in the graph" in notes[0]
    session = ort.InferenceSession(model.proto.SerializeToString())
    assert session.run(["y"], {"pixel_values": np.zeros((1, 3, 4, 6), np.float32)})[0] == count


def test_a_mask_stays_where_the_processor_pads(tmp_path: Path) -> None:
    said = {"image_processor_type": "DetrImageProcessor", "size": {"shortest_edge": 8, "longest_edge": 9},
            "do_pad": True, "pad_size": {"height": 9, "width": 9}}  # fmt: skip
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    inputs = {"pixel_values": (tiny.FLOAT, [1, 3, 9, 9]), "pixel_mask": (TensorProto.INT64, [1, 9, 9])}
    given = replace(tiny.as_model(flat(inputs, {"y": (tiny.FLOAT, [1])})), path=tmp_path / "model.onnx")
    model, notes = unmasked.step(given, Config())
    assert model is given
    assert "stays an input" in notes[0]
