"""The task that is chosen for a model made in code."""

from __future__ import annotations

from typing import Any

import onnx
import tiny
from edgeweb.config import Config
from edgeweb.read.probe import inspect_model
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.plan import Plan, Seen
from msgspec import convert
from onnx import TensorProto, helper


def seen(proto: onnx.ModelProto, labels: list[str] | None = None, classes: list[str] | None = None) -> Seen:
    info = inspect_model(tiny.as_model(proto))
    return Seen(proto, info.inputs, info.outputs, info.operators, labels or [], "labels.txt", classes or [])


def choose(
    proto: onnx.ModelProto, labels: list[str] | None = None, classes: list[str] | None = None, **config: Any
) -> Plan:
    return tasks.choose(seen(proto, labels, classes), convert(config, Config))


def flat(inputs: dict[str, tuple[int, tiny.Shape]], outputs: dict[str, tuple[int, tiny.Shape]]) -> onnx.ModelProto:
    """Inputs and outputs of these types and shapes, nothing between that a detector looks at."""
    return tiny.proto_of(
        [helper.make_node("Split", list(inputs), list(outputs))],
        [tiny.value(name, *rest) for name, rest in inputs.items()],
        [tiny.value(name, *rest) for name, rest in outputs.items()],
    )


F, I64, S, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL
