"""The arithmetic around models of sound as two small ONNX graphs: windows to the input, outputs to the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from onnx import TensorProto

from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.tasks.audio import spectra
from edgeweb.tasks.audio.manifest import AudioResult
from edgeweb.tasks.audio.settings import Fill
from edgeweb.tasks.audio.spectra import Features
from edgeweb.tasks.graph import TYPES, Graph, Value, model

# CREPE takes the mean of so many bins on each side of the best one.
_NEAR = 4


@dataclass(frozen=True)
class Before:
    """From windows of `length` samples, None: any, to an input of type `kind` and shape `dims`, as `Reshape` has it.

    `normalise`: samples by their loudest, or to mean 0 and deviation 1; or so each of the features' bins over time.
    (x - mean) / std of the features; `transposed`: bins before frames; `extras`: what else the graph gives. `fill`: how
    a sound comes to so many samples first.
    """

    length: int | None
    scale: float
    normalise: Literal["none", "peak", "unit", "bins"]
    features: Features | None
    transposed: bool
    mean: Array
    std: Array
    dims: Sequence[int]
    kind: TensorType
    extras: Sequence[str] = ()
    fill: tuple[Fill, int] | None = None


@dataclass(frozen=True)
class After:
    """From outputs to what `AudioPipeline` says of `result`.

    `given`: the input, where `compare`. `batched`: the first axis of the outputs are the windows; otherwise the model
    takes one at a time. `column`: of several values of a step the one that tells. `compare`: the output is a copy of
    the input. `mask`: it is a share for each bin.
    """

    result: AudioResult
    outputs: Sequence[TensorInfo]
    length: int
    batched: bool
    activation: Literal["softmax", "sigmoid", "none"] = "none"
    column: int | None = None
    compare: bool = False
    mask: Features | None = None
    bins: bool = False
    lowest_hertz: float = 0.0
    bin_cents: float = 0.0
    scale: float = 1.0
    extras: Sequence[str] = ()
    given: TensorInfo | None = None


def preprocess(spec: Before) -> bytes:
    """`samples` float32 [N, length] -> `tensor`, and `real` and `imaginary` where `extras` say so."""
    graph = Graph()
    wave = _levelled(spec, graph)
    if spec.fill is not None:
        wave = _filled(*spec.fill, wave, graph)
    outputs: list[Value] = [
        ("tensor", TYPES[spec.kind], [*(dim if dim > 0 else f"d{place}" for place, dim in enumerate(spec.dims))])
    ]
    made = wave
    if spec.features is not None:
        made, *parts = spectra.build(spec.features, wave, graph)
        for name, part in zip(("real", "imaginary"), parts, strict=True):
            if name in spec.extras:
                graph.put("Identity", part, name=name)
                outputs.append((name, TensorProto.FLOAT, ["n", "k", "f"]))
    if spec.normalise == "bins":
        made = _even(made, graph)
    if np.any(spec.mean != 0):
        made = graph.put("Sub", made, graph.constant(spec.mean, np.float32))
    if np.any(spec.std != 1):
        made = graph.put("Div", made, graph.constant(spec.std, np.float32))
    if spec.transposed:
        made = graph.put("Transpose", made, perm=[0, 2, 1])
    shaped = graph.put("Reshape", made, graph.constant(list(spec.dims)))
    if spec.kind.startswith(("int", "uint")):
        shaped = graph.put("Round", shaped)
    graph.put("Cast", shaped, name="tensor", to=TYPES[spec.kind])
    return model("preprocess", graph, [("samples", TensorProto.FLOAT, ["n", spec.length or "t"])], outputs)


def _levelled(spec: Before, graph: Graph) -> str:
    """Each window by its own loudness, where that is asked for, then as loud as the model was trained."""
    how = spec.normalise
    wave = "samples" if how in ("none", "bins") else _normalised(how, "samples", graph)
    return wave if spec.scale == 1.0 else graph.put("Mul", wave, graph.constant(spec.scale, np.float32))


def _even(table: str, graph: Graph) -> str:
    """[N, frames, bins], each bin with mean 0 and deviation 1; one that never changes with 0."""
    axis = graph.constant([1])
    centred = graph.put("Sub", table, graph.put("ReduceMean", table, axis, keepdims=1))
    spread = graph.put("Sqrt", graph.put("ReduceMean", graph.put("Mul", centred, centred), axis, keepdims=1))
    return graph.put("Div", centred, graph.put("Max", spread, graph.constant(1e-9, np.float32)))


def _filled(how: Fill, length: int, wave: str, graph: Graph) -> str:
    """`wave` [N, samples] with exactly so many."""
    wanted = graph.constant([length])
    if how != "silence":
        size = graph.put("Shape", wave, start=1, end=2)
        times = graph.put("Div", wanted, size)
        if how == "repeated":
            times = graph.put("Add", times, graph.constant([1]))
        # Of a longer sound one is left.
        times = graph.put("Max", times, graph.constant([1]))
        wave = graph.put("Tile", wave, graph.put("Concat", graph.constant([1]), times, axis=0))
    return graph.columns(graph.put("Pad", wave, graph.constant([0, 0, 0, length])), 0, length)


def _normalised(how: str, wave: str, graph: Graph) -> str:
    axis, least = graph.constant([1]), graph.constant(1e-7, np.float32)
    if how == "peak":
        peak = graph.put("ReduceMax", graph.put("Abs", wave), axis, keepdims=1)
        return graph.put("Div", wave, graph.put("Max", peak, least))
    centred = graph.put("Sub", wave, graph.put("ReduceMean", wave, axis, keepdims=1))
    variance = graph.put("ReduceMean", graph.put("Mul", centred, centred), axis, keepdims=1)
    return graph.put("Div", centred, graph.put("Sqrt", graph.put("Add", variance, least)))


def postprocess(spec: After) -> bytes:
    """`raw0`, ... and `extras` -> the result's tensors."""
    graph = Graph()
    raws = [graph.put("Cast", f"raw{place}", to=TensorProto.FLOAT) for place in range(len(spec.outputs))]
    makers = {
        "classification": _scores, "activity": _values, "anomaly": _values, "pitch": _pitch, "notes": _notes,
        "transcript": _ids, "matching": _vector,
    }  # fmt: skip
    names = makers.get(spec.result, _samples)(spec, raws, graph)
    inputs: list[Value] = []
    for place, info in enumerate(spec.outputs):
        dims = [
            f"raw{place}_{axis}" if not isinstance(dim, int) or axis == 0 else dim
            for axis, dim in enumerate(info.shape or [])
        ]
        inputs.append((f"raw{place}", TYPES[info.type], dims if info.shape is not None else []))
    inputs += [(name, TensorProto.FLOAT, ["n", "k", "f"]) for name in spec.extras if name != "tensor"]
    if spec.given is not None:
        dims = [f"given_{axis}" for axis in range(len(spec.given.shape or []))]
        inputs.append(("tensor", TYPES[spec.given.type], [*dims]))
    return model(
        "postprocess",
        graph,
        inputs,
        [
            (name, TensorProto.INT32 if name == "ids" else TensorProto.FLOAT, [f"{name}_{i}" for i in range(rank)])
            for name, rank in names
        ],
    )


