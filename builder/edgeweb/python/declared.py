"""What hooks declare with edgeweb.ops, as configuration of the built-in steps and as nodes around the model's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from edgeweb.config import Config, InputConfig, OutputConfig
from edgeweb.errors import ConfigError
from edgeweb.read import visit
from edgeweb.read.model import Model, Result
from edgeweb.schema.tasks import Task
from edgeweb.tasks.image.settings import DetectConfig

_ML = "ai.onnx.ml"
# OneHotEncoder is as old as its domain. TopK and ArgMax are as here since opset 11, softmax of more axes since 13.
_ML_OPSET, _OPSET, _SOFTMAX_OPSET = 1, 11, 13
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16)
# A picture's input has so many dimensions, and so has an output that lies over it.
_PICTURE = 4


@dataclass(frozen=True)
class Declarations:
    """What `preprocess` and `postprocess` say as `ops.Declared.said`; None: an ordinary function, or nothing."""

    preprocess: Mapping[str, Any] | None = None
    postprocess: Mapping[str, Any] | None = None

    @property
    def functions(self) -> tuple[str, ...]:
        """Those that are compiled."""
        both = {"preprocess": self.preprocess, "postprocess": self.postprocess}
        return tuple(name for name, said in both.items() if said is not None)


NOTHING = Declarations()


def of(said: Mapping[str, Mapping[str, Any]]) -> Declarations:
    """Declarations by function, each of a kind that fits there.

    Raises:
        ConfigError: inputs are declared as outputs, or the other way round.
    """
    fitting = {"preprocess": ("image", "row"), "postprocess": ("output", "boxes")}
    for function, one in said.items():
        if one["kind"] not in fitting[function]:
            raise ConfigError(
                f"{function} is ops.{one['kind']}()",
                f"it can be {' or '.join(f'ops.{kind}()' for kind in fitting[function])}",
                "Declare it under the other name",
            )
    return Declarations(said.get("preprocess"), said.get("postprocess"))


def step(model: Model, said: Declarations) -> Result:
    """The model with what belongs to its own graph: the columns of a row before it, softmax, argmax and top-k after it.

    Pictures and boxes are not: the graphs around the model make them, see `configured`.

    Raises:
        ConfigError: what is declared does not fit the model.
    """
    before = said.preprocess if said.preprocess and said.preprocess["kind"] == "row" else None
    after = said.postprocess if said.postprocess and not _pictured(model.proto, said) else None
    if before is None and after is None:
        return Result(model, False)
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    notes = []
    if before is not None:
        notes.append(_prepend(proto, before))
    if after is not None:
        notes.append(_append(proto, after))
    return Result(replace(model, proto=proto), True, tuple(notes))


def configured(settings: Config, model: Model, said: Declarations) -> Config:
    """The settings with what is declared of pictures and boxes; ConfigError when edgeweb.toml says it as well."""
    changes: dict[str, Any] = {}
    if said.preprocess and said.preprocess["kind"] == "image":
        info = _one(_inputs(model.proto), said.preprocess["name"], "input")
        _unsaid(info.name in settings.input, f"[input.{info.name}]", "preprocess")
        changes["input"] = {**settings.input, info.name: _input(said.preprocess)}
    if said.postprocess and said.postprocess["kind"] == "boxes":
        _unsaid(settings.detect != DetectConfig(), "[detect]", "postprocess")
        after = said.postprocess
        # Without a word of NMS nothing is left out.
        changes["detect"] = DetectConfig(
            form=after["form"], threshold=after["threshold"], overlap=after.get("overlap") or 1.0
        )
        changes["task"] = "object-detection"
    elif said.postprocess and _pictured(model.proto, said):
        output = _one(list(model.proto.graph.output), said.postprocess["name"], "output")
        _unsaid(output.name in settings.output, f"[output.{output.name}]", "postprocess")
        task, options = _output(said.postprocess, _rank(output))
        changes |= {"output": {**settings.output, output.name: options}, "task": task}
    if settings.task is not None and changes.get("task", settings.task) != settings.task:
        raise ConfigError(
            f"postprocess declares {changes['task']}", f"task says {settings.task}", "Leave one of them out"
        )
    return msgspec.structs.replace(settings, **changes)


def _unsaid(both: bool, table: str, function: str) -> None:
    if both:
        raise ConfigError(f"{table} in edgeweb.toml and {function} say the same", "only one counts", "Remove one")


def _input(said: Mapping[str, Any]) -> InputConfig:
    """What is not declared is not done: no mean, no division."""
    whole, cut = said.get("size"), said.get("crop")
    return InputConfig(
        size=cut or whole, crop_from=whole if cut else None, resize=said.get("fit"), layout=said.get("layout"),
        color=said["color"], scale=said.get("scale", 1.0), mean=said.get("mean"), std=said.get("std"),
        standardise=said.get("standardise", False),
    )  # fmt: skip


def _output(said: Mapping[str, Any], rank: int | None) -> tuple[Task, OutputConfig]:
    if said.get("argmax") and rank in (None, _PICTURE - 1, _PICTURE):
        return "image-segmentation", OutputConfig()
    best = 1 if said.get("argmax") else said.get("top")
    return "image-classification", OutputConfig(softmax=said.get("softmax", False), top=best)


def _pictured(proto: onnx.ModelProto, said: Declarations) -> bool:
    """Whether the graphs around a model of pictures give the result."""
    if said.preprocess is not None:
        return bool(said.preprocess["kind"] == "image")
    inputs = _inputs(proto)
    return len(inputs) == 1 and _rank(inputs[0]) == _PICTURE


def _rank(info: onnx.ValueInfoProto) -> int | None:
    kind = info.type.tensor_type
    return len(kind.shape.dim) if kind.HasField("shape") else None


def _inputs(proto: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    weights = {tensor.name for tensor in proto.graph.initializer}
    return [info for info in proto.graph.input if info.name not in weights]


def _one(infos: Iterable[onnx.ValueInfoProto], name: str | None, what: str) -> onnx.ValueInfoProto:
    """The one that is named, or the only one."""
    known = {info.name: info for info in infos}
    if name is not None and name in known:
        return known[name]
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    why = f"its {what}s are {', '.join(known) or 'none'}"
    if name is None:
        raise ConfigError(f"The hooks do not say which {what} of the model they mean", why, f"Name one of the {what}s")
    raise ConfigError(f'The hooks declare an {what} "{name}", which the model lacks', why, f"Name one of the {what}s")


def _prepend(proto: onnx.ModelProto, said: Mapping[str, Any]) -> str:
    """The columns as inputs of their own, and the nodes that make the model's input of them."""
    graph, columns = proto.graph, said["columns"]
    old = _one(_inputs(proto), said["name"], "input")
    kind, shape = old.type.tensor_type.elem_type, old.type.tensor_type.shape.dim
    width = sum(len(column.get("choices", (None,))) for column in columns.values())
    if kind not in _FLOATS or len(shape) != 2 or (shape[1].HasField("dim_value") and shape[1].dim_value != width):
        sizes = [dim.dim_value or dim.dim_param or "?" for dim in shape]
        raise ConfigError(
            f"ops.row() gives {width} numbers",
            f'input "{old.name}" takes {TensorProto.DataType.Name(kind).lower()} of shape {sizes}',
            f"Declare columns that come to {sizes[-1] if sizes else 'one row'} numbers",
        )
    known = _names(graph)
    for name in columns:
        if name in known:
            raise ConfigError(f'A column is named "{name}"', "the model uses that name itself", "Rename the column")
    rows: int | str = shape[0].dim_value or shape[0].dim_param or "rows"
    made, inputs, parts = _Nodes(known), [], []
    for name, column in columns.items():
        text = column["column"] == "one_hot"
        inputs.append(helper.make_tensor_value_info(name, TensorProto.STRING if text else TensorProto.FLOAT, [rows, 1]))
        parts.append(
            made.one_hot(name, column["choices"]) if text else made.number(name, column["mean"], column["std"])
        )
    joined = made.put("Concat", *parts, axis=1)
    made.nodes.append(helper.make_node("Cast", [joined], [old.name], to=kind))
    others = [info for info in graph.input if info.name != old.name]
    _set(graph.input, [*inputs, *others])
    _set(graph.node, [*made.nodes, *graph.node])
    graph.initializer.extend(made.constants)
    _import(proto, _ML, _ML_OPSET)
    return f"{len(columns)} declared columns are compiled into the graph"


