"""What a model's file, and the files that Hugging Face keeps beside it, say of its pictures and of its classes.

`preprocessor_config.json` and `config.json` (in the model's folder, or above a folder `onnx`); the metadata that
ultralytics writes; WinML's image annotations. What `edgeweb.toml` says comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.read.published import beside, in_order, literal, metadata
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image import formula, processors, winml
from edgeweb.tasks.image.settings import DetectConfig

Shape = Sequence[int | str | None]

# As in processors.py, for files that name no class.
_CROPPED_BELOW = 384
# What 17 points of a body are, in the order of COCO's annotations, and what joins them.
_COCO = (
    "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow",
    "right elbow", "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle",
    "right ankle",
)  # fmt: skip
_BODY = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10), (1, 2),
    (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip


def pose(proto: onnx.ModelProto) -> tuple[int, int]:
    """How many points a box has, and how many values each of them, as ultralytics writes it; (0, 0): none."""
    found = literal(metadata(proto).get("kpt_shape"))
    fits = isinstance(found, Sequence) and len(found) == 2 and all(isinstance(size, int) and size > 0 for size in found)
    return (found[0], found[1]) if fits and found[1] in (2, 3) else (0, 0)


@dataclass(frozen=True)
class Published:
    """The settings with what is published with the model, notes on that, and the file that says each of them."""

    settings: Config
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)


def configured(settings: Config, inputs: Sequence[TensorInfo], proto: onnx.ModelProto, path: Path) -> Published:
    """The settings with what is known of the one input that takes pictures, and of the points that are found in them,
    where the user left it open.
    """
    settings, marks = _marked(settings, proto, path)
    found = _pictured(settings, inputs, proto, path)
    return replace(found, notes=(*marks, *found.notes))


def _marked(settings: Config, proto: onnx.ModelProto, path: Path) -> tuple[Config, list[str]]:
    """The names of a pose's points and what joins them: ultralytics', or those in the config.json of a pose model."""
    count = pose(proto)[0]
    named = literal(metadata(proto).get("kpt_names"))
    # A list for each class.
    named = next(iter(named.values()), None) if isinstance(named, Mapping) else named
    edges: Any = _BODY if count == len(_COCO) else None
    source = "the model's metadata (ultralytics)"
    if not count:
        said = beside(path, "config.json")
        source, edges = "config.json", said.get("edges")
        if not isinstance(edges, list) or not isinstance(said.get("id2label"), Mapping):
            return settings, []
        named = in_order(said["id2label"])
    fits = isinstance(named, Sequence) and not isinstance(named, str) and len(named) == (count or len(named))
    names = [str(name) for name in named] if fits else list(_COCO) if count == len(_COCO) else None
    pairs = [list(pair) for pair in edges or [] if _pair(pair, len(names or []))]
    new = {"points": names, "skeleton": pairs or None}
    new = {key: value for key, value in new.items() if value and getattr(settings.detect, key) is None}
    if not new:
        return settings, []
    detect = msgspec.structs.replace(settings.detect, **new)
    return msgspec.structs.replace(settings, detect=detect), [f"{source} says: {' and '.join(new)} of a pose"]


def marks(asked: DetectConfig, count: int) -> dict[str, Any]:
    """The names of the points and what joins them; ConfigError where the model has not so many."""
    names, skeleton = asked.points or [], asked.skeleton or []
    if names and len(names) != count:
        raise ConfigError(
            f"points in [detect] has {len(names)} names",
            f"the model gives {count} with each box",
            "Name each of them",
        )
    wrong = [pair for pair in skeleton if max(pair) >= count]
    if wrong:
        raise ConfigError(
            f"skeleton in [detect] joins {wrong[0]}", f"the model gives {count} points with each box, the first is 0",
            "Correct that pair",
        )  # fmt: skip
    return {"points": tuple(names), "skeleton": tuple((a, b) for a, b in skeleton)}


def _pair(pair: object, count: int) -> bool:
    return (
        isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(k, int) and 0 <= k < count for k in pair)
    )


def _pictured(settings: Config, inputs: Sequence[TensorInfo], proto: onnx.ModelProto, path: Path) -> Published:
    """Each source completes what those before it left open."""
    fitting = [info for info in inputs if info.shape is not None and len(info.shape) == 4]
    if len(inputs) != 1 or len(fitting) != 1:
        return Published(settings)
    name, shape = fitting[0].name, fitting[0].shape or []
    processor, config = processors.of(path), beside(path, "config.json")
    described = processor or config.get("image_size") or config.get("pretrained_cfg")
    if not any(size in (1, 3) for size in (shape[1], shape[3])) and (isinstance(shape[1], int) or not described):
        return Published(settings)
    given = settings.input.get(name, InputConfig())
    notes: list[str] = []
    origins: dict[str, str] = {}
    for source, said in (
        ("preprocessor_config.json", _huggingface(processor, config, shape, notes)),
        ("the model's metadata (WinML)", winml.said(metadata(proto))),
        ("the model's metadata (ultralytics)", _ultralytics(metadata(proto), shape)),
        ("config.json", _described(config, shape)),
    ):
        new = _open(given, said)
        if not new:
            continue
        try:
            given = msgspec.structs.replace(given, **new)
        except ValueError as error:
            notes.append(f"{source} is left out of account: {error}")
            continue
        what = ", ".join(f"{key.replace('_', '-')} = {value}" for key, value in sorted(new.items()))
        notes.append(f"{source} says: {what}")
        origins |= {f"input.{name}.{key}": source for key in new}
    if not origins:
        return Published(settings, tuple(notes))
    return Published(msgspec.structs.replace(settings, input={**settings.input, name: given}), tuple(notes), origins)


def _open(given: InputConfig, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said and the user left open; of the formula all or nothing."""
    formula = ("scale", "mean", "std")
    spoken = any(getattr(given, key) is not None for key in formula)
    place = given.resize is not None or given.crop_from is not None
    shut = {*(formula if spoken else ()), *(("resize", "crop_from") if place else ())}
    return {key: value for key, value in said.items() if key not in shut and getattr(given, key) is None}