def _rows(spec: After, raw: str, graph: Graph, *last: int) -> str:
    """[N, ..., *last], the windows first."""
    return graph.put("Reshape", raw, graph.constant([0 if spec.batched else 1, -1, *last]))


def _active(spec: After, raw: str, graph: Graph) -> str:
    if spec.activation == "softmax":
        return graph.put("Softmax", raw, axis=-1)
    return graph.put("Sigmoid", raw) if spec.activation == "sigmoid" else raw


def _scores(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    shares = _active(spec, _rows(spec, raws[0], graph, _last(spec)), graph)
    graph.put("ReduceMean", shares, graph.constant([1]), name="scores", keepdims=0)
    return [("scores", 2)]


def _ids(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    """The likeliest token of each frame, [N, frames]."""
    graph.put("Cast", graph.put("ArgMax", raws[0], axis=-1, keepdims=0), name="ids", to=TensorProto.INT32)
    return [("ids", 2)]


def _vector(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    """[N, D]."""
    graph.put("Reshape", raws[0], graph.constant([0, -1]), name="vector")
    return [("vector", 2)]


def _last(spec: After) -> int:
    shape = spec.outputs[0].shape or []
    return shape[-1] if shape and isinstance(shape[-1], int) else 1


def _values(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    if spec.compare:
        given, made = _rows(spec, "tensor", graph), _rows(spec, raws[0], graph)
        error = graph.put("Sub", graph.put("Cast", given, to=TensorProto.FLOAT), made)
        graph.put("ReduceMean", graph.put("Mul", error, error), graph.constant([1]), name="values", keepdims=1)
        return [("values", 2)]
    if spec.column is None:
        graph.put("Identity", _active(spec, _rows(spec, raws[0], graph), graph), name="values")
        return [("values", 2)]
    shares = _active(spec, _rows(spec, raws[0], graph, _last(spec)), graph)
    graph.put("Gather", shares, graph.constant(spec.column), name="values", axis=2)
    return [("values", 2)]


def _pitch(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    if not spec.bins:
        hertz = graph.put("Identity", _rows(spec, raws[0], graph), name="hertz")
        if len(raws) > 1:
            graph.put("Identity", _rows(spec, raws[1], graph), name="confidence")
        else:
            above = graph.put("Greater", hertz, graph.constant(0, np.float32))
            graph.put("Cast", above, name="confidence", to=TensorProto.FLOAT)
        return [("hertz", 2), ("confidence", 2)]
    count = _last(spec)
    table = _active(spec, _rows(spec, raws[0], graph, count), graph)
    graph.put("ReduceMax", table, graph.constant([2]), name="confidence", keepdims=0)
    best = graph.put("Cast", graph.put("ArgMax", table, axis=2, keepdims=1), to=TensorProto.FLOAT)
    places = graph.constant(np.arange(count), np.float32)
    away = graph.put("Abs", graph.put("Sub", places, best))
    near = graph.put("Cast", graph.put("Less", away, graph.constant(_NEAR + 0.5, np.float32)), to=TensorProto.FLOAT)
    weight = graph.put("Mul", table, near)
    total = graph.put(
        "Add", graph.put("ReduceSum", weight, graph.constant([2]), keepdims=0), graph.constant(1e-9, np.float32)
    )
    place = graph.put(
        "Div", graph.put("ReduceSum", graph.put("Mul", weight, places), graph.constant([2]), keepdims=0), total
    )
    octaves = graph.put("Mul", place, graph.constant(spec.bin_cents / 1200, np.float32))
    power = graph.put("Pow", graph.constant(2, np.float32), octaves)
    graph.put("Mul", power, graph.constant(spec.lowest_hertz, np.float32), name="hertz")
    return [("hertz", 2), ("confidence", 2)]


def _notes(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    names = ("frames", "onsets")[: len(raws)]
    for raw, name in zip(raws, names, strict=True):
        graph.put("Identity", _active(spec, _rows(spec, raw, graph, _last(spec)), graph), name=name)
    return [(name, 3) for name in names]


def _samples(spec: After, raws: Sequence[str], graph: Graph) -> list[tuple[str, int]]:
    if spec.mask is not None:
        frames, bins = spec.mask.frames(spec.length), spec.mask.bins
        shares = graph.put("Reshape", _active(spec, raws[0], graph), graph.constant([-1, frames, bins]))
        turned = graph.put("Transpose", shares, perm=[0, 2, 1])
        parts = [graph.put("Mul", part, turned) for part in ("real", "imaginary")]
        made = spectra.synthesis(spec.mask, spec.length, parts[0], parts[1], graph)
    else:
        made = _rows(spec, raws[0], graph)
    graph.put("Mul", made, graph.constant(1 / spec.scale, np.float32), name="samples")
    return [("samples", 2)]
