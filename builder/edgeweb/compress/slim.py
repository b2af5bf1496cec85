"""A graph without the names that only people read: in a small model they are a good part of the bytes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import onnx

from edgeweb.compress import layers
from edgeweb.inputs.golden import Array
from edgeweb.read import visit
from edgeweb.read.model import to_bytes


def shipped(proto: onnx.ModelProto, values: Mapping[str, Array]) -> bytes:
    """The file with `values` in the place of the tensors of those names; the order of the tensors stays."""
    return to_bytes(slimmed(layers.filled(proto, values)))


def slimmed(proto: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that works out the same, whose tensors have short names and whose nodes have none.

    Names of inputs and outputs stay. The order of everything stays, that of initializers too.
    """
    made = onnx.ModelProto()
    made.CopyFrom(proto)
    del made.graph.quantization_annotation[:]
    kept = {info.name for info in (*made.graph.input, *made.graph.output)}
    free = (name for name in _names() if name not in kept)
    short: dict[str, str] = {"": ""} | {name: name for name in kept}

    def named(name: str) -> str:
        if name not in short:
            short[name] = next(free)
        return short[name]

    for graph in visit.graphs(made.graph):
        # Types are inferred from the operators again.
        del graph.value_info[:]
        for node in graph.node:
            node.name = ""
            for field in (node.input, node.output):
                for place, name in enumerate(field):
                    field[place] = named(name)
        for item in (*graph.initializer, *graph.input, *graph.output):
            item.name = named(item.name)
        for sparse in graph.sparse_initializer:
            sparse.values.name = named(sparse.values.name)
    return made


def _names() -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    for length in itertools.count(1):
        yield from map("".join, itertools.product(letters, repeat=length))
