"""External data: every tensor is found, only plain files inside the model's folder are read, sizes are exact."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.read import external, tensors
from edgeweb.read.model import Model, load
from onnx import TensorProto, helper, numpy_helper

WEIGHTS = np.arange(12, dtype=np.float32).reshape(4, 3)


def outside(
    name: str = "w", data_type: int = TensorProto.FLOAT, dims: tuple[int, ...] = (4, 3), **entries: object
) -> TensorProto:
    tensor = TensorProto(name=name, data_type=data_type, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def model_with(*initializers: TensorProto, nodes: list[onnx.NodeProto] | None = None) -> onnx.ModelProto:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    nodes = nodes or [helper.make_node("MatMul", ["x", "w"], ["y"])]
    graph = helper.make_graph(nodes, "g", [x], [y], list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def saved(folder: Path, proto: onnx.ModelProto, data: bytes | None = WEIGHTS.tobytes(), name: str = "w.bin") -> Model:
    (folder / "model.onnx").write_bytes(proto.SerializeToString())
    if data is not None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return load(folder / "model.onnx")


def test_inlined(tmp_path: Path) -> None:
    model = saved(tmp_path, model_with(outside(location="w.bin", offset=0, length=48)))
    tensor = model.proto.graph.initializer[0]
    np.testing.assert_array_equal(numpy_helper.to_array(tensor), WEIGHTS)
    assert not tensor.external_data and tensor.data_location == TensorProto.DEFAULT
    assert model.file_bytes == (tmp_path / "model.onnx").stat().st_size + 48


@pytest.mark.parametrize(
    "location", ["./w.bin", "sub/w.bin", "./sub/./w.bin", "sub//w.bin", "weights:0", "a..b", "ünï.bin"]
)
def test_locations_taken(tmp_path: Path, location: str) -> None:
    model = saved(tmp_path, model_with(outside(location=location)), name=location)
    np.testing.assert_array_equal(numpy_helper.to_array(model.proto.graph.initializer[0]), WEIGHTS)


@pytest.mark.parametrize(
    "location",
    ["../w.bin", "sub/../w.bin", "..", ".", "/etc/passwd", "//host/share", "\\\\host\\share", "..\\w.bin", "C:\\w.bin",
     "C:w.bin",
     "file:///etc/passwd", "https://example.invalid/w", "data:text/plain,x", "FILE:w.bin", "~/w.bin", "w.bin\0",
     "w\n.bin",
     "", "*/_ORT_MEM_ADDR_/*", "sub/" * 2000 + "w", "w" * 5000],
)  # fmt: skip
def test_locations_refused(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    with pytest.raises(ModelError, match=r"model\.onnx has unusable external data"):
        saved(folder, model_with(outside(location=location)), data=None)


ENTRIES: list[tuple[dict[str, object], str]] = [
    ({}, "no location"),
    ({"location": "gone.bin"}, "gone.bin into"),
    ({"location": "W.BIN"}, "Rename w.bin to W.BIN"),
    ({"location": "w.bin", "offset": -8}, "offset"),
    ({"location": "w.bin", "offset": "zero"}, "offset"),
    ({"location": "w.bin", "offset": "٣"}, "offset"),
    ({"location": "w.bin", "offset": "1e3"}, "offset"),
    ({"location": "w.bin", "offset": "9" * 5000}, "offset"),
    ({"location": "w.bin", "offset": 10**17}, "which has 48"),
    ({"location": "w.bin", "offset": 4}, "bytes 4 to 52 of .* which has 48"),
    ({"location": "w.bin", "length": 12}, "claims 12 bytes .* needs 48"),
    ({"location": "w.bin", "length": 0}, "claims 0 bytes"),
    ({"location": "w.bin", "dims": (-1, 4)}, "negative"),
    ({"location": "w.bin", "dims": (2**40, 2**40)}, "2\\^63"),
    ({"location": "w.bin", "data_type": TensorProto.STRING}, "string"),
    ({"location": "w.bin", "data_type": 99}, "type 99"),
]


@pytest.mark.parametrize(("entries", "message"), ENTRIES, ids=[m for _, m in ENTRIES])
def test_entries_refused(tmp_path: Path, entries: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        saved(tmp_path, model_with(outside(**entries)))  # type: ignore[arg-type]


def test_key_twice(tmp_path: Path) -> None:
    tensor = outside(location="w.bin")
    tensor.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(ModelError, match="twice"):
        saved(tmp_path, model_with(tensor))


def test_too_large_is_refused_before_reading(tmp_path: Path) -> None:
    many = [outside(f"w{i}", location="w.bin", dims=(2**28,)) for i in range(4)]
    with pytest.raises(UnsupportedError, match=r"needs 4\.3 GB for its weights alone"):
        saved(tmp_path, model_with(*many))


def test_shared_and_overlapping_ranges(tmp_path: Path) -> None:
    pair = outside("w", location="w.bin"), outside("v", location="w.bin", offset=24, dims=(2, 3))
    model = saved(tmp_path, model_with(*pair))
    first, second = (numpy_helper.to_array(t) for t in model.proto.graph.initializer)
    np.testing.assert_array_equal(first[2:], second)
    assert model.file_bytes == (tmp_path / "model.onnx").stat().st_size + 48


@pytest.mark.parametrize(
    ("data_type", "count", "size"),
    [(TensorProto.INT4, 5, 3), (TensorProto.UINT2, 5, 2), (TensorProto.FLOAT8E5M2, 5, 5), (TensorProto.BFLOAT16, 5, 10),
     (TensorProto.COMPLEX128, 2, 32), (TensorProto.BOOL, 7, 7), (TensorProto.FLOAT4E2M1, 2, 1),
     (TensorProto.DOUBLE, 0, 0)],
)  # fmt: skip
def test_size_of_every_kind_of_type(data_type: int, count: int, size: int) -> None:
    assert tensors.byte_size(TensorProto(data_type=data_type, dims=[count])) == size


def _hidden(place: str) -> onnx.ModelProto:
    tensor = outside("t", location="../../etc/passwd")
    proto = model_with(numpy_helper.from_array(WEIGHTS, "w"))
    sparse = helper.make_sparse_tensor(
        outside("s", location="/etc/passwd", dims=(2,)), numpy_helper.from_array(np.array([0, 1]), "i"), [4]
    )
    attribute = {
        "attribute": helper.make_attribute("value", tensor),
        "tensors": helper.make_attribute("value", [tensor]),
        "sparse-attribute": helper.make_attribute("value", sparse),
        "sparse-attributes": helper.make_attribute("value", [sparse]),
    }.get(place)
    inner = helper.make_graph([], "inner", [], [], [tensor])
    if attribute is not None:
        proto.graph.node[0].attribute.append(attribute)
    elif place == "sub-graph":
        proto.graph.node[0].attribute.append(helper.make_attribute("then_branch", inner))
    elif place == "sub-graphs":
        proto.graph.node[0].attribute.append(helper.make_attribute("branches", [inner]))
    elif place == "sparse":
        proto.graph.sparse_initializer.append(sparse)
    elif place == "training":
        proto.training_info.add().algorithm.CopyFrom(inner)
    elif place == "wrong-attribute-type":
        odd = helper.make_attribute("value", tensor)
        odd.type = onnx.AttributeProto.INT
        proto.graph.node[0].attribute.append(odd)
    else:
        node = helper.make_node("Constant", [], ["y"], value=tensor)
        proto.functions.append(helper.make_function("d", "f", [], ["y"], [node], [helper.make_opsetid("", 17)]))
    return proto


PLACES = ["attribute", "tensors", "sparse-attribute", "sparse-attributes", "sub-graph", "sub-graphs", "sparse",
          "training",
          "function", "wrong-attribute-type"]  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_found_wherever_it_hides(tmp_path: Path, place: str) -> None:
    with pytest.raises(ModelError, match="unusable external data"):
        saved(tmp_path, _hidden(place))


def _symlink(folder: Path, secret: Path) -> None:
    (folder / "w.bin").symlink_to(secret)


def _symlink_inside(folder: Path, secret: Path) -> None:
    (folder / "real.bin").write_bytes(WEIGHTS.tobytes())
    (folder / "w.bin").symlink_to("real.bin")


def _hard_link(folder: Path, secret: Path) -> None:
    os.link(secret, folder / "w.bin")


def _pipe(folder: Path, secret: Path) -> None:
    os.mkfifo(folder / "w.bin")


def _folder(folder: Path, secret: Path) -> None:
    (folder / "w.bin").mkdir()


@pytest.mark.parametrize("make", [_symlink, _symlink_inside, _hard_link, _pipe, _folder])
@pytest.mark.parametrize("relative_to_folder", [True, False])
def test_only_plain_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path, Path], None], relative_to_folder: bool
) -> None:
    if not relative_to_folder:  # as on Windows
        monkeypatch.setattr(os, "supports_dir_fd", set())
    folder = tmp_path / "model"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.write_bytes(WEIGHTS.tobytes())
    make(folder, secret)
    with pytest.raises(ModelError, match=r"symbolic link|hard link|not a regular file|cannot be read"):
        saved(folder, model_with(outside(location="w.bin")), data=None)


@pytest.mark.parametrize("relative_to_folder", [True, False])
def test_linked_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative_to_folder: bool) -> None:
    if not relative_to_folder:
        monkeypatch.setattr(os, "supports_dir_fd", set())
    folder, elsewhere = tmp_path / "model", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "w.bin").write_bytes(WEIGHTS.tobytes())
    (folder / "sub").symlink_to(elsewhere)
    with pytest.raises(ModelError, match='"sub" is a symbolic link'):
        saved(folder, model_with(outside(location="sub/w.bin")), data=None)


def test_without_dir_fd_plain_files_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set())
    model = saved(tmp_path, model_with(outside(location="sub/w.bin")), name="sub/w.bin")
    assert model.proto.graph.initializer[0].raw_data == WEIGHTS.tobytes()


def test_model_cannot_point_into_itself(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the model file itself"):
        saved(tmp_path, model_with(outside(location="model.onnx")), data=None)


def _descriptors() -> int:
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = _descriptors()
    for location in ("w.bin", "sub/w.bin", "gone/w.bin", "w.bin/x"):
        try:
            saved(tmp_path, model_with(outside(location=location), outside("v", location="gone")))
        except EdgewebError:
            continue
    assert _descriptors() == before


def test_data_that_shrinks_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "_read", lambda descriptor, offset, size: b"short")
    with pytest.raises(ModelError, match="became shorter"):
        saved(tmp_path, model_with(outside(location="w.bin")))
