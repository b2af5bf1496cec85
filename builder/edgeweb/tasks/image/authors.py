"""What a model's authors say that it makes of pictures: the metadata of exporters, and the config.json beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import onnx

from edgeweb.read import architectures, belonging, towers, visit
from edgeweb.read.published import beside, literal, metadata
from edgeweb.schema.tasks import Task
from edgeweb.tasks.image import processors, published
from edgeweb.tasks.image.manifest import Fit

_ULTRALYTICS: Mapping[str, Task] = {
    "classify": "image-classification", "detect": "object-detection", "segment": "object-detection",
    "pose": "object-detection", "obb": "object-detection",
}  # fmt: skip
# What the architectures of transformers are called after their model's name.
_HEADS: Mapping[str, Task] = {
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "ForPoseEstimation": "keypoint-detection",
    "ForSemanticSegmentation": "image-segmentation",
    "ForInstanceSegmentation": "image-segmentation",
    "ForUniversalSegmentation": "image-segmentation",
    "DetrForSegmentation": "image-segmentation",
    "ForImageSegmentation": "background-removal",
    "ForDepthEstimation": "depth-estimation",
    "ForImageSuperResolution": "image-to-image",
    "ForImageToImage": "image-to-image",
    "WithProjection": "image-embedding",
}
# What it calls models that write about what they see, where pictures are what they take.
_WRITERS = ("VisionEncoderDecoderModel", "ForVision2Seq", "ForConditionalGeneration")

# Classes, or types, of models that tell what stands in front, as those begin who write config.json for them.
_MATTES = ("birefnet", "briarmbg", "rmbg", "modnet", "isnet", "u2net", "ben2", "inspyrenet")

Problem = Literal["", "regression", "multi_label_classification", "single_label_classification"]
_PROBLEMS: Mapping[Any, Problem] = {
    "regression": "regression", "multi_label_classification": "multi_label_classification",
    "single_label_classification": "single_label_classification",
}  # fmt: skip


@dataclass(frozen=True)
class Authors:
    """`task`: what they say it does, "tensors" where edgeweb has no interface for it; `origin`: where they say so.

    `kind`: of an export by ultralytics, `selects`: it ends in its own selection of boxes; `queries`: it is an RT-DETR,
    whose boxes are centres and sizes as shares. `architecture`, `problem`, `labels`: as config.json has them, the last
    one how many there are, named or not, `counted` by transformers. `fit`: how its image processor brings pictures to
    their size; `top`: of how many likeliest boxes it chooses, where not of all; `patch`: the pixels in each part of a
    picture that is a token. `doubt`: why config.json is of another model, of which nothing else is taken then.
    """

    task: Task | None = None
    origin: str = ""
    kind: str = ""
    selects: bool = False
    queries: bool = False
    architecture: str = ""
    problem: Problem = ""
    labels: int | None = None
    counted: bool = False
    fit: Fit | None = None
    top: int | None = None
    patch: int | None = None
    doubt: str = ""


NOBODY = Authors()


def of(proto: onnx.ModelProto, path: Path) -> Authors:
    """What is said of the model, by the file itself before what lies beside it."""
    said = metadata(proto)
    if "stride" in said and "task" in said and "names" in said:
        return _ultralytics(said)
    config = beside(path, "config.json")
    doubt = belonging.doubt(config, {visit.text(info.name): _dims(info) for info in proto.graph.output})
    return Authors(doubt=doubt) if doubt else _published(config)


def _dims(info: onnx.ValueInfoProto) -> belonging.Dims:
    return [dim.dim_value or visit.text(dim.dim_param) for dim in info.type.tensor_type.shape.dim]


def _ultralytics(said: Mapping[str, str]) -> Authors:
    args = literal(said.get("args"))
    # Where an older release says nothing of it, the columns have to tell.
    silent = "end2end" not in said and "args" not in said
    selects = said.get("end2end") == "True" or (isinstance(args, Mapping) and args.get("nms") is True)
    kind = said["task"]
    origin = f"the model's metadata (ultralytics, task {kind})"
    names = literal(said.get("names"))
    count = len(names) if isinstance(names, Mapping | list) else None
    task = _ULTRALYTICS.get(kind, "tensors")
    return Authors(task, origin, kind, selects or silent, published.is_rtdetr(said), labels=count)


def _published(config: Mapping[str, Any]) -> Authors:
    listed = config.get("architectures")
    named = listed[0] if isinstance(listed, list) and listed else config.get("architecture")
    kind = config.get("model_type")
    if not isinstance(named, str) and isinstance(kind, str) and kind.lower().startswith(_MATTES):
        named = kind
    if not isinstance(named, str):
        return NOBODY
    origin = f"config.json ({named[:80]})"
    if "architecture" in config and isinstance(config.get("pretrained_cfg"), Mapping):
        # Written by timm.
        count = config.get("num_classes")
        whole = isinstance(count, int) and count > 0
        timm: Task | None = "image-classification" if whole else None
        return Authors(timm, origin, architecture=named, labels=count if whole else None)
    head = next((task for name, task in _HEADS.items() if name in named), None)
    head = "zero-shot-object-detection" if architectures.task_of(config) == towers.LOCATES else head
    head = "background-removal" if named.lower().startswith(_MATTES) else head
    head = "image-to-text" if head is None and named.endswith(_WRITERS) else head
    # Of a class that nobody knows nothing is guessed.
    task = head or ("image-feature-extraction" if named.endswith("Model") else "tensors")
    ids, problem = config.get("id2label"), config.get("problem_type")
    # Transformers leaves out what is as in every new configuration: two classes.
    count = len(ids) if isinstance(ids, Mapping) else 2 if "transformers_version" in config else None
    if head == "image-classification" and (problem == "regression" or (problem is None and count == 1)):
        task = "image-regression"
    return Authors(
        task, origin, architecture=named, problem=_PROBLEMS.get(problem, ""), labels=count,
        counted=head is not None and "For" in named, top=processors.top(config), patch=processors.patch(config),
    )  # fmt: skip
