"""Numerically neutral passes: what the browser need not load or work out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import onnx

from edgeweb.errors import LimitError
from edgeweb.inputs.golden import agreement
from edgeweb.read import defaults, visit
from edgeweb.read.model import Model, Result, to_bytes
from edgeweb.schema.model import Variant
from edgeweb.trial import output_shapes
from edgeweb.trial.native import Examined

# The highest IR version that ONNX Runtime Web 1.30 reads.
_MAX_IR = 13
# An optimised graph that grew by more (folded constants, inlined branches) costs more on the wire than it saves.
_GROWTH = 1.05
_GROWTH_BYTES = 16 << 10


_Documented = onnx.GraphProto | onnx.FunctionProto | onnx.NodeProto | onnx.TensorProto | onnx.ValueInfoProto


def step(model: Model) -> Result:
    """Drop what no browser reads: documentation, traces of the exporting machine and defaults of inputs.

    Weights that are listed as inputs become constants, which lets them be folded. Through ONNX Runtime Web nobody can
    feed an input that has a default in the graph, so those that are a caller's to give become inputs without one.
    """
    proto = onnx.ModelProto()
    proto.CopyFrom(model.proto)
    optional = defaults.feedable(proto) if model.weights is None else []
    defaults.fed(proto, optional)
    weights = {tensor.name for tensor in proto.graph.initializer}
    weights |= {sparse.values.name for sparse in proto.graph.sparse_initializer}
    inputs = [info for info in proto.graph.input if info.name not in weights]
    notes = []
    if len(inputs) != len(proto.graph.input):
        notes.append(f"{len(proto.graph.input) - len(inputs)} weights listed as inputs became constants")
        del proto.graph.input[:]
        proto.graph.input.extend(inputs)
    if optional:
        notes.append(f"inputs with a default that can be fed: {visit.listing([each.name for each in optional])}")
    proto.ir_version = min(max(proto.ir_version, 4), _MAX_IR)
    _strip(proto)
    return Result(replace(model, proto=proto, optional=tuple(optional)), True, tuple(notes))


def _strip(proto: onnx.ModelProto) -> None:
    """Without comments and exporters' notes (PyTorch's hold stack traces); the model's own metadata stays."""
    proto.doc_string = ""
    for root in (proto.graph, *proto.functions):
        _clear(root)
        for node in visit.nodes(root):
            _clear(node)
            for attribute in node.attribute:
                attribute.doc_string = ""
        for graph in visit.graphs(root):
            _clear(graph)
            for item in (*graph.initializer, *graph.input, *graph.output, *graph.value_info):
                _clear(item)


def _clear(item: _Documented) -> None:
    # Looked at first: on a large graph writing costs more.
    if item.doc_string:
        item.doc_string = ""
    if item.metadata_props:
        del item.metadata_props[:]


@dataclass(frozen=True)
class Chosen:
    """The bytes that ship, how the browser is to treat them, and how they compare with the original."""

    data: bytes
    graph_optimization: Literal["disabled", "extended"]
    agreement: float
    notes: tuple[str, ...]


def choose(model: Model, examined: Examined, min_agreement: float) -> Chosen:
    """The optimised graph where it agrees with the original and did not grow; otherwise the original.

    In both without the shapes of outputs that the run contradicts.
    """
    chosen = _chosen(model, examined, min_agreement)
    if model.weights is not None or not output_shapes.contradicted(model.proto.graph, examined.reference):
        return chosen
    data, notes = output_shapes.corrected(chosen.data, examined.reference)
    return replace(chosen, data=data, notes=(*chosen.notes, *notes))


def _chosen(model: Model, examined: Examined, min_agreement: float) -> Chosen:
    original = to_bytes(model.proto)
    if model.weights is not None:
        why = "it is so large that its weights stay on disk while the site is built, so the browser optimises the graph"
        return Chosen(original, "extended", 1.0, (why,))
    optimised = examined.optimised
    if optimised is None:
        return Chosen(original, "disabled", 1.0, ())
    score = agreement(examined.reference, examined.optimised_outputs)
    if score < min_agreement:
        return Chosen(
            original,
            "disabled",
            1.0,
            (f"graph optimisation changed the outputs (agreement {score:.4f}), the original graph is shipped",),
        )
    if len(optimised) > len(original) * _GROWTH + _GROWTH_BYTES:
        times = len(optimised) / len(original)
        grown = f"the optimised graph is {times:.2f} times as large, so the browser optimises instead"
        return Chosen(original, "extended", 1.0, (grown,))
    return Chosen(optimised, "disabled", score, ("graph optimised ahead of time, so that the session starts faster",))


def check_limits(models: Sequence[Sequence[Variant]], max_size: int | None) -> None:
    """LimitError when the bytes on the wire of all models together, each in its first variant, are over `max_size`."""
    total = sum(variants[0].wire_bytes for variants in models)
    if max_size is not None and total > max_size:
        many = len(models) > 1
        raise LimitError(
            f"The {len(models)} models together take {total:,} bytes on the wire" if many
            else f"The model takes {total:,} bytes on the wire",
            f"--max-size allows {max_size:,}",
            "Raise the limit, or export smaller models" if many else "Raise the limit, or export a smaller model",
        )  # fmt: skip
