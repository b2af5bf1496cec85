"""Each foreign format is named, with the way from there to ONNX; ONNX itself is never mistaken for one."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile

import numpy as np
import onnx
import pytest
from edgeweb.errors import ModelError
from edgeweb.read.formats import foreign
from onnx import TensorProto, helper


def _zip(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def _npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def _torch(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


STATE = b"\x80\x02ccollections\nOrderedDict\nq\0)Rq\1(X\6\0\0\0weight"
CASES = [
    (b"<!DOCTYPE html><html>404</html>", "an HTML page", "Download"),
    (b"\n  <HTML><body>", "an HTML page", "Download"),
    (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "error message", "Download"),
    (b'<?xml version="1.0"?><net name="x">', "OpenVINO", "made of"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n", "Git LFS", "git lfs pull"),
    (b"outs:\n- md5: 1234\n  path: model.onnx\n", "DVC", "dvc pull"),
    (gzip.compress(b"hello"), "gzip", "gunzip"),
    (b"BZh91AY&SY", "bzip2", "Unpack"),
    (b"\xfd7zXZ\x00\x00", "xz", "Unpack"),
    (b"\x28\xb5\x2f\xfd\x00", "Zstandard", "Unpack"),
    (b"\x78\x9c\x4b\x04\x00", "joblib", "skl2onnx"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip", "Unpack"),
    (_zip("archive/data.pkl", "archive/version"), "PyTorch", "torch.export.save"),
    (_zip("config.json", "model.weights.h5"), "Keras", "tf2onnx"),
    (_zip("a.npy", "b.npy"), "NumPy", "--data"),
    (_zip("model.onnx"), "zip archive", "unzip"),
    (_zip("readme.txt"), "zip archive", "Unpack"),
    (pickle.dumps({"a": 1}, protocol=4), "pickle", "skl2onnx"),
    (pickle.dumps({"a": 1}, protocol=0), "pickle", "skl2onnx"),
    (b"\x80\x02ctorch._utils\n_rebuild", "PyTorch", "torch.export.save"),
    (b"\x3c\0\0\0\0\0\0\0" + b'{"w":{"dtype":"F32"}}', "safetensors", "its folder"),
    (b"\x18\0\0\0ORTM\xef\xd1", ".ort format", ".onnx file"),
    (b"\x1c\0\0\0TFL3\x14\0", "TensorFlow Lite", "--tflite"),
    (b"GGUF\x03\0\0\0", "GGUF", "ONNX format"),
    (b"\x89HDF\r\n\x1a\n\0", "HDF5", "tf2onnx"),
    (b"\x08\x01\x12\x9a\x10\x0a\x05\x12\x05serve tensorflow", "SavedModel", "--saved-model"),
    (b"\x0a\x20\x0a\x01x\x12\x0bPlaceholder", "frozen TensorFlow", "--graphdef"),
    (_npy(), "NumPy array", "--data"),
    (b"\x89PNG\r\n\x1a\n", "PNG", "examples"),
    (b"\xff\xd8\xff\xe0", "JPEG", "examples"),
    (b"CBM1\0\0", "CatBoost", "save_model"),
    (b"tree\nversion=v3\n", "LightGBM", "onnxmltools"),
    (b'{"irVersion": "8", "graph": {}}', "ONNX written as JSON", "onnx.save"),
    (b'{"learner": {}}', "JSON", "Export"),
    (b'[\n  { "nodeid": 0, "depth": 0,', "dump of XGBoost", "model.ubj"),
    (b'{"name": "tree", "version": "v4",', "dump of LightGBM", "model.txt"),
    (b'{\n  "features_info": {', "CatBoost", "model.cbm"),
    (b"binf\x00\x00\x00\x3f", "XGBoost", "model.ubj"),
    (b'ir_version: 8\nproducer_name: "x"\n', "ONNX written as text", "onnx.save"),
    (b'<?xml version="1.0"?>\n<!-- of R -->\n<PMML xmlns="x" version="4.4">', "PMML", ".ubj"),
    (b'<PMML version="4.4">', "PMML", ".skops"),
    (gzip.compress(b"X\n\0\0\0\3\0\4\3\2"), "an object of R", "packages for R"),
    (b"X\n\0\0\0\3\0\4\3\2", "an object of R", ".ubj"),
    (gzip.compress(b"RDX3\nX\n"), "an object of R", ".ubj"),
    (gzip.compress(b"m.pt".ljust(257, b"\0") + b"ustar\x0000"), "a tar archive", "tar xzf"),
    (_zip("model.ini", "domains/d000.txt", "trees/t00_000.bin"), "MOJO of H2O", "convert_h2o"),
    (_zip("MAR-INF/MANIFEST.json", "model.pt", "handler.py"), "TorchServe", "unzip"),
    (_zip("m.mlpackage/Data/com.apple.CoreML/model.mlmodel"), "Core ML", "edgeweb.build"),
    (b'{"format": "graph-model", "generatedBy": "2.15", "modelTopology": {}}', "TensorFlow.js", "SavedModel"),
    (_torch("data.pkl", STATE), "weights of PyTorch (a state_dict)", "load_state_dict(torch.load('model.pt')); then"),
    (_torch("data.pkl", b"\x80\x02}q\0(X\5\0\0\0epoch"), "a checkpoint of training", "['state_dict']"),
    (
        _torch("data.pkl", b"\x80\x02cnets.mine\nNet\nq\0)"),
        "a pickled module of PyTorch, nets.mine.Net",
        "weights_only",
    ),
    (_torch("data.pkl", b"\x80\x02}q\0X\7\0\0\0modelcultralytics.nn\nDet\n"), "ultralytics", "yolo export"),
    (_zip("a/data/0", "a/data.pkl", "a/code/__torch__/net.py", "a/constants.pkl"), "TorchScript", "dynamo=False"),
    (
        b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\0(type_sizesu." + STATE,
        "a state_dict",
        "load_state_dict",
    ),
    (b"just some notes\n", "a text file", "Export"),
    (b"\0" * 257 + b"ustar", None, None),
    (b"model.onnx".ljust(257, b"\0") + b"ustar\x0000", "tar archive", "tar xf"),
]


@pytest.mark.parametrize(("data", "what", "hint"), CASES, ids=[str(c[1]) + str(i) for i, c in enumerate(CASES)])
def test_formats(data: bytes, what: str | None, hint: str | None) -> None:
    found = foreign.identify(data[: foreign.HEAD], data[-foreign.TAIL :])
    if what is None or hint is None:
        assert found is None
    else:
        assert found is not None and what in found.what and hint in found.hint


def test_refuse_names_the_file() -> None:
    with pytest.raises(ModelError, match=r"^a\.onnx is not an ONNX model\. It is a GIF picture\. Give"):
        foreign.refuse("a.onnx", b"GIF89a")
    with pytest.raises(ModelError, match=r"a\.onnx is empty"):
        foreign.refuse("a.onnx", b"")
    with pytest.raises(ModelError, match=r"a\.mlmodel is not an ONNX model\. It is a Core ML model"):
        foreign.refuse("a.mlmodel", b"\x08\x04\x12\x10")


@pytest.mark.parametrize("producer", ["ORTModel", "TFL3", "ET12", "GGUF", "ustar", "PK", "WEBPWEBP", "version https"])
def test_names_inside_onnx_do_not_mislead(producer: str) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], producer * 60, [value], [value])
    data = helper.make_model(graph, producer_name=producer).SerializeToString()
    assert foreign.identify(data[: foreign.HEAD], data[-foreign.TAIL :]) is None
    assert onnx.ModelProto.FromString(data).producer_name == producer
