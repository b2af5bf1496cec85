"""Which channels of a graph can be dropped together: every tensor that has them, and every weight that must be cut.

A group starts where channels are made and follows them through everything that treats each by itself, forwards and
backwards over additions, until they are summed by the next layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import onnx
from onnx import helper, shape_inference

from edgeweb.compress import common, graph
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.common import DeclinedError
from edgeweb.read import visit

# They treat every element alike.
_ELEMENTWISE = frozenset((
    "Abs", "Cast", "Ceil", "Clip", "Dropout", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish",
    "Identity", "LeakyRelu", "Mish", "Neg", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Tanh",
    "ThresholdedRelu", "QuickGelu", "FastGelu",
))  # fmt: skip
_POOLS = frozenset(("AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "MaxPool"))
_JOINS = frozenset(("Add", "Div", "Max", "Min", "Mul", "PRelu", "Sub", "Sum"))
_CONVS, _GEMMS = frozenset(("Conv", "FusedConv")), frozenset(("Gemm", "FusedGemm"))


@dataclass(frozen=True)
class Place:
    """Where a tensor has the channels: the axis counted from the end (1: the last), and its rank where it is known.

    `flat`: behind a Flatten, where each channel is a run of places.
    """

    back: int
    rank: int | None = None
    flat: bool = False


@dataclass(frozen=True)
class Cut:
    """An axis of an initializer that holds the channels, each as a run of equally many places."""

    name: str
    axis: int


@dataclass
class Group:
    """`makers`, `followers`: weights that make or keep the channels. `takers`: weights that sum over them, by the
    tensor they multiply and its place. `counts`: depthwise convolutions, by place in the graph; `reshapes`: shapes
    that state the size."""

    channels: int
    makers: list[Cut] = field(default_factory=list)
    followers: list[Cut] = field(default_factory=list)
    takers: list[tuple[Cut, str, Place]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    reshapes: list[Cut] = field(default_factory=list)

    @property
    def cuts(self) -> list[Cut]:
        """Every axis that shrinks with the channels, once: an addition is met from each of its sides."""
        return list(dict.fromkeys([*self.makers, *self.followers, *(cut for cut, _, _ in self.takers)]))


def find(proto: onnx.ModelProto, options: Calibration) -> tuple[list[Group], list[str]]:
    """Every group of the main graph, in its order, and why other layers have none."""
    known = _Known(proto, _shapes(proto, options))
    groups, reasons, seen = [], [], set()
    for node in proto.graph.node:
        if node.op_type not in _CONVS | _GEMMS | {"MatMul"} or node.output[0] in seen or not known.makes(node):
            continue
        tracer = _Tracer(known)
        try:
            group = tracer.trace(node)
        except DeclinedError as error:
            reasons.append(f"{visit.short(node.output[0])}: {error}")
            continue
        seen |= {name for name in tracer.places if name in known.maker}
        if group.takers:
            groups.append(group)
    return groups, reasons


class _Known:
    """What tracing asks of a graph again and again."""

    def __init__(self, proto: onnx.ModelProto, shapes: Mapping[str, Sequence[int]]) -> None:
        self.graph, self.shapes = proto.graph, shapes
        self.stored = graph.weights(proto.graph)
        self.maker = {name: at for at, node in enumerate(self.graph.node) for name in node.output if name}
        self.readers: dict[str, list[int]] = {}
        for at, node in enumerate(self.graph.node):
            for name in node.input:
                self.readers.setdefault(name, []).append(at)
        ends = [info.name for info in self.graph.output]
        inner = [n for node in self.graph.node for sub in visit.subgraphs(node) for n in _names(sub)]
        self.fixed = {*ends, *inner}

    def dims(self, name: str) -> list[int]:
        """The shape of a stored tensor; DeclinedError when it is no stored float32 tensor of one reader."""
        tensor = self.stored.get(name)
        if tensor is None or tensor.data_type != onnx.TensorProto.FLOAT or name in self.fixed:
            raise DeclinedError("its weights are not stored in the graph")
        if len(self.readers.get(name, [])) > 1:
            raise DeclinedError(f"the weights {visit.short(name)} are shared")
        return list(tensor.dims)

    def makes(self, node: onnx.NodeProto) -> bool:
        """Whether a node makes channels of its own from stored weights."""
        if len(node.input) < 2 or node.input[1] not in self.stored:
            return False
        return node.op_type not in _CONVS or attributes(node).get("group", 1) == 1


def _shapes(proto: onnx.ModelProto, options: Calibration) -> dict[str, list[int]]:
    """Of every tensor between nodes: as a run has them, otherwise as far as they can be inferred (-1: not known)."""
    if options.feeds:
        probe = graph.copy(proto)
        del probe.graph.output[:]
        names = {name for node in probe.graph.node for name in node.output if name}
        probe.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in sorted(names))
        found = common.outputs(common.session(probe, options.threads), options.feeds[0])
        return {name: list(value.shape) for name, value in {**options.feeds[0], **found}.items()}
    inferred = shape_inference.infer_shapes(proto, data_prop=True).graph
    shapes = {}
    for info in (*inferred.value_info, *inferred.input, *inferred.output):
        kind = info.type.tensor_type
        if kind.HasField("shape"):
            shapes[info.name] = [d.dim_value if d.HasField("dim_value") else -1 for d in kind.shape.dim]
    return shapes


def _names(root: onnx.GraphProto) -> Iterator[str]:
    for node in visit.nodes(root):
        yield from node.input
    for inner in visit.graphs(root):
        yield from (info.name for info in inner.output)


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes by name."""
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


