"""Models of any size for measuring and tests: an embedding, blocks of MatMul, and a Gemm, with weights made in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

WIDTH, INNER, CLASSES = 1024, 4096, 16
_BLOCK_BYTES = 2 * WIDTH * INNER * 4
_CHUNK = 8 << 20


def write(folder: Path, size: int, *, external: bool) -> Path:
    """A model of about `size` bytes as model.onnx in `folder`; `external`: with its weights in model.onnx.data."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "model.onnx"
    shapes = _shapes(size)
    graph, offset = _graph(shapes), 0
    data = (folder / "model.onnx.data").open("wb") if external else None
    for seed, (name, shape) in enumerate(shapes.items()):
        tensor = graph.initializer.add(name=name, data_type=TensorProto.FLOAT, dims=shape)
        if data is None:
            tensor.raw_data = b"".join(chunk.tobytes() for chunk in _weights(shape, seed))
            continue
        length = sum(data.write(chunk.tobytes()) for chunk in _weights(shape, seed))
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", data.name), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=Path(value).name if key == "location" else str(value))
        offset += length
    if data is not None:
        data.close()
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(proto.SerializeToString(deterministic=True))
    return path


def _shapes(size: int) -> dict[str, tuple[int, ...]]:
    """An eighth in the embedding, the rest in blocks."""
    blocks = max(1, round(size * 7 / 8 / _BLOCK_BYTES))
    words = max(64, (size - blocks * _BLOCK_BYTES) // (4 * WIDTH))
    shapes: dict[str, tuple[int, ...]] = {"embedding": (words, WIDTH)}
    for number in range(blocks):
        shapes |= {f"up{number}": (WIDTH, INNER), f"down{number}": (INNER, WIDTH)}
    return shapes | {"classes": (CLASSES, WIDTH), "bias": (CLASSES,)}


def _weights(shape: tuple[int, ...], seed: int) -> Iterator[NDArray[np.float32]]:
    """Normal, with rows of different spread, as trained weights have."""
    random = np.random.default_rng(seed)
    row = int(np.prod(shape[1:])) if len(shape) > 1 else shape[0]
    rows = shape[0] if len(shape) > 1 else 1
    scale = (0.7 / np.sqrt(row if len(shape) > 1 else 64)) * 2.0 ** random.uniform(-1, 1, (rows, 1))
    step = max(1, _CHUNK // (4 * row))
    for first in range(0, rows, step):
        part = scale[first : first + step].astype(np.float32)
        yield random.standard_normal((len(part), row), np.float32) * part


def _graph(shapes: dict[str, tuple[int, ...]]) -> onnx.GraphProto:
    nodes = [helper.make_node("Gather", ["embedding", "ids"], ["x0"])]
    blocks = sum(name.startswith("up") for name in shapes)
    for n in range(blocks):
        nodes += [
            helper.make_node("MatMul", [f"x{n}", f"up{n}"], [f"u{n}"]),
            helper.make_node("Relu", [f"u{n}"], [f"r{n}"]),
            helper.make_node("MatMul", [f"r{n}", f"down{n}"], [f"d{n}"]),
            helper.make_node("Add", [f"x{n}", f"d{n}"], [f"x{n + 1}"]),
        ]
    nodes.append(helper.make_node("ReduceMean", [f"x{blocks}"], ["mean"], axes=[0], keepdims=1))
    nodes.append(helper.make_node("Gemm", ["mean", "classes", "bias"], ["scores"], transB=1))
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [8])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, CLASSES])
    return helper.make_graph(nodes, "large", [ids], [scores])
