"""The decoders that exporters write side by side, as one: a graph for the first tokens, and one that goes on from what
was kept.

Both hold all of the weights. optimum joins them in `decoder_model_merged.onnx`, where the input `use_cache_branch`
chooses; what lies there without it is joined here in the same form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import onnx
from onnx import AttributeProto, GraphProto, ModelProto, TensorProto, compose, helper

from edgeweb.read.model import Model

FIRST, LATER, MERGED = "decoder_model", "decoder_with_past_model", "decoder_model_merged"
ROLES = frozenset((FIRST, LATER, MERGED))
_BRANCH = "use_cache_branch"
# Small constants are not worth a name that both share.
_SHARED_BYTES = 1024


def left(graphs: Mapping[str, Path]) -> dict[str, Path]:
    """Without the decoders that another one holds already."""
    gone = {FIRST, LATER} if MERGED in graphs else set()
    return {role: path for role, path in graphs.items() if role not in gone}


def joined(models: Mapping[str, Model]) -> dict[str, Model]:
    """With both halves of a decoder as one; large ones stay as they are, and the first half serves alone."""
    first, later = models.get(FIRST), models.get(LATER)
    found = {role: each for role, each in models.items() if role not in (FIRST, LATER)}
    if first is None:
        return found
    if later is None or first.weights is not None or later.weights is not None:
        return {**found, FIRST: first}
    whole = Model(first.path, merged(first.proto, later.proto), first.file_bytes + later.file_bytes)
    return {**found, MERGED: whole}


def merged(first: ModelProto, later: ModelProto) -> ModelProto:
    """One graph of both: `use_cache_branch` false runs `first`, which gives all that is kept; true runs `later`, which
    gives the same outputs, but empty ones for what it is not to change.
    """
    graphs = {"first": first.graph, "later": later.graph}
    branches = {name: compose.add_prefix_graph(graph, f"{name}/", rename_inputs=False, rename_outputs=False)
                for name, graph in graphs.items()}  # fmt: skip
    shared = _shared(branches)
    outputs = list(first.graph.output)
    for name, graph in branches.items():
        _finish(graph, name, outputs)
    inputs = {info.name: info for graph in (first.graph, later.graph) for info in graph.input}
    branch = helper.make_tensor_value_info(_BRANCH, TensorProto.BOOL, [1])
    node = helper.make_node(
        "If", [_BRANCH], [info.name for info in outputs], "by what is kept",
        then_branch=branches["later"], else_branch=branches["first"],
    )  # fmt: skip
    graph = helper.make_graph([node], "decoder", [*inputs.values(), branch], outputs, shared)
    versions = {each.domain: each for model in (later, first) for each in model.opset_import}
    made = helper.make_model(
        graph, opset_imports=list(versions.values()), ir_version=max(first.ir_version, later.ir_version)
    )
    made.functions.extend(first.functions)
    return made


def _shared(branches: Mapping[str, GraphProto]) -> list[TensorProto]:
    """The weights that stand outside of the branches, each once; what is alike has one name in both."""
    kept: dict[bytes, TensorProto] = {}
    for graph in branches.values():
        names: dict[str, str] = {}
        own = [tensor for tensor in graph.initializer if tensor.ByteSize() < _SHARED_BYTES]
        for tensor in graph.initializer:
            if tensor.ByteSize() >= _SHARED_BYTES:
                found = kept.setdefault(_content(tensor), tensor)
                names[tensor.name] = found.name
        del graph.initializer[:]
        graph.initializer.extend(own)
        _renamed(graph, names)
    return list(kept.values())


def _content(tensor: TensorProto) -> bytes:
    copy = TensorProto()
    copy.CopyFrom(tensor)
    copy.ClearField("name")
    copy.ClearField("doc_string")
    return hashlib.sha256(copy.SerializeToString(deterministic=True)).digest()


def _renamed(graph: GraphProto, names: Mapping[str, str]) -> None:
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = names.get(name, name)
        for attribute in node.attribute:
            if attribute.type == AttributeProto.GRAPH:
                _renamed(attribute.g, names)


def _finish(graph: GraphProto, name: str, outputs: list[onnx.ValueInfoProto]) -> None:
    """The outputs of the whole in their order, by names of its own; a branch has no inputs."""
    given = {info.name for info in graph.output}
    made = {output for node in graph.node for output in node.output}
    del graph.input[:], graph.output[:], graph.value_info[:]
    for info in outputs:
        own = f"{name}/out/{info.name}"
        if info.name in given:
            # What is an input or a weight as it is has no node that could be renamed.
            graph.node.append(helper.make_node("Identity", [info.name], [own])) if info.name not in made else None
        else:
            shape = [dim.dim_value or 0 for dim in info.type.tensor_type.shape.dim]
            empty = helper.make_tensor(f"{own}/empty", info.type.tensor_type.elem_type, [*shape[:1], *shape[1:]], [])
            graph.node.append(helper.make_node("Constant", [], [own], value=empty))
        copy = onnx.ValueInfoProto()
        copy.CopyFrom(info)
        copy.name = own
        copy.type.tensor_type.ClearField("shape")
        graph.output.append(copy)
    names = {info.name: f"{name}/out/{info.name}" for info in outputs if info.name in given and info.name in made}
    for node in graph.node:
        for place, each in enumerate(node.output):
            node.output[place] = names.get(each, each)
    _renamed(graph, names)
