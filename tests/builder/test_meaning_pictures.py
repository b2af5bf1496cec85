"""What a site says of a model of pictures never becomes another thing when the file says less, or says it otherwise."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from test_meaning import SHARED, decide, outputs_renamed, outputs_turned, without_metadata

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared models are not at {SHARED}"),
]
MODELS = [
    "models/yunet-320", "models/ultraface-rfb-320", "models/openseeface-detect", "models/vww-mobilenet-96",
    "models/cifar10-resnet8", "models/super-resolution-x3", "cases/hf-dpt-depth", "cases/hf-segformer",
    "cases/hf-vit-multilabel", "cases/yolo-obb-tiny", "cases/cat-dog-sigmoid", "cases/head-pose-3",
]  # fmt: skip


def claimed(plan: Plan) -> tuple[object, ...]:
    """The task, and how its answer is read."""
    spec = plan.spec
    if not isinstance(spec, ImageSpec):
        return (plan.task,)
    head = spec.head
    return plan.task, spec.sigmoid, head and (head.form, head.classes, head.angle, head.relative), spec.result


@pytest.mark.parametrize("name", MODELS)
def test_a_changed_model_of_pictures_says_less_and_never_something_else(name: str, tmp_path: Path) -> None:
    right = claimed(decide(SHARED / name / "model.onnx")[0])
    for change in (without_metadata, outputs_turned, outputs_renamed):
        proto = onnx.load(SHARED / name / "model.onnx")
        without_metadata(proto)
        change(proto)
        path = tmp_path / change.__name__ / "model.onnx"
        path.parent.mkdir()
        onnx.save(proto, path)
        plan, _ = decide(path)
        # Values and numbers claim nothing.
        assert plan.task in ("tensors", "image-regression") or claimed(plan) == right, change.__name__
