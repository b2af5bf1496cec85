"""Small models, and what is said of them before they run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.errors import EdgewebError
from edgeweb.read.model import Model
from edgeweb.read.probe import ModelInfo, check, inspect_model
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def value(name: str, kind: int = FLOAT, shape: Any = None) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def node(op: str, ins: str = "", outs: str = "", domain: str = "", **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(op, ins.split(), outs.split(), domain=domain, **attributes)


def weight(name: str = "w", size: int = 3) -> TensorProto:
    return numpy_helper.from_array(np.ones(size, np.float32), name)


def graph_of(nodes: list[onnx.NodeProto], ins: Any = ("x",), outs: Any = ("y",), stored: Any = ()) -> onnx.GraphProto:
    before, after = ([v if isinstance(v, onnx.ValueInfoProto) else value(v) for v in values] for values in (ins, outs))
    return helper.make_graph(nodes, "g", before, after, list(stored))


def proto_of(nodes: list[onnx.NodeProto], ins: Any = ("x",), outs: Any = ("y",), **more: Any) -> onnx.ModelProto:
    graph = graph_of(nodes, ins, outs, more.pop("stored", ()))
    opsets = more.pop("opsets", {"": 17})
    imports = [helper.make_opsetid(name, version) for name, version in opsets.items()]
    return helper.make_model(graph, opset_imports=imports, **{"ir_version": 8, **more})


def look(proto: onnx.ModelProto) -> ModelInfo:
    return inspect_model(Model(Path("m.onnx"), proto, proto.ByteSize()))


def fault(proto: onnx.ModelProto) -> EdgewebError:
    info = look(proto)
    with pytest.raises(EdgewebError) as caught:
        check(info)
    assert str(caught.value).startswith("m.onnx ")
    return caught.value


def fine(proto: onnx.ModelProto) -> ModelInfo:
    info = look(proto)
    check(info)
    assert info.blockers == ()
    return info


RELU = [node("Relu", "x", "y")]
