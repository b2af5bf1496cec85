"""The layers that sentence-transformers puts behind the pooling, which an export leaves out, as nodes of the graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import GraphProto, helper, numpy_helper

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import Array
from edgeweb.read import intake
from edgeweb.read.model import Model
from edgeweb.tasks.language import inputs, sentences, tokenizer
from edgeweb.tasks.text import graphs
from edgeweb.tasks.text import outputs as output_names

_OUTPUT = "sentence_embedding"
# From here on all of it is made of these operators; the largest values only from the second on.
_OPSET, _OF_MAX = 13, 18
_HINT = "Save the model's files again"
_MAX_BYTES = 512 << 20
_TYPES = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
# As torch calls them, by the end of the name.
_ACTIVATIONS = {"Tanh": "Tanh", "ReLU": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity"}


@dataclass(frozen=True)
class _Layer:
    """What a text's vector is multiplied with, [out, in], what is added, and the operator behind it."""

    weight: NDArray[Any]
    bias: NDArray[Any] | None
    operator: str


def step(model: Model, settings: Config) -> tuple[Model, list[str]]:
    """A model whose one output are vectors of tokens, with the pooling and the layers behind it where files have them;
    any other stays as it is.
    """
    folders = tokenizer.folders(model.path)
    names = sentences.layers(folders)
    way = settings.text.pooling or sentences.pooling(folders)
    if not names or not way or settings.hooks.file or settings.task not in (None, "text-embedding"):
        return model, []
    ends = _ends(model, _OF_MAX if "max" in way else _OPSET)
    if ends is None:
        return model, []
    layers = [_read(folders, name) for name in names]
    why = next((each for each in layers if isinstance(each, str)), "") or _misfit(layers, ends[2], way)
    if why:
        return model, [f"modules.json puts {', '.join(names)} behind the pooling: {why}"]
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    _append(proto.graph, *ends[:2], way, [each for each in layers if isinstance(each, _Layer)])
    return replace(model, proto=proto), [f'"{_OUTPUT}" is of the pooling ({way}) and {", ".join(names)}']


def _misfit(layers: Sequence[_Layer | str], size: int, way: str) -> str:
    """Why the layers cannot follow on each other; empty where they can. `size`: of a token's vector."""
    if size == 0:
        return "nothing says how many numbers a token's vector has, so it is left out"
    takes = size * len(way.split("+"))
    for layer in layers:
        if not isinstance(layer, _Layer) or layer.weight.shape[1] != takes:
            return f"a vector of {takes} numbers does not fit it, so it is left out"
        takes = layer.weight.shape[0]
    return ""


def _ends(model: Model, least: int) -> tuple[str, str, int] | None:
    """The vectors of tokens, the input that says which of these count, and their size. `least`: the operator set."""
    version = next((each.version for each in model.proto.opset_import if each.domain in ("", "ai.onnx")), 0)
    made = {tensor.name for tensor in model.proto.graph.initializer}
    masks = [each.name for each in model.proto.graph.input if each.name not in made and inputs.is_mask(each.name)]
    outputs = list(model.proto.graph.output)
    deep = [each for each in outputs if len(each.type.tensor_type.shape.dim) == 3 and output_names.called(each.name)]
    flat = [each for each in outputs if len(each.type.tensor_type.shape.dim) == 2 and "pool" not in each.name]
    if version < least or len(deep) != 1 or len(masks) != 1 or flat:
        return None
    return deep[0].name, masks[0], deep[0].type.tensor_type.shape.dim[2].dim_value


def _append(graph: GraphProto, vectors: str, mask: str, way: str, layers: Sequence[_Layer]) -> None:
    """One vector of a text in place of those of its tokens."""
    nodes, constants = graphs.pooling(vectors, mask, way)
    constants["rows"] = np.array([-1, layers[0].weight.shape[1]], np.int64)
    nodes.append(helper.make_node("Reshape", ["pooled", "rows"], ["row"]))
    last = "row"
    for place, layer in enumerate(layers):
        names = [f"{place}/weight", f"{place}/product", f"{place}/bias", f"{place}/sum", f"{place}/layer"]
        constants[names[0]] = np.ascontiguousarray(layer.weight.astype(np.float32).T)
        nodes.append(helper.make_node("MatMul", [last, names[0]], [names[1]]))
        last = names[1]
        if layer.bias is not None:
            constants[names[2]] = layer.bias.astype(np.float32)
            nodes.append(helper.make_node("Add", [last, names[2]], [names[3]]))
            last = names[3]
        nodes.append(helper.make_node(layer.operator, [last], [names[4]]))
        last = names[4]
    used = {name for node in nodes for name in node.input}
    made = {name for node in nodes for name in node.output} | {*constants}
    for node in nodes:
        node.input[:] = [f"behind/{name}" if name in made else name for name in node.input]
        node.output[:] = [_OUTPUT if name == last else f"behind/{name}" for name in node.output]
        node.name = node.output[0]
    graph.node.extend(nodes)
    graph.initializer.extend(
        numpy_helper.from_array(array, f"behind/{name}") for name, array in constants.items() if name in used
    )
    batch = next(each for each in graph.output if each.name == vectors).type.tensor_type.shape.dim[0]
    del graph.output[:]
    size = layers[-1].weight.shape[0]
    graph.output.append(
        helper.make_tensor_value_info(_OUTPUT, onnx.TensorProto.FLOAT, [batch.dim_param or batch.dim_value or 1, size])
    )


def _read(folders: Sequence[Path], name: str) -> _Layer | str:
    """A layer by its folder; why it cannot be read."""
    home = next((folder / name for folder in folders if (folder / name / "config.json").is_file()), None)
    if home is None or not (home / "model.safetensors").is_file():
        return f"{name}/model.safetensors is not there, so it is left out"
    found, about = _tensors(home / "model.safetensors"), intake.json_hint([home], "config.json")
    kind = str(about.get("activation_function", "")).rsplit(".", 1)[-1]
    weight, bias = found.get("linear.weight"), found.get("linear.bias")
    if kind not in _ACTIVATIONS or weight is None or weight.ndim != 2:
        return f"{name} is none of the usual ({kind or 'no activation'}), so it is left out"
    return _Layer(weight, bias, _ACTIVATIONS[kind])


def _tensors(path: Path) -> dict[str, Array]:
    """What a safetensors file holds.

    Raises:
        ConfigError: it is damaged.
    """
    data = intake.data(path, _HINT, _MAX_BYTES)
    try:
        begin = 8 + int.from_bytes(data[:8], "little")
        about = json.loads(data[8:begin])
        return {
            name: np.frombuffer(data[begin + each["data_offsets"][0] : begin + each["data_offsets"][1]],
                                _TYPES[each["dtype"]]).reshape(each["shape"])
            for name, each in about.items() if name != "__metadata__"
        }  # fmt: skip
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise ConfigError(f"{path} cannot be read", "it is no safetensors file, or is damaged", _HINT) from error