def _huggingface(said: Mapping[str, Any], config: Mapping[str, Any], shape: Shape, notes: list[str]) -> dict[str, Any]:
    """An image processor's settings; {} where this is none, or of another kind than pictures for a classifier."""
    if "image_mean" not in said and "do_rescale" not in said and "do_normalize" not in said:
        return {}
    if "sampling_rate" in said:
        # Of sound.
        return {}
    found: dict[str, Any] = {}
    channels = next((size for size in (shape[1], shape[3]) if size in (1, 3)), config.get("num_channels", 3))
    numbers = formula.of(said, 1 if channels == 1 else 3)
    if isinstance(numbers, str):
        notes.append(f"preprocessor_config.json is left out of account for its numbers: {numbers}")
    else:
        found |= numbers
    if channels == 3:
        # Image processors read a picture as RGB, if they do not say otherwise.
        found["color"] = "BGR" if said.get("do_flip_channel_order") is True else "RGB"
    return {**found, **_placing(said, config, shape)}


def _described(config: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The size that a model of transformers was made for, and what timm writes of its pictures."""
    timm = config.get("pretrained_cfg")
    if isinstance(timm, Mapping):
        return _timm(timm, shape)
    sides = _sides(config.get("image_size"))
    known = all(isinstance(side, int) for side in _spatial(shape))
    found: dict[str, Any] = {} if known or sides is None else {"size": sides}
    if not any(size in (1, 3) for size in (shape[1], shape[3])):
        # Where the model leaves the colours open, their order says how many there are.
        found["color"] = "GRAY" if config.get("num_channels", 3) == 1 else "RGB"
    return found


def _timm(said: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Its mean and deviation, and the middle of a larger picture."""
    channels = 1 if 1 in (shape[1], shape[3]) else 3
    if not all(formula.numbers(said.get(key)) and len(said[key]) in (1, channels) for key in ("mean", "std")):
        return {}
    found = {"scale": 255.0, "mean": list(said["mean"]), "std": list(said["std"]), "color": "RGB"}
    size, share = said.get("input_size"), said.get("crop_pct")
    final = list(size[1:]) if isinstance(size, list) and len(size) == 3 else None
    spatial = _spatial(shape)
    if all(isinstance(side, int) for side in spatial):
        final = final if final == list(spatial) else None
    elif final:
        found["size"] = final
    if final and said.get("crop_mode", "center") == "center" and isinstance(share, float) and 0 < share < 1:
        return {**found, "crop_from": [int(side / share) for side in final]}
    return {**found, "resize": "crop"} if final else found


def _spatial(shape: Shape) -> Shape:
    """Height and width: where no dimension is that of the colours, these come first."""
    return shape[1:3] if shape[1] not in (1, 3) and shape[3] in (1, 3) else shape[2:]


def _placing(said: Mapping[str, Any], config: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """How the picture is brought to the model's size, and that size where the model leaves it open."""
    if not processors.known(said):
        return {}
    found, fit = _placed(said, shape), processors.fit(said)
    known = fit is None or all(isinstance(side, int) for side in _spatial(shape))
    return found if fit is None or known else {**found, "size": list(fits.nominal(fit, processors.sides(config)))}


def _placed(said: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """As far as a size for all pictures says it."""
    if not said.get("do_resize", True):
        return {}
    size, shortest = _sides(said.get("size")), _shortest(said.get("size"))
    cropped = _sides(said.get("crop_size")) if said.get("do_center_crop") else None
    share = said.get("crop_pct")
    if cropped is None and shortest and isinstance(share, float) and 0 < share < 1 and shortest < _CROPPED_BELOW:
        cropped, shortest = [shortest, shortest], int(shortest / share)
    final = cropped or size or ([shortest, shortest] if shortest else None)
    if final is None:
        return {}
    found: dict[str, Any] = {}
    spatial = _spatial(shape)
    if not all(isinstance(side, int) for side in spatial):
        found["size"] = final
    elif list(spatial) != final:
        return {}
    if cropped and shortest and shortest > max(cropped):
        return {**found, "crop_from": [shortest, shortest]}
    return {**found, "resize": "stretch" if size and not cropped else "crop"}


def is_rtdetr(said: Mapping[str, str]) -> bool:
    """Whether ultralytics' metadata are of an RT-DETR, which older releases tell in the description alone."""
    return said.get("head", "").startswith("RTDETR") or "rtdetr" in said.get("description", "").lower()


def _ultralytics(said: Mapping[str, str], shape: Shape) -> dict[str, Any]:
    """The size of an export of any size; pictures are taken as shares of white, whole but for a classifier."""
    size = literal(said.get("imgsz"))
    if "stride" not in said or "names" not in said:
        return {}
    sides = _sides(size) if isinstance(size, Sequence) else None
    known = all(isinstance(side, int) for side in shape[2:])
    resize = "crop" if said.get("task") == "classify" else "stretch" if is_rtdetr(said) else "pad"
    found = {"scale": 255.0, "mean": [0.0], "std": [1.0], "resize": resize}
    colour = {"color": "RGB"} if said.get("channels", "3") == "3" else {}
    return found | colour | ({"size": sides} if sides and not known else {})


def _sides(size: Any) -> list[int] | None:
    """Height and width, from one number, two, or a mapping of them."""
    if isinstance(size, Mapping):
        size = [size.get("height"), size.get("width")]
    if isinstance(size, int) and not isinstance(size, bool):
        size = [size, size]
    pair = isinstance(size, Sequence) and len(size) == 2
    return list(size) if pair and all(isinstance(side, int) and 1 <= side <= 8192 for side in size) else None


def _shortest(size: Any) -> int | None:
    found = size.get("shortest_edge") if isinstance(size, Mapping) else None
    return found if isinstance(found, int) and "longest_edge" not in size else None
