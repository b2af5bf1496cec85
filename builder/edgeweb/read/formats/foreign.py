"""Names what a file really is when it is not ONNX, from its first and last bytes."""

from __future__ import annotations

import re
import zlib
from pathlib import PurePath
from typing import NamedTuple

from edgeweb.errors import ModelError
from edgeweb.read.formats import checkpoints

HEAD = 4096
TAIL = 65536

_TO_ONNX = "Export it from the program that made it, for example with torch.onnx.export or skl2onnx"
_TORCH = "Load it in Python, and call edgeweb.build(model, data=example), or save a .pt2 with torch.export.save"
_SKLEARN = "Load it in Python and export it: skl2onnx.to_onnx for scikit-learn, torch.onnx.export for PyTorch"
_KERAS = "Export it with model.export('model.onnx', format='onnx') in Keras, or with tf2onnx"
_TF = "Convert it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx"
_GRAPHDEF = "Convert it: python -m tf2onnx.convert --graphdef FILE --inputs x:0 --outputs y:0 --output model.onnx"
_TFLITE = "Convert it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx"
_UNPACK = "Unpack it first, then give edgeweb the .onnx file inside"
_DOWNLOAD = "Download the file itself again, not the page about it"
_PICTURE = "Give edgeweb the model file; pictures for the page are named in edgeweb.toml (examples)"
PICKLE = "a Python pickle"
_AGAIN = "Save the model itself where it was trained: XGBoost as .ubj, LightGBM as .txt, CatBoost as .cbm"
_R = f"{_AGAIN}, which their packages for R write too; any other model has to be trained in Python"
_PMML = f"{_AGAIN}, scikit-learn as .skops; nothing well kept goes from PMML to ONNX"
_MOJO = "Train it with XGBoost, LightGBM or scikit-learn; only of a GBM onnxmltools.convert_h2o makes ONNX, with h2o"
_CORE_ML = "Export the model that it was made of, such as the torch module: edgeweb.build(module, data=example)"
_TFJS = "Give the SavedModel or the Keras file that it was made of"
_WEIGHTS = (
    "Give its folder, if it is one of transformers with config.json; any other goes into its module: "
    "edgeweb.build(module, data=example)"
)
_LLAMA = "Use a copy of the model in ONNX format; edgeweb does not read llama.cpp files"


class Finding(NamedTuple):
    """What a file is, and what to do about it."""

    what: str
    hint: str


SAVED_MODEL = Finding("a TensorFlow SavedModel", _TF)

# (offset, magic, what, hint); the first match wins. None of these can begin an ONNX file: as protobuf, their first
# byte is a field that ONNX does not have.
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"version https://git-lfs", "a Git LFS pointer, not the model it stands for", "Run: git lfs pull"),
    (0, b"version https://hawser", "a Git LFS pointer, not the model it stands for", "Run: git lfs pull"),
    (0, b"\x1f\x8b", "gzip-compressed", "Give it a name that ends in .gz and run gunzip on it"),
    (0, b"X\n\0\0\0", "an object of R (.rds)", _R),
    (0, b"RDX", "objects of R (.RData)", _R),
    (0, b"BZh", "bzip2-compressed", _UNPACK),
    (0, b"\xfd7zXZ\x00", "xz-compressed", _UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "Zstandard-compressed", _UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"\x80\x02\x8a\x0al\xfc\x9cF\xf9", "a PyTorch checkpoint", _TORCH),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file (Keras keeps weights so)", _KERAS),
    (0, b"GGUF", "a GGUF language model", _LLAMA),
    (0, b"lmgg", "a GGML language model", _LLAMA),
    (0, b"\x93NUMPY", "a NumPy array", "Give edgeweb the model file; arrays go to --data"),
    (0, b"binf", "an XGBoost model in the binary form that it reads no more",
     "Load it with an XGBoost before 3.1, and save it: booster.save_model('model.ubj')"),
    (0, b"CBM1", "a CatBoost model", "Export it with model.save_model('model.onnx', format='onnx')"),
    (0, b"\x89PNG\r\n", "a PNG picture", _PICTURE),
    (0, b"\xff\xd8\xff", "a JPEG picture", _PICTURE),
    (0, b"GIF8", "a GIF picture", _PICTURE),
    (0, b"RIFF", "a WebP picture or a WAV sound", _PICTURE),
    (0, b"%PDF-", "a PDF document", _TO_ONNX),
    (0, b"\x7fELF", "a program, not a model", _TO_ONNX),
    (0, b"SQLite format 3", "an SQLite database", _TO_ONNX),
    (0, b"\x78\x01", "zlib-compressed, as joblib writes it", _SKLEARN),
    (0, b"\x78\x5e", "zlib-compressed, as joblib writes it", _SKLEARN),
    (0, b"\x78\x9c", "zlib-compressed, as joblib writes it", _SKLEARN),
    (0, b"\x78\xda", "zlib-compressed, as joblib writes it", _SKLEARN),
    (0, b"\x04\x22\x4d\x18", "LZ4-compressed", _UNPACK),
)  # fmt: skip

