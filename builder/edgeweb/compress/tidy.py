"""A graph as a library left it, put in order: the original's declarations, topological, without what nothing reads."""

from __future__ import annotations

import heapq
import itertools

import onnx
from onnx import numpy_helper

from edgeweb.compress import graph
from edgeweb.read import visit

_MIN_IR = 4
_MAX_IR = 13


def finish(made: onnx.ModelProto, original: onnx.ModelProto, before: onnx.ModelProto) -> None:
    """Give back what a library changed in passing, and leave the same bytes whatever order it worked in.

    Args:
        made: changed in place.
        original: the model as it came; `before`: as the technique was given it, where every node has a name.
    """
    for field in ("producer_name", "producer_version", "domain", "model_version", "doc_string"):
        setattr(made, field, getattr(original, field))
    made.graph.name, made.graph.doc_string = original.graph.name, original.graph.doc_string
    for target, source in (
        (made.metadata_props, original.metadata_props),
        (made.graph.metadata_props, original.graph.metadata_props),
        (made.graph.input, original.graph.input),
        (made.graph.output, original.graph.output),
    ):
        del target[:]
        target.extend(source)
    # Types change with the arithmetic, and ONNX Runtime infers them anyway.
    del made.graph.value_info[:]
    made.ir_version = min(max(original.ir_version, _MIN_IR), _MAX_IR)
    _sort(made.graph)
    names = _tensor_names(before.graph)
    _share(made.graph, names)
    _shorten(made.graph, names)
    _drop_unread(made.graph)
    nodes = {node.name for node in visit.nodes(before.graph) if not node.name.startswith(graph.UNNAMED)}
    for node in visit.nodes(made.graph):
        if node.name not in nodes:
            node.name = ""
    _imports(made)


def _tensor_names(main: onnx.GraphProto) -> set[str]:
    names = {name for node in visit.nodes(main) for name in (*node.input, *node.output)}
    for inner in visit.graphs(main):
        names.update(item.name for item in (*inner.initializer, *inner.input, *inner.output))
    return names


def _share(main: onnx.GraphProto, old: set[str]) -> None:
    """One tensor for all new ones of the same content: most zero points are."""
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    same: dict[str, str] = {}
    for tensor in sorted((t for t in main.initializer if t.name not in old), key=lambda t: t.name):
        plain = numpy_helper.from_array(graph.array(tensor), tensor.name)
        same[tensor.name] = first.setdefault((plain.data_type, tuple(plain.dims), plain.raw_data), tensor.name)
        tensor.CopyFrom(plain)
    _rename(main, same, inputs_only=True)


def _shorten(main: onnx.GraphProto, old: set[str]) -> None:
    """Short names for new tensors: a library's are long, and there are several for each old one."""
    free = (name for number in itertools.count() if (name := f"e{number}") not in old)
    stored = {tensor.name for tensor in main.initializer}
    names: dict[str, str] = {}
    for node in main.node:
        for name in (*node.input, *node.output):
            local = name in stored or name in node.output
            if name and local and name not in old and name not in names:
                names[name] = next(free)
    _rename(main, names)


def _rename(main: onnx.GraphProto, names: dict[str, str], inputs_only: bool = False) -> None:
    for node in visit.nodes(main):
        for fields in (node.input,) if inputs_only else (node.input, node.output):
            for place, name in enumerate(fields):
                if names.get(name, name) != name:
                    fields[place] = names[name]
    if inputs_only:
        return
    for inner in visit.graphs(main):
        for item in (*inner.initializer, *inner.input, *inner.output):
            if item.name in names:
                item.name = names[item.name]


def _drop_unread(main: onnx.GraphProto) -> None:
    read = {name for node in visit.nodes(main) for name in node.input}
    read |= {info.name for inner in visit.graphs(main) for info in inner.output}
    tensors = sorted((t for t in main.initializer if t.name in read), key=lambda tensor: tensor.name)
    if len(tensors) != len(main.initializer) or tensors != list(main.initializer):
        stored = [onnx.TensorProto.FromString(t.SerializeToString(deterministic=True)) for t in tensors]
        del main.initializer[:]
        main.initializer.extend(stored)


def _imports(proto: onnx.ModelProto) -> None:
    """Only the domains in use, in one order, one entry each: ONNX Runtime lists all it knows."""
    used = {visit.domain(node.domain) for node in visit.nodes(proto.graph)} | {visit.DEFAULT_DOMAIN}
    found: dict[str, tuple[str, int]] = {}
    for entry in proto.opset_import:
        if visit.domain(entry.domain) in used:
            found[visit.domain(entry.domain)] = (entry.domain, entry.version)
    del proto.opset_import[:]
    proto.opset_import.extend(onnx.helper.make_opsetid(*found[name]) for name in sorted(found))


def _sort(main: onnx.GraphProto) -> None:
    """Nodes in topological order, otherwise as they were: libraries append theirs at the end."""
    maker = {name: place for place, node in enumerate(main.node) for name in node.output if name}
    needs = [_reads(node) for node in main.node]
    waiting = [len({maker[name] for name in names if name in maker}) for names in needs]
    users: dict[int, set[int]] = {}
    for place, names in enumerate(needs):
        for name in names:
            if name in maker:
                users.setdefault(maker[name], set()).add(place)
    ready = [place for place, count in enumerate(waiting) if count == 0]
    order = []
    while ready:
        place = heapq.heappop(ready)
        order.append(place)
        for user in users.get(place, ()):
            waiting[user] -= 1
            if waiting[user] == 0:
                heapq.heappush(ready, user)
    if len(order) == len(main.node) and order != sorted(order):
        graph.replace_nodes(main, [main.node[place] for place in order])


def _reads(node: onnx.NodeProto) -> set[str]:
    """What a node needs, the outer tensors that its sub-graphs use included."""
    names = set(node.input)
    for inner in visit.subgraphs(node):
        names.update(name for deep in visit.nodes(inner) for name in deep.input)
        names.update(info.name for info in inner.output)
    return names - {""}
