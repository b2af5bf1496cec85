"""Two models of sound that work one after the other in each window, joined into one before anything else sees them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.read import model, probe
from edgeweb.read.model import Model
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import memory
from edgeweb.tasks.audio import shapes, spectra
from edgeweb.tasks.audio.settings import AudioConfig
from edgeweb.tasks.graph import Graph
from edgeweb.tasks.memory import Roles

# From here on every operator that the joint is made of has the form that it is written in.
_LEAST_OPSET = 11
_SAMPLES, _MADE = "samples", "made"


def step(first: Model, settings: Config, base: Path) -> tuple[Model, Config, list[str]]:
    """`first` and the model that `second` in `[audio]` names as one model of waveforms, with the settings for that.

    The first gives a mask for the spectrum of its window (`mask`), or samples; the second gets the samples.

    Raises:
        ConfigError: the two do not fit each other.
    """
    asked = settings.audio
    if asked is None or asked.second is None:
        return first, settings, []
    second = model.load(base / asked.second)
    opsets = [_opset(each.proto) for each in (first, second)]
    if opsets[0] != opsets[1] or opsets[0] < _LEAST_OPSET:
        why = f"they use ONNX opsets {opsets[0]} and {opsets[1]}"
        raise ConfigError(f"{first.path.name} and {asked.second} cannot be joined", why, "Export both with opset 17")
    features = shapes.features(asked)
    one, shape = _roles(first, asked, features, "first")
    # Of the second model's inputs the one that is as long takes what the first has made.
    later = msgspec.structs.replace(asked, features="waveform", window=shape.length - asked.context)
    two, other = _roles(second, later, None, "second")
    joined = _joined([first.proto, second.proto], [one, two], [shape, other], features if asked.mask else None)
    pairs = {
        f"{name}/{s.output}": f"{name}/{s.input}"
        for name, roles in (("first", one), ("second", two))
        for s in roles.states
    }
    audio = msgspec.structs.replace(
        asked, second=None, mask=False, features="waveform", input=_SAMPLES, output=_MADE, state=pairs,
        window=shape.length - asked.context, activation=None,
    )  # fmt: skip
    whole = msgspec.structs.replace(settings, audio=audio, task=settings.task or "audio-to-audio")
    note = f"{first.path.name} and {asked.second} became one model of windows with {shape.length} samples"
    total = first.file_bytes + second.file_bytes
    return replace(first, proto=joined, file_bytes=total), whole, [note]


def _opset(proto: onnx.ModelProto) -> int:
    return next((entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")), 0)


def _roles(
    each: Model, asked: AudioConfig, features: spectra.Features | None, which: str
) -> tuple[Roles, shapes.Shape]:
    info = probe.inspect_model(each)
    roles = memory.split(
        info.inputs, info.outputs, data=None, states=None, constants={}, rate=asked.rate, table="audio",
        fits=lambda given: shapes.fits(given, asked, features),
    )  # fmt: skip
    found = roles if isinstance(roles, str) else shapes.shape_of(roles.data, asked, features)
    if isinstance(roles, str) or isinstance(found, str):
        raise ConfigError(f"The {which} model, {each.path.name}, does not fit [audio]", str(found), "Correct [audio]")
    if len(roles.results) != 1 or roles.constants:
        raise ConfigError(
            f"The {which} model, {each.path.name}, cannot be joined",
            "it has more than one result or input",
            "Use hooks",
        )
    return roles, found


def _joined(
    protos: list[onnx.ModelProto], roles: list[Roles], both: list[shapes.Shape], mask: spectra.Features | None
) -> onnx.ModelProto:
    length = both[0].length
    parts = [compose.add_prefix(proto, f"{name}/") for proto, name in zip(protos, ("first", "second"), strict=True)]
    before, between, after = Graph("a."), Graph("b."), Graph("c.")
    tensor, real, imaginary = _SAMPLES, "", ""
    if both[0].features is not None:
        tensor, real, imaginary = spectra.build(both[0].features, _SAMPLES, before)
        if both[0].transposed:
            tensor = before.put("Transpose", tensor, perm=[0, 2, 1])
    _fed(before, tensor, roles[0].data, both[0], "first")
    gave = f"first/{roles[0].results[0].name}"
    if mask is not None:
        table = between.put("Reshape", gave, between.constant([-1, mask.frames(length), mask.bins]))
        turned = between.put("Transpose", table, perm=[0, 2, 1])
        masked = [between.put("Mul", part, turned) for part in (real, imaginary)]
        gave = spectra.synthesis(mask, length, masked[0], masked[1], between)
    _fed(between, gave, roles[1].data, both[1], "second")
    after.put("Reshape", f"second/{roles[1].results[0].name}", after.constant([-1, length]), name=_MADE)
    own = {f"first/{roles[0].data.name}", f"second/{roles[1].data.name}"}
    results = {f"first/{roles[0].results[0].name}", f"second/{roles[1].results[0].name}"}
    nodes = [*before.nodes, *parts[0].graph.node, *between.nodes, *parts[1].graph.node, *after.nodes]
    stored = [
        numpy_helper.from_array(value, key) for g in (before, between, after) for key, value in g.constants.items()
    ]
    inputs = [helper.make_tensor_value_info(_SAMPLES, TensorProto.FLOAT, [1, length])]
    inputs += [value for part in parts for value in part.graph.input if value.name not in own]
    outputs = [helper.make_tensor_value_info(_MADE, TensorProto.FLOAT, [1, length])]
    outputs += [value for part in parts for value in part.graph.output if value.name not in results]
    weights = [*stored, *(weight for part in parts for weight in part.graph.initializer)]
    graph = helper.make_graph(nodes, "stages", inputs, outputs, weights)
    made = helper.make_model(
        graph, opset_imports=parts[0].opset_import, ir_version=max(part.ir_version for part in parts)
    )
    known = {entry.domain for entry in made.opset_import}
    made.opset_import.extend(entry for entry in parts[1].opset_import if entry.domain not in known)
    return made


def _fed(graph: Graph, tensor: str, info: TensorInfo, shape: shapes.Shape, name: str) -> None:
    """`tensor` in the form of a model's input, under its name."""
    graph.put("Reshape", tensor, graph.constant(np.array(shape.dims)), name=f"{name}/{info.name}")
