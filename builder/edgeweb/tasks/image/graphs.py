"""The arithmetic around an image model as two small ONNX graphs, so that Python and browser give the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edgeweb.read.model import to_bytes
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.tasks.graph import TYPES, Graph
from edgeweb.tasks.image import decode, features, maps, queries
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image.spec import ImageSpec

_OPSET = 18
_LUMA = (0.299, 0.587, 0.114)
_Constants = dict[str, NDArray[Any]]
# Name, element type, shape.
_Value = tuple[str, int, list[int | str]]
# Of queries those that are sure of something.
_SEGMENTS: tuple[_Value, ...] = (
    ("masks", TensorProto.FLOAT, ["k", "mask_h", "mask_w"]), ("sure", TensorProto.FLOAT, ["k"]),
    ("kinds", TensorProto.INT64, ["k"]),
)  # fmt: skip
# A mask of numbers may be of any type.
_TYPES: dict[TensorType, int] = {**TYPES, "bool": TensorProto.BOOL}


def around(spec: ImageSpec, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> tuple[bytes, bytes | None]:
    """Both graphs; the second is None where nobody knows what the outputs say."""
    kind = next(info.type for info in inputs if info.name == spec.input)
    known = {info.name: info for info in outputs}
    # What comes of the picture and a label is no output of the model itself.
    gives = [known.get(name) or TensorInfo(name=name, type="float32", shape=[1, None, None]) for name in spec.outputs]
    return preprocess(spec, kind), postprocess(spec, gives)


def preprocess(spec: ImageSpec, kind: TensorType) -> bytes:
    """`pixels` uint8 [H, W, 4], `pads` int64 [8] -> `tensor`, the model's input of type `kind`.

    `pixels` have been resized already: to the byte as Pillow's BILINEAR does it, by `files.py` and by the page.
    """
    constants: _Constants = {
        "rgb_start": np.array([0], np.int64), "rgb_end": np.array([3], np.int64),
        "batch_axis": np.array([0], np.int64), "black": np.array(0, np.float32),
    }  # fmt: skip
    # Bytes are moved rather than floats: a camera's pictures come one after the other.
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["four"], perm=[2, 0, 1]),
        helper.make_node("Slice", ["four", "rgb_start", "rgb_end", "batch_axis"], ["planes"]),
        helper.make_node("Unsqueeze", ["planes", "batch_axis"], ["nchw"]),
        helper.make_node("Cast", ["nchw"], ["resized"], to=TensorProto.FLOAT),
        helper.make_node("Pad", ["resized", "pads", "black"], ["whole_picture"]),
    ]
    nodes += [*_cut(spec, constants), *_colour(spec, constants), *_normalise(spec, constants)]
    if _late(spec):
        # The model's own zeros lie around the picture.
        nodes[4] = helper.make_node("Identity", ["resized"], ["whole_picture"])
        nodes += [helper.make_node("Pad", ["normalised", "pads", "black"], ["bordered"])]
    nodes += _finish(spec, kind)
    inputs: list[_Value] = [
        (
            "pixels",
            TensorProto.FLOAT if spec.fit and spec.fit.resample == "smooth" else TensorProto.UINT8,
            ["height", "width", 4],
        ),
        ("pads", TensorProto.INT64, [8]),
    ]
    height, width = spec.crop or (spec.height, spec.width)
    sides: list[int | str] = [height, width]
    if spec.fit is not None and not fits.steady(spec.fit):
        sides = ["rows", "columns"]
    shape = [1, spec.channels, *sides] if spec.layout == "NCHW" else [1, *sides, spec.channels]
    return _model("preprocess", nodes, inputs, [("tensor", _TYPES[kind], shape)], constants)


def _cut(spec: ImageSpec, constants: _Constants) -> list[onnx.NodeProto]:
    """The middle of the picture, rounded up and to the left as Torchvision's CenterCrop does."""
    if spec.crop is None:
        return [helper.make_node("Identity", ["whole_picture"], ["padded"])]
    # Python rounds halves to even, which is what Torchvision's `int(round(...))` comes to.
    top, left = round((spec.height - spec.crop[0]) / 2), round((spec.width - spec.crop[1]) / 2)
    constants["cut_start"] = np.array([top, left], np.int64)
    constants["cut_end"] = np.array([top + spec.crop[0], left + spec.crop[1]], np.int64)
    constants["cut_axes"] = np.array([2, 3], np.int64)
    return [helper.make_node("Slice", ["whole_picture", "cut_start", "cut_end", "cut_axes"], ["padded"])]