# Flatbuffers: a small offset in 4 bytes, then the format's name.
_FLATBUFFERS: dict[bytes, Finding] = {
    b"ORTM": Finding("in ONNX Runtime's own .ort format", "Give edgeweb the .onnx file that it was converted from"),
    b"TFL3": Finding("a TensorFlow Lite model", _TFLITE),
    b"ET12": Finding("an ExecuTorch program", _TORCH),
}

# (name in the archive, what, hint)
_ZIP: tuple[tuple[bytes, str, str], ...] = (
    (
        b"MAR-INF/",
        "an archive of TorchServe (.mar)",
        "Unpack it: unzip, and give what edgeweb takes of it; a .pt says how it goes on",
    ),
    (b"domains/d0", "a MOJO of H2O", _MOJO),
    (b"experimental/modelDetails.json", "a MOJO of H2O", _MOJO),
    (b"com.apple.CoreML", "a Core ML package (.mlpackage)", _CORE_ML),
    (b"data.pkl", "a PyTorch checkpoint (a zip of pickles)", _TORCH),
    (b"model.weights.h5", "a Keras model", _KERAS),
    (b".npy", "a NumPy .npz archive", "Give edgeweb the model file; arrays go to --data"),
    (b".onnx", "a zip archive", "Unpack it first: unzip, then give edgeweb the .onnx file inside"),
    (b"saved_model.pb", "a zip of a TensorFlow SavedModel", _TF),
)

_TEXT: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"<(!doctype|html|head|body|script|!--)", re.I), "an HTML page", _DOWNLOAD),
    (re.compile(rb"<\?xml.{0,200}?<Error>", re.I | re.S), "a storage server's error message", _DOWNLOAD),
    (re.compile(rb"(<\?xml.{0,1000}?)?<PMML\b", re.S), "a model in PMML", _PMML),
    (re.compile(rb"(<\?xml.{0,400}?)?<net\s+name=", re.S), "an OpenVINO model (XML)", _CORE_ML),
    (re.compile(rb"<\?xml|<svg", re.I), "an XML file", _TO_ONNX),
    (re.compile(rb"\{.{0,400}?\"(irVersion|ir_version|opsetImport)\"", re.S), "ONNX written as JSON",
     "Save the binary form: onnx.save(model, 'model.onnx')"),
    (re.compile(rb"\[\s*\{\s*\"nodeid\""), "a dump of XGBoost's trees, which it does not read back",
     "Save the model itself: booster.save_model('model.ubj')"),
    (re.compile(rb"\{\s*\"name\"\s*:\s*\"tree\""), "a dump of LightGBM's trees, which it does not read back",
     "Save the model itself: booster.save_model('model.txt')"),
    (re.compile(rb"\{\s*\"(ctrs|features_info|oblivious_trees|model_info)\""), "a CatBoost model as JSON",
     "Save it in CatBoost's own form: model.save_model('model.cbm')"),
    (re.compile(rb"\{.{0,2000}?\"(modelTopology|weightsManifest)\"", re.S), "a TensorFlow.js model", _TFJS),
    (re.compile(rb"[\[{]"), "a JSON file", _TO_ONNX),
    (re.compile(rb"syntax\s*=|node\s*\{|layer\s*\{"), "protobuf written as text", _TO_ONNX),
    (re.compile(rb"tree\nversion="), "a LightGBM model", "Convert it with onnxmltools.convert_lightgbm"),
    (re.compile(rb"(ir_version:|<\s*ir_version)"), "ONNX written as text",
     "Save the binary form: onnx.save(model, 'model.onnx')"),
    (re.compile(rb"(outs:\s*\n\s*- |md5: )"), "a DVC pointer, not the model it stands for", "Run: dvc pull"),
)  # fmt: skip

# Of protobuf messages that begin as ONNX does only the name says whose they are.
_NAMED = {".mlmodel": Finding("a Core ML model", _CORE_ML)}

