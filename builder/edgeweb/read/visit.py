"""Walks over every node, graph and tensor of a model: sub-graphs, functions and training graphs included."""

from __future__ import annotations

from collections.abc import Iterator

import onnx

from edgeweb.errors import printable

DEFAULT_DOMAIN = "ai.onnx"


def text(value: object) -> str:
    """A protobuf string as text; protobuf hands out bytes where the file's UTF-8 is broken."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def short(name: object) -> str:
    """A name from the file, quoted and cut so that it leaves room for the rest of a message."""
    return f'"{printable(text(name), 60)}"'


def listing(names: list[str], limit: int = 4) -> str:
    """`a, b and 3 more`."""
    shown = ", ".join(printable(n, 60) for n in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def domain(name: str) -> str:
    """The one spelling of a domain: the default one is written both as "" and as "ai.onnx"."""
    return name or DEFAULT_DOMAIN


def subgraphs(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    """The graphs in a node's attributes, whatever the attribute's declared type."""
    found: list[onnx.GraphProto] = []
    for attribute in node.attribute:
        if attribute.HasField("g"):
            found.append(attribute.g)
        found.extend(attribute.graphs)
    return found


def nodes(root: onnx.GraphProto | onnx.FunctionProto) -> Iterator[onnx.NodeProto]:
    """Every node below `root`, sub-graphs included; without recursion, in linear time."""
    stack: list[onnx.GraphProto | onnx.FunctionProto] = [root]
    while stack:
        for node in stack.pop().node:
            yield node
            if node.attribute:
                stack.extend(subgraphs(node))


def graphs(root: onnx.GraphProto | onnx.FunctionProto) -> Iterator[onnx.GraphProto]:
    """Every graph at or below `root`."""
    if isinstance(root, onnx.GraphProto):
        yield root
    for node in nodes(root):
        if node.attribute:
            yield from subgraphs(node)


def roots(proto: onnx.ModelProto) -> list[onnx.GraphProto | onnx.FunctionProto]:
    """Everything in a model that holds nodes and is not itself in a node."""
    found: list[onnx.GraphProto | onnx.FunctionProto] = [proto.graph, *proto.functions]
    for info in proto.training_info:
        found += [info.initialization, info.algorithm]
    return found


def sparse_tensors(proto: onnx.ModelProto) -> Iterator[tuple[str, onnx.SparseTensorProto]]:
    """Every sparse tensor, with words that say which one it is."""
    for root in roots(proto):
        for graph in graphs(root):
            for sparse in graph.sparse_initializer:
                yield f"sparse initializer {short(sparse.values.name)}", sparse
        for node, attribute in _attributes(root):
            found = [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []
            for sparse in [*found, *attribute.sparse_tensors]:
                yield _owner(node, attribute), sparse


def tensors(proto: onnx.ModelProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    """Every tensor that the file can store or point to, with words that say which one it is."""
    for root in roots(proto):
        for graph in graphs(root):
            for tensor in graph.initializer:
                yield f"initializer {short(tensor.name)}", tensor
        for node, attribute in _attributes(root):
            found = [attribute.t] if attribute.HasField("t") else []
            for tensor in [*found, *attribute.tensors]:
                yield _owner(node, attribute), tensor
    for owner, sparse in sparse_tensors(proto):
        yield f"the values of {owner}", sparse.values
        yield f"the indices of {owner}", sparse.indices


def _attributes(root: onnx.GraphProto | onnx.FunctionProto) -> Iterator[tuple[onnx.NodeProto, onnx.AttributeProto]]:
    for node in nodes(root):
        for attribute in node.attribute:
            yield node, attribute
    if isinstance(root, onnx.FunctionProto):
        for attribute in root.attribute_proto:
            yield onnx.NodeProto(name=text(root.name), op_type="function"), attribute


def _owner(node: onnx.NodeProto, attribute: onnx.AttributeProto) -> str:
    return f"attribute {short(attribute.name)} of {short(node.name or node.op_type)}"
