"""Says what a model is, and every reason why no browser could run it; nothing is executed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto

from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.read import defaults, operators, structure, tensors, visit
from edgeweb.read.model import Model
from edgeweb.schema.types import Default, TensorInfo

_KINDS = {
    "sequence_type": "a sequence", "map_type": "a map", "optional_type": "an optional value",
    "sparse_tensor_type": "a sparse tensor", "opaque_type": "an opaque value",
}  # fmt: skip
_KIND_HINTS = {
    ("output", "sequence_type"): "End the model with ConcatFromSequence or SequenceAt",
    ("output", "map_type"): "Make tensors of the map's keys and values",
    ("output", "optional_type"): "End the model with OptionalGetElement",
    ("input", "sequence_type"): "Give the model one tensor input and build the sequence inside it with SplitToSequence",
    ("input", "optional_type"): "Make it a plain tensor input",
}
_CAST_HINT = "Add a Cast, so that the model's own inputs and outputs are float32 or int32"


@dataclass(frozen=True)
class ModelInfo:
    """What `inspect` shows.

    `inputs` are those a caller must feed: an initializer that is also listed as an input is in `defaults` instead, and
    in `optional` where a page can be given another value for it.
    `outputs` have the types that the file declares; those for which it declares none are in `untyped_outputs`.
    `parameters` counts the numbers in tensors and learned attribute lists. `blockers`: most useful first.
    """

    path: Path
    file_bytes: int
    ir_version: int
    opsets: dict[str, int]
    producer: str
    graph_name: str
    inputs: tuple[TensorInfo, ...]
    outputs: tuple[TensorInfo, ...]
    untyped_outputs: tuple[str, ...]
    defaults: tuple[str, ...]
    optional: tuple[Default, ...]
    operators: dict[str, int]
    nodes: int
    parameters: int
    metadata: dict[str, str]
    blockers: tuple[EdgewebError, ...]


def inspect_model(model: Model) -> ModelInfo:
    """Read everything that the file itself says; the model's problems are returned in `blockers`, not raised."""
    proto, graph = model.proto, model.proto.graph
    optional = model.optional or (tuple(defaults.feedable(proto)) if model.weights is None else ())
    stored = _initializers(graph) | {each.name for each in optional}
    counts = operators.count(proto)
    return ModelInfo(
        path=model.path,
        file_bytes=model.file_bytes,
        ir_version=proto.ir_version,
        opsets=operators.opsets(proto),
        producer=_producer(proto),
        graph_name=graph.name,
        inputs=tuple(i for v in graph.input if v.name not in stored and (i := _tensor_info(v)) is not None),
        outputs=tuple(i for v in graph.output if (i := _tensor_info(v)) is not None),
        untyped_outputs=tuple(v.name for v in graph.output if _untyped(v)),
        defaults=tuple(v.name for v in graph.input if v.name in stored),
        optional=optional,
        operators=counts,
        nodes=sum(counts.values()),
        parameters=_parameters(proto),
        metadata={visit.text(p.key): visit.text(p.value) for p in proto.metadata_props},
        blockers=tuple(_blockers(model.path, proto, stored)),
    )


def check(info: ModelInfo) -> None:
    """Raise the most useful of the reasons why no browser can run the model; return when there is none.

    Raises:
        ModelError: the file is not a valid model.
        UnsupportedError: it is, but browsers cannot run it.
    """
    if info.blockers:
        raise info.blockers[0]


def _blockers(path: Path, proto: onnx.ModelProto, stored: set[str]) -> Iterator[EdgewebError]:
    if not proto.HasField("graph"):
        yield ModelError(f"{path} has no graph", "it holds a header but no operators", "Export the model again")
        return
    yield from operators.version_blockers(path, proto)
    yield from operators.operator_blockers(path, proto)
    for value in proto.graph.input:
        if value.name not in stored:
            yield from _value_blockers(path, "input", value)
    for value in proto.graph.output:
        yield from _value_blockers(path, "output", value)
    yield from structure.blockers(path, proto)


def _value_blockers(path: Path, role: str, value: onnx.ValueInfoProto) -> Iterator[EdgewebError]:
    what = f"{path} has the {role} {visit.short(value.name)}"
    if _untyped(value):
        # The runtime infers an output's type; nothing can say what to feed to an input without one.
        if role == "input":
            yield ModelError(
                what, "the file does not say of which type it is", "Export the model again, with typed inputs"
            )
        return
    kind = value.type.WhichOneof("value") or ""
    if kind != "tensor_type":
        hint = _KIND_HINTS.get((role, kind), f"Use a plain tensor as {role}")
        yield UnsupportedError(what, f"it is {_KINDS.get(kind, kind)}, and JavaScript can pass tensors only", hint)
    elif value.type.tensor_type.elem_type not in tensors.TYPES:
        name = tensors.type_name(value.type.tensor_type.elem_type)
        yield UnsupportedError(what, f"its type is {name}, and JavaScript has no array for that", _CAST_HINT)


def _producer(proto: onnx.ModelProto) -> str:
    """What made it, and its version; tf2onnx, built without git, adds that it knows no commit, which is "None"."""
    known = (visit.text(proto.producer_name), visit.text(proto.producer_version).removesuffix(" None"))
    return " ".join(part for part in known if part)


def _untyped(value: onnx.ValueInfoProto) -> bool:
    kind = value.type.WhichOneof("value")
    return kind is None or (kind == "tensor_type" and value.type.tensor_type.elem_type == TensorProto.UNDEFINED)


def _tensor_info(value: onnx.ValueInfoProto) -> TensorInfo | None:
    """The value as the manifest writes it; None when it is not a tensor of a type that JavaScript has."""
    if value.type.WhichOneof("value") != "tensor_type":
        return None
    kind = value.type.tensor_type
    if kind.elem_type not in tensors.TYPES:
        return None
    shape = [_dimension(d) for d in kind.shape.dim] if kind.HasField("shape") else None
    return TensorInfo(name=value.name, type=tensors.TYPES[kind.elem_type], shape=shape)


def _dimension(dim: onnx.TensorShapeProto.Dimension) -> int | str | None:
    if dim.HasField("dim_value"):
        # Paddle writes -1 for "any"; a declared 0 is a size.
        return dim.dim_value if dim.dim_value >= 0 else None
    return dim.dim_param or None


def _initializers(graph: onnx.GraphProto) -> set[str]:
    return {t.name for t in graph.initializer} | {s.values.name for s in graph.sparse_initializer}


def _parameters(proto: onnx.ModelProto) -> int:
    """Numbers in tensors, and in the lists in which ai.onnx.ml keeps trees, coefficients and support vectors."""
    total = 0
    for _, tensor in visit.tensors(proto):
        total += 0 if tensor.data_type == TensorProto.STRING else tensors.elements(tensor.dims)
    for root in (proto.graph, *proto.functions):
        total += sum(len(a.floats) for node in visit.nodes(root) for a in node.attribute)
    return total