def _append(proto: onnx.ModelProto, said: Mapping[str, Any]) -> str:
    """Softmax, argmax and top-k over the last axis, in the place of the output that they read."""
    graph = proto.graph
    if said["kind"] == "boxes":
        raise ConfigError(
            "postprocess is ops.boxes()", "the model takes no picture, in which boxes could lie", "Use ops.output()"
        )
    old = _one(list(graph.output), said["name"], "output")
    made, last, done = _Nodes(_names(graph)), old.name, []
    outputs: list[onnx.ValueInfoProto] = []
    dims: list[int | str] = [
        dim.dim_value or dim.dim_param or f"d{i}" for i, dim in enumerate(old.type.tensor_type.shape.dim)
    ]
    kind = old.type.tensor_type.elem_type
    if said.get("softmax"):
        last = made.put("Softmax", last, name="probabilities", axis=-1)
        done.append("softmax")
        outputs = [helper.make_tensor_value_info(last, kind, dims)]
    if said.get("argmax"):
        last = made.put("ArgMax", last, name="class", axis=-1, keepdims=0)
        done.append("argmax")
        outputs = [helper.make_tensor_value_info(last, TensorProto.INT64, dims[:-1])]
    elif said.get("top"):
        most = dims[-1] if dims and isinstance(dims[-1], int) else said["top"]
        best = min(said["top"], most)
        scores, classes = made.free("scores"), made.free("classes")
        count = made.constant(np.array([best], np.int64))
        made.nodes.append(helper.make_node("TopK", [last, count], [scores, classes], axis=-1))
        done.append(f"top-{best}")
        top = [*dims[:-1], best]
        outputs = [helper.make_tensor_value_info(scores, kind, top)]
        outputs.append(helper.make_tensor_value_info(classes, TensorProto.INT64, top))
    if not outputs:
        return "postprocess declares nothing to be done"
    _set(graph.output, [each for info in graph.output for each in (outputs if info.name == old.name else [info])])
    graph.node.extend(made.nodes)
    graph.initializer.extend(made.constants)
    _import(proto, "", _SOFTMAX_OPSET if said.get("softmax") and len(dims) != 2 else _OPSET)
    return f'{", ".join(done)} after output "{old.name}" is compiled into the graph'


