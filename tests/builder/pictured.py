"""Models of pictures made in code, and what is claimed of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tiny
from edgeweb.config import Config
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.kind import TABULAR
from msgspec import convert
from onnx import helper
from planned import flat, seen


def image(plan: Plan) -> ImageSpec:
    assert plan.task == "image-classification"
    assert plan.kind is IMAGE
    assert plan.kind is not TABULAR
    return plan.spec


def given(
    outputs: dict[str, np.ndarray[Any, Any]],
    size: tuple[int, int] = (64, 64),
    channels: int = 3,
    ends: str = "Split",
    kind: int = tiny.FLOAT,
    axis: int | None = None,
    **config: Any,
) -> Plan:
    """The plan of a model whose run gave these outputs of type `kind`, the last of its nodes being `ends`."""
    shape = [1, channels, *size]
    shapes = {name: (kind, list(array.shape)) for name, array in outputs.items()}
    proto = flat({"image": (tiny.FLOAT, shape)}, shapes)
    proto.graph.node[0].op_type = ends
    if axis is not None:
        proto.graph.node[0].attribute.append(helper.make_attribute("axis", axis))
    known = replace(seen(proto, config.pop("names", None)), gave=outputs, fed={"image": shape})
    return tasks.choose(known, convert(config, Config))


def zeros(*shape: int, filled: float = 0.0) -> np.ndarray[Any, Any]:
    return np.full(shape, filled, np.float32)


def claims(plan: Plan) -> dict[str, tuple[Any, str, str]]:
    return {said.claim: (said.value, said.source, said.origin) for said in plan.evidence}
