"""A part of a graph as a model of its own: what leads from some of its tensors to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto, helper


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