class _Nodes:
    """New nodes and constants, under names that the graph does not have."""

    def __init__(self, known: set[str]) -> None:
        self._known = known
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def free(self, name: str) -> str:
        """`name`, or with a number behind it."""
        found = next(
            each for each in (name, *(f"{name}_{i}" for i in range(len(self._known) + 1))) if each not in self._known
        )
        self._known.add(found)
        return found

    def put(self, operator: str, *inputs: str, name: str = "declared", domain: str = "", **attributes: Any) -> str:
        """A node with one output."""
        made = self.free(name)
        self.nodes.append(helper.make_node(operator, list(inputs), [made], domain=domain, **attributes))
        return made

    def constant(self, value: np.ndarray[Any, Any]) -> str:
        name = self.free("declared")
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def number(self, name: str, mean: float, std: float) -> str:
        """(x - mean) / std."""
        if (mean, std) == (0.0, 1.0):
            return name
        moved = self.put("Sub", name, self.constant(np.array(mean, np.float32)))
        return self.put("Div", moved, self.constant(np.array(std, np.float32)))

    def one_hot(self, name: str, choices: list[str]) -> str:
        """[N, 1] texts to [N, C]."""
        found = self.put("OneHotEncoder", name, domain=_ML, cats_strings=choices, zeros=1)
        return self.put("Reshape", found, self.constant(np.array([-1, len(choices)], np.int64)))


def _names(graph: onnx.GraphProto) -> set[str]:
    """Every name of a value in the graph and in those inside its nodes."""
    found = {tensor.name for tensor in graph.initializer} | {info.name for info in graph.input}
    for node in visit.nodes(graph):
        found |= {*node.input, *node.output}
    return found


def _set(field: Any, values: Iterable[Any]) -> None:
    kept = list(values)
    del field[:]
    field.extend(kept)


def _import(proto: onnx.ModelProto, domain: str, version: int) -> None:
    """Add the domain; of the default one an older opset than the nodes need is refused."""
    found = next((each for each in proto.opset_import if visit.domain(each.domain) == visit.domain(domain)), None)
    if found is None:
        proto.opset_import.add(domain=domain, version=version if domain else _SOFTMAX_OPSET)
    elif not domain and found.version < version:
        raise ConfigError(
            f"The model has opset {found.version}",
            f"what the hooks declare after it needs {version}",
            "Convert it with onnx.version_converter, or write postprocess as a function",
        )
