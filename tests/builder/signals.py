"""Plans of models of sound and of measurements."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from edgeweb import config
from edgeweb.read import probe
from edgeweb.tasks import choose
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.plan import Plan, Seen
from onnx import ModelProto, helper
from tiny import SHARED, as_model, proto_of, value

MODELS = SHARED / "models"


def plan_of(proto: ModelProto, settings: dict[str, Any], labels: list[str] = []) -> Plan:  # noqa: B006
    info = probe.inspect_model(as_model(proto))
    seen = Seen(proto, info.inputs, info.outputs, info.operators, labels, "labels.txt", ())
    return choose.choose(seen, msgspec.convert(settings, config.Config))


def identity(inputs: list[tuple[Any, ...]], outputs: list[tuple[Any, ...]]) -> ModelProto:
    """Outputs that are the inputs of their places: only names and shapes matter."""
    nodes = [helper.make_node("Identity", [i[0]], [o[0]]) for i, o in zip(inputs, outputs, strict=False)]
    return proto_of(nodes, [value(*i) for i in inputs], [value(*o) for o in outputs])


def shared(name: str, settings: dict[str, Any], labels: list[str] = []) -> tuple[Path, AudioPipeline]:  # noqa: B006
    path = MODELS / name / "model.onnx"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    import onnx

    plan = plan_of(onnx.load(path), settings, labels)
    assert plan.kind is AUDIO
    return path, plan.spec
