"""What a folder without ONNX files holds instead, and what to type for some."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from edgeweb.errors import ModelError
from edgeweb.read import architectures, intake, visit
from edgeweb.read.formats import foreign

_WEIGHTS = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|h5|msgpack)$")
_INSTALL = "Run: pip install optimum-onnx, then"
_KERAS = "Export it with model.export('model.onnx', format='onnx') in Keras"
_SOURCE = "Export the model that it was made of"
_NONE = "Look for a copy of the model in ONNX format"
# By the name of a file that stands for the layout: what it is, and what to do.
_LAYOUTS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"model_index\.json"), "a pipeline of diffusers, which no task of edgeweb runs",
     "Give a folder with one model"),
    (re.compile(r".*\.gguf"), "a GGUF language model of llama.cpp", _NONE),
    (re.compile(r".*\.tflite"), "a TensorFlow Lite model",
     "Convert it: python -m tf2onnx.convert --tflite FILE --output model.onnx"),
    (re.compile(r".*\.keras|model\.weights\.h5|keras_metadata\.pb"), "a Keras model", _KERAS),
    (re.compile(r"group1-shard.*\.bin"), "a TensorFlow.js model", _NONE),
    (re.compile(r".*openvino.*\.xml"), "an OpenVINO model", _SOURCE),
    (re.compile(r".*\.mlmodel"), "a Core ML model", _SOURCE),
    (re.compile(r".*\.pte"), "an ExecuTorch program", _SOURCE),
    (re.compile(r".*\.ort"), "a model in ONNX Runtime's own .ort format", "Give the .onnx file that it was made of"),
    (re.compile(r".*\.nemo"), "a NeMo model", "Export it in Python: model.export('model.onnx')"),
)  # fmt: skip
_MOST_FILES = 5000


def listed(path: Path) -> list[str]:
    """The files of a folder and those below it, as far as it is not huge, by their paths from there. OSError."""
    found = islice(path.rglob("*"), _MOST_FILES)
    return sorted(file.relative_to(path).as_posix() for file in found if file.is_file())


def empty(path: Path, files: Sequence[str], called: str = "") -> ModelError:
    """Why a folder without ONNX files in it or its `onnx` is no model, and how to make one.

    Args:
        files: of it and of folders in it; they need not be here, but for its JSON.
        called: how to name it, such as org/name, where not by its path.
    """
    names = [file for file in files if "/" not in file]
    what, here = f"{called or path} has no .onnx file", set(names)
    if "adapter_config.json" in here and "config.json" not in here:
        return _adapters(path, called)
    if "saved_model.pb" in here:
        return foreign.wrong_format(called or path, foreign.SAVED_MODEL)
    for pattern, layout, hint in _LAYOUTS:
        if (found := next(filter(pattern.fullmatch, names), None)) is not None:
            return ModelError(what, f"it holds {found}: {layout}", hint)
    deeper = sorted({file.rpartition("/")[0] for file in files if file.lower().endswith(".onnx")})
    if deeper:
        return ModelError(f"{what} at its top", f"they are in {visit.listing(deeper)}", "Give one of these folders")
    if "config.json" in here:
        return _export(path, names, any(file.startswith("onnx/") for file in files) or (path / "onnx").is_dir(), called)
    weights = next(filter(_WEIGHTS.search, names), None)
    if weights:
        why = f"it holds weights ({weights}), and no config.json that says of which model"
        return ModelError(what, why, "Export it from the program that made it")
    why = "its folder onnx is empty" if (path / "onnx").is_dir() else "it holds no .onnx file"
    hint = "Give the path of an .onnx file, or of a folder that holds one"
    return ModelError(what if called else f"{path} is a folder", why, hint)


def _export(path: Path, names: Sequence[str], onnx: bool, called: str) -> ModelError:
    """It can be exported, unless it is one that transformers does not read. `onnx`: such a folder is there."""
    what, config = f"{called or path} has no .onnx file", intake.json_object(path / "config.json", "Download it again")
    weights = [name for name in names if _WEIGHTS.search(name)]
    holds = f"it holds weights ({weights[0]})" if weights else "it holds a config.json"
    holds = f"its folder onnx is empty, and {holds}" if onnx else holds
    if weights and all(name.endswith((".h5", ".msgpack")) for name in weights):
        why = f"{holds} of TensorFlow or Flax, but no graph"
        return ModelError(what, why, "Load it with from_tf=True or from_flax=True and save it again")
    if "model_type" not in config:
        return ModelError(what, f"{holds}, but no graph", "Export it from the program that made it")
    lfs = next((name for name in weights if intake.is_pointer(path / name)), None)
    first = f"Run: git lfs pull, as {lfs} is only a pointer; then" if lfs else _INSTALL
    out = f"{called.rpartition('/')[2] or path.resolve().name}-onnx"
    typed = architectures.export(config, called or shlex.quote(str(path)), shlex.quote(out))
    return ModelError(what, f"{holds}, but no graph", f"{first}: {typed}")


def _adapters(path: Path, called: str) -> ModelError:
    """LoRA and the like: some weights to be added to a model's."""
    config = intake.json_object(path / "adapter_config.json", "Download it again")
    base = str(config.get("base_model_name_or_path") or "its model")
    why = f"it holds adapters (adapter_config.json) that change {base}, and not the model"
    peft = f"PeftModel.from_pretrained(model, '{called or path}').merge_and_unload()"
    hint = f"Merge them with peft: {peft}, save it and export that"
    return ModelError(f"{called or path} is no model of its own", why, hint)
