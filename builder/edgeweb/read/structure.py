"""Checks that a model's graphs are sound: each name defined once, before it is used, and every output produced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import onnx

from edgeweb.errors import EdgewebError, ModelError, UnsupportedError, printable
from edgeweb.read import visit

_AGAIN = "Export the model again, or repair the graph with the onnx package"
# Nodes after all function calls are replaced by their bodies; real models stay far below.
_MAX_EXPANDED = 2_000_000


class _Scope:
    """The names that are visible in a graph: its own so far, then those of the graphs around it."""

    def __init__(self, nodes: Iterable[onnx.NodeProto], outer: _Scope | None = None) -> None:
        self.nodes = list(nodes)
        self.names: set[str] = set()
        self.later = {name for node in self.nodes for name in node.output}
        self.outer = outer

    def sees(self, name: str) -> bool:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.names:
                return True
            scope = scope.outer
        return False

    def maker(self, name: str) -> _Scope | None:
        """The graph in which a later node makes the value."""
        scope: _Scope | None = self
        while scope is not None and name not in scope.later:
            scope = scope.outer
        return scope


def blockers(path: Path, proto: onnx.ModelProto) -> list[EdgewebError]:
    """What is wrong with the graphs of a model, at most one error for each of them; [] when nothing is."""
    found = list(_interface(path, proto.graph))
    first = next(_graph(path, "", proto.graph, None), None)
    found += [first] if first is not None else []
    for function in proto.functions:
        first = next(_function(path, function), None)
        found += [first] if first is not None else []
    return found + _calls(path, proto)


def _interface(path: Path, graph: onnx.GraphProto) -> Iterator[EdgewebError]:
    """The names by which JavaScript feeds and reads the model."""
    if not graph.node and not graph.output:
        yield ModelError(f"{path} has an empty graph", "it has no nodes and no outputs: nothing to run", _AGAIN)
    elif not graph.output:
        why = "a graph without outputs computes nothing"
        yield ModelError(f"{path} has no outputs", why, "Mark the wanted values as outputs")
    if not graph.name:
        yield ModelError(
            f"{path} has a graph without a name", "ONNX requires one", "Set model.graph.name and save it again"
        )
    for kind, values in (("input", graph.input), ("output", graph.output)):
        for position, value in enumerate(values):
            if not value.name:
                yield ModelError(f"{path} has an {kind} without a name", f"{kind} {position} is unnamed", _AGAIN)
            elif "\0" in value.name or value.name == "__proto__":
                why = "browsers cannot keep a value under this name"
                yield UnsupportedError(
                    f"{path} names an {kind} {visit.short(value.name)}", why, "Rename it in the model"
                )
        for name in _repeated(v.name for v in values):
            yield ModelError(f"{path} has two {kind}s named {visit.short(name)}", "names must be unique", _AGAIN)


def _graph(path: Path, place: str, graph: onnx.GraphProto, outer: _Scope | None) -> Iterator[EdgewebError]:
    """Errors of a graph and those in its nodes, in order. Recursion is bounded: protobuf parses 33 levels of graphs."""
    scope = _Scope(graph.node, outer)
    scope.names.update(value.name for value in graph.input)
    scope.names.update(tensor.name for tensor in graph.initializer)
    scope.names.update(sparse.values.name for sparse in graph.sparse_initializer)
    if outer is not None:
        for name in _repeated(value.name for value in graph.input):
            yield ModelError(f"{path} has two values named {visit.short(name)}", f"both are inputs{place}", _AGAIN)
    yield from _nodes(path, place, scope)
    for value in graph.output:
        if value.name and not scope.sees(value.name):
            why = f"the output {visit.short(value.name)}{place} is not made by any node"
            yield ModelError(f"{path} has an output that nothing produces", why, _AGAIN)


def _function(path: Path, function: onnx.FunctionProto) -> Iterator[EdgewebError]:
    place = f" in the function {visit.short(function.name)}"
    scope = _Scope(function.node)
    scope.names.update(function.input)
    yield from _nodes(path, place, scope)
    for name in function.output:
        if not scope.sees(name):
            why = f"the output {visit.short(name)}{place} is not made by any node"
            yield ModelError(f"{path} has an output that nothing produces", why, _AGAIN)


def _nodes(path: Path, place: str, scope: _Scope) -> Iterator[EdgewebError]:
    for node in scope.nodes:
        for name in node.input:
            if name and not scope.sees(name):
                yield _missing(path, place, scope, node, name)
        for inner in visit.subgraphs(node):
            yield from _graph(path, f" in the sub-graph of {_label(node)}", inner, scope)
        for name in node.output:
            if name and name in scope.names:
                why = f"{_label(node)}{place} makes it, and it is made or given before"
                yield ModelError(f"{path} has two values named {visit.short(name)}", why, _AGAIN)
            elif name:
                scope.names.add(name)
                scope.later.discard(name)


def _missing(path: Path, place: str, scope: _Scope, node: onnx.NodeProto, name: str) -> EdgewebError:
    """Why a name is not visible: its maker stands later, depends on it in a circle, or does not exist."""
    uses = f"{_label(node)}{place} uses {visit.short(name)}"
    maker = scope.maker(name)
    if maker is None:
        return ModelError(f"{path} uses a value that does not exist", f"{uses}, which nothing defines", _AGAIN)
    if _cyclic(maker.nodes):
        return ModelError(f"{path} has a cycle", f"{uses}, which in the end depends on that node itself", _AGAIN)
    return ModelError(
        f"{path} has its nodes in the wrong order",
        f"{uses}, which a later node makes; ONNX asks for producers before consumers",
        "Sort the nodes, for example with onnx-graphsurgeon's toposort(), and save it again",
    )


def _cyclic(nodes: list[onnx.NodeProto]) -> bool:
    """Whether no order of the nodes exists (Kahn's algorithm); what their sub-graphs use counts as theirs."""
    maker = {name: i for i, node in enumerate(nodes) for name in node.output if name}
    needs = [{maker[n] for n in _used(node) if n in maker} for node in nodes]
    return len(_order(needs)) < len(needs)


def _order(needs: list[set[int]]) -> list[int]:
    """An order in which each item follows what it needs; items in or behind a cycle are left out."""
    users: list[list[int]] = [[] for _ in needs]
    for i, makers in enumerate(needs):
        for maker in makers:
            users[maker].append(i)
    left = [len(makers) for makers in needs]
    ready = [i for i, number in enumerate(left) if number == 0]
    for i in ready:  # grows while it is walked
        for user in users[i]:
            left[user] -= 1
            if left[user] == 0:
                ready.append(user)
    return ready


def _used(node: onnx.NodeProto) -> set[str]:
    """The names that a node takes from around it; names made inside its sub-graphs are not among them."""
    used = set(node.input)
    for graph in visit.subgraphs(node):
        inside = {v.name for v in graph.input} | {t.name for t in graph.initializer}
        inside.update(name for inner in graph.node for name in inner.output)
        for inner in graph.node:
            used |= _used(inner) - inside
    return used


def _calls(path: Path, proto: onnx.ModelProto) -> list[EdgewebError]:
    """Functions that call themselves, or that unfold into more nodes than anything can run."""
    index = {(visit.domain(f.domain), f.name, f.overload): i for i, f in enumerate(proto.functions)}
    if not index:
        return []
    called = [_callees(f, index) for f in proto.functions]
    order = _order([set(callees) for callees in called])
    if len(order) < len(called):
        sortable = set(order)
        name = next(f.name for i, f in enumerate(proto.functions) if i not in sortable)
        why = f"{visit.short(name)} is called from within itself"
        return [ModelError(f"{path} has a recursive function", why, "Export the model again; ONNX forbids recursion")]
    size = [0] * len(called)
    for i in order:
        size[i] = _expanded(proto.functions[i], called[i], size)
    total = _expanded(proto.graph, _callees(proto.graph, index), size)
    if total > _MAX_EXPANDED:
        why = f"its functions call each other so often that they make more than {_MAX_EXPANDED} nodes"
        what = f"{path} is too large when its functions are unfolded"
        return [UnsupportedError(what, why, "Export it without functions")]
    return []


def _callees(root: onnx.GraphProto | onnx.FunctionProto, index: dict[tuple[str, str, str], int]) -> list[int]:
    keys = ((visit.domain(node.domain), node.op_type, node.overload) for node in visit.nodes(root))
    return [index[key] for key in keys if key in index]


def _expanded(root: onnx.GraphProto | onnx.FunctionProto, callees: list[int], size: list[int]) -> int:
    # Capped, because doubling 10 000 times over would make a number too long to add up.
    return min(len(list(visit.nodes(root))) + sum(size[i] for i in callees), 2 * _MAX_EXPANDED)


def _label(node: onnx.NodeProto) -> str:
    kind = printable(node.op_type, 40)
    return f"{kind} {visit.short(node.name)}" if node.name else f"a node {kind}"


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name and name in seen:
            twice[name] = None
        seen.add(name)
    return list(twice)
