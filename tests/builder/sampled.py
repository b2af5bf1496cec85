"""Samples that a test reads from files of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from edgeweb.samples import samples
from edgeweb.samples.samples import Samples
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from PIL import Image

RNG = np.random.default_rng(7)
X4 = TensorInfo(name="x", type="float32", shape=["n", 4])
PICTURE = TensorInfo(name="image", type="float32", shape=[1, 3, 16, 16])
TENSORS = Plan("tensors", ("none",))


def spec_of(**over: Any) -> ImageSpec:
    given: dict[str, Any] = {
        "input": "image", "outputs": ("y",), "height": 16, "width": 16, "layout": "NCHW", "color": "RGB",
        "scale": 255.0, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "resize": "crop", "softmax": True,
        "assumed": False,
    }  # fmt: skip
    return ImageSpec(**{**given, **over})


def pictures(labels: Sequence[str] = (), **over: Any) -> Plan:
    return Plan("image-classification", (), IMAGE, spec_of(**over), labels=tuple(labels))


def save(path: Path, **found: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **found)
    return path


def paint(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def read(path: Path, *inputs: TensorInfo, plan: Plan = TENSORS, case: Any = ()) -> Samples:
    return samples.read(path, inputs or [X4], plan, list(case))


def values(found: Samples, name: str = "x") -> list[Any]:
    return [feed[name].ravel().tolist() for feed in found.feeds]
