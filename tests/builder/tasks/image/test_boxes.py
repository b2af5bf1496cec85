"""Who says that outputs are boxes: exporters' metadata, config.json, names and operators; and rotated boxes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.evidence import Origin
from edgeweb.tasks.image import authors, graphs, published
from edgeweb.tasks.plan import Plan
from planned import flat, seen

SIZE = 64
# The cells of 8, 16 and 32.
CELLS = 84
Arrays = dict[str, np.ndarray[Any, Any]]


def zeros(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape, np.float32)


def plan_of(
    outputs: Arrays, tmp_path: Path, config: dict[str, Any] | None = None, classes: int = 3, **metadata: str
) -> Plan:
    """The plan of a model with this metadata, and this config.json beside it."""
    shapes = {name: (tiny.FLOAT, list(array.shape)) for name, array in outputs.items()}
    proto = flat({"images": (tiny.FLOAT, [1, 3, SIZE, SIZE])}, shapes)
    if metadata:
        names = {place: f"k{place}" for place in range(classes)}
        onnx.helper.set_model_props(proto, {"stride": "32", "names": str(names), **metadata})
    if config:
        (tmp_path / "config.json").write_text(json.dumps(config))
    said = authors.of(proto, tmp_path / "model.onnx")
    names_of = [f"k{place}" for place in range(classes)] if metadata else []
    known = replace(seen(proto, classes=names_of), gave=outputs, beside={"image": said})
    return tasks.choose(known, Config())


# What ultralytics' exporter writes for three classes: with and without its own selection of boxes.
EXPORTS: list[tuple[str, dict[str, str], Arrays, tuple[Any, ...]]] = [
    ("detect", {}, {"output0": zeros(1, 7, CELLS)}, ("columns", (0, 0), False)),
    ("detect", {"end2end": "True"}, {"output0": zeros(1, 300, 6)}, ("final", (0, 0), False)),
    ("detect", {"args": "{'nms': True}"}, {"output0": zeros(1, 300, 6)}, ("final", (0, 0), False)),
    ("segment", {}, {"output0": zeros(1, 39, CELLS), "output1": zeros(1, 32, 16, 16)}, ("columns", (0, 0), False)),
    ("segment", {"args": "{'nms': True}"}, {"output0": zeros(1, 300, 38), "output1": zeros(1, 32, 16, 16)},
     ("final", (0, 0), False)),
    ("pose", {"kpt_shape": "[2, 3]"}, {"output0": zeros(1, 13, CELLS)}, ("columns", (2, 3), False)),
    ("pose", {"kpt_shape": "[2, 3]", "end2end": "True"}, {"output0": zeros(1, 300, 12)}, ("final", (2, 3), False)),
    ("obb", {}, {"output0": zeros(1, 8, CELLS)}, ("columns", (0, 0), True)),
    ("obb", {"args": "{'nms': True}"}, {"output0": zeros(1, 300, 7)}, ("final", (0, 0), True)),
]  # fmt: skip


@pytest.mark.parametrize(("task", "more", "outputs", "told"), EXPORTS, ids=[f"{t} {m}" for t, m, _, _ in EXPORTS])
def test_exports_of_ultralytics_are_read_by_their_metadata(
    task: str, more: dict[str, str], outputs: Arrays, told: tuple[Any, ...], tmp_path: Path
) -> None:
    plan = plan_of(outputs, tmp_path, task=task, **{"end2end": "False", **more})
    assert plan.task == "object-detection", plan.reasons
    head = plan.spec.head
    assert (head.form, head.points, head.angle) == told
    assert head.classes == 3 and not head.relative, "neither coefficients of masks nor an angle are classes"
    sources = {said.claim: (said.source, said.origin) for said in plan.evidence}
    where = f"the model's metadata (ultralytics, task {task})"
    assert sources["task"] == sources["boxes"] == sources["probabilities"] == ("file", where)
    assert len(plan.labels) == 3


def test_boxes_of_rtdetr_are_shares(tmp_path: Path) -> None:
    told = {"task": "detect", "end2end": "False", "head": "RTDETRDecoder"}
    for width, form in ((6, "final"), (7, "rows")):
        head = plan_of({"output0": zeros(1, 30, width)}, tmp_path, **told).spec.head
        assert (head.form, head.classes, head.relative, head.corners) == (form, 3, True, False)
    two = plan_of({"output0": zeros(1, 30, 6)}, tmp_path, classes=2, **told)
    assert two.task == "tensors" and any("two classes" in reason for reason in two.reasons)
    spec = plan_of({"output0": zeros(1, 30, 6)}, tmp_path, **told).spec
    graph = graphs.postprocess(spec, [TensorInfo("output0", "float32", [1, 1, 6])])
    session = ort.InferenceSession(graph, providers=["CPUExecutionProvider"])
    boxes, classes = session.run(
        ["boxes", "classes"], {"raw0": np.array([[[0.5, 0.5, 0.25, 0.5, 0.9, 2]]], np.float32)}
    )
    np.testing.assert_allclose(boxes, [[24, 16, 16, 32]])
    assert classes.tolist() == [2]


def test_an_export_that_does_not_fit_its_metadata_is_shown_as_numbers(tmp_path: Path) -> None:
    other = plan_of({"output0": zeros(1, 9, CELLS)}, tmp_path, task="detect", end2end="False")
    assert (other.task, other.spec.result) == ("tensors", "tensors")
    assert any("has not the columns of 3 classes" in reason for reason in other.reasons)
    # An older release says nothing of a selection.
    for number, form in ((0.0, "final"), (0.25, "rows")):
        assert plan_of({"output0": zeros(1, 30, 6) + number}, tmp_path, classes=1, task="detect").spec.head.form == form
    unknown = plan_of({"output0": zeros(1, 7, CELLS)}, tmp_path, task="dream", end2end="False")
    assert unknown.task == "tensors" and any("no interface" in reason for reason in unknown.reasons)
    classes = plan_of({"output0": zeros(1, 3)}, tmp_path, task="classify", end2end="False")
    assert (classes.task, len(classes.labels)) == ("image-classification", 3)


@pytest.mark.parametrize(("width", "form", "squash"), [(4, "queries", "Softmax"), (3, "pairs", "Sigmoid"), (6, "", "")])
def test_boxes_of_transformers_have_a_class_for_nothing_or_none(
    width: int, form: str, squash: str, tmp_path: Path
) -> None:
    outputs = {"logits": zeros(1, 20, width), "pred_boxes": zeros(1, 20, 4)}
    named = {"architectures": ["DetrForObjectDetection"], "id2label": {str(i): f"LABEL_{i}" for i in range(3)}}
    plan = plan_of(outputs, tmp_path, named)
    if not form:
        assert plan.task == "tensors"
        return
    head = plan.spec.head
    assert (head.form, head.squash, head.classes, head.relative, head.corners) == (form, squash, 3, True, False)
    assert plan.labels == ("LABEL_0", "LABEL_1", "LABEL_2"), "as transformers calls classes that nobody has named"


@pytest.mark.parametrize(
    ("labels", "told"),
    [(3, ("queries", 3, "Softmax")), (4, ("pairs", 4, "Sigmoid")), (0, None), (7, None)],
)
def test_queries_of_nobody_are_read_by_the_number_of_labels(labels: int, told: Any) -> None:
    outputs = {"logits": zeros(1, 20, 4) - 5, "pred_boxes": zeros(1, 20, 4) + 0.5}
    shapes = {name: (tiny.FLOAT, list(array.shape)) for name, array in outputs.items()}
    proto = flat({"images": (tiny.FLOAT, [1, 3, SIZE, SIZE])}, shapes)
    plan = tasks.choose(replace(seen(proto, [f"k{place}" for place in range(labels)]), gave=outputs), Config())
    assert (plan.task == "object-detection") is (told is not None), plan.reasons
    if told is not None:
        head = plan.spec.head
        assert (head.form, head.classes, head.squash) == told


def vit(count: int) -> dict[str, Any]:
    return {"architectures": ["ViTForImageClassification"], "id2label": {str(i): f"k{i}" for i in range(count)}}


def anchors(turned: bool = False) -> Any:
    """Corners of boxes in the cells of two grids, as shares, row by row."""
    grids = [np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2) / n for n in (8, 4)]
    corners = np.concatenate([np.concatenate([grid, grid + 0.25], 1) for grid in grids])
    return corners[None, :, [1, 0, 3, 2] if turned else [0, 1, 2, 3]].astype(np.float32)


def shares(first: float) -> Any:
    return np.tile(np.array([first, 1 - first], np.float32), (1, 80, 1))


@pytest.mark.parametrize(
    ("box", "score", "boxes", "scores", "shown"),
    [
        ("boxes", "scores", anchors(), shares(0.9), True),
        ("boxes", "face_confidence", anchors(), shares(0.9)[..., 1:], True),
        ("boxes", "scores", anchors(), shares(0.1), False),
        ("boxes", "scores", anchors(turned=True), shares(0.9), False),
        ("boxes", "scores", anchors()[:, ::-1] * [1, 1, 0.1, 0.1], shares(0.9), False),
        ("boxes", "scores", anchors(), shares(0.9) * [0.5, 0.5], False),
        ("boxes", "logits", anchors(), shares(0.9) * [5, -5], False),
        ("pred_boxes", "relation_logits", anchors(), shares(0.9) * [5, -5], False),
        ("raw_boxes", "scores", anchors(), shares(0.9), False),
        ("anchor_boxes", "scores", anchors(), shares(0.9), False),
        ("box_deltas", "scores", anchors(), shares(0.9)[..., 1:], False),
        ("boxes", "objectness_scores", anchors(), shares(0.9)[..., 1:], False),
    ],
)
def test_names_of_boxes_need_a_run_that_tells_their_form(
    box: str, score: str, boxes: Any, scores: Any, shown: bool
) -> None:
    outputs = {box: boxes.astype(np.float32), score: scores.astype(np.float32)}
    shapes = {name: (tiny.FLOAT, list(array.shape)) for name, array in outputs.items()}
    known = replace(seen(flat({"images": (tiny.FLOAT, [1, 3, SIZE, SIZE])}, shapes)), gave=outputs)
    assert (tasks.choose(known, Config()).task == "object-detection") is shown
    asked = tasks.choose(known, Config(task="object-detection"))
    said = next(each for each in asked.evidence if each.claim == "boxes")
    assert (said.source == "assumed") is not shown and said.settle.startswith("" if shown else "[detect]\nform")


@pytest.mark.parametrize(
    ("config", "outputs", "task"),
    [
        ({"architectures": ["ViTForImageClassification"]}, {"logits": zeros(1, 5)}, "image-classification"),
        (
            {"architectures": ["ViTForImageClassification"], "problem_type": "regression"},
            {"logits": zeros(1, 5)},
            "image-regression",
        ),
        (
            {"architectures": ["ViTForImageClassification"], "id2label": {"0": "LABEL_0"}},
            {"logits": zeros(1, 1)},
            "image-regression",
        ),
        ({"architectures": ["DPTForDepthEstimation"]}, {"y": zeros(1, SIZE, SIZE)}, "depth-estimation"),
        ({"architectures": ["SegformerForSemanticSegmentation"]}, {"y": zeros(1, 5, 16, 16)}, "image-segmentation"),
        ({"architectures": ["SegformerForSemanticSegmentation"]}, {"y": zeros(1, 5)}, "tensors"),
        ({"architectures": ["ViTForMaskedImageModeling"]}, {"y": zeros(1, 3, SIZE, SIZE)}, "tensors"),
        (
            {"architecture": "resnet18", "num_classes": 5, "pretrained_cfg": {}},
            {"y": zeros(1, 5)},
            "image-classification",
        ),
        ({"architectures": "none"}, {"y": zeros(1, 5)}, "image-regression"),
        # Nobody knows it, so its labels say nothing.
        ({"architectures": ["UnheardOf"], "id2label": vit(5)["id2label"]}, {"y": zeros(1, 5)}, "tensors"),
        # What comes out is none of such a class.
        (vit(5), {"predicted_depth": zeros(1, SIZE, SIZE)}, "depth-estimation"),
        ({"architectures": ["DPTForDepthEstimation"]}, {"reconstruction": zeros(1, 3, SIZE, SIZE)}, "image-to-image"),
        # Of another model: their numbers of classes are not those of the output.
        (vit(1000), {"y": zeros(1, 5)}, "image-regression"),
        (vit(1000), {"y": zeros(1, 512)}, "tensors"),
        ({"architecture": "resnet18", "num_classes": 7, "pretrained_cfg": {}}, {"y": zeros(1, 5)}, "image-regression"),
        (
            {"architectures": ["SegformerForSemanticSegmentation"], "id2label": {"0": "a", "1": "b"}},
            {"y": zeros(1, 5, 16, 16)},
            "tensors",
        ),
    ],
)
def test_the_architecture_tells_the_task(config: Any, outputs: Arrays, task: str, tmp_path: Path) -> None:
    plan = plan_of(outputs, tmp_path, config)
    assert plan.task == task, plan.reasons
    said = {each.claim: each for each in plan.evidence}
    assert said["preprocessing"].source == "assumed"
    if task == "image-classification":
        assert (said["probabilities"].value, said["probabilities"].source) == ("softmax", "file")


def test_a_softmax_is_never_taken_of_values_that_cannot_be_logits(tmp_path: Path) -> None:
    plan = plan_of({"logits": np.array([[175, 60, 1]], np.float32)}, tmp_path, vit(3))
    assert (plan.spec.softmax, [said for said in plan.evidence if said.claim == "probabilities"]) == (False, [])
    other = plan_of({"output0": zeros(1, 3)}, tmp_path, classes=10, task="classify")
    assert other.task == "image-regression" and any("10 classes" in reason for reason in other.reasons)


def test_what_is_of_another_model_says_nothing_of_the_pictures(tmp_path: Path) -> None:
    sizes = {"mean": [0.1] * 3, "std": [0.2] * 3, "input_size": [3, SIZE, SIZE], "crop_pct": 1.0}
    for count, source in ((3, "file"), (1000, "assumed")):
        config = {"architecture": "resnet18", "num_classes": count, "pretrained_cfg": sizes}
        (tmp_path / "config.json").write_text(json.dumps(config))
        proto = flat({"images": (tiny.FLOAT, [1, 3, SIZE, SIZE])}, {"y": (tiny.FLOAT, [1, 3])})
        known, path = seen(proto), tmp_path / "model.onnx"
        found = published.configured(Config(), known.inputs, proto, path)
        origins = {key: Origin("file", name) for key, name in found.origins.items()}
        beside = {"image": authors.of(proto, path)}
        plan = tasks.choose(replace(known, beside=beside, origins=origins), found.settings)
        said = next(each for each in plan.evidence if each.claim == "preprocessing")
        assert (said.source, bool(said.settle)) == (source, source == "assumed"), said


def test_several_labels_at_once_are_a_sigmoid_each(tmp_path: Path) -> None:
    several = {"architectures": ["ViTForImageClassification"], "problem_type": "multi_label_classification"}
    plan = plan_of({"logits": zeros(1, 5)}, tmp_path, several)
    assert (plan.spec.sigmoid, plan.spec.softmax) == (True, False)
    info = TensorInfo("logits", "float32", [1, 5])
    session = ort.InferenceSession(graphs.postprocess(plan.spec, [info]), providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"raw0": np.array([[0, 1, -1, 2, 3]], np.float32)})
    np.testing.assert_allclose(scores[0], 1 / (1 + np.exp([0, -1, 1, -2, -3])), rtol=1e-5)


@pytest.mark.parametrize(("name", "top"), [("DetrForObjectDetection", 0), ("RTDetrForObjectDetection", 2)])
def test_queries_are_read_as_transformers_reads_them(name: str, top: int, tmp_path: Path) -> None:
    count = 3 if top else 4
    logits = np.random.default_rng(4).normal(size=(1, 2, count)).astype(np.float32) * 3
    boxes = np.array([[[0.5, 0.5, 0.2, 0.4], [0.5, 0.5, 0.2, 0.4]]], np.float32)
    config = {"architectures": [name], "id2label": {str(place): f"k{place}" for place in range(3)}}
    spec = plan_of({"logits": logits, "pred_boxes": boxes}, tmp_path, config).spec
    assert spec.head.most == top
    infos = [TensorInfo(name=each, type="float32", shape=[1, 2, None]) for each in spec.outputs]
    session = ort.InferenceSession(graphs.postprocess(spec, infos))
    found = session.run(["boxes", "scores", "classes"], {"raw0": boxes, "raw1": logits})
    # Neither is left out, although one lies over the other.
    if top:
        shares = 1 / (1 + np.exp(-logits[0].ravel()))
        best = np.argsort(-shares)[:2]
        wanted, kinds = shares[best], best % 3
    else:
        shares = np.exp(logits[0]) / np.exp(logits[0]).sum(1, keepdims=True)
        wanted, kinds = shares[:, :3].max(1), shares[:, :3].argmax(1)
    np.testing.assert_allclose(found[1], wanted, rtol=1e-5)
    assert found[2].tolist() == kinds.tolist()
    np.testing.assert_allclose(found[0], np.array([[25.6, 19.2, 12.8, 25.6]] * 2), rtol=1e-5)
