"""What a folder without ONNX files holds instead, and what to type for some."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
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


def empty(path: Path, names: Sequence[str], model: str = "") -> ModelError:
    """Why a folder without ONNX files in it or its `onnx` is no model, and how to make one.

    Args:
        names: of all files in it, without folders.
        model: what to call it in a command, such as org/name; otherwise its path.
    """
    weights = [name for name in names if _WEIGHTS.search(name)]
    if "adapter_config.json" in names and "config.json" not in names:
        return _adapters(path)
    if "saved_model.pb" in names:
        return foreign.wrong_format(path, foreign.SAVED_MODEL)
    for pattern, what, hint in _LAYOUTS:
        if (found := next(filter(pattern.fullmatch, names), None)) is not None:
            return ModelError(f"{path} has no .onnx file", f"it holds {found}: {what}", hint)
    if "config.json" in names:
        return _export(path, weights, names, model)
    if weights:
        why = f"it holds weights ({weights[0]}), and no config.json that says of which model"
        return ModelError(f"{path} has no .onnx file", why, "Export it from the program that made it")
    if (deeper := _deeper(path)) is not None:
        return deeper
    why = "its folder onnx is empty" if (path / "onnx").is_dir() else "it holds no .onnx file"
    return ModelError(f"{path} is a folder", why, "Give the path of an .onnx file, or of a folder that holds one")


def _export(path: Path, weights: Sequence[str], names: Sequence[str], model: str) -> ModelError:
    """It can be exported, unless it is one that transformers does not read."""
    if (deeper := _deeper(path)) is not None:
        return deeper
    config = intake.json_object(path / "config.json", "Download it again")
    holds = f"it holds weights ({weights[0]})" if weights else "it holds a config.json"
    holds = f"its folder onnx is empty, and {holds}" if (path / "onnx").is_dir() else holds
    if weights and all(name.endswith((".h5", ".msgpack")) for name in weights):
        why = f"{holds} of TensorFlow or Flax, but no graph"
        return ModelError(
            f"{path} has no .onnx file", why, "Load it with from_tf=True or from_flax=True and save it again"
        )
    if "model_type" not in config:
        return ModelError(
            f"{path} has no .onnx file", f"{holds}, but no graph", "Export it from the program that made it"
        )
    lfs = next((name for name in weights if intake.is_pointer(path / name)), None)
    first = f"Run: git lfs pull, as {lfs} is only a pointer; then" if lfs else _INSTALL
    typed = architectures.export(config, model or shlex.quote(str(path)), shlex.quote(f"{_called(path, model)}-onnx"))
    return ModelError(f"{path} has no .onnx file", f"{holds}, but no graph", f"{first}: {typed}")


def _called(path: Path, model: str) -> str:
    return model.rpartition("/")[2] or path.resolve().name


def _adapters(path: Path) -> ModelError:
    """LoRA and the like: some weights to be added to a model's."""
    config = intake.json_object(path / "adapter_config.json", "Download it again")
    base = str(config.get("base_model_name_or_path") or "its model")
    why = f"it holds adapters (adapter_config.json) that change {base}, and not the model"
    hint = (
        f"Merge them with peft: PeftModel.from_pretrained(model, '{path}').merge_and_unload(), save it and export that"
    )
    return ModelError(f"{path} is no model of its own", why, hint)


def _deeper(path: Path) -> ModelError | None:
    """Where ONNX files lie in folders of another name, as some keep one for each device."""
    found: set[str] = set()
    for number, file in enumerate(path.rglob("*")):
        if number > _MOST_FILES:
            break
        if file.suffix.lower() == ".onnx" and file.is_file():
            found.add(str(file.parent.relative_to(path)))
    if not found:
        return None
    where = visit.listing(sorted(found))
    return ModelError(f"{path} has no .onnx file at its top", f"they are in {where}", "Give one of these folders")
