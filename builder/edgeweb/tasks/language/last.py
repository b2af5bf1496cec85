"""Scores of the next token alone: what a decoder knows of earlier ones is not multiplied with its whole vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from onnx import AttributeProto, GraphProto, NodeProto, helper, numpy_helper

from edgeweb.config import Config
from edgeweb.read import intake
from edgeweb.read.model import Model
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.words import of as words_of

# Each place by itself, whatever the other input is, as long as that is the same for all places.
_ELEMENTWISE = frozenset(("Add", "Sub", "Mul", "Div", "Tanh", "Cast", "Identity", "Neg"))
# Of these the first input has the places.
_HEADS = frozenset(("MatMul", "MatMulNBits", "FusedMatMul", "MatMulBnb4"))
_WRITERS = ("CausalLM", "LMHeadModel")
# XLM's and FlauBERT's class for blanks.
_FILLS = "WithLMHeadModel"
# From here on a Slice takes its places as inputs.
_OPSET = 10
_PLACES = {"starts": -1, "ends": np.iinfo(np.int64).max, "axes": 1}


def step(model: Model, settings: Config) -> tuple[Model, list[str]]:
    """A decoder whose scores are of its last place, [texts, 1, tokens]; any other model stays as it is."""
    if settings.hooks.file or settings.task not in (None, "text-generation"):
        return model, []
    output = _scores(model.proto.graph)
    if output is None or not _writes(model.proto.graph, model.path):
        return model, []
    version = next((each.version for each in model.proto.opset_import if each.domain in ("", "ai.onnx")), 0)
    if version < _OPSET:
        return model, [f'"{output}" is of every token: operator set {version} is too old to take the last one']
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    why = _shortened(proto.graph, output, {})
    if why:
        proto.CopyFrom(model.proto)
        _at_the_end(proto.graph, output)
    info = next(each for each in proto.graph.output if each.name == output)
    _one(info)
    where = f"at the output, since {why}" if why else "before the vocabulary is multiplied"
    return replace(model, proto=proto), [f'"{output}" is of the last token alone, which is taken {where}']


def _scores(graph: GraphProto) -> str | None:
    """The one output of scores of tokens."""
    named = [info for info in graph.output if "logits" in words_of(info.name)]
    rank = len(named[0].type.tensor_type.shape.dim) if len(named) == 1 else 0
    return named[0].name if rank == 3 else None


def _writes(graph: GraphProto, path: Path) -> bool:
    """Whether it keeps something between tokens, or is of a class that goes on with texts."""
    made = {tensor.name for tensor in graph.initializer}
    if any(info.name.startswith("past") for info in graph.input if info.name not in made):
        return True
    names = intake.json_hint(tokenizer.folders(path), "config.json").get("architectures")
    name = str(names[0]) if isinstance(names, list) and names else ""
    return _FILLS not in name and any(word in name for word in _WRITERS)


@dataclass(frozen=True)
class _Graph:
    """What makes each tensor of a graph, who reads it, and what is there from the beginning."""

    makers: Mapping[str, NodeProto]
    readers: Mapping[str, int]
    sizes: Mapping[str, Sequence[int]]

    def constant(self, name: str) -> bool:
        """Whether it is the same in every run."""
        if name in self.sizes or not name:
            return True
        maker = self.makers.get(name)
        return maker is not None and not maker.op_type.startswith("Random") and all(map(self.constant, maker.input))

    def one(self, name: str) -> bool:
        """Whether it is the same at every place: a number, or a row of them."""
        maker = self.makers.get(name)
        size = self.sizes.get(name)
        if maker is not None and maker.op_type == "Constant":
            values = next((each.t for each in maker.attribute if each.type == AttributeProto.TENSOR), None)
            size = [] if values is None else list(values.dims)
        while size is None and maker is not None and maker.op_type in ("Identity", "Cast"):
            size, maker = self.sizes.get(maker.input[0]), self.makers.get(maker.input[0])
        return size is not None and (len(size) < 2 or all(each == 1 for each in size[:-1]))


def _read(graph: GraphProto, outer: Mapping[str, Sequence[int]]) -> _Graph:
    readers: dict[str, int] = {}
    for name in [*(each for node in graph.node for each in node.input), *(info.name for info in graph.output)]:
        readers[name] = readers.get(name, 0) + 1
    makers = {name: node for node in graph.node for name in node.output}
    return _Graph(makers, readers, {**outer, **{tensor.name: tensor.dims for tensor in graph.initializer}})


def _shortened(graph: GraphProto, output: str, outer: Mapping[str, Sequence[int]]) -> str:
    """Take the last place before the scores are made; why that cannot be done, where it cannot."""
    found = _read(graph, outer)
    name, path = output, [output]
    while (maker := found.makers.get(name)) is not None and maker.op_type in _ELEMENTWISE:
        data = [each for each in maker.input if not found.constant(each)]
        others = [each for each in maker.input if found.constant(each)]
        if len(data) != 1 or not all(map(found.one, others)):
            return f"{maker.op_type} before it mixes more than constants"
        name = data[0]
        path.append(name)
    if maker is None:
        return "nothing makes it"
    if any(found.readers[each] > 1 for each in path):
        return "its scores are used elsewhere too"
    if maker.op_type == "If":
        return _branches(maker, list(maker.output).index(name), found)
    if maker.op_type not in _HEADS or not all(map(found.constant, maker.input[1:])):
        return f"{maker.op_type} makes it"
    _insert(graph, maker, 0)
    _forget(graph, path)
    return ""


def _branches(node: NodeProto, place: int, found: _Graph) -> str:
    """Both halves of a decoder for the first token and later ones."""
    for attribute in node.attribute:
        branch = attribute.g
        why = _shortened(branch, branch.output[place].name, found.sizes)
        if why:
            return why
        _one(branch.output[place])
    return ""


def _insert(graph: GraphProto, node: NodeProto, place: int) -> None:
    """The last place of what the node reads."""
    before = node.input[place]
    last = f"{before}/last"
    names = {key: f"{last}/{key}" for key in _PLACES}
    for key, value in _PLACES.items():
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), names[key]))
    at = next(number for number, each in enumerate(graph.node) if each is node or each == node)
    graph.node.insert(at, helper.make_node("Slice", [before, *names.values()], [last], last))
    graph.node[at + 1].input[place] = last


def _at_the_end(graph: GraphProto, output: str) -> None:
    """The last place of what was the output."""
    whole = f"{output}/every"
    for node in graph.node:
        node.output[:] = [whole if name == output else name for name in node.output]
        node.input[:] = [whole if name == output else name for name in node.input]
    graph.node.append(helper.make_node("Identity", [whole], [output], f"{output}/last"))
    _insert(graph, graph.node[-1], 0)


def _one(info: onnx.ValueInfoProto) -> None:
    shape = info.type.tensor_type.shape
    if len(shape.dim) == 3:
        shape.dim[1].Clear()
        shape.dim[1].dim_value = 1


def _forget(graph: GraphProto, names: Sequence[str]) -> None:
    """Shapes of tensors that have another one now."""
    kept = [info for info in graph.value_info if info.name not in names]
    del graph.value_info[:]
    graph.value_info.extend(kept)