# Pickle's protocols 0 and 1 are text: a global ("c<module>\n<name>\n") or a mark followed by a container.
_OLD_PICKLE = re.compile(rb"(c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([dl]p?\d*\n|ccopy_reg\n)")


def identify(head: bytes, tail: bytes = b"") -> Finding | None:
    """What the file is, from its first `HEAD` and last `TAIL` bytes; None when it may be ONNX."""
    if head.startswith(b"\x1f\x8b") and (packed := _packed(head)):
        return packed
    for offset, magic, what, hint in _MAGIC:
        if head.startswith(magic, offset):
            return Finding(*(checkpoints.identify(head) if hint == _TORCH else None) or (what, hint))
    # A producer's name may stand at byte 4 too, but then its length is at byte 3.
    if head[2:4] == b"\0\0" and head[4:8] in _FLATBUFFERS:
        return _FLATBUFFERS[head[4:8]]
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _archive(head + tail)
    if len(head) > 2 and head[0] == 0x80 and 2 <= head[1] <= 5:
        torch = b"torch" in head[:1024]
        known = checkpoints.identify(head) if torch else None
        return Finding(*known or (("a PyTorch checkpoint (pickle)", _TORCH) if torch else (PICKLE, _SKLEARN)))
    if _OLD_PICKLE.match(head):
        return Finding(PICKLE, _SKLEARN)
    if len(head) > 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 100_000_000:
        return Finding("a safetensors file: weights without the graph that uses them", _WEIGHTS)
    if head[257:262] == b"ustar" and head[:1].isalnum():
        return Finding("a tar archive", "Unpack it first: tar xf, then give edgeweb the .onnx file inside")
    return _tensorflow(head) or _readable(head)


def refuse(path: object, head: bytes, tail: bytes = b"") -> None:
    """Raise when the bytes belong to a format that is not ONNX.

    Raises:
        ModelError: naming the format and how to get from it to ONNX.
    """
    if not head:
        raise ModelError(f"{path} is empty", "the file has 0 bytes", "Download or export it again")
    found = identify(head, tail) or (_NAMED.get(PurePath(str(path)).suffix.lower()) if head[0] == 8 else None)
    if found is not None:
        raise wrong_format(path, found)


def wrong_format(path: object, found: Finding) -> ModelError:
    """The error for a file that is something other than ONNX."""
    return ModelError(f"{path} is not an ONNX model", f"it is {found.what}", found.hint)


def _packed(head: bytes) -> Finding | None:
    """What is in a gzip whose own first bytes say it."""
    try:
        inside = zlib.decompressobj(31).decompress(head, 512)
    except zlib.error:
        return None
    if inside.startswith((b"X\n\0\0\0", b"RDX")):
        return Finding("an object of R, compressed as saveRDS and save do", _R)
    if inside[257:262] == b"ustar":
        return Finding("a tar archive, compressed", "Unpack it first: tar xzf, then give what edgeweb takes of it")
    return None


def _archive(data: bytes) -> Finding:
    for name, what, hint in _ZIP:
        if name in data:
            own = checkpoints.SCRIPT if checkpoints.is_script(data) else checkpoints.identify(data)
            return Finding(*(own if hint == _TORCH else None) or (what, hint))
    if checkpoints.is_script(data):
        return Finding(*checkpoints.SCRIPT)
    return Finding("a zip archive", _UNPACK)


def _tensorflow(head: bytes) -> Finding | None:
    """A SavedModel is field 1 = 1, then field 2 holding a MetaGraphDef; a frozen graph is a row of NodeDefs."""
    words = (b"Placeholder", b"tensorflow", b"NoOp", b"VarHandleOp", b"saved_model_main_op", b"\x05serve")
    if head.startswith(b"\x08\x01\x12") and any(w in head for w in words):
        return SAVED_MODEL
    if head.startswith(b"\x0a") and any(w in head for w in (b"Placeholder", b"\x12\x05Const")):
        return Finding("a frozen TensorFlow graph", _GRAPHDEF)
    return None


def _readable(head: bytes) -> Finding | None:
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what, hint in _TEXT:
        # "{" and "[" alone could open a binary file; asking for text as well costs nothing.
        if pattern.match(body) and _is_text(head):
            return Finding(what, hint)
    return Finding("a text file", _TO_ONNX) if _is_text(head) else None


def _is_text(head: bytes) -> bool:
    """Whether all bytes are text; a real model has field tags, lengths and numbers among its first bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(c < 32 and c not in b"\t\n\r\f" for c in head)
