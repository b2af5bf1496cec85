"""What files beside a model and its metadata say of pictures and classes, and that the user's own word comes first."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import onnx
import pytest
import tiny
from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.read import published as classes
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import published
from edgeweb.tasks.image.settings import DetectConfig

IMAGE = TensorInfo(name="pixels", type="float32", shape=["n", 3, 224, 224])


def said(tmp_path: Path, processor: object = None, shape: Any = None, given: Any = None, **metadata: str) -> Any:
    if processor is not None:
        (tmp_path / "preprocessor_config.json").write_text(json.dumps(processor))
    proto = onnx.ModelProto()
    onnx.helper.set_model_props(proto, metadata)
    info = TensorInfo(name="pixels", type="float32", shape=shape or IMAGE.shape)
    settings = Config(input={"pixels": given} if given else {})
    found = published.configured(settings, [info], proto, tmp_path / "model.onnx")
    return found.settings.input.get("pixels"), found.notes


def test_a_processor_that_crops(tmp_path: Path) -> None:
    processor = {"do_resize": True, "size": {"shortest_edge": 256}, "do_center_crop": True, "do_rescale": True,
                 "crop_size": {"height": 224, "width": 224}, "rescale_factor": 0.00392156862745098,
                 "image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25]}  # fmt: skip
    found, notes = said(tmp_path, processor)
    assert (found.scale, found.mean, found.std) == (255, [0.5] * 3, [0.25] * 3)
    assert found.crop_from == [256, 256] and found.size is None and found.resize is None
    assert "preprocessor_config.json says" in notes[0] and "crop-from" in notes[0]


def test_a_processor_that_stretches_gives_an_open_size(tmp_path: Path) -> None:
    processor = {"size": {"height": 160, "width": 128}, "do_normalize": False, "do_rescale": True,
                 "do_flip_channel_order": True}  # fmt: skip
    found, _ = said(tmp_path, processor, ["n", 3, "h", "w"])
    assert (found.size, found.resize, found.color) == ([160, 128], "stretch", "BGR")
    assert (found.scale, found.mean, found.std) == (255, [0.0], [1.0])


@pytest.mark.parametrize(
    ("asked", "scale", "mean", "std"),
    [
        ({}, 255, [0.5], [0.0625] * 3),
        ({"include_top": False}, 255, [0.5], [0.25] * 3),
        ({"include_top": False, "rescale_offset": True, "rescale_factor": 1 / 127.5}, 127.5, [1.5], [0.25] * 3),
        ({"rescale_offset": True, "do_normalize": False}, 255, [1.0], [0.25] * 3),
        ({"rescale_offset": True, "do_normalize": False, "include_top": False}, 255, [1.0], [1.0]),
    ],
)
def test_a_processor_that_moves_and_divides_once_more(
    tmp_path: Path, asked: dict[str, Any], scale: float, mean: list[float], std: list[float]
) -> None:
    processor = {"image_processor_type": "EfficientNetImageProcessorFast", "do_rescale": True, "do_normalize": True,
                 "size": {"height": 64, "width": 64}, "image_mean": 0.5, "image_std": [0.25] * 3, **asked}  # fmt: skip
    found, _ = said(tmp_path, processor, ["n", 3, "h", "w"])
    assert (found.scale, found.mean, found.std) == (scale, mean, std)


def test_what_the_user_says_comes_first(tmp_path: Path) -> None:
    processor = {"size": 224, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    found, _ = said(tmp_path, processor, given=InputConfig(mean=[0.1], resize="pad"))
    assert found is not None and (found.mean, found.std, found.scale, found.resize) == ([0.1], None, None, "pad")


@pytest.mark.parametrize("text", ["[1, 2]", "{broken", '{"size": {"height": "x"}, "do_rescale": true}', "{}"])
def test_a_file_that_says_nothing_of_use(tmp_path: Path, text: str) -> None:
    (tmp_path / "preprocessor_config.json").write_text(text)
    found, _ = said(tmp_path)
    assert found is None or (found.size is None and found.resize is None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"image_std": [0.5, 0.0, 0.5]},
        {"image_std": [0.5, 1e-40, 0.5]},
        {"image_std": [0, 0, 0]},
        {"image_std": [-0.5] * 3},
        {"image_std": [math.inf] * 3},
        {"image_mean": [math.nan] * 3},
        {"rescale_factor": math.inf},
        {"rescale_factor": 1e-320},
        {"rescale_factor": math.nan},
        {"rescale_factor": 0},
    ],
)
def test_numbers_that_cannot_be_used_leave_the_file_out_of_account(tmp_path: Path, wrong: dict[str, Any]) -> None:
    found, notes = said(tmp_path, {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": 224, **wrong})
    assert found is None
    assert len(notes) == 1 and notes[0].startswith("preprocessor_config.json is left out of account: ")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"image_mean": "imagenet"}, "image_mean is not 1 or 3 numbers"),
        ({"image_mean": [0.5, 0.5]}, "image_mean is not 1 or 3 numbers"),
        ({"image_mean": [True] * 3}, "image_mean is not 1 or 3 numbers"),
        ({"image_mean": [1e9] * 3}, "image_mean is beyond what pictures are made of"),
        ({"image_std": None}, "image_std is not 1 or 3 numbers"),
        ({"rescale_factor": "1/255"}, "rescale_factor is not a number"),
        ({"rescale_factor": True}, "rescale_factor is not a number"),
        ({"do_normalize": "yes"}, "do_normalize is neither true nor false"),
        ({"do_rescale": 1}, "do_rescale is neither true nor false"),
    ],
)
def test_nonsense_leaves_the_numbers_open_and_is_told(tmp_path: Path, wrong: dict[str, Any], why: str) -> None:
    processor = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "do_normalize": True, "size": 224, **wrong}
    found, notes = said(tmp_path, processor)
    assert (found.scale, found.mean, found.std, found.color) == (None, None, None, "RGB")
    assert notes[0] == f"preprocessor_config.json is left out of account for its numbers: {why}"
    grey, _ = said(tmp_path, {**processor, "image_mean": [0.5] * 3}, ["n", 1, 224, 224])
    assert grey is None or grey.mean is None, "three numbers for one channel"


@pytest.mark.parametrize("silent", [{"do_normalize": False}, {"do_normalize": True, "sampling_rate": 16000}])
def test_a_file_without_a_word_on_scale_leaves_it_open(tmp_path: Path, silent: dict[str, Any]) -> None:
    found, _ = said(tmp_path, silent)
    assert found is None or (found.scale, found.mean, found.std) == (None, None, None)


def test_a_large_factor_is_not_rounded_to_nothing(tmp_path: Path) -> None:
    found, _ = said(tmp_path, {"do_rescale": True, "rescale_factor": 1e7})
    assert found.scale == 1e-7


def test_annotations_of_winml(tmp_path: Path) -> None:
    marks = {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "Normalized_1_1"}
    found, _ = said(tmp_path, **marks)
    assert (found.color, found.scale, found.mean, found.std) == ("BGR", 255, [0.5], [0.5])
    assert said(tmp_path, **{"Image.BitmapPixelFormat": "Rgb8"})[0].scale == 1


def test_exports_of_ultralytics(tmp_path: Path) -> None:
    metadata = {"names": "{0: 'cat', 1: 'dog'}", "stride": "32", "imgsz": "[320, 416]", "kpt_shape": "[17, 3]"}
    found, _ = said(tmp_path, shape=["n", 3, "h", "w"], **metadata)
    assert (found.size, found.scale) == ([320, 416], 255)
    proto = onnx.ModelProto()
    onnx.helper.set_model_props(proto, metadata)
    assert classes.labels(proto, tmp_path / "model.onnx") == (
        ("cat", "dog"),
        "the model's metadata",
    ) and published.pose(proto) == (17, 3)


@pytest.mark.parametrize(
    ("operator", "size", "known"), [("Softmax", 2, 2), ("Softmax", 3, 0), ("Identity", 2, 0), ("ArgMax", 1, 2)]
)
def test_names_of_who_knows_what_are_classes_only_of_a_classifier(
    operator: str, size: int, known: int, tmp_path: Path
) -> None:
    values = [tiny.value("x", tiny.FLOAT, ["n", 2]), tiny.value("y", tiny.FLOAT, ["n", size])]
    proto = tiny.proto_of([onnx.helper.make_node(operator, ["x"], ["y"])], values[:1], values[1:])
    onnx.helper.set_model_props(proto, {"names": '["age", "height"]'})
    assert len(classes.labels(proto, tmp_path / "model.onnx")[0]) == known


def test_the_points_of_a_pose_and_what_joins_them(tmp_path: Path) -> None:
    """COCO's where ultralytics says nothing else; a pose model's own from config.json; the user's before both."""

    def detect(settings: Config, **metadata: str) -> DetectConfig:
        proto = onnx.ModelProto()
        onnx.helper.set_model_props(proto, metadata)
        return published.configured(settings, [], proto, tmp_path / "model.onnx").settings.detect

    body = detect(Config(), kpt_shape="[17, 3]")
    assert body.points is not None and body.skeleton is not None
    assert (body.points[0], body.points[16], [5, 7] in body.skeleton) == ("nose", "right ankle", True)
    named = detect(Config(), kpt_shape="[2, 2]", kpt_names="{0: ['tip', 'end']}")
    assert (named.points, named.skeleton) == (["tip", "end"], None)
    assert detect(Config(), kpt_shape="[5, 2]").points is None
    (tmp_path / "config.json").write_text(
        json.dumps({"id2label": {"0": "Nose", "1": "Eye"}, "edges": [[0, 1], [0, 7]]})
    )
    assert detect(Config()) == DetectConfig(points=["Nose", "Eye"], skeleton=[[0, 1]])
    own = DetectConfig(points=["a", "b"], skeleton=[])
    assert detect(Config(detect=own)) == own


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (DetectConfig(points=["a"]), "has 1 names.*gives 2"),
        (DetectConfig(skeleton=[[0, 2]]), r"joins \[0, 2\].*gives 2"),
    ],
)
def test_points_that_the_model_has_not_are_refused(asked: DetectConfig, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        published.marks(asked, 2)


def test_labels_of_a_repository(tmp_path: Path) -> None:
    model = tmp_path / "onnx" / "model.onnx"
    model.parent.mkdir()
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"1": "dog", "0": "cat"}}))
    assert classes.labels(onnx.ModelProto(), model) == (("cat", "dog"), "config.json")
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "LABEL_0", "1": "LABEL_1"}}))
    assert classes.labels(onnx.ModelProto(), model)[0] == ()


