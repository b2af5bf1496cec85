"""A part of a graph as a model of its own: what leads from some of its tensors to others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto, helper

_BOTH = 3


def part(proto: ModelProto, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto]) -> ModelProto | None:
    """The nodes between the tensors; None where they need another input of the graph as well.

    Large weights that lie in a file of their own stay there.
    """
    graph = proto.graph
    makers = {name: node for node in graph.node for name in node.output}
    given = {info.name for info in inputs}
    weights = {tensor.name for tensor in graph.initializer} | {each.values.name for each in graph.sparse_initializer}
    needed: set[str] = set()
    wanted = [info.name for info in outputs]
    while wanted:
        name = wanted.pop()
        if name in needed or name in given or not name:
            continue
        needed.add(name)
        if name in makers:
            wanted += uses(makers[name])
        elif name not in weights:
            return None
    nodes = [node for node in graph.node if needed & {*node.output}]
    made = helper.make_graph(
        nodes, graph.name or "part", list(inputs), list(outputs),
        [tensor for tensor in graph.initializer if tensor.name in needed],
        value_info=[info for info in graph.value_info if info.name in needed],
    )  # fmt: skip
    made.sparse_initializer.extend(each for each in graph.sparse_initializer if each.values.name in needed)
    found = helper.make_model(made, opset_imports=list(proto.opset_import), ir_version=proto.ir_version)
    found.functions.extend(proto.functions)
    found.metadata_props.extend(proto.metadata_props)
    return found


def meeting(
    proto: ModelProto, one: Sequence[str], other: Sequence[str], wanted: str
) -> tuple[list[str], list[str]] | None:
    """What `wanted` is made of: tensors of the inputs `one` alone, and of the inputs `other` alone, each as near to it
    as that holds. None where it is made of one of them.
    """
    graph = proto.graph
    sides = {**dict.fromkeys(one, 1), **dict.fromkeys(other, 2)}
    for node in graph.node:
        found = 0
        for name in uses(node):
            found |= sides.get(name, 0)
        sides |= dict.fromkeys(node.output, found)
    makers = {name: node for node in graph.node for name in node.output}
    if sides.get(wanted) != _BOTH:
        return None
    met: dict[str, int] = {}
    left, seen = [wanted], set[str]()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if (side := sides.get(name, 0)) == _BOTH:
            left += uses(makers[name])
        elif side:
            met[name] = side
    ordered = [name for name in sides if name in met]
    return [name for name in ordered if met[name] == 1], [name for name in ordered if met[name] != 1]


def called(made: ModelProto, names: Mapping[str, str]) -> ModelProto:
    """A part with other names for its inputs and outputs; what is both keeps its own as an input."""
    graph = made.graph
    both = {info.name for info in graph.input} & {info.name for info in graph.output}
    first = {info.name: names[info.name] for info in graph.input if info.name in names and info.name not in both}
    last = {info.name: names[info.name] for info in graph.output if info.name in names}
    for infos, new in ((graph.input, first), (graph.output, last)):
        for info in infos:
            info.name = new.get(info.name, info.name)
    nodes = [helper.make_node("Identity", [new], [raw]) for raw, new in first.items()]
    nodes += [*graph.node, *(helper.make_node("Identity", [raw], [new]) for raw, new in last.items())]
    del graph.node[:]
    graph.node.extend(nodes)
    return made


def uses(node: NodeProto) -> list[str]:
    """The names that a node reads, those that its subgraphs take from around them among them."""
    inner = [name for attribute in node.attribute for graph in _graphs(attribute) for name in _free(graph)]
    return [*(name for name in node.input if name), *inner]


def _graphs(attribute: AttributeProto) -> Iterator[GraphProto]:
    if attribute.type == AttributeProto.GRAPH:
        yield attribute.g
    yield from attribute.graphs


def _free(graph: GraphProto) -> list[str]:
    own = {info.name for info in graph.input} | {tensor.name for tensor in graph.initializer}
    own |= {name for node in graph.node for name in node.output}
    read = [name for node in graph.node for name in uses(node)] + [info.name for info in graph.output]
    return [name for name in read if name not in own]