def _colour(spec: ImageSpec, constants: _Constants) -> list[onnx.NodeProto]:
    if spec.color == "GRAY":
        constants["luma"] = np.array(_LUMA, np.float32).reshape(1, 3, 1, 1)
        constants["plane_axis"] = np.array([1], np.int64)
        return [
            helper.make_node("Mul", ["padded", "luma"], ["weighted"]),
            helper.make_node("ReduceSum", ["weighted", "plane_axis"], ["coloured"], keepdims=1),
        ]
    if spec.color == "BGR":
        constants["swap"] = np.array([2, 1, 0], np.int64)
        return [helper.make_node("Gather", ["padded", "swap"], ["coloured"], axis=1)]
    return [helper.make_node("Identity", ["padded"], ["coloured"])]


def _normalise(spec: ImageSpec, constants: _Constants) -> list[onnx.NodeProto]:
    """(x / scale - mean) / std = x * a + b with a = 1 / (scale * std), b = -mean / std."""
    mean, std = np.array(spec.mean, np.float64), np.array(spec.std, np.float64)
    constants["a"] = (1 / (spec.scale * std)).astype(np.float32).reshape(1, -1, 1, 1)
    constants["b"] = (-mean / std).astype(np.float32).reshape(1, -1, 1, 1)
    made = "shifted" if spec.standardise else "normalised"
    nodes = [helper.make_node("Mul", ["coloured", "a"], ["scaled"]), helper.make_node("Add", ["scaled", "b"], [made])]
    if not spec.standardise:
        return nodes
    # A picture of one colour has no deviation.
    constants["every_axis"], constants["least"] = np.array([1, 2, 3], np.int64), np.array(1e-6, np.float32)
    return [
        *nodes,
        helper.make_node("ReduceMean", ["shifted", "every_axis"], ["own_mean"]),
        helper.make_node("Sub", ["shifted", "own_mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["squares"]),
        helper.make_node("ReduceMean", ["squares", "every_axis"], ["variance"]),
        helper.make_node("Sqrt", ["variance"], ["deviation"]),
        helper.make_node("Max", ["deviation", "least"], ["own_std"]),
        helper.make_node("Div", ["centred", "own_std"], ["normalised"]),
    ]


def _late(spec: ImageSpec) -> bool:
    return spec.fit is not None and spec.fit.pad == "zeros"


def _finish(spec: ImageSpec, kind: TensorType) -> list[onnx.NodeProto]:
    last = "bordered" if _late(spec) else "normalised"
    rounded = [helper.make_node("Round" if kind == "uint8" else "Identity", [last], ["whole"])]
    turned = (
        helper.make_node("Transpose", ["whole"], ["laid"], perm=[0, 2, 3, 1])
        if spec.layout == "NHWC"
        else helper.make_node("Identity", ["whole"], ["laid"])
    )
    return [*rounded, turned, helper.make_node("Cast", ["laid"], ["tensor"], to=_TYPES[kind])]


def postprocess(spec: ImageSpec, outputs: Sequence[TensorInfo]) -> bytes:
    """`raw0`, `raw1`, ..., the model's outputs, -> what `ImagePipeline` says of `spec.result`."""
    if spec.result in ("tensors", "text"):
        return b""
    graph = Graph()
    raws = [f"raw{place}" for place in range(len(outputs))]
    plain = [graph.put("Cast", raw, to=TensorProto.FLOAT) for raw in raws]
    made = _read(spec, plain, graph)
    inputs: list[_Value] = []
    for raw, output in zip(raws, outputs, strict=True):
        dims = [f"{raw}_{i}" if dim is None else dim for i, dim in enumerate(output.shape or [None, None])]
        inputs.append((raw, _TYPES[output.type], dims))
    return _model("postprocess", graph.nodes, inputs, made, graph.constants)


def _read(spec: ImageSpec, plain: list[str], graph: Graph) -> list[_Value]:
    """The outputs, of which the nodes are put into `graph`."""
    if spec.head is not None:
        decode.decode(spec.head, plain, (spec.height, spec.width), graph)
        made: list[_Value] = [("boxes", TensorProto.FLOAT, ["k", 4]), ("scores", TensorProto.FLOAT, ["k"])]
        made.append(("classes", TensorProto.INT64, ["k"]))
        if spec.head.points[0]:
            made.append(("points", TensorProto.FLOAT, ["k", spec.head.points[0], 3]))
        return [*made, ("angles", TensorProto.FLOAT, ["k"])] if spec.head.angle else made
    if spec.map is not None and spec.map.by:
        blended = queries.blended(spec.map, plain[0], plain[1], graph)
        if spec.planes:
            queries.segments(spec.map, plain[0], plain[1], graph)
        plain = [blended]
    if spec.map is not None and spec.planes:
        graph.put("Identity", maps.laid(spec.map, plain[0], graph), name="planes")
        return [("planes", TensorProto.FLOAT, ["c", "h", "w"]), *(_SEGMENTS if spec.map.by else ())]
    if spec.map is not None and spec.result == "segmentation":
        maps.segment(spec.map, plain[0], graph)
        soft = spec.map.classes <= 2 and not spec.map.numbers
        mask: _Value = ("mask", TensorProto.UINT8, ["h", "w"])
        return [mask, ("alpha", TensorProto.UINT8, ["h", "w"])] if soft else [mask]
    if spec.map is not None and spec.result == "depth":
        maps.depth(spec.map, plain[0], graph)
        return [("depth", TensorProto.FLOAT, ["h", "w"])]
    if spec.map is not None:
        maps.picture(spec.map, plain[0], graph)
        return [("pixels", TensorProto.UINT8, ["h", "w", "c"])]
    if spec.result == "embedding":
        features.vector(spec.pool, plain[0], graph)
        return [("vector", TensorProto.FLOAT, ["d"])]
    if spec.result == "regression":
        rows = [graph.put("Reshape", raw, graph.constant([-1])) for raw in plain]
        graph.put("Concat", *rows, name="values", axis=0)
        return [("values", TensorProto.FLOAT, ["d"])]
    return _classified(spec, plain[0], graph)


def _classified(spec: ImageSpec, raw: str, graph: Graph) -> list[_Value]:
    """`scores`, and of the best alone their `classes`."""
    logits = graph.put("Flatten", raw, axis=1)
    if spec.pair:
        second = graph.put("Sigmoid", logits) if spec.sigmoid else logits
        first = graph.put("Sub", graph.constant(1, np.float32), second)
        graph.put("Concat", first, second, name="scores", axis=1)
        return [("scores", TensorProto.FLOAT, ["n", 2])]
    last = ("Softmax", {"axis": 1}) if spec.softmax else ("Sigmoid" if spec.sigmoid else "Identity", {})
    scores = graph.put(last[0], logits, name="" if spec.top else "scores", **last[1])
    made: list[_Value] = [("scores", TensorProto.FLOAT, ["n", "c"])]
    if not spec.top:
        return made
    graph.nodes.append(helper.make_node("TopK", [scores, graph.constant([spec.top])], ["scores", "classes"], axis=1))
    return [*made, ("classes", TensorProto.INT64, ["n", "c"])]


def _model(
    name: str,
    nodes: list[onnx.NodeProto],
    inputs: list[_Value],
    outputs: list[_Value],
    constants: _Constants,
) -> bytes:
    infos = [[helper.make_tensor_value_info(n, t, s) for n, t, s in group] for group in (inputs, outputs)]
    initializers = [numpy_helper.from_array(value, key) for key, value in sorted(constants.items())]
    graph = helper.make_graph(nodes, name, infos[0], infos[1], initializers)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8, producer_name="edgeweb"
    )
    return to_bytes(model)