def test_files_fix_what_the_model_leaves_open(tmp_path: Path) -> None:
    """Channels, height and width of an export in which all have names."""
    open_ = ["batch_size", "num_channels", "height", "width"]
    (tmp_path / "config.json").write_text(json.dumps({"image_size": 48, "num_channels": 1}))
    found, notes = said(tmp_path, shape=open_)
    assert (found.size, found.color) == ([48, 48], "GRAY") and "config.json says" in notes[0]
    processor = {"size": {"height": 32, "width": 24}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (tmp_path / "config.json").write_text(json.dumps({"image_size": 48}))
    found, notes = said(tmp_path, processor, open_)
    assert (found.size, found.color, found.mean) == ([32, 24], "RGB", [0.5] * 3)
    assert [note.partition(" says")[0] for note in notes] == ["preprocessor_config.json"]


def test_what_timm_writes(tmp_path: Path) -> None:
    written = {"mean": [0.1] * 3, "std": [0.2] * 3, "input_size": [3, 224, 224], "crop_pct": 0.875}
    (tmp_path / "config.json").write_text(json.dumps({"architecture": "resnet18", "pretrained_cfg": written}))
    found, _ = said(tmp_path)
    assert (found.mean, found.std, found.scale, found.color) == ([0.1] * 3, [0.2] * 3, 255, "RGB")
    assert found.crop_from == [256, 256] and found.size is None
    found, _ = said(tmp_path, shape=["n", 3, "h", "w"])
    assert found.size == [224, 224]