class _Tracer:
    """Follows the channels of one node; every node it meets adds what has to be cut there."""

    def __init__(self, known: _Known) -> None:
        self.known = known
        self.places: dict[str, Place] = {}
        # Their makers have been met on the way: only forwards is it known how they fold.
        self.folded: set[str] = set()
        self.group = Group(0)

    def trace(self, node: onnx.NodeProto) -> Group:
        """The group of the channels that `node` makes.

        Raises:
            DeclinedError: they cannot be dropped, and why.
        """
        conv = node.op_type in _CONVS
        dims = self.known.dims(node.input[1])
        by_rows = conv or (node.op_type in _GEMMS and bool(attributes(node).get("transB")))
        self.group = Group(dims[0 if by_rows else -1])
        rank = len(dims) if conv else 2 if node.op_type in _GEMMS else None
        waiting = [(node.output[0], Place(len(dims) - 1 if conv else 1, rank))]
        done: set[tuple[int, bool]] = set()
        while waiting:
            name, place = waiting.pop()
            if self.places.setdefault(name, place) != place:
                raise DeclinedError("its channels meet others in another place")
            if name in self.known.fixed:
                raise DeclinedError("its channels are an output of the model or used inside a branch")
            if name not in self.known.maker:
                raise DeclinedError("its channels meet an input of the model or a stored tensor")
            back = [] if name in self.folded else [(self.known.maker[name], False)]
            for at, forward in back + [(at, True) for at in self.known.readers.get(name, [])]:
                if (at, forward) not in done:
                    done.add((at, forward))
                    waiting += [pair for pair in self._meet(at, name, place, forward) if pair[0] not in self.places]
        return self.group

    def _meet(self, at: int, name: str, place: Place, forward: bool) -> list[tuple[str, Place]]:
        """The other tensors that have the channels because this node has them."""
        node = self.known.graph.node[at]
        kind = node.op_type
        if kind in _CONVS and visit.domain(node.domain) in (visit.DEFAULT_DOMAIN, "com.microsoft"):
            return self._conv(at, node, place, forward)
        if kind in _GEMMS or kind == "MatMul":
            return self._product(node, name, place, forward)
        if kind in _JOINS:
            return self._join(node, place)
        if kind in _ELEMENTWISE or (kind in _POOLS and place.rank and place.rank - place.back == 1):
            return [(node.input[0], place), (node.output[0], place)]
        if kind in ("BatchNormalization", "InstanceNormalization") and not place.flat:
            self.group.followers += [self._cut(each, 0) for each in node.input[1:]]
            return [(node.input[0], place), (node.output[0], place)]
        if kind in ("Flatten", "Reshape", "ReduceMean", "Squeeze") and forward and node.input[0] == name:
            self.folded.add(node.output[0])
            return [(node.output[0], self._folded(node, place))]
        raise DeclinedError(f"its channels meet {kind}")

    def _conv(self, at: int, node: onnx.NodeProto, place: Place, forward: bool) -> list[tuple[str, Place]]:
        dims, count = self.known.dims(node.input[1]), attributes(node).get("group", 1)
        bias = [node.input[2]] if len(node.input) > 2 and node.input[2] else []
        added = [(node.input[3], place)] if len(node.input) > 3 and node.input[3] else []
        if added and forward:
            raise DeclinedError("its channels are added inside a convolution")
        if place.flat or place.back != len(dims) - 1:
            raise DeclinedError("its channels meet Conv in another place")
        if count == 1 and forward:
            self.group.takers.append((self._cut(node.input[1], 1), node.input[0], place))
            return []
        if count == 1:
            self.group.makers += [self._cut(each, 0) for each in (node.input[1], *bias)]
            return added
        if count != dims[0] or dims[1] != 1 or count != self.group.channels:
            raise DeclinedError("its channels meet a grouped convolution")
        if at not in self.group.counts:
            self.group.counts.append(at)
            self.group.followers += [self._cut(each, 0) for each in (node.input[1], *bias)]
        return [(node.input[0], place), (node.output[0], place), *added]

    def _product(self, node: onnx.NodeProto, name: str, place: Place, forward: bool) -> list[tuple[str, Place]]:
        given = attributes(node)
        transposed = bool(given.get("transB"))
        dims = self.known.dims(node.input[1])
        if len(dims) != 2 or given.get("transA") or place.back != 1 or (forward and name != node.input[0]):
            raise DeclinedError(f"its channels meet {node.op_type} in another place")
        if forward:
            self.group.takers.append((self._cut(node.input[1], int(transposed), place), node.input[0], place))
            return []
        self.group.makers.append(self._cut(node.input[1], 1 - int(transposed)))
        if len(node.input) > 2 and node.input[2]:
            self._operand(node.input[2], place, self.group.makers)
        return []

    def _join(self, node: onnx.NodeProto, place: Place) -> list[tuple[str, Place]]:
        """Elementwise with others: what is stored is cut, what is computed has the channels as well."""
        found = [(node.output[0], place)]
        for name in node.input:
            if name in self.known.stored:
                self._operand(name, place, self.group.followers)
                continue
            shape = self.known.shapes.get(name)
            # One value for all channels.
            if shape is None or len(shape) < place.back or shape[-place.back] == 1:
                raise DeclinedError(f"its channels meet {node.op_type} with a value of unknown or another shape")
            found.append((name, replace(place, rank=len(shape))))
        return found

    def _operand(self, name: str, place: Place, into: list[Cut]) -> None:
        tensor = self.known.stored.get(name)
        if tensor is None:
            raise DeclinedError("a bias is not stored in the graph")
        axis = len(tensor.dims) - place.back
        if axis >= 0 and tensor.dims[axis] != 1:
            into.append(self._cut(name, axis, place))

    def _cut(self, name: str, axis: int, place: Place = Place(1)) -> Cut:
        size, channels = self.known.dims(name)[axis], self.group.channels
        if size % channels or (size != channels and not place.flat):
            raise DeclinedError(f"the weights {visit.short(name)} have another number of channels")
        return Cut(name, axis)

    def _folded(self, node: onnx.NodeProto, place: Place) -> Place:
        """The place behind a node that takes the axes after the channels away, or into them."""
        before, after = self.known.shapes.get(node.input[0]), self.known.shapes.get(node.output[0])
        if before is None or after is None or place.rank is None or place.flat:
            raise DeclinedError(f"its channels meet {node.op_type} of unknown shape")
        axis = len(before) - place.back
        if node.op_type in ("ReduceMean", "Squeeze"):
            if len(after) <= axis or after[axis] != self.group.channels:
                raise DeclinedError(f"its channels meet {node.op_type} over the channels")
            return Place(len(after) - axis, len(after))
        size = self.group.channels
        for each in before[axis + 1 :]:
            size *= each
        if axis != 1 or len(after) != 2 or size <= 0 or after[1] != size:
            raise DeclinedError(f"its channels meet a {node.op_type} to something else than rows")
        if node.op_type == "Reshape":
            self._reshape(node.input[1], size)
        return Place(1, 2, True)

    def _reshape(self, name: str, size: int) -> None:
        tensor = self.known.stored.get(name)
        if tensor is None:
            raise DeclinedError("its channels meet a Reshape whose shape is computed")
        shape = graph.array(tensor).tolist()
        if shape[1] == size:
            if len(self.known.readers[name]) > 1:
                raise DeclinedError("its channels meet a Reshape whose shape is shared")
            self.group.reshapes.append(Cut(name, 1))
