"""Makes tensors of outputs that are sequences, maps or optional values, or leaves them out: JavaScript has tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import onnx

from edgeweb.read import visit, zipmap
from edgeweb.read.model import Model, Result

_WORDS = {"sequence_type": "a sequence", "map_type": "a map", "optional_type": "an optional value"}
# Of outputs whose type the file does not say.
_MAKES = {
    "SequenceConstruct": "sequence_type", "SequenceInsert": "sequence_type", "SequenceErase": "sequence_type",
    "SequenceEmpty": "sequence_type", "SequenceMap": "sequence_type", "SplitToSequence": "sequence_type",
    "ZipMap": "sequence_type", "Optional": "optional_type",
}  # fmt: skip
_SEQUENCES = frozenset(_MAKES)
# Identity exists in every opset; this one is taken where the model names none.
_OPSET = 9


@dataclass(frozen=True)
class _Made:
    """What stands for an output: tensors of the graph with the names and types that they get, and a note."""

    tensors: tuple[tuple[str, str, onnx.TypeProto], ...]
    note: str


def step(model: Model) -> Result:
    """Every output that is no tensor as one or several, or without it where the model has others.

    ZipMap becomes its own scores, float [N, classes], under the same name; what SequenceConstruct puts together becomes
    an output for each part, named after it with the part's number. Where nothing is left the model stays as it is.
    """
    graph = model.proto.graph
    makers = {name: node for node in graph.node for name in node.output}
    odd = {value.name: kind for value in graph.output if (kind := _kind(value, makers)) is not None}
    if not odd:
        return Result(model, False)
    taken = _names(graph)
    made = {name: each for name in odd if (each := _made(graph, name, makers, taken)) is not None}
    if len(odd) == len(graph.output) and not made:
        return Result(model, False)
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    _rewrite(proto.graph, odd, made, taken)
    if made and not any(visit.domain(o.domain) == visit.DEFAULT_DOMAIN for o in proto.opset_import):
        proto.opset_import.add(domain="", version=_OPSET)
    notes = [made[name].note if name in made else f"{visit.short(name)}: left out, it is {_WORDS[odd[name]]}"
             for name in odd]  # fmt: skip
    return Result(replace(model, proto=proto), True, tuple(notes))


def _kind(value: onnx.ValueInfoProto, makers: Mapping[str, onnx.NodeProto]) -> str | None:
    """What an output is that is no tensor."""
    kind = value.type.WhichOneof("value")
    if kind is None and value.name in makers:
        return _MAKES.get(makers[value.name].op_type)
    return kind if kind in _WORDS else None


def _made(graph: onnx.GraphProto, name: str, makers: Mapping[str, onnx.NodeProto], taken: set[str]) -> _Made | None:
    """The tensors that an output is made of; None where the graph does not tell them."""
    node = _maker(name, makers)
    if node is not None and node.op_type == "ZipMap" and len(node.input) == 1:
        labels = zipmap.labels_of(node)
        note = (
            f"{visit.short(name)}: {len(labels)} classes ({visit.listing(labels, 8)}) as a tensor instead of a ZipMap"
        )
        return _Made(((node.input[0], name, zipmap.scores_type(graph, node.input[0], len(labels))),), note)
    parts = list(_parts(name, makers) or ())
    if not parts:
        return None
    kind = _element(next(value.type for value in graph.output if value.name == name))
    if node is not None and node.op_type == "Optional":
        return _Made(((parts[0], name, kind),), f"{visit.short(name)}: a tensor instead of an optional value")
    names = [_free(f"{name}_{place}", taken) for place in range(len(parts))]
    note = f"{visit.short(name)}: {len(parts)} outputs ({visit.listing(names)}) instead of a sequence"
    return _Made(tuple((part, own, _sized(graph, part, kind)) for part, own in zip(parts, names, strict=True)), note)


def _maker(name: str, makers: Mapping[str, onnx.NodeProto]) -> onnx.NodeProto | None:
    """The node that makes a value, behind those that hand it on."""
    node = makers.get(name)
    for _ in range(len(makers)):
        if node is None or node.op_type != "Identity" or not node.input:
            break
        node = makers.get(node.input[0])
    return node


def _parts(name: str, makers: Mapping[str, onnx.NodeProto]) -> list[str] | None:
    """The tensors that a sequence or an optional value is put together from, in order."""
    added: list[str] = []
    for _ in range(len(makers)):
        node = _maker(name, makers)
        if node is None:
            return None
        if node.op_type in ("SequenceConstruct", "SequenceEmpty"):
            return [*node.input, *reversed(added)]
        if node.op_type == "Optional" and node.input:
            inner = _maker(node.input[0], makers)
            return None if inner is not None and inner.op_type in _SEQUENCES else [node.input[0]]
        # With a third input it stands at some other place.
        if node.op_type != "SequenceInsert" or len(node.input) != 2:
            return None
        added.append(node.input[1])
        name = node.input[0]
    return None


def _element(kind: onnx.TypeProto) -> onnx.TypeProto:
    """The type of the tensors in a sequence or an optional value, without a shape: parts may differ in it."""
    found = onnx.TypeProto()
    inner = getattr(kind, kind.WhichOneof("value") or "tensor_type")
    element = inner.elem_type if kind.WhichOneof("value") in ("sequence_type", "optional_type") else None
    if element is not None and element.WhichOneof("value") == "tensor_type":
        found.tensor_type.elem_type = element.tensor_type.elem_type
    return found


def _sized(graph: onnx.GraphProto, tensor: str, kind: onnx.TypeProto) -> onnx.TypeProto:
    """With the shape that the file declares, or that scores of a classifier have."""
    known: onnx.TypeProto | None = next((v.type for v in (*graph.value_info, *graph.input) if v.name == tensor), None)
    if known is not None and known.tensor_type.elem_type == kind.tensor_type.elem_type:
        return known
    classes = zipmap.scores_of(graph, tensor)
    if not classes or kind.tensor_type.elem_type != onnx.TensorProto.FLOAT:
        return kind
    sized: onnx.TypeProto = onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, [None, classes])
    return sized


def _rewrite(graph: onnx.GraphProto, odd: Mapping[str, str], made: Mapping[str, _Made], taken: set[str]) -> None:
    """Put the tensors at the places of their outputs, and drop the nodes that nothing needs any more."""
    values: list[onnx.ValueInfoProto] = []
    added: list[onnx.NodeProto] = []
    for value in graph.output:
        if value.name not in odd:
            values.append(value)
        elif value.name in made:
            own = made[value.name]
            _set_aside(graph, value.name, taken)
            for tensor, name, kind in own.tensors:
                added.append(onnx.helper.make_node("Identity", [tensor], [name]))
                values.append(onnx.ValueInfoProto(name=name, type=kind))
    kept = [onnx.ValueInfoProto.FromString(value.SerializeToString()) for value in values]
    del graph.output[:]
    graph.output.extend(kept)
    graph.node.extend(added)
    _prune(graph)
    for place in reversed([i for i, value in enumerate(graph.value_info) if value.name in odd]):
        del graph.value_info[place]


def _set_aside(graph: onnx.GraphProto, name: str, taken: set[str]) -> None:
    """Another name for the value that is no tensor: its own is the output's, and other nodes may use it."""
    other = _free(f"{name}_whole", taken)
    for node in visit.nodes(graph):
        for field in (node.input, node.output):
            for place, each in enumerate(field):
                if each == name:
                    field[place] = other
    for inner in visit.graphs(graph):
        if inner is not graph:
            for value in inner.output:
                if value.name == name:
                    value.name = other


def _prune(graph: onnx.GraphProto) -> None:
    """Without the nodes that no output needs."""
    needed = {value.name for value in graph.output}
    kept: list[onnx.NodeProto] = []
    # What was added stands at the end, and reads what is before it.
    for node in reversed(graph.node):
        if needed.isdisjoint(node.output):
            continue
        needed.update(node.input)
        for inner in visit.subgraphs(node):
            needed.update(_used(inner))
        kept.append(onnx.NodeProto.FromString(node.SerializeToString()))
    del graph.node[:]
    graph.node.extend(reversed(kept))


def _used(graph: onnx.GraphProto) -> Iterator[str]:
    """All names in a sub-graph, those of the graph around it among them."""
    for node in visit.nodes(graph):
        yield from node.input
    for inner in visit.graphs(graph):
        yield from (value.name for value in inner.output)


def _names(graph: onnx.GraphProto) -> set[str]:
    found = {value.name for inner in visit.graphs(graph) for value in (*inner.input, *inner.output, *inner.initializer)}
    return found | {name for node in visit.nodes(graph) for name in (*node.input, *node.output)}


def _free(name: str, taken: set[str]) -> str:
    """The name, or one like it that nothing has."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name
