"""Reading a model file: what is wrong is said in one line, no input makes it crash, hang or read anything else."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.read.formats import formats
from edgeweb.read.formats.common import Content, File
from edgeweb.read.model import load, to_bytes
from edgeweb.read.outputs import step
from edgeweb.read.probe import inspect_model
from edgeweb.read.zipmap import class_labels
from onnx import TensorProto, helper, numpy_helper
from tiny import SHARED

HOSTILE = SHARED / "hostile"
MODELS = SHARED / "models"


def tiny(**changes: Any) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])
    w = changes.pop("w", numpy_helper.from_array(np.ones((4, 3), np.float32), "w"))
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", [x], [y], [w])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, **changes)


def with_branches() -> onnx.ModelProto:
    """If, a function, an ai.onnx.ml operator and strings: most kinds of message in one small file."""
    y = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    branch = helper.make_graph([helper.make_node("Neg", ["x"], ["b"])], "branch", [], [y])
    nodes = [
        helper.make_node("If", ["c"], ["i"], then_branch=branch, else_branch=branch),
        helper.make_node("Twice", ["i"], ["t"], domain="local"),
        helper.make_node("Scaler", ["t"], ["y"], domain="ai.onnx.ml", offset=[0.5], scale=[2.0]),
    ]
    inputs = [
        helper.make_tensor_value_info("c", TensorProto.BOOL, [1]),
        helper.make_tensor_value_info("x", 1, ["n", 2]),
    ]
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("local", 1)]
    twice = helper.make_function(
        "local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])], opsets[:1]
    )
    return helper.make_model(graph, opset_imports=opsets, functions=[twice], ir_version=8)


def with_tensors() -> onnx.ModelProto:
    proto = tiny()
    proto.graph.initializer.append(numpy_helper.from_array(np.array(["a", "b"], object), "names"))
    proto.graph.sparse_initializer.append(
        helper.make_sparse_tensor(
            helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0]),
            helper.make_tensor("i", TensorProto.INT64, [1], [2]),
            [9],
        )
    )
    return proto


def test_loads(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(to_bytes(tiny()))
    model = load(str(path))
    assert model.path == path and model.file_bytes == path.stat().st_size
    assert to_bytes(model.proto) == path.read_bytes() == to_bytes(load(path).proto)


def test_a_format_that_is_listed_reads_what_it_recognises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lite:
        """TensorFlow Lite, which is named and refused as long as no module reads it."""

        def recognises(self, file: File) -> bool:
            return file.head[4:8] == b"TFL3"

        def read(self, file: File, scratch: Path | None) -> Content:
            return Content(tiny(), len(file.take()))

    path, plain = tmp_path / "model.tflite", tmp_path / "model.onnx"
    path.write_bytes(b"\x1c\0\0\0TFL3\x14\0")
    plain.write_bytes(to_bytes(tiny()))
    with pytest.raises(ModelError, match="a TensorFlow Lite model"):
        load(path)
    monkeypatch.setattr(formats, "FORMATS", (Lite(), *formats.FORMATS))
    assert load(path).file_bytes == 10
    assert to_bytes(load(path).proto) == to_bytes(load(plain).proto) == plain.read_bytes()


def test_link_to_a_model_is_followed(tmp_path: Path) -> None:
    """Download caches keep models under a hash and link to them."""
    (tmp_path / "blob").write_bytes(to_bytes(tiny()))
    (tmp_path / "model.onnx").symlink_to("blob")
    assert load(tmp_path / "model.onnx").proto.graph.name == "g"


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx is not there\. No file has this name\. Check"):
        load(tmp_path / "gone.onnx")
    for path in ("nul\0.onnx", "x" * 5000, str(tmp_path / "file" / "below.onnx")):
        (tmp_path / "file").write_text("x")
        with pytest.raises(ModelError):
            load(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(ModelError, match=r"(?i)permission denied"):
        load(path)


def test_no_permission_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ModelError, match=r"m\.onnx cannot be read\. Permission denied\. Run: chmod"):
        load("m.onnx")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is a folder\. It holds no \.onnx file"):
        load(tmp_path)
    (tmp_path / "a.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"a\.onnx is not an ONNX model"):
        load(tmp_path)
    (tmp_path / "b.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"holds several models.*a\.onnx, b\.onnx.*Give one of the files"):
        load(tmp_path)


def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    for path in (tmp_path / "pipe.onnx", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(ModelError, match="is not a file"):
            load(path)


def test_over_2_gib(tmp_path: Path) -> None:
    path = tmp_path / "big.onnx"
    with path.open("wb") as file:
        file.truncate(2**31)  # sparse: no disk is used
    with pytest.raises(UnsupportedError, match="2147483648 bytes"):
        load(path)


DAMAGE = [
    (lambda d: b"", "is empty"),
    (lambda d: d[:-1], r"its opset_import part alone goes on to byte"),
    (lambda d: d[: len(d) // 2], "damaged"),
    (lambda d: d + b"\0" * 100, "field number 0"),
    (lambda d: d + b"\xff" * 100, "not part of a protobuf number"),
    (lambda d: d + b"some words at the end of the file", "damaged"),
    (lambda d: d + d, "a second ir_version begins"),
    (lambda d: b"\x0b" + d, "not the beginning of a protobuf field"),
    (lambda d: b"\x3a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01" + d, "goes on to byte"),
    (lambda d: d.replace(b"MatMul", b"MatM\xff\xfe"), "not valid UTF-8"),
    (lambda d: random.Random(1).randbytes(4096), "not an ONNX"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGE, ids=[m for _, m in DAMAGE])
def test_damaged(tmp_path: Path, damage: Any, message: str) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(damage(to_bytes(tiny())))
    with pytest.raises(ModelError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_nested_too_deeply(tmp_path: Path) -> None:
    def wrap(field: int, data: bytes) -> bytes:
        return bytes([field << 3 | 2, len(data) & 127 | 128, len(data) >> 7]) + data

    data = b""
    for _ in range(60):  # graph.node.attribute.g
        data = wrap(1, wrap(5, wrap(6, data)))
    (tmp_path / "m.onnx").write_bytes(b"\x08\x08" + wrap(7, data))
    with pytest.raises(ModelError, match="nested too deeply"):
        load(tmp_path / "m.onnx")


TENSORS = [
    (TensorProto(data_type=1, dims=[4, 3], raw_data=b"1234"), "needs 48 bytes, the file holds 4"),
    (TensorProto(data_type=1, dims=[4, 3], float_data=[1.0]), "needs 12 values in float_data, the file holds 1"),
    (TensorProto(data_type=1, dims=[4, 3]), "the file holds 0"),
    (TensorProto(data_type=1, dims=[4, 3], int64_data=[1] * 12), "float_data"),
    (TensorProto(data_type=8, dims=[2], string_data=[b"a"]), "2 values in string_data"),
    (TensorProto(data_type=1, dims=[-1], float_data=[1.0]), "negative dimension, -1"),
    (TensorProto(data_type=1, dims=[2**40, 2**40], float_data=[1.0]), "2\\^63"),
    (TensorProto(data_type=1, dims=[2] * 200_000, float_data=[1.0]), "2\\^63"),
    (TensorProto(data_type=0, dims=[1]), "undefined"),
    (TensorProto(data_type=77, dims=[1], raw_data=b"1"), "type 77"),
]


@pytest.mark.parametrize(("tensor", "message"), TENSORS, ids=[m for _, m in TENSORS])
def test_tensors_that_do_not_fit(tmp_path: Path, tensor: TensorProto, message: str) -> None:
    tensor.name = "w"
    (tmp_path / "m.onnx").write_bytes(to_bytes(tiny(w=tensor)))
    with pytest.raises(ModelError, match=f'Initializer "w".*{message}'):
        load(tmp_path / "m.onnx")


def test_tensors_that_fit(tmp_path: Path) -> None:
    for tensor in (
        TensorProto(data_type=TensorProto.INT4, dims=[5], int32_data=[1, 2, 3]),
        TensorProto(data_type=TensorProto.INT4, dims=[5], raw_data=b"123"),
        TensorProto(data_type=TensorProto.FLOAT16, dims=[2], int32_data=[1, 2]),
        TensorProto(data_type=TensorProto.COMPLEX64, dims=[2], float_data=[1, 2, 3, 4]),
        TensorProto(data_type=TensorProto.FLOAT, dims=[0, 2**60, 2**60]),
        TensorProto(data_type=TensorProto.FLOAT, dims=[], float_data=[1]),
        TensorProto(data_type=TensorProto.FLOAT, dims=[1], float_data=[1], raw_data=b""),
    ):
        tensor.name = "w"
        (tmp_path / "m.onnx").write_bytes(to_bytes(tiny(w=tensor)))
        assert load(tmp_path / "m.onnx").proto.graph.initializer[0].name == "w"


def test_sparse_bomb(tmp_path: Path) -> None:
    proto = with_tensors()
    proto.graph.sparse_initializer[0].dims[:] = [2**20, 2**20]
    (tmp_path / "m.onnx").write_bytes(to_bytes(proto))
    with pytest.raises(UnsupportedError, match="1099511627776 elements"):
        load(tmp_path / "m.onnx")


def _mutate(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(changed) or 1)
        kind = rng.randrange(5)
        if kind == 0:
            del changed[at:]
        elif kind == 1:
            changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 2:
            del changed[at : at + rng.randrange(1, 9)]
        elif at < len(changed):
            changed[at] = rng.randrange(256) if kind == 3 else changed[at] ^ (1 << rng.randrange(8))
    return bytes(changed)


@pytest.mark.parametrize("make", [tiny, with_branches, with_tensors])
def test_mutated_models_never_crash(tmp_path: Path, make: Any) -> None:
    """Only an EdgewebError or success, quickly, whatever the bytes."""
    rng = random.Random(20261123)
    original = to_bytes(make())
    path = tmp_path / "m.onnx"
    for number in range(1000):
        data = _mutate(original, rng)
        path.write_bytes(data)
        begin = time.perf_counter()
        try:
            model = load(path)
            inspect_model(step(model).model)
            class_labels(model.proto)
        except EdgewebError:
            pass
        except Exception as error:
            raise AssertionError(f"mutation {number}: {data!r}") from error
        assert time.perf_counter() - begin < 1


def _hostile() -> list[Any]:
    if not HOSTILE.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{HOSTILE} is not there"))]
    results = {r["name"]: r for r in json.loads((HOSTILE / "results.json").read_text())}
    index = json.loads((HOSTILE / "index.json").read_text())
    return [pytest.param({**results[e["name"]], **e}, id=e["name"]) for e in index]


@pytest.mark.parametrize("entry", _hostile())
def test_hostile(entry: dict[str, Any], tmp_path: Path) -> None:
    path = HOSTILE / entry["path"]
    if "symlink" in entry["expect"]:
        (tmp_path / "secret").write_bytes(bytes(48))
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "w.bin").symlink_to(tmp_path / "secret")
        (tmp_path / "model" / "model.onnx").write_bytes(path.read_bytes())
        path = tmp_path / "model" / "model.onnx"
    begin = time.perf_counter()
    found = _refusal(path)
    assert time.perf_counter() - begin < 10
    # Attributes and types of operators are checked by ONNX Runtime itself, in a process of its own.
    native = entry["web_load"].split("ERROR_MESSAGE: ")[-1].startswith(("Unrecognized attribute", "Type Error"))
    if entry["kind"] == "bad" and not native:
        assert found is not None
    elif entry["kind"] == "unsafe":
        assert (found is not None) == entry["name"].startswith("ext-")
    elif entry["kind"] == "valid-but-awkward":
        assert found is None or any(word in entry["expect"] for word in ("reject", "refuse", "clear message")), found
    if found is not None:
        assert str(found).startswith(str(path)) and "\n" not in str(found) and found.hint


def _refusal(path: Path) -> EdgewebError | None:
    try:
        blockers = inspect_model(step(load(path)).model).blockers
    except EdgewebError as error:
        return error
    return blockers[0] if blockers else None


def _models() -> list[Any]:
    if not MODELS.is_dir():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"{MODELS} is not there"))]
    refused = {
        entry["name"]
        for index in MODELS.glob("*/index.json")
        for entry in json.loads(index.read_text())["tests"]
        if entry["web_run"] != "ok"
    }
    paths = sorted([*MODELS.glob("*/model.onnx"), *MODELS.glob("*/*/model.onnx")])
    return [pytest.param(p, p.parent.name in refused, id=p.parent.name) for p in paths]


@pytest.mark.parametrize(("path", "refused"), _models())
def test_real_models(path: Path, refused: bool) -> None:
    info = inspect_model(step(load(path)).model)
    if refused:
        assert "sequence" in str(info.blockers[0])
        return
    assert info.blockers == ()
    assert info.inputs and len(info.outputs) + len(info.untyped_outputs) == len(load(path).proto.graph.output)
    assert info.nodes == sum(info.operators.values()) > 0
